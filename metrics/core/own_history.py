"""Who met the filters of an own segment at the end of every month, from what they did month after month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from metrics.core.segments import SCHEMES, UNKNOWN, Codes

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bound:
    """An amount between two others, in 1/10,000, None where there is no end. Not known is in no range."""

    measure: str
    lowest: int | None
    highest: int | None

    def holds(self, measures: Mapping[str, Whole]) -> Flags:
        """Tell for every customer and month end whether the amount is in the range."""
        values = measures[self.measure]
        held: Flags = values != UNKNOWN
        if self.lowest is not None:
            held &= values >= self.lowest
        if self.highest is not None:
            held &= values <= self.highest
        return held


@dataclass(frozen=True, slots=True)
class Filter:
    """What an own segment takes at a month end.

    ``bit``: which bit of ``described`` says that what never changes fits (channel, country, first order).
    ``placed``: the segment it asks of each scheme.
    """

    segment: str
    bit: int
    placed: Mapping[str, str]
    bounds: Sequence[Bound] = ()


@dataclass
class OwnHistory:
    """Sizes and sums of 12 months of one own segment, all blocks so far; one element per month end.

    ``unknown`` counts members whose contribution of 12 months is not known.
    """

    filter: Filter
    months: int
    sizes: Whole = field(init=False)
    revenue: Whole = field(init=False)
    contribution: Whole = field(init=False)
    unknown: Whole = field(init=False)

    def __post_init__(self) -> None:
        self.sizes, self.revenue, self.contribution, self.unknown = (
            np.zeros(self.months, dtype=np.int64) for _kind in range(4)
        )

    def add(
        self,
        described: Whole,
        codes: Mapping[str, Codes],
        measures: Mapping[str, Whole],
        year: Mapping[str, Whole],
    ) -> None:
        """Add the customers of a block: a row each in ``codes``, ``measures`` and ``year``."""
        fits = (described >> self.filter.bit & 1).astype(bool)
        member = fits[:, np.newaxis] & (measures["orders"] > 0)
        for scheme, segment in self.filter.placed.items():
            member &= codes[scheme] == SCHEMES[scheme].shown.index(segment)
        for bound in self.filter.bounds:
            member &= bound.holds(measures)
        self.sizes += member.sum(axis=0)
        for name in ("revenue", "contribution", "unknown"):
            getattr(self, name)[:] += np.where(member, year[name], 0).sum(axis=0)
