"""The figures of every channel over one period, in one query: all the page says follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Q

from metrics.core.calendar import MONTHS_PER_YEAR, add_months
from metrics.members import ANONYMOUS
from metrics.models import KpiValue, Run
from metrics.pages.figures import Figure
from metrics.pages.periods import MONTH, SNAPSHOT, YEAR, Period

CHANNEL: Final = "channel"
SHOP: Final = ("", "")
#: What the table shows of a period.
SHOWN: Final = (
    "acquisition_cost", "new_customers", "paid_cac", "full_cac", "ltv_cac", "contribution",
    "unallocated_cost",
)  # fmt: skip
TREND_MONTHS: Final = MONTHS_PER_YEAR + 1

Member = tuple[str, str]
Rows = Mapping[tuple[Member, str, Period], Figure]


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """Figures by member, KPI and period: of the channels, of the shop and of orders without a customer."""

    rows: Rows
    period: Period

    @property
    def channels(self) -> list[str]:
        """Every channel with a figure over the period, by name."""
        return sorted({member for (dimension, member), _kpi, period in self.rows
                       if dimension == CHANNEL and period == self.period})  # fmt: skip

    def find(self, member: Member, kpi: str, period: Period | None = None) -> Figure | None:
        """Return a figure of the period asked for, or of another."""
        return self.rows.get((member, kpi, period or self.period))

    def list_values(self, member: Member, kpi: str, periods: Iterable[Period]) -> list[Figure | None]:
        """Return a KPI over several periods."""
        return [self.rows.get((member, kpi, period)) for period in periods]


def read_figures(run: Run, period: Period) -> ChannelFigures:
    """Read what the table shows over ``period``; retention over 12 months, and CAC over the year before."""
    months = list_trend(period)
    wanted = (
        Q(kpi__in=SHOWN, window=period.window, period=period.month)
        | Q(kpi="payback", window=period.window, period=period.shift(-MONTHS_PER_YEAR).month)
        | Q(kpi="retention_rate", window=YEAR, period=period.month)
        | Q(kpi="maximum_cac", window=SNAPSHOT)
        | Q(kpi__in=("paid_cac", "full_cac"), window=period.window, period__in=[one.month for one in months])
    )
    dimensions = ("", CHANNEL, ANONYMOUS[0])
    return ChannelFigures(_read(run, wanted & Q(dimension__in=dimensions)), period)


def read_course(run: Run, member: Member, months: Sequence[date], kpis: Sequence[str]) -> Rows:
    """Read KPIs of one member over months and the 12 months that end with each."""
    wanted = Q(kpi__in=kpis, window__in=(MONTH, YEAR), period__in=list(months))
    return _read(run, wanted & Q(dimension=member[0], member=member[1]))


def list_trend(period: Period) -> list[Period]:
    """Return the periods up to and with this one, a month apart, over a year."""
    return [Period(period.window, add_months(period.month, step)) for step in range(1 - TREND_MONTHS, 1)]


def find_channels_with_cost(run: Run) -> set[str]:
    """Return the channels that acquisition cost was ever due for: of the others it is not known."""
    rows = KpiValue.objects.filter(
        run=run, kpi="acquisition_cost", window=MONTH, dimension=CHANNEL, numerator__gt=0
    )
    return set(rows.order_by().values_list("member", flat=True).distinct())


def _read(run: Run, wanted: Q) -> dict[tuple[Member, str, Period], Figure]:
    rows = KpiValue.objects.filter(wanted, run=run)
    fields = (
        "dimension", "member", "kpi", "window", "period", "numerator", "denominator", "n", "complete"
    )  # fmt: skip
    return {
        ((dimension, member), kpi, Period(window, month)): Figure(*values)
        for dimension, member, kpi, window, month, *values in rows.values_list(*fields)
    }
