"""A measured figure and what it may be at most, or at least."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """``value`` in ``unit``; ``limit`` is the most it may be, or the least with ``at_least``."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """True when the figure keeps its limit."""
        if self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        line = f"{self.name:<58} {self.value:>12,.2f} {self.unit:<8}"
        if self.limit is None:
            return line
        sign = "≥" if self.at_least else "≤"
        return f"{line} {sign} {self.limit:,.2f} {'ok' if self.is_met else 'MISSED'}"


def show(figures: Iterable[Figure]) -> bool:
    """Print figures as they come; return whether all are met."""
    met = True
    for figure in figures:
        print(figure, flush=True)
        met = met and figure.is_met
    return met
