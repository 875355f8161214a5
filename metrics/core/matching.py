"""Members beside non-members who were like them before: compared within strata, weighed by the members.

The difference within a stratum is that of two means; over strata it is weighed by the number of members, so
that it is about the members there are (the effect on the treated, if joining were no choice: it is one).
Variance: Σ w² (s²₁/n₁ + s²₀/n₀), as of a stratified sample (Cochran, Sampling Techniques, 1977, section
5A.11). A stratum with fewer than two of either says nothing of spread and is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from metrics.core.histories import Floats, Whole

Z_95: Final = 1.959963984540054
LEAST_OF_EITHER: Final = 2


@dataclass(frozen=True)
class Matched:
    """``members`` who found ``others`` like them; means of both, the difference and its 95 % interval."""

    members: int
    others: int
    of_members: float
    of_others: float
    difference: float
    low: float
    high: float


def compare(stratum: Whole, outcome: Floats, other_stratum: Whole, other_outcome: Floats) -> Matched | None:
    """Return members (``stratum``, ``outcome``) beside others; None when no stratum has two of either."""
    size = int(max(stratum.max(initial=-1), other_stratum.max(initial=-1))) + 1
    n, mean, variance = _describe(stratum, outcome, size)
    m, other_mean, other_variance = _describe(other_stratum, other_outcome, size)
    usable = (n >= LEAST_OF_EITHER) & (m >= LEAST_OF_EITHER)
    if not usable.any():
        return None
    n, m = n[usable], m[usable]
    weight = n / n.sum()
    of_members, of_others = float(weight @ mean[usable]), float(weight @ other_mean[usable])
    spread = sqrt(float(weight**2 @ (variance[usable] / n + other_variance[usable] / m)))
    difference = of_members - of_others
    reach = Z_95 * spread
    return Matched(
        int(n.sum()), int(m.sum()), of_members, of_others, difference, difference - reach, difference + reach
    )


def _describe(stratum: Whole, outcome: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Return number, mean and variance (n − 1) of each stratum; 0 where there are too few."""
    n = np.bincount(stratum, minlength=size).astype(np.float64)
    mean = np.bincount(stratum, weights=outcome, minlength=size) / np.maximum(n, 1)
    off = (outcome - mean[stratum]) ** 2
    variance = np.bincount(stratum, weights=off, minlength=size) / np.maximum(n - 1, 1)
    return n, mean, variance


def cut(values: Whole, edges: Sequence[int] | Whole) -> Whole:
    """Return between which edges each value lies: how many of the edges are below it."""
    return np.searchsorted(np.asarray(edges), values, side="left").astype(np.int64)
