"""What customers bought between two days, for many customers and days at once."""

from dataclasses import dataclass

import numpy as np

from metrics.core.histories import Flags, Whole


@dataclass(frozen=True)
class Window:
    """One element a question: days with a purchase, and what they came to (1/10,000).

    ``known``: whether the contribution of all of it is.
    """

    occasions: Whole
    revenue: Whole
    contribution: Whole
    known: Flags


class Purchases:
    """Purchases of customers, by number and day, ready to be added up over any days.

    Parameters
    ----------
    customer, day : of each order, in any order; days as whole numbers.
    revenue, contribution : in 1/10,000; ``unknown`` for a contribution that is not known.
    """

    def __init__(
        self, customer: Whole, day: Whole, revenue: Whole, contribution: Whole, unknown: int
    ) -> None:
        self.customers, place = np.unique(customer, return_inverse=True)
        self._first = int(day.min(initial=0))
        self._width = int(day.max(initial=0)) - self._first + 3
        keys = self._find_keys(place, day)
        order = np.argsort(keys)
        self._keys, starts = np.unique(keys[order], return_index=True)
        is_known = contribution > unknown
        columns = (revenue, np.where(is_known, contribution, 0), (~is_known).astype(np.int64))
        sums = (np.add.reduceat(column[order], starts) if len(starts) else column for column in columns)
        self._so_far = [np.concatenate(([0], np.cumsum(column))) for column in sums]

    def has(self, customers: Whole) -> Flags:
        """Return who of these customers ever bought."""
        found: Flags = np.isin(customers, self.customers)
        return found

    def add_up(self, customers: Whole, first: Whole, last: Whole) -> Window:
        """Return what each bought from its ``first`` to its ``last`` day; all of them ever bought."""
        place = np.searchsorted(self.customers, customers)
        low = np.searchsorted(self._keys, self._find_keys(place, first), side="left")
        high = np.maximum(np.searchsorted(self._keys, self._find_keys(place, last), side="right"), low)
        revenue, contribution, unknown = (column[high] - column[low] for column in self._so_far)
        return Window(high - low, revenue, contribution, unknown == 0)

    def find_last_before(self, customers: Whole, day: Whole) -> Whole:
        """Return the days since each customer's last purchase before its ``day``; -1 without one."""
        place = np.searchsorted(self.customers, customers)
        before = np.searchsorted(self._keys, self._find_keys(place, day), side="left") - 1
        key = self._keys[np.maximum(before, 0)]
        mine = (before >= 0) & (key // self._width == place)
        return np.where(mine, day - (key % self._width + self._first - 1), -1)

    def _find_keys(self, place: Whole, day: Whole) -> Whole:
        """Return keys that sort by customer and day; days out of reach stand just before and after."""
        found: Whole = place * self._width + np.clip(day - self._first + 1, 0, self._width - 1)
        return found
