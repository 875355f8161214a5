"""The figures above the table: how many come back, and after how long."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext

from metrics.kpis import KPIS, Kpi
from metrics.models import Run
from metrics.pages.cohorts.grid import FEW
from metrics.pages.figures import Figure, read_figures
from metrics.pages.overview.cards import spell_out
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import YEAR, Period
from metrics.pages.scope import Scope

SHOWN: Final = ("repeat_rate", "retention_rate", "days_between_orders")


def list_cards(run: Run, scope: Scope, currency: str) -> list[dict[str, Any]]:
    """Return a card a KPI over the last 12 months that are over; none before there are any figures."""
    figures = read_figures(run, ("revenue", *SHOWN), scope)
    whole = [period.month for period in figures.list_complete() if period.window == YEAR]
    months = whole or figures.list_months()
    if not months:
        return []
    period = Period(YEAR, max(months))
    return [_make_card(KPIS[key], period, figures.find(key, period), currency) for key in SHOWN]


def _make_card(kpi: Kpi, period: Period, figure: Figure | None, currency: str) -> dict[str, Any]:
    value = figure.value if figure else None
    n = figure.n if figure else 0
    return {
        "label": kpi.label,
        "value": value,
        "unit": kpi.unit,
        "note": _explain_absence(kpi.key) if value is None else _name_period(period, figure),
        "few": n if value is not None and n < FEW else None,
        "definition": kpi.definition,
        "computed": spell_out(KpiLine(kpi, period, figure, ()), currency),
        "help_url": f"{reverse('help')}#kpi-{kpi.key}",
    }


def _name_period(period: Period, figure: Figure | None) -> str:
    if figure and figure.complete:
        return period.name
    return gettext("%(period)s, incomplete") % {"period": period.name}


def _explain_absence(kpi: str) -> str:
    if kpi == "retention_rate":
        return gettext("needs 24 complete months, and customers who bought in the first 12")
    if kpi == "repeat_rate":
        return gettext("nobody's first year as a customer ended in this period")
    return gettext("nobody bought a second time over this period")
