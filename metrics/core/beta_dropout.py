"""Purchases to come of an active customer who may drop out after each: sums over a Beta-distributed chance.

Rate λ ~ Gamma(r, α), chance to drop out p ~ Beta(a, b); times are given as u = t/α. The means are integrals
over p, for instance E[purchases in t] = E_p[(1 − (1 + p u)^−r)/p]. Their textbook form divides two huge
numbers; here it is Euler-transformed (z = u/(1+u), c = a+b−1):

    c · (1 − (1−z)^(a−1))/(a−1) − (1−z)^(a−1) · Σ (c−r)_n (a)_{n−1} / ((c+1)_{n−1} n!) · z^n,  n = 1, 2, …

which stays finite at a = 1 and does not overflow. Where the series is slow or cancels, the integral itself is
summed by the trapezoid rule in log(p/(1−p)), all of whose terms are positive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from metrics.core.grouped_histories import Floats

_LARGEST_U: Final = 24.0
_LARGEST_FALL: Final = 8.0
_LARGEST_CANCELLATION: Final = 1e4
_LARGEST_TERMS: Final = 2_000
_BLOCK: Final = 4096
_STEP: Final = 0.2
_NODES_BLOCK: Final = 200_000


def expect_count(u: Floats, r: Floats, a: Floats, b: Floats) -> Floats:
    """Return the expected number of purchases in a time of u·α."""
    u, r, a, b = _flatten(u, r, a, b)
    c, log_rest = a + b - 1, -np.log1p(u)
    slope = c - r
    is_quick = _is_quick(u, slope, a, b)
    z = np.where(is_quick, u / (1 + u), 0.0)
    first = c * divide_expm1(a - 1, log_rest)
    second = np.exp((a - 1) * log_rest) * slope * z * _sum_series(slope + 1, a, c + 1, 2.0, z)
    found = first - second
    is_safe = is_quick & (np.abs(first) < _LARGEST_CANCELLATION * found)
    _replace(found, ~is_safe & (u > 0), _count_per_chance, u, r, a, b)
    return np.minimum(np.maximum(found, 0.0), r * u)


def expect_active(u: Floats, r: Floats, a: Floats, b: Floats) -> Floats:
    """Return the probability to be active still after a time of u·α: E_p[(1 + p u)^−r]."""
    u, r, a, b = _flatten(u, r, a, b)
    slope = a + b - r
    is_quick = _is_quick(u, slope, a, b)
    z = np.where(is_quick, u / (1 + u), 0.0)
    found = np.exp(-a * np.log1p(u)) * _sum_series(slope, a, a + b, 1.0, z)
    _replace(found, ~is_quick, lambda p, u, r: np.exp(-r * np.log1p(p * u)), u, r, a, b)
    return np.clip(found, 0.0, 1.0)


def expect_pairs(u: Floats, r: Floats, a: Floats, b: Floats) -> Floats:
    """Return E[Y(Y−1)] of the purchases Y in a time of u·α: what a variance is made of."""
    u, r, a, b = _flatten(u, r, a, b)
    found = np.zeros(u.size)
    _replace(found, u > 0, _pairs_per_chance, u, r, a, b)
    return found


def _is_quick(u: Floats, slope: Floats, a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Return where the series ends soon and its signs do not alternate far."""
    quick: NDArray[np.bool_] = (u <= _LARGEST_U) & (slope > -2 - b) & (a * np.log1p(u) < _LARGEST_FALL)
    return quick


def _count_per_chance(p: Floats, u: Floats, r: Floats) -> Floats:
    found: Floats = -np.expm1(-r * np.log1p(p * u)) / p
    return found


def _pairs_per_chance(p: Floats, u: Floats, r: Floats) -> Floats:
    """Given p: 2(1−p)/p² · [1 − (1+pu)^−r − r·pu·(1+pu)^−(r+1)], a tail of the negative binomial."""
    reached = p * u / (1 + p * u)
    tail = special.betainc(2.0, np.broadcast_to(r, reached.shape), reached)
    found: Floats = 2 * (1 - p) * tail / p**2
    return found


def divide_expm1(power: Floats, log_rest: Floats) -> Floats:
    """Return (1 − e^(power · log_rest)) ÷ power, and its limit −log_rest at power 0."""
    product = power * log_rest
    near = np.abs(product) < 1e-8
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        found: Floats = np.where(near, -log_rest * (1 + product / 2), -np.expm1(product) / power)
    return found


def _sum_series(upper: Floats, second: Floats, lower: Floats, offset: float, z: Floats) -> Floats:
    """Return Σ (upper)_m (second)_m / ((lower)_m (offset)_m) z^m; a block runs as long as its largest z."""
    found = np.empty(z.size)
    order = np.argsort(z)
    for start in range(0, z.size, _BLOCK):
        rows = order[start : start + _BLOCK]
        found[rows] = _sum_block(upper[rows], second[rows], lower[rows], offset, z[rows])
    return found


def _sum_block(upper: Floats, second: Floats, lower: Floats, offset: float, z: Floats) -> Floats:
    term = np.ones(z.size)
    total = np.ones(z.size)
    for m in range(_LARGEST_TERMS):
        term *= (upper + m) * (second + m) / ((lower + m) * (offset + m)) * z
        total += term
        if m % 4 == 3 and np.all(np.abs(term) <= 1e-17 + 1e-16 * np.abs(total)):
            break
    return total


def _replace(
    found: Floats,
    rows: NDArray[np.bool_],
    per_chance: Callable[[Floats, Floats, Floats], Floats],
    u: Floats,
    r: Floats,
    a: Floats,
    b: Floats,
) -> None:
    """Put the trapezoid rule's value of E_p[per_chance(p, u, r)] into the given rows."""
    chosen = np.flatnonzero(rows)
    block = max(1, _NODES_BLOCK // 400)
    for start in range(0, chosen.size, block):
        some = chosen[start : start + block]
        found[some] = _integrate(per_chance, u[some], r[some], a[some], b[some])


def _integrate(
    per_chance: Callable[[Floats, Floats, Floats], Floats], u: Floats, r: Floats, a: Floats, b: Floats
) -> Floats:
    """Integrate over v = log(p/(1−p)); beyond the nodes the integrand falls as e^(a v) and e^(−b v)."""
    center = special.digamma(a) - special.digamma(b)
    spread = np.sqrt(special.zeta(2.0, a) + special.zeta(2.0, b))
    reach = 12 * spread
    left = np.maximum(center - reach - 40 / a, -36 - np.log1p(b + u * (r + 1)))
    right = np.minimum(center + reach + 40 / b, 36 + np.log1p(a + u))
    step = np.minimum(_STEP, spread / 2)
    count = int(np.ceil(((right - left) / step).max())) + 1
    step = (right - left) / (count - 1)
    v = left + np.arange(count)[:, None] * step
    log_p, log_rest = -np.logaddexp(0, -v), -np.logaddexp(0, v)
    weight = np.exp(a * log_p + b * log_rest - special.betaln(a, b)) * step
    with np.errstate(over="ignore"):
        weight[0] *= 1 + 1 / np.expm1(a * step)
        weight[-1] *= 1 + 1 / np.expm1(b * step)
    found: Floats = (weight * per_chance(np.exp(log_p), u, r)).sum(axis=0)
    return found


def _flatten(u: Floats, r: Floats, a: Floats, b: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    u, r, a, b = np.broadcast_arrays(u, r, a, b)
    return u.ravel(), r.ravel(), a.ravel(), b.ravel()
