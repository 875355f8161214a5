"""Room to grow: percentiles of peers and what buyers of the same categories also buy, in whole 1/10,000.

Amounts are int64 in 1/10,000 and results are exact, halves rounded away from zero: two engines, or a test
with fractions, come to the same figure.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from metrics.core.grouped_histories import number_keys
from metrics.core.histories import Flags, Floats, Whole

MOST_CATEGORIES: Final = 20  # a count is kept for every set of categories: 2 ** 20 of them
LEAST_BUYERS: Final = 30


def divide_half_up(numerator: Whole, denominator: Whole) -> Whole:
    """Return the quotients rounded to whole numbers, halves away from zero; denominators above 0."""
    found: Whole = np.sign(numerator) * ((2 * np.abs(numerator) + denominator) // (2 * denominator))
    return found


def share_exactly(part: Whole, total: Whole, whole: Whole) -> Whole:
    """Return ``part`` × ``total`` ÷ ``whole``, rounded, halves away from zero; parts and wholes above 0.

    In 64 bits where the product fits, else in Python's own numbers, which have no end.
    """
    fits = part.astype(np.float64) * np.abs(total.astype(np.float64)) * 2 + whole < 2.0**62
    found = np.zeros(len(part), dtype=np.int64)
    found[fits] = divide_half_up(part[fits] * total[fits], whole[fits])
    for place in np.flatnonzero(~fits):
        product, divisor = int(part[place]) * int(total[place]), int(whole[place])
        rounded = (2 * abs(product) + divisor) // (2 * divisor)
        found[place] = rounded if product >= 0 else -rounded
    return found


def sum_by_key(keys: Whole, *columns: Whole) -> tuple[Whole, ...]:
    """Return the different keys, ascending, and the exact sum of each column for each of them.

    >>> sum_by_key(np.array([7, 3, 7]), np.array([1, 2, 4]))
    (array([3, 7]), array([2, 5]))
    """
    if not len(keys):
        return (keys, *columns)
    order = np.argsort(keys)
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return (ordered[starts], *(np.add.reduceat(column[order], starts) for column in columns))


def find_percentile(values: Whole, tenths: int = 9) -> int:
    """Return the ``tenths``-th decile (9: the 90th percentile), interpolated between neighbours.

    Position ``tenths`` ÷ 10 × (n − 1), as SQL's ``percentile_cont``. Raises ValueError without values.
    """
    if not len(values):
        raise ValueError("values must be one or more, got none.")
    place, part = divmod(tenths * (len(values) - 1), 10)
    after = min(place + 1, len(values) - 1)
    ordered = np.partition(values, (place, after))
    weighed = ordered[place] * (10 - part) + ordered[after] * part
    return int(divide_half_up(np.array(weighed), np.array(10)))


def find_double_medians(category: Whole, amount: Whole, categories: int) -> Whole:
    """Return twice the median amount of each category's rows, 0 with fewer than 30 rows.

    Twice, because the middle of two whole numbers need not be one.
    """
    counts = np.bincount(category, minlength=categories)
    found = np.zeros(categories, dtype=np.int64)
    for place in np.flatnonzero(counts >= LEAST_BUYERS):
        middle = (counts[place] - 1) // 2, counts[place] // 2
        ordered = np.partition(amount[category == place], middle)
        found[place] = ordered[middle[0]] + ordered[middle[1]]
    return found


def expect_from_others(sets: Whole, double_medians: Whole) -> Whole:
    """Return what the categories that each customer did not buy may bring in a year.

    ``sets``: bit k is set when category k was bought. Per category not bought: P × median, P = of the buyers
    of any of the customer's categories, the share that also bought it; 0 with fewer than 30 such buyers. The
    counts of all sets come from one pass per category over all subsets (a sum over subsets), so that nobody
    is compared with everybody.
    """
    categories = len(double_medians)
    if categories > MOST_CATEGORIES:
        raise ValueError(f"double_medians must have at most {MOST_CATEGORIES} elements, got {categories}.")
    within = _count_subsets(sets, categories)
    everything = (1 << categories) - 1
    distinct, place = number_keys(sets) if len(sets) else (sets, sets)
    others = everything & ~distinct
    buyers = within[everything] - within[others]
    gained = np.zeros(len(distinct), dtype=np.int64)
    for category in range(categories):
        bit = 1 << category
        holders = within[everything] - within[everything & ~bit]
        without_any = within[others] - within[others & ~bit]
        lacks = distinct & bit == 0
        gained += np.where(lacks, (holders - without_any) * double_medians[category], 0)
    enough = buyers >= LEAST_BUYERS
    found = divide_half_up(gained, np.maximum(2 * buyers, 1))
    return np.where(enough, found, 0)[place]


def _count_subsets(sets: Whole, categories: int) -> Whole:
    """Return, for every set of categories, how many customers bought nothing outside of it."""
    counts = np.bincount(sets, minlength=1 << categories).astype(np.int64)
    for category in range(categories):
        halves = counts.reshape(-1, 2, 1 << category)
        halves[:, 1, :] += halves[:, 0, :]
    return counts


@dataclass(frozen=True)
class Contrast:
    """Growth of customers with a large gap beside those with a small one, within tenths of predicted value.

    ``difference``: mean growth of the large-gap half less that of the small-gap half, over the tenths,
    weighed by their customers; ``low`` and ``high`` the ends of its 95 % interval. ``tenths``: per tenth the
    number of customers and mean growth of either half, in the unit of ``growth``.
    """

    customers: int
    large: float
    small: float
    difference: float
    low: float
    high: float
    tenths: tuple[tuple[int, float, int, float], ...]


def contrast_growth(predicted: Whole, gap: Whole, growth: Whole) -> Contrast | None:
    """Return the contrast; None when no tenth has two customers of either kind.

    Within a tenth of predicted value, gap is large above its median there. The interval is the normal one
    of a stratified difference of means (Cochran, Sampling Techniques, 1977, section 5A.11).
    """
    order = np.argsort(predicted, kind="stable")
    parts = [_compare(gap[rows], growth[rows].astype(np.float64)) for rows in np.array_split(order, 10)]
    usable = [part for part in parts if part is not None]
    if not usable:
        return None
    weights = np.array([count for count, *_rest in usable], dtype=np.float64)
    weights /= weights.sum()
    large, small, variance = (np.array([part[place] for part in usable]) for place in (2, 4, 5))
    difference = float(weights @ (large - small))
    reach = 1.959963984540054 * float(np.sqrt(weights**2 @ variance))
    return Contrast(
        customers=sum(part[0] for part in usable),
        large=float(weights @ large),
        small=float(weights @ small),
        difference=difference,
        low=difference - reach,
        high=difference + reach,
        tenths=tuple((part[1], part[2], part[3], part[4]) for part in usable),
    )


def _compare(gap: Whole, growth: Floats) -> tuple[int, int, float, int, float, float] | None:
    """Return customers; number and mean of the large-gap half, of the small; variance of the difference."""
    if len(gap) < 4:
        return None
    large: Flags = gap > np.median(gap)
    high, low = growth[large], growth[~large]
    if len(high) < 2 or len(low) < 2:
        return None
    variance = high.var(ddof=1) / len(high) + low.var(ddof=1) / len(low)
    return len(gap), len(high), float(high.mean()), len(low), float(low.mean()), float(variance)
