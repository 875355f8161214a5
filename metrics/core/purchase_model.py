"""What every fitted purchase model can tell: expectations, probabilities and simulated futures of customers.

All models share one structure. A customer with history (x, t_x, T) is still active with a probability that
depends on all three; what an active customer will do depends on x and T alone. A model supplies these parts
for arrays; here they are computed once for each different (x, T), weighed and spread over the customers.

Times (t, recency, age) are in the unit the model was fitted in, usually days. Arguments broadcast; numbers
give a number. Every method raises ValueError for what is not a history ("recency must be …, got …").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.estimation import Estimate, Likelihood, draw_logs, evaluate_at, know
from metrics.core.grouped_histories import Floats, check_histories, check_times, find_pairs, group_histories

# Futures of customers drawn in one go: enough to fill vectors, not memory.
_SIMULATED_AT_ONCE: Final = 1_000_000

Expectation = Callable[[Floats, Floats, Floats], Floats]
CountProbability = Callable[[Floats, Floats, Floats, Floats], Floats]


@dataclass(frozen=True, eq=False)
class PurchaseModel(Estimate, ABC):
    """A fitted model; see `Estimate` for its parameters, errors and reasons for doubt."""

    name: ClassVar[str]
    likelihood: ClassVar[Likelihood]

    @classmethod
    def from_estimate(cls, found: Estimate) -> Self:
        """Return the model with what a fit found."""
        return cls(**vars(found))

    @classmethod
    def given(cls, params: Mapping[str, float]) -> Self:
        """Return the model with known parameters, not estimated from anything."""
        return cls.from_estimate(know(cls.likelihood, params))

    @classmethod
    def find_log_likelihood(
        cls, params: Mapping[str, float], frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> float:
        """Return the total log-likelihood of customers at given parameters."""
        return evaluate_at(cls.likelihood, params, group_histories(frequency, recency, age))

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against showing what it says."""
        return not self.reasons

    def with_params(self, params: Mapping[str, float]) -> Self:
        """Return the model with other parameters, for instance one draw of them."""
        if params.keys() != self.params.keys():
            raise ValueError(f"params must be {', '.join(self.params)}, got {', '.join(params)}.")
        for name, value in params.items():
            if not 0 < value < np.inf:
                raise ValueError(f"{name} must be above 0, got {value:g}.")
        return replace(self, params=dict(params))

    def draw_params(self, rng: np.random.Generator, draws: int, robust: bool = True) -> list[Self]:
        """Return models with parameters drawn from their estimation error (normal in the logarithms)."""
        covariance = self.robust_covariance if robust else self.covariance
        rows = draw_logs(np.log(list(self.params.values())), covariance, rng, draws)
        return [self.with_params(dict(zip(self.params, np.exp(row).tolist(), strict=True))) for row in rows]

    def probability_active(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """Return P(active at T | x, t_x, T)."""
        x, t_x, big_t = check_histories(frequency, recency, age)
        return self._find_active(x.ravel(), t_x.ravel(), big_t.ravel()).reshape(x.shape)[()]

    def probability_active_after(
        self, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(active at T + t | x, t_x, T), whatever was bought in between."""
        return self._weigh(self._active_after, t, frequency, recency, age)

    def expected_purchases(
        self, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return E[Y(t) | x, t_x, T]: purchases expected in the coming ``t``."""
        return self._weigh(self._expect_count, t, frequency, recency, age)

    def expected_purchases_new(self, t: ArrayLike) -> Floats:
        """Return E[X(t)]: repeat purchases expected of a new customer in the first ``t``."""
        return self.expected_purchases(t, 0, 0, 0)

    def variance_of_purchases(
        self, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return Var[Y(t) | x, t_x, T], at the parameters as they are (process noise alone)."""
        pairs = self._weigh(self._expect_pairs, t, frequency, recency, age)
        mean = self.expected_purchases(t, frequency, recency, age)
        return np.maximum(pairs + mean - mean**2, 0.0)

    def expected_purchases_by_period(
        self, periods: int, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, period: float
    ) -> Floats:
        """Return the purchases expected in each of the coming ``periods`` of length ``period``.

        Returns
        -------
        shape (customers, periods)
        """
        x, big_t, own, active = self._prepare(frequency, recency, age)
        found: Floats = self._count_by_period(periods, period, x, big_t)[own] * active[:, None]
        return found

    def discounted_expected_transactions(
        self,
        periods: int,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        period: float,
        rate: float,
    ) -> Floats:
        """Return Σ over the coming periods k = 1, 2, … of E[purchases in k] ÷ (1 + rate)^k.

        Parameters
        ----------
        periods, period : how many, and the length of each: 12 of 30.4375 days.
        rate : discount rate per period as a fraction, above -1.
        """
        if not rate > -1:
            raise ValueError(f"rate must be a fraction above -1 such as 0.01, got {rate:g}.")
        x, big_t, own, active = self._prepare(frequency, recency, age)
        factors = (1 + rate) ** -np.arange(1.0, periods + 1)
        found: Floats = (self._count_by_period(periods, period, x, big_t) @ factors)[own] * active
        return found

    def expected_residual_transactions(
        self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, *, rate: float
    ) -> Floats:
        """Return DERT: all purchases ever to come, continuously discounted at ``rate`` per unit of time."""
        if not 0 < rate < np.inf:
            raise ValueError(f"rate must be above 0, got {rate:g}.")
        x, big_t, own, active = self._prepare(frequency, recency, age)
        found: Floats = self._discount_for_ever(rate, x, big_t)[own] * active
        return found.reshape(np.broadcast_shapes(np.shape(frequency), np.shape(recency), np.shape(age)))[()]

    def probability_of_none(
        self, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(no purchase in the coming t | x, t_x, T)."""
        return self.probability_of_count(0, t, frequency, recency, age)

    def probability_of_count(
        self, count: ArrayLike, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(Y(t) = count | x, t_x, T); its logarithm is the predictive log score."""
        counts = _check_counts(count)
        found = self._weigh_counts(self._count_is, counts, t, frequency, recency, age)
        if counts.size and counts.min() > 0:
            return found
        inactive = 1 - self.probability_active(frequency, recency, age)
        return found + np.where(counts == 0, inactive, 0.0)

    def probability_at_least(
        self, count: ArrayLike, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(Y(t) ≥ count | x, t_x, T); one minus it is the distribution function one lower."""
        counts = _check_counts(count)
        found = self._weigh_counts(self._count_at_least, np.maximum(counts, 1.0), t, frequency, recency, age)
        return np.where(counts == 0, 1.0, found)[()]

    def purchase_probabilities(
        self, t: float, largest: int, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(Y(t) = k | x, t_x, T) for k = 0 … ``largest``, shape (customers, largest + 1)."""
        x, t_x, big_t = (part.ravel() for part in check_histories(frequency, recency, age))
        counts = np.arange(largest + 1.0)
        found = self.probability_of_count(counts, t, x[:, None], t_x[:, None], big_t[:, None])
        return np.asarray(found)

    def next_purchase_quantile(
        self,
        q: ArrayLike,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        given_active: bool = False,
    ) -> Floats:
        """Return the time from T within which the next purchase comes with probability ``q``.

        Infinite where the probability of any further purchase is not above ``q``. With ``given_active`` of a
        customer known to be active at T.
        """
        chance = np.asarray(q, dtype=np.float64)
        if not ((chance >= 0) & (chance < 1)).all():
            raise ValueError(f"q must be a probability of 0 or more and below 1, got {q!r}.")
        x, t_x, big_t, chance = np.broadcast_arrays(*check_histories(frequency, recency, age), chance)
        if not given_active:
            active = np.asarray(self.probability_active(x, t_x, big_t))
            with np.errstate(divide="ignore", invalid="ignore"):
                chance = np.where(chance == 0, 0.0, chance / active)
        possible = chance < 1
        found = np.full(x.shape, np.inf)
        found[possible] = self._wait(chance[possible], x[possible], big_t[possible])
        return found[()]

    def simulate(
        self,
        t: ArrayLike,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
        *,
        rng: np.random.Generator,
        draws: int,
    ) -> np.typing.NDArray[np.int32]:
        """Return simulated purchases in the coming ``t``, exact draws, shape (draws, customers).

        Of several times, ascending, the same futures up to each: shape (times, draws, customers). For
        estimation error as well, simulate with each model of `draw_params`.
        """
        x, t_x, big_t = (part.ravel() for part in check_histories(frequency, recency, age))
        times = check_times(t)
        ends = np.atleast_1d(times)
        if (np.diff(ends) < 0).any():
            raise ValueError(f"t must ascend, got {t!r}.")
        active = self._find_active(x, t_x, big_t)
        found = np.zeros((ends.size, draws, x.size), dtype=np.int32)
        at_once = max(1, _SIMULATED_AT_ONCE // max(x.size, 1))
        for start in range(0, draws, at_once):
            some = found[:, start : start + at_once]
            is_active = rng.random(some.shape[1:]) < active
            customer = np.nonzero(is_active)[1]
            some[:, is_active] = self._draw(ends, x[customer], big_t[customer], rng)
        return found if times.ndim else found[0]

    @abstractmethod
    def _log_odds_inactive(self, x: Floats, t_x: Floats, big_t: Floats) -> Floats:
        """Return log((1 − P(active)) ÷ P(active)) at T."""

    @abstractmethod
    def _active_after(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return P(active at T + t), of a customer active at T; likewise below."""

    @abstractmethod
    def _expect_count(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return E[Y(t)]."""

    @abstractmethod
    def _expect_pairs(self, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return E[Y(t) (Y(t) − 1)]."""

    @abstractmethod
    def _count_is(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return P(Y(t) = count)."""

    @abstractmethod
    def _count_at_least(self, count: Floats, t: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return P(Y(t) ≥ count) for count ≥ 1."""

    @abstractmethod
    def _discount_for_ever(self, rate: float, x: Floats, big_t: Floats) -> Floats:
        """Return ∫ e^(−rate·t) dE[Y(t)]."""

    @abstractmethod
    def _wait(self, q: Floats, x: Floats, big_t: Floats) -> Floats:
        """Return the time within which the next purchase comes with probability q, else infinity."""

    @abstractmethod
    def _draw(self, ends: Floats, x: Floats, big_t: Floats, rng: np.random.Generator) -> Floats:
        """Return one draw of Y(t) for each, shape (ends, customers): the same future up to each end."""

    def _find_active(self, x: Floats, t_x: Floats, big_t: Floats) -> Floats:
        found: Floats = special.expit(-self._log_odds_inactive(x, t_x, big_t))
        return found

    def _prepare(
        self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> tuple[Floats, Floats, np.typing.NDArray[np.intp], Floats]:
        """Return the different x and T, each customer's own pair, and P(active) of each customer."""
        x, t_x, big_t = (part.ravel() for part in check_histories(frequency, recency, age))
        return *find_pairs(x, big_t), self._find_active(x, t_x, big_t)

    def _count_by_period(self, periods: int, period: float, x: Floats, big_t: Floats) -> Floats:
        """Return E[purchases in each period], shape (pairs, periods)."""
        if periods < 1:
            raise ValueError(f"periods must be 1 or more, got {periods}.")
        if not 0 < period < np.inf:
            raise ValueError(f"period must be above 0, got {period:g}.")
        ends = np.tile(period * np.arange(1.0, periods + 1), x.size)
        reached = self._expect_count(ends, np.repeat(x, periods), np.repeat(big_t, periods))
        return np.diff(reached.reshape(x.size, periods), axis=1, prepend=0.0)

    def _weigh(
        self, expect: Expectation, t: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Return P(active) × expect(t, x, T), computed once for each different (x, T) if t is one time."""
        x, t_x, big_t = check_histories(frequency, recency, age)
        times = check_times(t)
        active = np.asarray(self._find_active(x.ravel(), t_x.ravel(), big_t.ravel())).reshape(x.shape)
        if times.ndim == 0:
            pairs_x, pairs_age, own = find_pairs(x.ravel(), big_t.ravel())
            expected = expect(np.full(pairs_x.size, float(times)), pairs_x, pairs_age)[own].reshape(x.shape)
        else:
            times, x, big_t = np.broadcast_arrays(times, x, big_t)
            expected = expect(times.ravel(), x.ravel(), big_t.ravel()).reshape(times.shape)
        return (active * expected)[()]

    def _weigh_counts(
        self,
        find: CountProbability,
        counts: Floats,
        t: ArrayLike,
        frequency: ArrayLike,
        recency: ArrayLike,
        age: ArrayLike,
    ) -> Floats:
        """Return P(active) × find(count, t, x, T), computed once for each different (x, T, count)."""
        x, t_x, big_t = check_histories(frequency, recency, age)
        active = np.asarray(self._find_active(x.ravel(), t_x.ravel(), big_t.ravel())).reshape(x.shape)
        counts, times, x, big_t, active = np.broadcast_arrays(counts, check_times(t), x, big_t, active)
        shape = x.shape
        if times.size and (times == times.flat[0]).all():
            pairs_x, pairs_age, pair = find_pairs(x.ravel(), big_t.ravel())
            pairs, different, own = find_pairs(pair.astype(np.float64), counts.ravel())
            which = pairs.astype(np.intp)
            length = np.full(which.size, times.flat[0])
            found = find(different, length, pairs_x[which], pairs_age[which])[own]
        else:
            found = find(counts.ravel(), times.ravel(), x.ravel(), big_t.ravel())
        return (active * found.reshape(shape))[()]


def _check_counts(count: ArrayLike) -> Floats:
    counts = np.asarray(count, dtype=np.float64)
    if not ((counts >= 0) & (np.rint(counts) == counts) & (counts < np.inf)).all():
        raise ValueError(f"count must be whole numbers of 0 or more, got {count!r}.")
    return counts
