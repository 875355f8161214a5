"""Which segment customers were in at the end of every month, from what they did month after month.

A block of customers at a time: blocks add up, so that memory does not grow with the number of customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from metrics.core.calendar import DAYS_IN_WINDOW, MONTHS_PER_YEAR
from metrics.core.own_history import OwnHistory
from metrics.core.segments import UNKNOWN, Codes, Scheme, Thresholds, count_moves, place

Whole = npt.NDArray[np.int64]

#: The month ends that are looked back to.
MONTHS_BACK: Final = 24


@dataclass(frozen=True)
class Block:
    """What some customers did, one element per customer and month in which something happened.

    Parameters
    ----------
    customer : place of the customer in ``first_day``.
    month : place in the history, 0 for its first month.
    orders : valid orders.
    last_day : the last day with one, in days since 1970; 0 without.
    revenue, contribution, cost : 1/10,000; revenue and contribution by order and less refunds without an
        order, contribution ``UNKNOWN`` when a cost of goods is; cost is what winning it cost, and keeping it
        as far as that is known by month.
    first_day : per customer, the day of the first valid order, in days since 1970.
    shared : per customer, what keeping it cost as its share in cost for everyone, 1/10,000.
    described : per customer, a bit for every own segment that what never changes fits (see ``own_history``).
    """

    customer: Whole
    month: Whole
    orders: Whole
    last_day: Whole
    revenue: Whole
    contribution: Whole
    cost: Whole
    first_day: Whole
    shared: Whole
    described: Whole


@dataclass
class History:
    """Sizes, sums of 12 months and moves of one scheme, all blocks so far. A row is a month end.

    The last segment is who was no customer yet. ``unknown`` counts members whose contribution of 12 months
    is not known. ``moves`` has a matrix for every two month ends.
    """

    scheme: Scheme
    months: int
    sizes: Whole = field(init=False)
    revenue: Whole = field(init=False)
    contribution: Whole = field(init=False)
    unknown: Whole = field(init=False)
    moves: dict[tuple[int, int], Whole] = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.months, self.segments)
        self.sizes, self.revenue, self.contribution, self.unknown = (
            np.zeros(shape, dtype=np.int64) for _kind in range(4)
        )
        self.moves = {
            pair: np.zeros((self.segments, self.segments), dtype=np.int64)
            for pair in combinations(range(self.months), 2)
        }

    @property
    def segments(self) -> int:
        """How many segments there are, with the one of who was no customer yet."""
        return len(self.scheme.shown) + 1

    def add(self, codes: Codes, year: Mapping[str, Whole]) -> None:
        """Add the customers of a block; ``year`` has their 12 months to every month end."""
        by_month = np.ascontiguousarray(codes.T, dtype=np.int64)
        cell = (codes + self.segments * np.arange(self.months)).reshape(-1)
        self.sizes += np.bincount(cell, minlength=self.sizes.size).reshape(self.sizes.shape)
        for name in ("revenue", "contribution", "unknown"):
            # Floats hold the whole numbers of a block exactly.
            summed = np.bincount(cell, weights=year[name].reshape(-1), minlength=self.sizes.size)
            getattr(self, name).reshape(-1)[:] += summed.astype(np.int64)
        for (before, after), matrix in self.moves.items():
            matrix += count_moves(by_month[before], by_month[after], self.segments)


@dataclass(frozen=True)
class Looked:
    """The month ends that are looked at: those of the last months of a history.

    ``ends``: their last days, oldest first, in days since 1970. ``months``: how many months the whole history
    has. ``shares``: what everyone who was active in each of these months paid of cost for everyone, 1/10,000.
    """

    ends: Sequence[int]
    months: int
    shares: Sequence[int]


def follow(
    block: Block,
    looked: Looked,
    histories: Sequence[History],
    thresholds: Thresholds,
    own: Sequence[OwnHistory] = (),
) -> None:
    """Add a block of customers to the histories of schemes, and of own segments that ask for these schemes.

    Thresholds as in ``metrics.core.segments``.
    """
    measures, year = measure(block, looked)
    absent = measures["orders"] == 0
    codes = {}
    for history in histories:
        placed = place(history.scheme, measures, thresholds)
        placed[absent] = history.segments - 1
        history.add(placed, year)
        codes[history.scheme.key] = placed
    for one in own:
        one.add(block.described, codes, measures, year)


def measure(block: Block, looked: Looked) -> tuple[dict[str, Whole], dict[str, Whole]]:
    """Return the measures at every month end (a row per customer), and sums of the 12 months up to it.

    What happened more than 12 months before the first month end is taken together: only its sum counts.
    """
    before = MONTHS_PER_YEAR
    shape = (len(block.first_day), len(looked.ends) + before)
    column = np.maximum(block.month - (looked.months - len(looked.ends)) + before, 0)
    cell = block.customer * shape[1] + column
    known = block.contribution != UNKNOWN
    running = {
        "orders": _run_up(cell, block.orders, shape),
        "revenue": _run_up(cell, block.revenue, shape),
        "contribution": _run_up(cell, np.where(known, block.contribution, 0), shape),
        "unknown": _run_up(cell, ~known, shape),
        "cost": _run_up(cell, block.cost, shape),
    }
    last_day = np.zeros(shape, dtype=np.int64)
    np.maximum.at(last_day.reshape(-1), cell, block.last_day)
    last_day = np.maximum.accumulate(last_day, axis=1)[:, before:]
    so_far = {name: values[:, before:] for name, values in running.items()}
    year = {
        name: running[name][:, before:] - running[name][:, :-before]
        for name in ("revenue", "contribution", "unknown")
    }
    year["unknown"] = (year["unknown"] > 0).astype(np.int64)
    days = np.asarray(looked.ends, dtype=np.int64)
    silent = days - last_day
    costs = so_far["cost"] + _share_so_far(block, silent, looked)
    realised = np.where(so_far["unknown"] > 0, UNKNOWN, so_far["contribution"] - costs)
    measures = {
        "days_since_last": silent,
        "days_since_first": days - block.first_day[:, np.newaxis],
        "orders": so_far["orders"],
        "revenue": so_far["revenue"],
        "realised": realised,
    }
    return measures, year


def _share_so_far(block: Block, silent: Whole, looked: Looked) -> Whole:
    """Return the share in cost for everyone up to every month end: all of it, less what came after."""
    paid = np.where(silent < DAYS_IN_WINDOW, np.asarray(looked.shares, dtype=np.int64), 0)
    later = np.cumsum(paid[:, ::-1], axis=1)[:, ::-1] - paid
    so_far: Whole = block.shared[:, np.newaxis] - later
    return so_far


def _run_up(cell: Whole, values: npt.NDArray[np.generic], shape: tuple[int, int]) -> Whole:
    """Add values up by cell and along the months. Floats hold the whole numbers of a block exactly."""
    summed = np.bincount(cell, weights=values, minlength=shape[0] * shape[1])
    return np.cumsum(summed.astype(np.int64).reshape(shape), axis=1)
