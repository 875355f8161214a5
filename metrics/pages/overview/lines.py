"""A line a KPI: its figure over the period, and what that is compared with. Cards, table, file share it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from metrics.core.arithmetic import divide
from metrics.kpis import KPIS, Kpi
from metrics.pages.figures import Figure, Figures
from metrics.pages.periods import SNAPSHOT, YEAR, Period

# What exists over 12 months only, whichever the page is about.
YEARLY: Final = ("retention_rate", "churn_rate")
#: Units of which a change is the difference of two figures, and in what it is written; of others a ratio.
_DIFFERENCES: Final = {"percent": "points", "points": "score", "months": "months"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An earlier period beside this one.

    `value` is None when the earlier figure is not there or its period not whole. `change` is a ratio, or for
    a rate, a score or a month the difference of the two; None when there is nothing to judge, or nothing
    above 0 to divide by.
    """

    period: Period
    value: Decimal | None
    change: Decimal | None


@dataclass(frozen=True, slots=True)
class KpiLine:
    """A KPI over its period; `figure` is None when the run has none."""

    kpi: Kpi
    period: Period
    figure: Figure | None
    comparisons: tuple[Comparison, ...]

    @property
    def value(self) -> Decimal | None:
        """The figure; None is n.a."""
        return self.figure.value if self.figure else None

    @property
    def complete(self) -> bool:
        """True when the period is whole, so that the figure can be judged."""
        return bool(self.figure and self.figure.complete)

    @property
    def is_snapshot(self) -> bool:
        """True for a figure at the end of the run, whatever period the page is about."""
        return self.period.window == SNAPSHOT

    @property
    def good(self) -> str:
        """Which direction is good news, in the words of the tag `delta`."""
        return "neither" if self.kpi.direction == "none" else self.kpi.direction

    @property
    def change_unit(self) -> str:
        """How a change is written, in the words of the tag `delta`."""
        return _DIFFERENCES.get(self.kpi.unit, "change")


def make_lines(figures: Figures, period: Period, kpis: Iterable[str]) -> list[KpiLine]:
    """Return these KPIs over `period`, in their order."""
    return [_make_line(KPIS[key], figures, period) for key in kpis]


def _make_line(kpi: Kpi, figures: Figures, asked: Period) -> KpiLine:
    period, figure = _locate(kpi.key, figures, asked)
    if period.window == SNAPSHOT:
        return KpiLine(kpi, period, figure, ())
    value = figure.value if figure and figure.complete else None
    comparisons = tuple(_compare(kpi, value, figures, before) for before in period.before())
    return KpiLine(kpi, period, figure, comparisons)


def _locate(key: str, figures: Figures, asked: Period) -> tuple[Period, Figure | None]:
    if snapshot := figures.find_snapshot(key):
        return snapshot
    period = Period(YEAR if key in YEARLY else asked.window, asked.month)
    return period, figures.find(key, period)


def _compare(kpi: Kpi, now: Decimal | None, figures: Figures, period: Period) -> Comparison:
    """`now` is None for what is not to be compared."""
    before = figures.find_value(kpi.key, period)
    if now is None or before is None:
        return Comparison(period, before, None)
    if kpi.unit in _DIFFERENCES:
        return Comparison(period, before, now - before)
    return Comparison(period, before, divide(now - before, before) if before > 0 else None)
