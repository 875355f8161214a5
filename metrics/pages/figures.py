"""The figures of a run as pages read them: one query, and nothing is added up in a request."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext

from klantwaarde import formats
from metrics.core.arithmetic import divide
from metrics.models import KpiValue, Run
from metrics.pages.periods import SNAPSHOT, Period
from metrics.pages.scope import SHOP, Scope
from metrics.target_figures import Figure, find_missing_cost


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run says about the shop, or one member of a dimension, by KPI and period."""

    rows: Mapping[tuple[str, Period], Figure]

    def find(self, kpi: str, period: Period) -> Figure | None:
        """Return a figure, None when the run has none of that KPI over that period."""
        return self.rows.get((kpi, period))

    def find_value(self, kpi: str, period: Period) -> Decimal | None:
        """Return the value of a figure over a complete period, else None."""
        figure = self.find(kpi, period)
        return figure.value if figure and figure.complete else None

    def find_snapshot(self, kpi: str) -> tuple[Period, Figure] | None:
        """Return the figure a KPI has at the end of the run, None when it is no such KPI."""
        found = [(period, row) for (key, period), row in self.rows.items()
                 if key == kpi and period.window == SNAPSHOT]  # fmt: skip
        return max(found, key=lambda pair: pair[0].month, default=None)

    def list_months(self) -> list[date]:
        """Return the first days of the months with figures, oldest first."""
        return sorted({period.month for _key, period in self.rows if period.window != SNAPSHOT})

    def list_complete(self) -> list[Period]:
        """Return the periods of which the run says that they are whole."""
        return [
            period for (key, period), row in self.rows.items()
            if key == "revenue" and row.complete and period.window != SNAPSHOT
        ]  # fmt: skip


def read_figures(run: Run, kpis: Collection[str], scope: Scope = SHOP, since: date | None = None) -> Figures:
    """Read these KPIs of a scope, all periods at once, or those that end in the month `since` or later.

    Revenue tells which periods are whole: ask for it. Costs that nobody uploaded are not known, and neither
    is what goes by them; that they would come to 0 says nothing.
    """
    shown = [key for key in kpis if not find_missing_cost(run, key)]
    rows = KpiValue.objects.filter(run=run, kpi__in=shown, dimension=scope.dimension, member=scope.member)
    if since:
        rows = rows.filter(period__gte=since)
    fields = ("kpi", "window", "period", "numerator", "denominator", "n", "complete")
    return Figures(
        {
            (kpi, Period(window, month)): Figure(*values)
            for kpi, window, month, *values in rows.values_list(*fields)
        }
    )


def describe_response(figures: Figures, kpi: str, period: Period) -> str:
    """Say how many answered beside how many bought in the period, if the figures tell those.

    Who answered need not have bought in it, so that it is no part of them.
    """
    figure = figures.find(kpi, period)
    n = figure.n if figure else 0
    language = get_language() or "en"
    answers = ngettext("n = %(count)s answer", "n = %(count)s answers", n) % {
        "count": formats.number(n, language)
    }
    customers = figures.find_value("customers", period)
    share = divide(n, customers)
    if share is None:
        return answers
    told = gettext("%(answers)s to %(customers)s customers of this period (%(share)s)")
    return told % {
        "answers": answers,
        "customers": formats.number(customers, language),
        "share": formats.percent(share, language),
    }
