"""Why a figure is n.a., and what to do about it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from metrics.core.calendar import MONTHS_PER_YEAR, add_months, list_months
from metrics.models import Run
from metrics.pages.facts import count_costs
from metrics.pages.figures import Figures
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import MONTH

RETENTION_MONTHS: Final = 2 * MONTHS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Reason:
    """What is missing; with a `url` and what to do there when the reader can do something about it."""

    text: str
    url: str = ""
    action: str = ""


def explain_absence(line: KpiLine, figures: Figures, run: Run) -> Reason | None:
    """Return why a KPI has no figure, None when it has one."""
    if line.value is not None:
        return None
    explain = _REASONS.get(line.kpi.key)
    return explain(line, figures, run) if explain else Reason(gettext("no figures over this period"))


def _no_retention(line: KpiLine, figures: Figures, run: Run) -> Reason:
    last = line.period.month
    wanted = set(list_months(add_months(last, 1 - RETENTION_MONTHS), last))
    complete = {period.month for period in figures.list_complete() if period.window == MONTH}
    whole = len(wanted & complete)
    if whole >= RETENTION_MONTHS:
        return Reason(gettext("nobody bought in the 12 months before"))
    text = ngettext(
        "needs %(needed)d complete months; there is %(count)d",
        "needs %(needed)d complete months; there are %(count)d",
        whole,
    )
    return Reason(text % {"needed": RETENTION_MONTHS, "count": whole})


def _no_orders(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return Reason(gettext("no orders over this period"))


def _no_frequency(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return Reason(gettext("no customer bought over this period"))


def _no_cac(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if not count_costs(run, "acquisition"):
        return Reason(
            gettext("there are no acquisition costs yet"), reverse("uploads"), gettext("upload them")
        )
    return Reason(gettext("no new customers over this period"))


def _no_value(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if not Decimal(run.totals.get("customers_with_order", 0)):
        return Reason(gettext("no customer has an order yet"))
    text = gettext("the cost of goods is not known, and no default margin is set")
    return Reason(text, reverse("uploads"), gettext("upload it"))


def _no_value_to_cost(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if not count_costs(run, "acquisition", "retention"):
        text = gettext("there are no acquisition or retention costs yet")
        return Reason(text, reverse("uploads"), gettext("upload them"))
    return Reason(gettext("no costs over this period"))


_REASONS: Final = {
    "retention_rate": _no_retention,
    "aov": _no_orders,
    "frequency": _no_frequency,
    "full_cac": _no_cac,
    "realised_mean": _no_value,
    "value_to_cost": _no_value_to_cost,
}
