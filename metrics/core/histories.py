"""Purchases of many customers as arrays, and what the models need of them on any day.

A history is cut off at a day and knows then what was known then: orders up to it, refunds up to it. That is
what a hold-out wants: the past as it looked, and what came after.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_DAYS_REMEMBERED: Final = 2
_STRANGE: Final = "every refund must be of one of the orders"


@dataclass(frozen=True)
class Orders:
    """Orders by customer and day; ``units``: worth before refunds, in 1/10,000. One element an order."""

    customer: Whole
    day: Whole
    units: Whole

    def take(self, rows: Whole) -> "Orders":
        """Return some of them."""
        return Orders(self.customer[rows], self.day[rows], self.units[rows])


@dataclass(frozen=True)
class RefundRows:
    """What was given back: for which order (its number, customer, day and worth), when, and how much by then.

    ``given``: all that was given back for that order by the end of ``given_on``, in 1/10,000. Where sources
    disagree about an order, the larger counts.
    """

    order: Whole
    customer: Whole
    day: Whole
    units: Whole
    given_on: Whole
    given: Whole


@dataclass(frozen=True)
class Refunds:
    """``RefundRows`` with the place of the order in the histories for its number."""

    order: Whole
    day: Whole
    units: Whole


@dataclass(frozen=True)
class Summary:
    """Customers with at least one purchase on ``as_of``: the input of the models, one element each.

    ``place``: place in ``Histories.customers``. ``frequency``: occasions after the first. ``recency``: days
    from the first occasion to the last. ``age``: days from the first to ``as_of``. ``mean_value``: mean
    revenue of the occasions after the first, NaN without any. Definitions: Fader, Hardie & Lee (2005).
    """

    as_of: int
    place: Whole
    frequency: Whole
    recency: Whole
    age: Whole
    mean_value: Floats

    def __len__(self) -> int:
        return len(self.place)


@dataclass(frozen=True)
class Histories:
    """Orders of ``len(customers)`` customers, sorted by customer and day.

    ``customers``: numbers, ascending. ``owner``: place in ``customers`` of each order. ``day``: days since
    any fixed day, ascending within a customer. ``units``: worth before refunds, in 1/10,000.
    """

    customers: Whole
    owner: Whole
    day: Whole
    units: Whole
    refunds: Refunds

    def __post_init__(self) -> None:
        if not len(self.owner) == len(self.day) == len(self.units):
            raise ValueError("owner, day and units must have one element per order")

    @cached_property
    def first_day(self) -> int:
        """The day of the first order of all; 0 without orders."""
        return int(self.day.min()) if len(self.day) else 0

    def value(self, as_of: int) -> Whole:
        """Return what every order is worth after what was given back up to ``as_of``."""
        known = self.refunds.day <= as_of
        taken = np.zeros(len(self.units), dtype=np.int64)
        np.maximum.at(taken, self.refunds.order[known], self.refunds.units[known])
        return self.units - taken

    def find_occasions(self, as_of: int) -> tuple[Whole, Whole, Whole]:
        """Return the occasions up to ``as_of``: owner, day and revenue (1/10,000), by owner and day.

        An occasion is a day with at least one order that is worth more than nothing then. The days asked for
        last are remembered: a calculation asks for the same two, a dozen times.
        """
        if as_of not in self._remembered:
            while len(self._remembered) >= _DAYS_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[as_of] = self._gather_occasions(as_of)
        self._remembered[as_of] = self._remembered.pop(as_of)
        return self._remembered[as_of]

    @cached_property
    def _remembered(self) -> dict[int, tuple[Whole, Whole, Whole]]:
        """The occasions of a few days, the one asked for last at the end."""
        return {}

    def _gather_occasions(self, as_of: int) -> tuple[Whole, Whole, Whole]:
        worth = self.value(as_of)
        counts: Flags = (worth > 0) & (self.day <= as_of)
        owner, day, worth = self.owner[counts], self.day[counts], worth[counts]
        if not len(owner):
            return owner, day, worth
        starts = np.flatnonzero(np.r_[True, (owner[1:] != owner[:-1]) | (day[1:] != day[:-1])])
        return owner[starts], day[starts], np.add.reduceat(worth, starts)

    def summarise(self, as_of: int) -> Summary:
        """Return the input of the models as it was on ``as_of``."""
        owner, day, worth = self.find_occasions(as_of)
        if not len(owner):
            nobody = np.zeros(0, dtype=np.int64)
            return Summary(as_of, nobody, nobody, nobody, nobody, np.zeros(0))
        starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        ends = np.r_[starts[1:], len(owner)] - 1
        frequency = ends - starts
        later = np.add.reduceat(worth, starts) - worth[starts]
        mean_value = np.divide(
            later / 10_000, frequency, out=np.full(len(starts), np.nan), where=frequency > 0
        )
        return Summary(
            as_of, owner[starts], frequency, day[ends] - day[starts], as_of - day[starts], mean_value
        )

    def count_between(self, summary: Summary, last: int) -> Whole:
        """Return how many occasions each customer of ``summary`` had after its day, up to ``last``.

        As known on ``last``: what was refunded in full by then is no purchase.
        """
        owner, day, _worth = self.find_occasions(last)
        counts = np.bincount(owner[day > summary.as_of], minlength=len(self.customers))
        return counts[summary.place].astype(np.int64)

    def count_by_day(self, summary: Summary, last: int) -> Whole:
        """Return how many occasions the customers of ``summary`` had on each day after its day."""
        owner, day, _worth = self.find_occasions(last)
        known = np.zeros(len(self.customers), dtype=np.bool_)
        known[summary.place] = True
        after = day[(day > summary.as_of) & known[owner]] - summary.as_of - 1
        return np.bincount(after, minlength=max(last - summary.as_of, 0)).astype(np.int64)

    def sum_between(self, summary: Summary, last: int) -> Floats:
        """Return the revenue of each customer of ``summary`` after its day, up to ``last``."""
        owner, day, worth = self.find_occasions(last)
        after = day > summary.as_of
        sums = np.bincount(owner[after], weights=worth[after] / 10_000, minlength=len(self.customers))
        return sums[summary.place].astype(np.float64)

    def leave_out(self, customers: Whole) -> "Histories":
        """Return the histories of all but these customers."""
        stays = ~np.isin(self.customers, customers)
        if stays.all():
            return self
        kept = stays[self.owner]
        mine = kept[self.refunds.order]
        moved, place = np.cumsum(kept) - 1, np.cumsum(stays) - 1
        return Histories(
            self.customers[stays],
            place[self.owner[kept]],
            self.day[kept],
            self.units[kept],
            Refunds(moved[self.refunds.order[mine]], self.refunds.day[mine], self.refunds.units[mine]),
        )


def build_histories(orders: Orders, refunds: RefundRows, leave_out: Whole) -> Histories:
    """Return histories of orders that are sorted by customer and day, without the customers to leave out.

    Raises ValueError when they are not sorted, or when a refund is of no order.
    """
    customer, day = orders.customer, orders.day
    ahead = (customer[1:] > customer[:-1]) | ((customer[1:] == customer[:-1]) & (day[1:] >= day[:-1]))
    if not np.all(ahead):
        raise ValueError("orders must be sorted by customer and day")
    places = _find_refunded(orders, refunds)
    is_next = np.r_[True, customer[1:] != customer[:-1]][: len(customer)]
    everyone = Histories(
        customer[is_next],
        np.cumsum(is_next, dtype=np.int64) - 1,
        day,
        orders.units,
        Refunds(places, refunds.given_on, refunds.given),
    )
    return everyone.leave_out(leave_out)


def _find_refunded(orders: Orders, refunds: RefundRows) -> Whole:
    """Return the place of each refund's order among the orders.

    Orders of one customer, day and amount are alike in all that matters here: the first refunded one is
    taken for the first of them, and so on.
    """
    _numbers, first, of_row = np.unique(refunds.order, return_index=True, return_inverse=True)
    wanted = Orders(refunds.customer[first], refunds.day[first], refunds.units[first])
    low, high = _find_same_day(orders, wanted)
    if np.any(high == low):
        raise ValueError(_STRANGE)
    place, several = low.copy(), np.flatnonzero(high - low > 1)
    if len(several):
        starts, which = np.unique(low[several], return_index=True)
        counts = high[several][which] - starts
        suspects = np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        place[several] = suspects[_match_alike(orders.take(suspects), wanted.take(several))]
    if np.any(orders.units[place] != wanted.units):
        raise ValueError(_STRANGE)
    found: Whole = place[of_row]
    return found


def _find_same_day(orders: Orders, wanted: Orders) -> tuple[Whole, Whole]:
    """Return where the orders of the same customer and day begin and end, for each wanted one."""
    days = (orders.day, wanted.day)
    first = min((int(part.min()) for part in days if len(part)), default=0)
    last = max((int(part.max()) for part in days if len(part)), default=0)
    width = last - first + 1
    keys, asked = (part.customer * width + (part.day - first) for part in (orders, wanted))
    return np.searchsorted(keys, asked, side="left"), np.searchsorted(keys, asked, side="right")


def _match_alike(orders: Orders, wanted: Orders) -> Whole:
    """Return the place of each wanted order among the orders, as many times as there are alike."""
    found, asked_for = ((part.customer, part.day, part.units) for part in (orders, wanted))
    ranked = _count_alike(found), _count_alike(asked_for)
    columns = [np.concatenate(pair) for pair in (*zip(found, asked_for, strict=True), ranked)]
    source = np.r_[np.zeros(len(orders.units), dtype=np.int64), np.ones(len(wanted.units), dtype=np.int64)]
    order = np.lexsort((source, *reversed(columns)))
    asked = np.flatnonzero(source[order])
    match = order[asked - 1]
    if not all(np.all(column[order[asked]] == column[match]) for column in columns):
        raise ValueError(_STRANGE)
    place = np.empty(len(wanted.units), dtype=np.int64)
    place[order[asked] - len(orders.units)] = match
    return place


def _count_alike(columns: tuple[Whole, ...]) -> Whole:
    """Return for each row how many equal rows come before it."""
    order = np.lexsort(tuple(reversed(columns)))
    changes = [column[order][1:] != column[order][:-1] for column in columns]
    starts = np.r_[True, np.any(changes, axis=0)][: len(order)]
    at = np.arange(len(order))
    count = np.empty(len(order), dtype=np.int64)
    count[order] = at - np.maximum.accumulate(np.where(starts, at, 0))
    return count
