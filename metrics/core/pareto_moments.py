"""Expectations over the remaining lifetime of an active Pareto/NBD customer.

The lifetime has the Pareto distribution P(lifetime > t) = (1 + t/β)^−s, the purchases while it lasts follow a
negative binomial with shape r and scale α.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from metrics.core.beta_dropout import divide_expm1
from metrics.core.grouped_histories import Floats, Indices

_FEWEST_NODES: Final = 32
_MOST_NODES: Final = 1024
_CHUNK: Final = 65_536
_SHORT: Final = 1.0
_LARGEST_ITERATIONS: Final = 200
_FOREVER: Final = 1e9


def expect_lifetime(t: Floats, s: float, beta: Floats) -> Floats:
    """Return E[min(lifetime, t)], also at s = 1 (Schmittlein, Morrison & Colombo 1987, equation 22)."""
    return beta * divide_expm1(np.full(beta.shape, s - 1), -np.log1p(t / beta))


def expect_squared_lifetime(t: Floats, s: float, beta: Floats) -> Floats:
    """Return E[min(lifetime, t)²] = 2 ∫ τ (1 + τ/β)^−s dτ; short times by quadrature."""
    length = np.log1p(t / beta)
    powers = np.full(length.shape, s)
    long_part = divide_expm1(powers - 2, -length) - divide_expm1(powers - 1, -length)
    nodes, weights = _unit_nodes(_FEWEST_NODES)
    short = np.minimum(length, _SHORT)
    w = nodes[:, None] * short
    short_part = (weights[:, None] * short * np.expm1(w) * np.exp((1 - s) * w)).sum(axis=0)
    found: Floats = 2 * beta**2 * np.where(length > _SHORT, long_part, short_part)
    return found


def discount_lifetime(rate: float, s: float, beta: Floats) -> Floats:
    """Return ∫ e^(−rate·t) (1 + t/β)^−s dt over all t, by the trapezoid rule in log(rate·t).

    It equals β^s rate^(s−1) Ψ(s, s; rate·β), the form of Fader, Hardie & Lee (2005), "RFM and CLV".
    """
    step = 0.2
    w = np.exp(np.arange(-40.0, 4.2, step))
    found = np.zeros(beta.shape)
    for node in w:
        found += step * node * np.exp(-node) * np.exp(-s * np.log1p(node / (rate * beta)))
    return found / rate


def average_over_dropout(
    logs: Floats,
    count: Floats,
    until: float,
    t: Floats,
    r: Floats,
    alpha: Floats,
    s: float,
    beta: Floats,
) -> Floats:
    """Integrate e^logs · (α/(α+τ))^r · (τ/(α+τ))^count · (β/(β+τ))^s × rate dτ from 0 to t.

    ``until`` 0: rate s/(β+τ), dropping out at τ after ``count`` purchases; 1: rate 1/τ, the count-th purchase
    coming at τ. The nodes lie even in the root of log(1 + τ/c), in which the integrand is as wide everywhere;
    customers with more purchases get more of them.
    """
    found = np.empty(t.size)
    needed = _FEWEST_NODES + 4 * np.sqrt(np.maximum(count, r * np.log1p(t / alpha)))
    size = np.clip(2 ** np.ceil(np.log2(needed)), _FEWEST_NODES, _MOST_NODES).astype(int)
    for nodes in np.unique(size):
        chosen = np.flatnonzero(size == nodes)
        rows = max(1, _CHUNK // int(nodes))
        for start in range(0, chosen.size, rows):
            some = chosen[start : start + rows]
            found[some] = _average(
                int(nodes), until, logs[some], count[some], t[some], r[some], alpha[some], s, beta[some]
            )
    return found


def _average(
    nodes: int,
    until: float,
    logs: Floats,
    count: Floats,
    t: Floats,
    r: Floats,
    alpha: Floats,
    s: float,
    beta: Floats,
) -> Floats:
    where, weights = _unit_nodes(nodes)
    nearer = np.minimum(alpha, beta)
    length = np.log1p(t / nearer)
    u = length * (where**2)[:, None]
    tau = nearer * np.expm1(u)
    late = np.log1p(tau / alpha)
    exponent = logs - r * late - s * np.log1p(tau / beta)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent += np.where(count > 0, count * (np.log(tau / alpha) - late), 0.0)
        rate = 1 / tau if until else s / (beta + tau)
        terms = np.exp(exponent) * rate * (nearer + tau)
    found: Floats = ((2 * weights * where)[:, None] * np.where(tau > 0, terms, 0.0)).sum(axis=0) * length
    return found


def wait_for_purchase(q: Floats, r: Floats, alpha: Floats, s: float, beta: Floats) -> Floats:
    """Return the time within which an active customer's next purchase comes with probability q, or infinity.

    Newton's method from the time it would take if nobody dropped out. The distribution function is concave,
    so each step ends short of the answer, and none has to be taken back.
    """
    once, logs = np.ones(q.size), np.log(r)

    def reached(t: Floats, rows: Indices) -> Floats:
        return average_over_dropout(logs[rows], once[rows], 1.0, t, r[rows], alpha[rows], s, beta[rows])

    with np.errstate(over="ignore"):
        found = np.minimum(alpha * np.expm1(-np.log1p(-q) / r), _FOREVER * alpha)
    ever = reached(_FOREVER * (alpha + beta), np.arange(q.size))
    open_rows = np.flatnonzero((q < ever) & (q > 0))
    found[q >= ever] = np.inf
    for _ in range(_LARGEST_ITERATIONS):
        if not open_rows.size:
            break
        t, some = found[open_rows], open_rows
        short = q[some] - reached(t, some)
        density = (
            r[some]
            / (alpha[some] + t)
            * np.exp(-r[some] * np.log1p(t / alpha[some]) - s * np.log1p(t / beta[some]))
        )
        step = np.maximum(short / density, 0.0)
        found[some] = t + step
        open_rows = some[step > 1e-10 * (t + step)]
    return found


def _unit_nodes(count: int) -> tuple[Floats, Floats]:
    if count not in _UNIT_NODES:
        nodes, weights = np.polynomial.legendre.leggauss(count)
        _UNIT_NODES[count] = ((nodes + 1) / 2, weights / 2)
    return _UNIT_NODES[count]


_UNIT_NODES: Final[dict[int, tuple[Floats, Floats]]] = {}
