"""What BG/NBD and MBG/NBD expect: a customer may drop out after each purchase.

Given that a customer is active at T, λ ~ Gamma(r+x, α+T) and p ~ Beta(a, b+x+s) are independent (s = 0 for
BG/NBD, 1 for MBG/NBD), so whatever comes follows from the same process started anew with these four numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.beta_dropout import expect_active, expect_count, expect_pairs
from metrics.core.estimation import NO_DROPOUT_SIGNAL, add_reason, estimate
from metrics.core.geometric_dropout import A, B, GeometricDropout
from metrics.core.grouped_histories import Floats, group_histories
from metrics.core.purchase_model import PurchaseModel

# alpha is half of r: who has left bought at twice the mean rate, or so.
_START: Final = {"r": 0.5, "alpha": 0.25, "a": 0.8, "b": 2.0}
#: Customers of two kinds: those who leave at once, and those who stay.
_TWO_KINDS: Final = {"r": 0.5, "alpha": 0.25, "a": 0.1, "b": 0.1}
#: A chance to drop out this concentrated, or this small, cannot be told from none.
_LARGEST_B: Final = 100.0
_SMALLEST_CHANCE: Final = 0.002


@dataclass(frozen=True, eq=False)
class DropoutAfterPurchase(PurchaseModel):
    """A model with parameters r, alpha (a time), a and b."""

    likelihood: ClassVar[GeometricDropout]

    @classmethod
    def fit(cls, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Self:
        """Fit by maximum likelihood."""
        found = estimate(cls.likelihood, group_histories(frequency, recency, age), _START, _TWO_KINDS)
        if found.data.repeat_buyers:
            chance = found.params["a"] / (found.params["a"] + found.params["b"])
            errors = np.sqrt(np.diag(found.covariance)[[A, B]])
            if found.params["b"] > _LARGEST_B or chance < _SMALLEST_CHANCE or errors.max() > 2:
                found = add_reason(found, NO_DROPOUT_SIGNAL)
        return cls.from_estimate(found)

    def _after(self, x: Floats, big_t: Floats) -> tuple[Floats, Floats, float, Floats]:
        """Return the four numbers of the process that an active customer goes on with."""
        params = self.params
        return (
            params["r"] + x,
            params["alpha"] + big_t,
            params["a"],
            params["b"] + x + self.likelihood.first,
        )

    def _log_odds_inactive(self, x: Floats, t_x: Floats, big_t: Floats) -> Floats:
        r, late, a, b = self._after(x, big_t)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = r * np.log(late / (self.params["alpha"] + t_x)) + np.log(a / (b - 1))
        if self.likelihood.first:
            return found
        return np.where(x == 0, -np.inf, found)

    def _active_after(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, a, b = self._after(x, big_t)
        return expect_active(t / alpha, r, np.full(r.shape, a), b)

    def _expect_count(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, a, b = self._after(x, big_t)
        return expect_count(t / alpha, r, np.full(r.shape, a), b)

    def _expect_pairs(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, a, b = self._after(x, big_t)
        return expect_pairs(t / alpha, r, np.full(r.shape, a), b)

    def _count_is(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Fader, Hardie & Lee (2005), equation 8, with the parameters of the active customer."""
        r, alpha, a, b = self._after(x, big_t)
        stays = np.exp(special.betaln(a, b + count) - special.betaln(a, b))
        found: Floats = stays * negative_binomial(count, r, t / alpha)
        again = np.maximum(count, 1.0)
        leaves = np.exp(special.betaln(a + 1, b + again - 1) - special.betaln(a, b))
        left: Floats = leaves * special.betainc(again, r, t / (alpha + t))
        return found + np.where(count > 0, left, 0.0)

    def _count_at_least(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """The count-th purchase comes if count − 1 chances to drop out were passed and it is in time."""
        r, alpha, a, b = self._after(x, big_t)
        passed = np.exp(special.betaln(a, b + count - 1) - special.betaln(a, b))
        found: Floats = passed * special.betainc(count, r, t / (alpha + t))
        return found

    def _discount_for_ever(self, rate: float, x: Floats, big_t: Floats) -> Floats:
        """By parts ∫ e^(−w) E[Y(w/rate)] dw, summed by the trapezoid rule in log(w)."""
        step = 0.25
        nodes = np.arange(-25.0, 4.0, step)
        found = np.zeros(x.size)
        for node in nodes:
            w = np.exp(node)
            found += step * w * np.exp(-w) * self._expect_count(np.full(x.size, w / rate), x, big_t)
        return found

    def _wait(self, q: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, _a, _b = self._after(x, big_t)
        with np.errstate(over="ignore"):
            return alpha * np.expm1(-np.log1p(-q) / r)

    def _draw(self, ends: Floats, x: Floats, big_t: Floats, rng: np.random.Generator) -> Floats:
        r, alpha, a, b = self._after(x, big_t)
        lengths = np.diff(ends, prepend=0.0)[:, None]
        bought = np.cumsum(rng.poisson(rng.gamma(r) / alpha * lengths), axis=0)
        chance = np.maximum(rng.beta(a, b), 1e-300)
        # Which purchase is the last one: geometric, by inversion, so that no chance is too small.
        with np.errstate(divide="ignore"):
            last = np.ceil(np.log(rng.random(x.size)) / np.log1p(-chance))
        return np.minimum(bought, np.maximum(last, 1.0))


def negative_binomial(count: Floats, r: Floats, u: Floats) -> Floats:
    """Return the probability of ``count`` purchases in a time of u·α at rate λ ~ Gamma(r, α)."""
    logs = special.gammaln(r + count) - special.gammaln(r) - special.gammaln(count + 1)
    found: Floats = np.exp(logs - r * np.log1p(u) + special.xlogy(count, u / (1 + u)))
    return found
