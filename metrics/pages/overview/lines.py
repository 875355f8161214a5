"""A line a KPI: its figure over the period, and what that is compared with. Cards, table, file share it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from metrics.core.arithmetic import divide
from metrics.kpis import KPIS, Kpi
from metrics.pages.figures import Figure, Figures
from metrics.pages.periods import SNAPSHOT, YEAR, Period

# The KPIs of the page, in the order in which they stand there.
SHOWN: Final = (
    "revenue",
    "customers",
    "aov",
    "frequency",
    "retention_rate",
    "full_cac",
    "realised_mean",
    "value_to_cost",
)
# What exists over one window only, whichever the page is about.
_ONLY_OVER: Final[Mapping[str, str]] = {"retention_rate": YEAR, "realised_mean": SNAPSHOT}


@dataclass(frozen=True, slots=True)
class Comparison:
    """An earlier period beside this one.

    `value` is None when the earlier figure is not there or its period not whole. `change` is a ratio, or for
    a rate the difference of the two; None when there is nothing to judge, or nothing above 0 to divide by.
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
    def in_points(self) -> bool:
        """True for a rate, whose change is a difference."""
        return self.kpi.unit == "percent"


def make_lines(figures: Figures, period: Period) -> list[KpiLine]:
    """Return the KPIs of the page over `period`, in their order."""
    return [_make_line(KPIS[key], figures, period) for key in SHOWN]


def _make_line(kpi: Kpi, figures: Figures, asked: Period) -> KpiLine:
    period, figure = _locate(kpi.key, figures, asked)
    if period.window == SNAPSHOT:
        return KpiLine(kpi, period, figure, ())
    value = figure.value if figure and figure.complete else None
    comparisons = tuple(_compare(kpi, value, figures, before) for before in period.before())
    return KpiLine(kpi, period, figure, comparisons)


def _locate(key: str, figures: Figures, asked: Period) -> tuple[Period, Figure | None]:
    window = _ONLY_OVER.get(key, asked.window)
    if window == SNAPSHOT:
        return figures.find_snapshot(key) or (Period(SNAPSHOT, asked.month), None)
    period = Period(window, asked.month)
    return period, figures.find(key, period)


def _compare(kpi: Kpi, now: Decimal | None, figures: Figures, period: Period) -> Comparison:
    """`now` is None for what is not to be compared."""
    before = figures.find_value(kpi.key, period)
    if now is None or before is None:
        return Comparison(period, before, None)
    if kpi.unit == "percent":
        return Comparison(period, before, now - before)
    return Comparison(period, before, divide(now - before, before) if before > 0 else None)
