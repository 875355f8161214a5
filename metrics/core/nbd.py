"""The NBD model of Ehrenberg (1959): everybody buys at random at a rate of his own, and nobody leaves.

Rates are λ ~ Gamma(r, α). What to fall back on when the data say nothing about leaving.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.dropout_after_purchase import negative_binomial
from metrics.core.estimation import estimate
from metrics.core.geometric_dropout import trigamma
from metrics.core.grouped_histories import Floats, GroupedHistories, group_histories
from metrics.core.newton import Evaluation
from metrics.core.purchase_model import PurchaseModel

_START: Final = {"r": 0.5, "alpha": 0.5}


@dataclass(frozen=True)
class PurchaseRates:
    """The log-likelihood Γ(r+x)/Γ(r) · α^r · (α+T)^−(r+x), summed over customers."""

    names: tuple[str, ...] = ("r", "alpha")
    times: frozenset[str] = frozenset({"alpha"})

    def evaluate(self, logs: Floats, histories: GroupedHistories) -> Evaluation:
        """Return total log-likelihood, gradient and Hessian to the log parameters."""
        r, alpha = params = np.exp(logs)
        n, weight, y = histories.customers, histories.frequency_weight, r + histories.frequencies
        late = alpha + histories.age
        log_late = np.log(late)
        at = histories.weight * (r + histories.frequency)
        value = float(weight @ special.gammaln(y)) - n * special.gammaln(r) + n * r * np.log(alpha)
        slope_r = float(weight @ special.digamma(y)) - n * special.digamma(r) + n * np.log(alpha)
        gradient = np.array(
            [slope_r - float(histories.weight @ log_late), n * r / alpha - float((at / late).sum())]
        )
        cross = n / alpha - float((histories.weight / late).sum())
        bend = float(weight @ trigamma(y)) - n * float(trigamma(r))
        hessian = np.array([[bend, cross], [cross, float((at / late**2).sum()) - n * r / alpha**2]])
        hessian = hessian * np.outer(params, params) + np.diag(gradient * params)
        return Evaluation(float(value - at @ log_late), gradient * params, hessian)

    def find_scores(self, logs: Floats, histories: GroupedHistories) -> Floats:
        """Return the gradient of one customer of each history."""
        r, alpha = params = np.exp(logs)
        late = alpha + histories.age
        slope = special.digamma(r + histories.frequencies) - special.digamma(r) + np.log(alpha)
        by_r = histories.repeat(slope) - np.log(late)
        found: Floats = np.column_stack((by_r, r / alpha - (r + histories.frequency) / late)) * params
        return found


@dataclass(frozen=True, eq=False)
class NBD(PurchaseModel):
    """A fitted NBD: parameters r and alpha (a time)."""

    name: ClassVar[str] = "nbd"
    likelihood: ClassVar[PurchaseRates] = PurchaseRates()

    def _after(self, x: Floats, big_t: Floats) -> tuple[Floats, Floats]:
        """Return shape and scale of λ."""
        return self.params["r"] + x, self.params["alpha"] + big_t

    def _log_odds_inactive(self, x: Floats, t_x: Floats, big_t: Floats) -> Floats:
        return np.full(x.shape, -np.inf)

    def _active_after(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        return np.ones(x.shape)

    def _expect_count(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        return r / alpha * t

    def _expect_pairs(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        return r * (r + 1) * (t / alpha) ** 2

    def _count_is(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        return negative_binomial(count, r, t / alpha)

    def _count_at_least(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        return np.asarray(special.betainc(count, r, t / (alpha + t)), dtype=np.float64)

    def _discount_for_ever(self, rate: float, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        return r / alpha / rate

    def _wait(self, q: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha = self._after(x, big_t)
        with np.errstate(over="ignore"):
            return alpha * np.expm1(-np.log1p(-q) / r)

    def _draw(self, ends: Floats, x: Floats, big_t: Floats, rng: np.random.Generator) -> Floats:
        r, alpha = self._after(x, big_t)
        lengths = np.diff(ends, prepend=0.0)[:, None]
        return np.cumsum(rng.poisson(rng.gamma(r) / alpha * lengths), axis=0).astype(np.float64)


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> NBD:
    """Fit the NBD by maximum likelihood; arguments and errors as for `metrics.core.bgnbd.fit`."""
    return NBD.from_estimate(estimate(NBD.likelihood, group_histories(frequency, recency, age), _START))
