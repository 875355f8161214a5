"""Purchase histories as the models read them: checked, and counted once per different history.

A history is (x, t_x, T): purchase occasions after the first, time from the first to the last, time from the
first to the day of the calculation. Times may be in any unit, the same for all of them; days are usual.
Customers with equal histories have equal likelihood, so a model looks at each history once, with the number
of customers that share it; of customers who never came back only T matters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Whole days, or days given in weeks, are counted as integers: a key of three of them sorts fast.
_STEPS_PER_UNIT: Final = (1.0, 7.0)
_STEP_TOLERANCE: Final = 1e-9
_LARGEST_KEY: Final = 2**62
# Up to this many keys for each customer a table of all keys is faster than sorting those in use.
_TABLE_PER_CUSTOMER: Final = 8
_TABLE_AT_LEAST: Final = 1_000_000


@dataclass(frozen=True)
class DataRange:
    """What a model was fitted on: customers, those who came back, and how far the numbers reach."""

    customers: int
    repeat_buyers: int
    purchases: float
    largest_frequency: float
    largest_recency: float
    largest_age: float
    total_age: float


@dataclass(frozen=True)
class GroupedHistories:
    """Different histories, ordered by frequency, each with its number of customers.

    Attributes
    ----------
    frequency, recency, age : floats, one for each different history; ``frequency`` ascends.
    weight : how many customers share it.
    """

    frequency: Floats
    recency: Floats
    age: Floats
    weight: Floats

    @cached_property
    def customers(self) -> float:
        """How many customers there are."""
        return float(self.weight.sum())

    @cached_property
    def purchases(self) -> float:
        """How often they came back, all together."""
        return float(self.weight @ self.frequency)

    @cached_property
    def zeros(self) -> int:
        """How many of the histories, the first ones, are of customers who never came back."""
        return int(np.searchsorted(self.frequency, 0.0, side="right"))

    @cached_property
    def _starts(self) -> Indices:
        return np.flatnonzero(np.diff(self.frequency, prepend=-1.0))

    @cached_property
    def frequencies(self) -> Floats:
        """The different frequencies, ascending."""
        return self.frequency[self._starts]

    @cached_property
    def frequency_weight(self) -> Floats:
        """How many customers have each of `frequencies`."""
        return np.add.reduceat(self.weight, self._starts) if self.weight.size else self.weight

    def repeat(self, of_frequencies: Floats) -> Floats:
        """Spread values, one for each of `frequencies`, over the histories."""
        return np.repeat(of_frequencies, np.diff(self._starts, append=self.frequency.size))

    def chunks(self, size: int) -> Iterator[slice]:
        """Yield slices of at most ``size`` histories."""
        return (slice(start, start + size) for start in range(0, self.frequency.size, size))

    def scale(self, factor: float) -> GroupedHistories:
        """Return them with all times multiplied by ``factor``."""
        return GroupedHistories(self.frequency, self.recency * factor, self.age * factor, self.weight)

    def thin(self, step: int) -> GroupedHistories:
        """Return every ``step``-th history: enough to start a fit from."""
        part = slice(None, None, step)
        return GroupedHistories(self.frequency[part], self.recency[part], self.age[part], self.weight[part])

    def measure_range(self) -> DataRange:
        """Return what a report says about the data."""
        if not self.frequency.size:
            return DataRange(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
        return DataRange(
            customers=round(self.customers),
            repeat_buyers=round(float(self.weight[self.zeros :].sum())),
            purchases=self.purchases,
            largest_frequency=float(self.frequency[-1]),
            largest_recency=float(self.recency.max()),
            largest_age=float(self.age.max()),
            total_age=float(self.weight @ self.age),
        )


def check_histories(
    frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    """Return the three as float arrays of one shape.

    Raises
    ------
    ValueError : when one of them is not a history; it names the first value that is not.
    """
    x, t_x, big_t = np.broadcast_arrays(
        _read("frequency", frequency), _read("recency", recency), _read("age", age)
    )
    _require(x, "frequency", "a whole number of 0 or more", (x >= 0) & (np.rint(x) == x) & (x < np.inf))
    _require(big_t, "age", "a finite time of 0 or more", (big_t >= 0) & (big_t < np.inf))
    _require(t_x, "recency", "between 0 and age", (t_x >= 0) & (t_x <= big_t))
    _require(t_x, "recency", "0 if and only if frequency is 0", (t_x > 0) == (x > 0))
    return x, t_x, big_t


def check_times(t: ArrayLike) -> Floats:
    """Return ``t`` as floats; raises ValueError unless all are finite and 0 or more."""
    times = _read("t", t)
    _require(times, "t", "a finite time of 0 or more", (times >= 0) & (times < np.inf))
    return times


def group_histories(frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> GroupedHistories:
    """Count customers with equal histories together.

    >>> group_histories([0, 2, 0], [0, 5, 0], [9, 9, 9]).weight
    array([2., 1.])
    """
    x, t_x, big_t = (values.ravel() for values in check_histories(frequency, recency, age))
    if not x.size:
        return GroupedHistories(x, t_x, big_t, x)
    steps = _find_steps(t_x, big_t)
    if steps is None:
        return _group_by_sorting(x, t_x, big_t)
    ages = np.rint(big_t * steps).astype(np.int64)
    base = int(ages.max()) + 1
    if (float(x.max()) + 1) * base * base >= _LARGEST_KEY:
        return _group_by_sorting(x, t_x, big_t)
    keys = (x.astype(np.int64) * base + ages) * base + np.rint(t_x * steps).astype(np.int64)
    keys.sort()
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    rest, recencies = np.divmod(keys[starts], base)
    frequencies, groups = np.divmod(rest, base)
    weight = np.diff(starts, append=keys.size).astype(np.float64)
    return GroupedHistories(frequencies.astype(np.float64), recencies / steps, groups / steps, weight)


def find_pairs(frequency: Floats, age: Floats) -> tuple[Floats, Floats, Indices]:
    """Return the different pairs (frequency, age), and for each customer which pair is its own.

    What a model expects of a customer who is still active depends on these two alone.
    """
    steps = _find_steps(age)
    if age.size < 2 or steps is None or float(frequency.max()) * float(age.max()) * steps >= 2**40:
        return frequency, age, np.arange(age.size)
    whole = np.rint(age * steps).astype(np.int64)
    base = int(whole.max()) + 1
    keys = frequency.astype(np.int64) * base + whole
    in_use, own = number_keys(keys)
    frequencies, ages = np.divmod(in_use, base)
    return frequencies.astype(np.float64), ages / steps, own


def find_triples(x: Floats, t_x: Floats, big_t: Floats) -> tuple[Floats, Floats, Floats, Indices]:
    """Return the different histories, and for each customer which is its own."""
    steps = _find_steps(t_x, big_t)
    if x.size < 2 or steps is None:
        return x, t_x, big_t, np.arange(x.size)
    base = round(float(big_t.max()) * steps) + 1
    if (float(x.max()) + 1) * base * base >= _LARGEST_KEY:
        return x, t_x, big_t, np.arange(x.size)
    keys = (x.astype(np.int64) * base + np.rint(big_t * steps).astype(np.int64)) * base
    in_use, own = number_keys(keys + np.rint(t_x * steps).astype(np.int64))
    rest, recencies = np.divmod(in_use, base)
    frequencies, ages = np.divmod(rest, base)
    return frequencies.astype(np.float64), recencies / steps, ages / steps, own


def number_keys(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], Indices]:
    """Return the different keys (0 or more), ascending, and for each key its place among them."""
    size = int(keys.max()) + 1
    if size > _TABLE_PER_CUSTOMER * keys.size + _TABLE_AT_LEAST:
        in_use, own = np.unique(keys, return_inverse=True)
        return in_use, own
    is_used = np.zeros(size, dtype=np.bool_)
    is_used[keys] = True
    in_use = np.flatnonzero(is_used)
    position = np.empty(size, dtype=np.intp)
    position[in_use] = np.arange(in_use.size)
    return in_use, position[keys]


def _group_by_sorting(x: Floats, t_x: Floats, big_t: Floats) -> GroupedHistories:
    order = np.lexsort((t_x, big_t, x))
    x, t_x, big_t = x[order], t_x[order], big_t[order]
    is_new = np.ones(x.size, dtype=np.bool_)
    is_new[1:] = (np.diff(x) != 0) | (np.diff(t_x) != 0) | (np.diff(big_t) != 0)
    starts = np.flatnonzero(is_new)
    weight = np.diff(starts, append=x.size).astype(np.float64)
    return GroupedHistories(x[starts], t_x[starts], big_t[starts], weight)


def _find_steps(*times: Floats) -> float | None:
    """Return how many steps a unit of time has if all times are whole steps, else None."""
    for steps in _STEPS_PER_UNIT:
        if all(_are_whole(values if steps == 1 else values * steps) for values in times):
            return steps
    return None


def _are_whole(steps: Floats) -> bool:
    if not steps.size:
        return True
    # The first value tells in most cases: no need to look at a million.
    first = float(steps.flat[0])
    if abs(first - round(first)) > _STEP_TOLERANCE * (1 + first):
        return False
    return bool((np.abs(steps - np.rint(steps)) <= _STEP_TOLERANCE * (1 + steps)).all())


def _read(name: str, values: ArrayLike) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be numbers, got {values!r}.") from None


def _require(values: Floats, name: str, expectation: str, is_met: NDArray[np.bool_]) -> None:
    if not is_met.all():
        wrong = np.broadcast_to(values, is_met.shape)[~is_met].flat[0]
        raise ValueError(f"{name} must be {expectation}, got {wrong:g}.")
