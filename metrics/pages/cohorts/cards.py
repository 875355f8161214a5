"""The figures above the table: how many come back, and after how long."""

from typing import Any, Final

from metrics.kpis import KPIS
from metrics.models import Run
from metrics.pages.figures import read_figures
from metrics.pages.overview.cards import make_card
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import YEAR, Period
from metrics.pages.scope import Scope

SHOWN: Final = ("repeat_rate", "retention_rate", "days_between_orders")


def list_cards(run: Run, scope: Scope, currency: str) -> list[dict[str, Any]]:
    """Return a card a KPI over the last 12 months that are over; none before there are any figures."""
    figures = read_figures(run, ("revenue", *SHOWN), scope)
    whole = [period for period in figures.list_complete() if period.window == YEAR]
    months = [period.month for period in whole] or figures.list_months()
    if not months:
        return []
    period = Period(YEAR, max(months))
    lines = [KpiLine(KPIS[key], period, figures.find(key, period), ()) for key in SHOWN]
    return [make_card(line, figures, run, YEAR, currency) for line in lines]
