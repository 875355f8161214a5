"""How satisfied customers are, and whether who was more satisfied bought more afterwards: a correlation.

Three standings: promoter, passive and detractor on the NPS scale; high, middle and low on CSAT scales, by the
part of the way from the lowest score to the highest (high from three quarters, low below a half). Intervals
are of 95 %: Wilson's for a share (1927), the normal one for a mean, Newcombe's hybrid score one for a
difference of shares (1998, method 10), Fisher's z with the variance of Bonett & Wright (2000) for a rank
correlation.
"""

from dataclasses import dataclass
from math import atanh, sqrt, tanh
from typing import Final

import numpy as np

from metrics.core.histories import Floats, Whole

STANDINGS: Final = ("low", "middle", "high")  # a standing is a place in it
Z_95: Final = 1.959963984540054
LEAST_FOR_RANKS: Final = 10
_LARGEST_CORRELATION: Final = 0.999999


@dataclass(frozen=True)
class Estimate:
    """A figure with both ends of its interval."""

    value: float
    low: float
    high: float


def estimate_share(hits: int, n: int) -> Estimate:
    """Return a share with Wilson's interval. Raises ValueError without customers.

    >>> found = estimate_share(8, 10)
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (0.8, 0.4902, 0.9433)
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, got {n}.")
    share, spread = hits / n, Z_95**2 / n
    center = (share + spread / 2) / (1 + spread)
    reach = Z_95 * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return Estimate(share, max(0.0, center - reach), min(1.0, center + reach))


def estimate_mean(values: Floats) -> Estimate:
    """Return a mean with the normal interval; of one value there is no interval but the value."""
    if not len(values):
        raise ValueError("values must be one or more, got none.")
    mean = float(values.mean())
    reach = Z_95 * float(values.std(ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0
    return Estimate(mean, mean - reach, mean + reach)


def estimate_difference(one: Estimate, other: Estimate) -> Estimate:
    """Return the difference of two shares by Newcombe's interval from their own."""
    difference = one.value - other.value
    below = sqrt((one.value - one.low) ** 2 + (other.high - other.value) ** 2)
    above = sqrt((one.high - one.value) ** 2 + (other.value - other.low) ** 2)
    return Estimate(difference, difference - below, difference + above)


def correlate_ranks(scores: Whole, purchases: Whole) -> Estimate | None:
    """Return Spearman's rank correlation; None for fewer than 10 pairs, or when either never differs."""
    if len(scores) < LEAST_FOR_RANKS or len(np.unique(scores)) < 2 or len(np.unique(purchases)) < 2:
        return None
    from scipy import stats  # takes longer to load than the rest of the site: only who needs it waits

    found = float(stats.spearmanr(scores, purchases).statistic)
    held = min(max(found, -_LARGEST_CORRELATION), _LARGEST_CORRELATION)
    reach = Z_95 * sqrt((1 + held**2 / 2) / (len(scores) - 3))
    return Estimate(found, tanh(atanh(held) - reach), tanh(atanh(held) + reach))


@dataclass(frozen=True)
class Later:
    """What customers of one standing did in the year after: how many, who bought, and purchases each."""

    n: int
    bought: Estimate
    purchases: Estimate


@dataclass(frozen=True)
class Relation:
    """Satisfaction and later purchases. ``by_standing``: in the order of `STANDINGS`, None for nobody.

    ``difference``: of the share that bought, high less low. ``correlation``: of the ranks of score and
    number of purchases.
    """

    n: int
    by_standing: tuple[Later | None, ...]
    difference: Estimate | None
    correlation: Estimate | None


def relate(standing: Whole, score: Whole, purchases: Whole) -> Relation:
    """Return how scores go with the purchases of the year after; one element a customer."""
    groups = [purchases[standing == place] for place in range(len(STANDINGS))]
    later = tuple(_look_later(group) for group in groups)
    low, _middle, high = later
    difference = estimate_difference(high.bought, low.bought) if low and high else None
    return Relation(len(standing), later, difference, correlate_ranks(score, purchases))


def _look_later(purchases: Whole) -> Later | None:
    if not len(purchases):
        return None
    bought = estimate_share(int((purchases > 0).sum()), len(purchases))
    return Later(len(purchases), bought, estimate_mean(purchases.astype(np.float64)))
