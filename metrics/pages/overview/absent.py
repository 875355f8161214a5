"""Why a figure is n.a., and what to do about it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from metrics.core.calendar import MONTHS_PER_YEAR, add_months, list_months
from metrics.models import Run
from metrics.pages.facts import count_costs
from metrics.pages.figures import Figures
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import MONTH

WHOLE_MONTHS: Final = 2 * MONTHS_PER_YEAR


@dataclass(frozen=True, slots=True)
class Reason:
    """What is missing; with a `url` and what to do there when the reader can do something about it."""

    text: str
    url: str = ""
    action: str = ""


def explain_absence(line: KpiLine, figures: Figures, run: Run, *, of_shop: bool = True) -> Reason | None:
    """Return why a KPI has no figure, None when it has one. `of_shop`: it is about the whole shop."""
    if line.value is not None:
        return None
    key = line.kpi.key
    if key in _OF_ANSWERS:
        return _no_answers(line, figures)
    if line.figure is None and not of_shop:
        return Reason(gettext("not known for this part of the shop"))
    if line.figure is None and of_shop and key in _OF_CHANNELS:
        return Reason(gettext("known per channel only"))
    explain = _REASONS.get(key)
    return explain(line, figures, run) if explain else Reason(str(_TEXTS.get(key, _NOTHING)))


def explain_unknown_cost() -> Reason:
    """Return that the cost of goods is not known of every order, and what to do."""
    text = gettext("the cost of goods is not known of all orders, and no default margin is set")
    return Reason(text, reverse("uploads"), gettext("upload it"))


def _no_answers(line: KpiLine, figures: Figures) -> Reason:
    if any(key == line.kpi.key for key, _period in figures.rows):
        return Reason(gettext("nobody answered over this period"))
    return Reason(gettext("there are no survey answers yet"), reverse("uploads"), gettext("upload them"))


def _no_retention(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return _needs_months(line, figures) or Reason(gettext("nobody bought in the 12 months before"))


def _needs_months(line: KpiLine, figures: Figures) -> Reason | None:
    """Return that there are fewer than 24 complete months up to the period; None when there are."""
    last = line.period.month
    wanted = set(list_months(add_months(last, 1 - WHOLE_MONTHS), last))
    complete = {period.month for period in figures.list_complete() if period.window == MONTH}
    whole = len(wanted & complete)
    if whole >= WHOLE_MONTHS:
        return None
    text = ngettext(
        "needs %(needed)d complete months; there is %(count)d",
        "needs %(needed)d complete months; there are %(count)d",
        whole,
    )
    return Reason(text % {"needed": WHOLE_MONTHS, "count": whole})


def _no_cac(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return _no_acquisition_cost(run) or Reason(gettext("no new customers over this period"))


def _no_acquisition_cost(run: Run) -> Reason | None:
    if count_costs(run, "acquisition"):
        return None
    return Reason(gettext("there are no acquisition costs yet"), reverse("uploads"), gettext("upload them"))


def _no_ltv_cac(line: KpiLine, figures: Figures, run: Run) -> Reason:
    missing = _no_acquisition_cost(run) or _needs_months(line, figures)
    return missing or Reason(
        gettext("nothing was spent on the customers of 12 months before, or a cost of goods is not known")
    )


def _no_payback(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if line.figure and line.figure.denominator is not None:
        return Reason(gettext("not yet (month %(month)d)") % {"month": int(line.figure.denominator)})
    return _no_acquisition_cost(run) or Reason(
        gettext("no new customers or no acquisition cost over this period, or a cost of goods is not known")
    )


def _no_contribution(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return explain_unknown_cost() if line.figure else Reason(str(_NOTHING))


def _no_value(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if not Decimal(run.totals.get("customers_with_order", 0)):
        return Reason(gettext("no customer has an order yet"))
    text = gettext("the cost of goods is not known, and no default margin is set")
    return Reason(text, reverse("uploads"), gettext("upload it"))


def _no_total(line: KpiLine, figures: Figures, run: Run) -> Reason:
    return Reason(
        gettext("there is no prediction yet"), reverse("predictions"), gettext("see what is missing")
    )


def _no_value_to_cost(line: KpiLine, figures: Figures, run: Run) -> Reason:
    if not count_costs(run, "acquisition", "retention"):
        text = gettext("there are no acquisition or retention costs yet")
        return Reason(text, reverse("uploads"), gettext("upload them"))
    return Reason(gettext("no costs over this period"))


_OF_ANSWERS: Final = ("nps", "csat")
_OF_CHANNELS: Final = ("paid_cac", "maximum_cac")
_NOTHING: Final = _("no figures over this period")
_TEXTS: Final[dict[str, str | Promise]] = {
    "aov": _("no orders over this period"),
    "gross_margin": _("no orders with a known cost of goods over this period"),
    "frequency": _("no customer bought over this period"),
    "acquisition_rate": _("nobody bought in the 12 months before"),
    "repeat_rate": _("nobody has been a customer for a year in this period"),
    "days_between_orders": _("nobody bought for a second time over this period"),
    "average": _("no customer has an order yet"),
    "top_share": _("no customer has brought in anything yet"),
}
_REASONS: Final = {
    "retention_rate": _no_retention,
    "churn_rate": _no_retention,
    "full_cac": _no_cac,
    "paid_cac": _no_cac,
    "ltv_cac": _no_ltv_cac,
    "payback": _no_payback,
    "contribution": _no_contribution,
    "realised_mean": _no_value,
    "lifetime_group": _no_value,
    "clv": _no_total,
    "value_to_cost": _no_value_to_cost,
}
