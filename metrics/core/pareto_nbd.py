"""The Pareto/NBD model of Schmittlein, Morrison & Colombo (1987).

While active a customer buys at random moments at rate λ ~ Gamma(r, α), and drops out at a random moment, at
rate μ ~ Gamma(s, β). Given that a customer is active at T both stay independent, λ ~ Gamma(r+x, α+T) and
μ ~ Gamma(s, β+T), so that every expectation is one over the moment of dropping out after T.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.dropout_after_purchase import negative_binomial
from metrics.core.estimation import NO_DROPOUT_SIGNAL, add_reason, estimate
from metrics.core.grouped_histories import Floats, group_histories
from metrics.core.pareto_likelihood import BETA, ParetoDropout, S
from metrics.core.pareto_moments import (
    average_over_dropout,
    discount_lifetime,
    expect_lifetime,
    expect_squared_lifetime,
    wait_for_purchase,
)
from metrics.core.purchase_model import PurchaseModel

_START: Final = {"r": 0.5, "alpha": 0.3, "s": 0.5, "beta": 0.4}
#: Customers of two kinds: those who leave soon, and those who stay.
_TWO_KINDS: Final = {"r": 0.5, "alpha": 0.3, "s": 0.1, "beta": 0.05}
#: Times the mean age: dropping out this slowly cannot be told from never.
_LARGEST_BETA: Final = 20.0


@dataclass(frozen=True, eq=False)
class ParetoNBD(PurchaseModel):
    """A fitted Pareto/NBD: parameters r, alpha (a time), s, beta (a time)."""

    name: ClassVar[str] = "pareto_nbd"
    likelihood: ClassVar[ParetoDropout] = ParetoDropout()

    @classmethod
    def fit(cls, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Self:
        """Fit by maximum likelihood."""
        found = estimate(cls.likelihood, group_histories(frequency, recency, age), _START, _TWO_KINDS)
        if found.data.repeat_buyers and found.data.total_age:
            errors = np.sqrt(np.diag(found.covariance)[[S, BETA]])
            slow = found.params["beta"] * found.data.customers > _LARGEST_BETA * found.data.total_age
            if slow or errors.max() > 2:
                found = add_reason(found, NO_DROPOUT_SIGNAL)
        return cls.from_estimate(found)

    def _after(self, x: Floats, big_t: Floats) -> tuple[Floats, Floats, float, Floats]:
        """Return shape and scale of λ and of μ for a customer active at T."""
        params = self.params
        return params["r"] + x, params["alpha"] + big_t, params["s"], params["beta"] + big_t

    def _log_odds_inactive(self, x: Floats, t_x: Floats, big_t: Floats) -> Floats:
        params = np.array([self.params[name] for name in self.likelihood.names])
        return self.likelihood.find_log_odds_inactive(params, x, t_x, big_t)

    def _active_after(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        _r, _alpha, s, beta = self._after(x, big_t)
        found: Floats = np.exp(-s * np.log1p(t / beta))
        return found

    def _expect_count(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, s, beta = self._after(x, big_t)
        return r / alpha * expect_lifetime(t, s, beta)

    def _expect_pairs(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, s, beta = self._after(x, big_t)
        return r * (r + 1) / alpha**2 * expect_squared_lifetime(t, s, beta)

    def _count_is(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        r, alpha, s, beta = self._after(x, big_t)
        stays = np.exp(-s * np.log1p(t / beta)) * negative_binomial(count, r, t / alpha)
        logs = special.gammaln(r + count) - special.gammaln(r) - special.gammaln(count + 1)
        return stays + average_over_dropout(logs, count, 0.0, t, r, alpha, s, beta)

    def _count_at_least(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Integrate the density of the moment of the count-th purchase × being active until then."""
        r, alpha, s, beta = self._after(x, big_t)
        logs = special.gammaln(r + count) - special.gammaln(r) - special.gammaln(count)
        return average_over_dropout(logs, count, 1.0, t, r, alpha, s, beta)

    def _discount_for_ever(self, rate: float, x: Floats, big_t: Floats) -> Floats:
        r, alpha, s, beta = self._after(x, big_t)
        return r / alpha * discount_lifetime(rate, s, beta)

    def _wait(self, q: Floats, x: Floats, big_t: Floats) -> Floats:
        return wait_for_purchase(q, *self._after(x, big_t))

    def _draw(self, ends: Floats, x: Floats, big_t: Floats, rng: np.random.Generator) -> Floats:
        r, alpha, s, beta = self._after(x, big_t)
        rate = rng.gamma(r) / alpha
        # A Gamma mixture of exponential lifetimes is Pareto: by inversion, whatever s is.
        with np.errstate(over="ignore"):
            lifetime = beta * np.expm1(-np.log1p(-rng.random(x.size)) / s)
        active = np.diff(np.minimum(lifetime, ends[:, None]), axis=0, prepend=0.0)
        return np.cumsum(rng.poisson(rate * active), axis=0).astype(np.float64)


def fit(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> ParetoNBD:
    """Fit the Pareto/NBD by maximum likelihood; arguments and errors as for `metrics.core.bgnbd.fit`."""
    return ParetoNBD.fit(frequency, recency, age)
