"""The Gamma-Gamma model of spend per purchase: Colombo & Jiang (1999); Fader & Hardie (2013), note 025.

An order of a customer is Gamma(p, ν), and customers differ: ν ~ Gamma(q, v). With x orders of mean m the
density of m is, equation 1a of the note,

    Γ(px+q) / (Γ(px) Γ(q)) · v^q · m^(px−1) · x^(px) / (v + m x)^(px+q)

The model assumes that what a customer spends says nothing about how often he buys: `correlation` measures it.
q is kept above 1, below which an order has no mean. Amounts are in the caller's currency unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.estimation import (
    FLAT_RIDGE,
    LARGEST_LOG_ERROR,
    NO_REPEAT_BUYERS,
    NOT_CONVERGED,
    draw_logs,
    invert,
)
from metrics.core.geometric_dropout import trigamma
from metrics.core.grouped_histories import Floats
from metrics.core.newton import Evaluation, Maximum, maximise

#: One more reason for doubt: q ends at its limit, so that the mean of an order is not determined.
NO_MEAN: Final = "no_mean"
#: A warning: frequency and spend go together more than the model allows for.
SPEND_DEPENDS_ON_FREQUENCY: Final = "spend_depends_on_frequency"
LARGEST_CORRELATION: Final = 0.3

P, Q, V = range(3)
_NAMES: Final = ("p", "q", "v")
_START: Final = np.log([4.0, 2.0, 0.5])
# p, q − 1 and v in mean orders; log 1e-3 keeps the mean of an order finite.
_LOWEST: Final = np.log([1e-4, 1e-3, 1e-6])
_HIGHEST: Final = np.log([1e5, 1e5, 1e6])
_CHUNK: Final = 8192
_THIN_ABOVE: Final = 60_000
_THINNED: Final = 15_000


@dataclass(frozen=True, eq=False)
class GammaGamma:
    """A fitted model. ``covariance`` and ``robust_covariance`` are of log p, log(q − 1), log v.

    ``left_out`` customers came back but spent 0 or less; ``customers`` were used. The rest as `Estimate`.
    """

    name: ClassVar[str] = "gamma_gamma"

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    robust_standard_errors: Mapping[str, float]
    covariance: Floats
    robust_covariance: Floats
    log_likelihood: float
    converged: bool
    decrement: float
    iterations: int
    reasons: tuple[str, ...]
    correlation: float
    customers: int
    purchases: float
    left_out: int

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against showing what it says."""
        return not self.reasons

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say beside the result."""
        return (SPEND_DEPENDS_ON_FREQUENCY,) if abs(self.correlation) > LARGEST_CORRELATION else ()

    @property
    def expected_value_new(self) -> float:
        """The mean order of a customer of whom nothing is known: p v ÷ (q − 1)."""
        return self.params["p"] * self.params["v"] / (self.params["q"] - 1)

    @classmethod
    def given(cls, params: Mapping[str, float]) -> GammaGamma:
        """Return the model with known parameters, not estimated from anything."""
        return replace(_report_nothing(0), reasons=()).with_params(params)

    def with_params(self, params: Mapping[str, float]) -> GammaGamma:
        """Return the model with other parameters; p and v above 0, q above 1."""
        if params.keys() != self.params.keys():
            raise ValueError(f"params must be {', '.join(self.params)}, got {', '.join(params)}.")
        for key, value in params.items():
            if not (1.0 if key == "q" else 0.0) < value < math.inf:
                raise ValueError(f"{key} must be above {1 if key == 'q' else 0}, got {value:g}.")
        return replace(self, params=MappingProxyType({key: float(params[key]) for key in _NAMES}))

    def draw_params(self, rng: np.random.Generator, draws: int, robust: bool = True) -> list[GammaGamma]:
        """Return models with parameters drawn from their estimation error."""
        covariance = self.robust_covariance if robust else self.covariance
        p, q, v = (self.params[key] for key in _NAMES)
        logs = draw_logs(np.log([p, q - 1, v]), covariance, rng, draws)
        values = np.exp(logs) + np.array([0.0, 1.0, 0.0])
        return [self.with_params(dict(zip(_NAMES, row.tolist(), strict=True))) for row in values]

    def expected_value(self, frequency: ArrayLike, mean_value: ArrayLike) -> Floats:
        """Return E[mean order | x, m]: between the customer's own mean and everybody's.

        A customer without orders after the first, or with a mean of 0 or less, gets `expected_value_new`.
        """
        shape, rate = self._after(*_check(frequency, mean_value))
        found: Floats = self.params["p"] * rate / (shape - 1)
        return found[()]

    def variance_of_value(self, frequency: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
        """Return two variances: of one order around the customer's mean, and of that mean.

        Infinite where the model gives them none: px + q ≤ 2.
        """
        shape, rate = self._after(*_check(frequency, mean_value))
        p = self.params["p"]
        with np.errstate(divide="ignore", invalid="ignore"):
            square = np.where(shape > 2, rate**2 / ((shape - 1) * (shape - 2)), np.inf)
            between = p**2 * square / (shape - 1)
        return (p * square)[()], between[()]

    def simulate(
        self, counts: ArrayLike, frequency: ArrayLike, mean_value: ArrayLike, *, rng: np.random.Generator
    ) -> Floats:
        """Return simulated total spend of ``counts`` purchases, shape (draws, customers) as counts.

        Of counts up to several times, (times, draws, customers), what was spent up to each.
        """
        x, m = _check(frequency, mean_value)
        shape, rate = self._after(x, m)
        up_to = np.asarray(counts)
        bought = up_to if up_to.ndim == 3 else up_to[None]
        spent = np.empty(bought.shape)
        spent[0], spent[1:] = bought[0], bought[1:] - bought[:-1]
        level = rng.gamma(np.broadcast_to(shape, bought.shape[1:]))
        level /= rate
        np.maximum(level, 1e-300, out=level)
        # Most futures hold nothing in a stretch of time; nothing is drawn for nothing.
        flat = spent.reshape(-1)
        some = np.flatnonzero(flat)
        flat[some] = rng.gamma(self.params["p"] * flat[some])
        spent /= level
        for before, after in pairwise(spent):
            after += before
        return spent.reshape(up_to.shape)

    def _after(self, x: Floats, m: Floats) -> tuple[Floats, Floats]:
        """Return shape and rate of ν given the customer's orders."""
        known = np.where(m > 0, x, 0.0)
        return self.params["p"] * known + self.params["q"], self.params["v"] + known * np.maximum(m, 0.0)


def fit(frequency: ArrayLike, mean_value: ArrayLike) -> GammaGamma:
    """Fit the Gamma-Gamma by maximum likelihood to customers who came back.

    Parameters
    ----------
    frequency : purchase occasions after the first, x; customers with 0 do not count.
    mean_value : mean spend on these occasions; whoever has 0 or less is left out.

    Raises
    ------
    ValueError : for a frequency that is no whole number of 0 or more, or a mean that is not finite.

    >>> fitted = fit([3, 1, 0, 2, 5], [20.0, 35.0, 0.0, 12.5, 48.0])
    >>> fitted.customers, bool(fitted.expected_value(0, 0) == fitted.expected_value_new)
    (4, True)
    """
    x, m = (values.ravel() for values in _check(frequency, mean_value))
    came_back = x > 0
    is_used = came_back & (m > 0)
    left_out = int(np.count_nonzero(came_back) - np.count_nonzero(is_used))
    x, m = x[is_used], m[is_used]
    if not x.size:
        return _report_nothing(left_out)
    scale = float(m.mean())
    spend = _Spend(x, m / scale)
    start = _START
    if x.size > _THIN_ABOVE:
        step = x.size // _THINNED
        start = maximise(_Spend(x[::step], m[::step] / scale).evaluate, start, _LOWEST, _HIGHEST, 1e-2).point
    found = maximise(spend.evaluate, start, _LOWEST, _HIGHEST)
    return _report(found, spend, scale, left_out)


class _Spend:
    """The log-likelihood to log p, log(q − 1) and log v, with the sums that no parameter changes."""

    def __init__(self, x: Floats, m: Floats) -> None:
        self.x, self.m, self.total = x, m, x * m
        counts = np.bincount(x.astype(np.int64)) if x.max() < 1e6 else None
        if counts is None:
            self.frequencies, weight = np.unique(x, return_counts=True)
        else:
            whole = np.flatnonzero(counts)
            self.frequencies, weight = whole.astype(np.float64), counts[whole]
        self.weight = weight.astype(np.float64)
        log_m = np.log(m)
        self.sum_log = float(log_m.sum())
        self.fixed = float((x * log_m).sum()) + float(
            self.weight @ (self.frequencies * np.log(self.frequencies))
        )

    def evaluate(self, logs: Floats) -> Evaluation:
        """Return value, gradient and Hessian."""
        p, rest, v = np.exp(logs)
        q, n = 1 + rest, self.x.size
        log_sum, x_log_sum, inverse, x_inverse, square, x_square = self._sum(v)
        k, weight = self.frequencies, self.weight
        both, own = p * k + q, p * k
        slope, bend = special.digamma(both), trigamma(both)
        value = float(weight @ (special.gammaln(both) - special.gammaln(own)))
        value += n * (q * math.log(v) - float(special.gammaln(q)))
        value += p * (self.fixed - x_log_sum) - self.sum_log - q * log_sum
        gradient = np.array(
            [
                float((weight * k) @ (slope - special.digamma(own))) + self.fixed - x_log_sum,
                float(weight @ slope) - n * float(special.digamma(q)) + n * math.log(v) - log_sum,
                n * q / v - p * x_inverse - q * inverse,
            ]
        )
        pp = float((weight * k * k) @ (bend - trigamma(own)))
        pq = float((weight * k) @ bend)
        qq = float(weight @ bend) - n * float(trigamma(q))
        qv = n / v - inverse
        vv = p * x_square + q * square - n * q / v**2
        hessian = np.array([[pp, pq, -x_inverse], [pq, qq, qv], [-x_inverse, qv, vv]])
        factors = np.array([p, rest, v])
        hessian = hessian * np.outer(factors, factors) + np.diag(gradient * factors)
        return Evaluation(value, gradient * factors, hessian)

    def _sum(self, v: float) -> tuple[float, ...]:
        """Return the sums over customers of log(v + xm), 1/(v + xm), its square, each also times x."""
        sums = np.zeros(6)
        for start in range(0, self.x.size, _CHUNK):
            x, rate = self.x[start : start + _CHUNK], v + self.total[start : start + _CHUNK]
            inverse = 1 / rate
            log, x_inverse = np.log(rate), x * inverse
            sums += (
                log.sum(),
                x @ log,
                inverse.sum(),
                x_inverse.sum(),
                inverse @ inverse,
                x_inverse @ inverse,
            )
        return tuple(sums.tolist())

    def sum_outer_products(self, logs: Floats) -> Floats:
        """Return Σ gᵢ gᵢ' over customers."""
        p, rest, v = np.exp(logs)
        q = 1 + rest
        total = np.zeros((3, 3))
        for start in range(0, self.x.size, _CHUNK):
            x, m = self.x[start : start + _CHUNK], self.m[start : start + _CHUNK]
            rate = v + x * m
            log_rate, slope = np.log(rate), special.digamma(p * x + q)
            scores = np.empty((3, x.size))
            scores[P] = p * x * (slope - special.digamma(p * x) + np.log(m * x) - log_rate)
            scores[Q] = rest * (slope - special.digamma(q) + math.log(v) - log_rate)
            scores[V] = q - v * (p * x + q) / rate
            total += scores @ scores.T
        return total


def _check(frequency: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
    x, m = np.broadcast_arrays(
        np.asarray(frequency, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
    )
    is_count = (x >= 0) & (np.rint(x) == x) & (x < np.inf)
    if not is_count.all():
        raise ValueError(f"frequency must be a whole number of 0 or more, got {x[~is_count].flat[0]:g}.")
    is_amount = np.isfinite(m) | (x == 0)
    if not is_amount.all():
        raise ValueError(f"mean_value must be finite, got {m[~is_amount].flat[0]:g}.")
    return x, np.where(x > 0, m, 0.0)


def _report(found: Maximum, spend: _Spend, scale: float, left_out: int) -> GammaGamma:
    covariance = invert(found.evaluation.hessian)
    robust = covariance @ spend.sum_outer_products(found.point) @ covariance
    p, rest, v = np.exp(found.point).tolist()
    params = {"p": p, "q": 1 + rest, "v": v * scale}
    factors = np.array([p, rest, v * scale])
    return GammaGamma(
        params=MappingProxyType(params),
        standard_errors=_find_errors(covariance, factors),
        robust_standard_errors=_find_errors(robust, factors),
        covariance=covariance,
        robust_covariance=robust,
        # The density of an amount is per unit of money: back to the caller's.
        log_likelihood=found.evaluation.value - spend.x.size * math.log(scale),
        converged=found.converged,
        decrement=found.decrement,
        iterations=found.iterations,
        reasons=_find_reasons(found, covariance),
        correlation=_correlate(spend.x, spend.m),
        customers=spend.x.size,
        purchases=float(spend.x.sum()),
        left_out=left_out,
    )


def _find_reasons(found: Maximum, covariance: Floats) -> tuple[str, ...]:
    if found.at_bound[Q] and found.point[Q] <= _LOWEST[Q]:
        return (NO_MEAN,)
    if any(found.at_bound) or float(np.linalg.eigvalsh(covariance).max()) > LARGEST_LOG_ERROR**2:
        return (FLAT_RIDGE,)
    return () if found.converged else (NOT_CONVERGED,)


def _report_nothing(left_out: int) -> GammaGamma:
    p, rest, v = np.exp(_START).tolist()
    params = MappingProxyType({"p": p, "q": 1 + rest, "v": v})
    unknown = MappingProxyType(dict.fromkeys(_NAMES, math.inf))
    nothing = np.zeros((3, 3))
    reasons = (NO_REPEAT_BUYERS,)
    return GammaGamma(
        params, unknown, unknown, nothing, nothing, 0.0, False, math.inf, 0, reasons, 0.0, 0, 0.0, left_out
    )


def _find_errors(covariance: Floats, factors: Floats) -> Mapping[str, float]:
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0)) * factors
    return MappingProxyType(dict(zip(_NAMES, errors.tolist(), strict=True)))


def _correlate(x: Floats, m: Floats) -> float:
    """Return Pearson's correlation; 0 where one of them does not vary."""
    x, m = x - x.mean(), m - m.mean()
    spread = math.sqrt(float((x * x).sum()) * float((m * m).sum()))
    return float((x * m).sum()) / spread if spread > 0 else 0.0
