"""How many days lie between two purchases of a customer: medians over many windows of months at once."""

import numpy as np

from metrics.core.histories import Histories, Whole


def find_gaps(histories: Histories, as_of: int) -> tuple[Whole, Whole, Whole]:
    """Return every gap between two purchase occasions up to ``as_of``: owner, day of the later one, days."""
    owner, day, _worth = histories.find_occasions(as_of)
    same = owner[1:] == owner[:-1]
    return owner[1:][same], day[1:][same], (day[1:] - day[:-1])[same]


def count_gaps(month: Whole, days: Whole, months: int, width: int) -> Whole:
    """Return how many gaps there are of each length (columns, 0 to ``width`` − 1) in each month (rows)."""
    counts = np.bincount(month * width + days, minlength=months * width)
    return counts.reshape(months, width).astype(np.int64)


def find_medians(counts: Whole, months: int) -> tuple[Whole, Whole]:
    """Return twice the median of the ``months`` months that end with each row, and how many gaps it is over.

    Twice: of an even number the median is the mean of the two in the middle, which may end in a half. 0 where
    there is no gap.

    >>> find_medians(count_gaps(np.array([0, 1, 1]), np.array([3, 5, 6]), 2, 7), 2)
    (array([ 6, 10]), array([1, 3]))
    """
    so_far = counts.cumsum(axis=0)
    within = so_far.copy()
    within[months:] -= so_far[:-months]
    shorter = within.cumsum(axis=1)
    n = shorter[:, -1]
    low, high = ((shorter <= rank[:, None]).sum(axis=1) for rank in ((n - 1) // 2, n // 2))
    return np.where(n > 0, low + high, 0), n
