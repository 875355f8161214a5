"""What was bought in the year after an answer, as the page tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from metrics.pages.satisfaction.answers import FEW
from metrics.pages.satisfaction.names import STANDING_NAMES, STANDINGS


@dataclass(frozen=True, slots=True)
class Span:
    """A figure with both ends of its 95 % interval."""

    value: Decimal
    low: Decimal
    high: Decimal

    @property
    def is_clear(self) -> bool:
        """True when the interval does not hold 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class LaterLine:
    """Customers of one standing, the part that bought within the year after, and purchases each."""

    name: str | Promise
    n: int
    bought: Span
    purchases: Span

    @property
    def is_few(self) -> bool:
        """True when too few for more than a look."""
        return self.n < FEW


@dataclass(frozen=True, slots=True)
class Relation:
    """The lines, best first; ``difference``: highest less lowest standing; ``correlation`` of the ranks."""

    n: int
    first: date
    last: date
    lines: Sequence[LaterLine]
    difference: Span | None
    correlation: Span | None


def read_relation(told: Mapping[str, Any] | None, family: str) -> Relation | None:
    """Return the relation that a run found; None when nobody can be followed for a year."""
    if not told:
        return None
    pairs = zip(STANDINGS, reversed(told["by_standing"]), strict=True)
    return Relation(
        n=told["n"],
        first=date.fromisoformat(told["first"]),
        last=date.fromisoformat(told["last"]),
        lines=[
            LaterLine(
                STANDING_NAMES[family][standing],
                later["n"],
                read_span(later["bought"]),
                read_span(later["purchases"]),
            )
            for standing, later in pairs
            if later
        ],
        difference=read_span(told["difference"]) if told["difference"] else None,
        correlation=read_span(told["correlation"]) if told["correlation"] else None,
    )


def read_span(told: Mapping[str, float]) -> Span:
    """Return a figure and its interval to four places."""
    return Span(*(Decimal(f"{told[name]:.4f}") for name in ("value", "low", "high")))
