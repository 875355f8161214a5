"""Why a figure is n.a., and what to do about it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from klantwaarde import formats
from metrics.core.calendar import MONTHS_PER_YEAR, add_months, list_months
from metrics.models import Run
from metrics.pages.facts import find_new_from
from metrics.pages.figures import Figures
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import MONTH
from metrics.target_figures import find_missing_cost


@dataclass(frozen=True, slots=True)
class Reason:
    """What is missing; with a `url` and what to do there when the reader can do something about it."""

    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A figure that is not there, and what tells why."""

    line: KpiLine
    figures: Figures
    run: Run
    of_shop: bool


def explain_absence(line: KpiLine, figures: Figures, run: Run, *, of_shop: bool = True) -> Reason | None:
    """Return why a KPI has no figure, None when it has one. `of_shop`: it is about the whole shop."""
    if line.value is not None:
        return None
    key = line.kpi.key
    if key in _OF_ANSWERS:
        return _no_answers(line, figures)
    if cost := find_missing_cost(run, key):
        return Reason(cost, reverse("uploads"), gettext("upload them"))
    if line.figure is None and not of_shop:
        return Reason(gettext("not known for this part of the shop"))
    if line.figure is None and of_shop and key in _OF_CHANNELS:
        return Reason(gettext("known per channel only"))
    explain = _REASONS.get(key)
    absent = Absent(line, figures, run, of_shop)
    return explain(absent) if explain else Reason(str(_TEXTS.get(key, _NOTHING)))


def explain_unknown_cost() -> Reason:
    """Return that the cost of goods is not known of every order, and what to do."""
    text = gettext("the cost of goods is not known of all orders, and no default margin is set")
    return Reason(text, reverse("uploads"), gettext("upload it"))


def _no_answers(line: KpiLine, figures: Figures) -> Reason:
    if any(key == line.kpi.key for key, _period in figures.rows):
        return Reason(gettext("nobody answered over this period"))
    return Reason(gettext("there are no survey answers yet"), reverse("uploads"), gettext("upload them"))


def _no_retention(absent: Absent) -> Reason:
    return _needs_months(absent, 2 * MONTHS_PER_YEAR) or Reason(str(_NOBODY_BEFORE))


def _no_acquisition_rate(absent: Absent) -> Reason:
    needed = _count_months(absent.line) + MONTHS_PER_YEAR
    return _needs_months(absent, needed) or Reason(str(_NOBODY_BEFORE))


def _count_months(line: KpiLine) -> int:
    return 1 if line.period.window == MONTH else MONTHS_PER_YEAR


def _needs_months(absent: Absent, needed: int) -> Reason | None:
    """Return that there are fewer complete months up to the period than it takes; None when there are."""
    last = absent.line.period.month
    wanted = set(list_months(add_months(last, 1 - needed), last))
    complete = {period.month for period in absent.figures.list_complete() if period.window == MONTH}
    whole = len(wanted & complete)
    if whole >= needed:
        return None
    text = ngettext(
        "needs %(needed)d complete months; there is %(count)d",
        "needs %(needed)d complete months; there are %(count)d",
        whole,
    )
    return Reason(text % {"needed": needed, "count": whole})


def _no_cac(absent: Absent) -> Reason:
    return _is_left_out(absent, 0) or Reason(str(_NOBODY_NEW))


def _is_left_out(absent: Absent, grown: int) -> Reason | None:
    """Return that "new" may be wrong of all these customers of the shop, won ``grown`` months before.

    None when it is not, or when the figure is of a part of the shop: no months are left out of those.
    """
    new_from = find_new_from(absent.run)
    won = add_months(absent.line.period.month, -grown)
    if new_from is None or not absent.of_shop or won >= new_from:
        return None
    text = gettext(
        "the first 12 months of the data are left out: customers may have bought before; from %(month)s on"
    )
    first = formats.month(add_months(new_from, grown), get_language() or "en")
    return Reason(text % {"month": first})


def _no_ltv_cac(absent: Absent) -> Reason:
    figure = absent.line.figure
    if figure is None or figure.denominator is None:
        left_out = _is_left_out(absent, MONTHS_PER_YEAR)
        needed = _count_months(absent.line) + MONTHS_PER_YEAR
        return left_out or _needs_months(absent, needed) or Reason(str(_NOTHING))
    if figure.numerator is None:
        return explain_unknown_cost()
    if not figure.n:
        return Reason(gettext("no new customers a year before this period"))
    return Reason(gettext("nothing was spent on the new customers of a year before"))


def _no_payback(absent: Absent) -> Reason:
    figure = absent.line.figure
    if figure and figure.denominator is not None:
        return Reason(gettext("not yet (month %(month)d)") % {"month": int(figure.denominator)})
    if left_out := _is_left_out(absent, 0):
        return left_out
    if not figure or not figure.n:
        return Reason(str(_NOBODY_NEW))
    spent = absent.figures.find("acquisition_cost", absent.line.period)
    if spent and not spent.value:
        return Reason(gettext("nothing was spent to win customers over this period"))
    return explain_unknown_cost()


def _no_cost_of_goods(absent: Absent) -> Reason:
    return explain_unknown_cost() if absent.line.figure else Reason(str(_NOTHING))


def _no_value(absent: Absent) -> Reason:
    if not Decimal(absent.run.totals.get("customers_with_order", 0)):
        return Reason(gettext("no customer has an order yet"))
    text = gettext("the cost of goods is not known, and no default margin is set")
    return Reason(text, reverse("uploads"), gettext("upload it"))


def _no_top_share(absent: Absent) -> Reason:
    buyers = absent.run.totals.get("buyers", {})
    if buyers.get("n") and not buyers.get("realised_known"):
        return _no_value(absent)
    return Reason(gettext("no customer has brought in anything yet"))


def _no_total(absent: Absent) -> Reason:
    """Total is realised and predicted value: either may be missing."""
    if absent.run.totals.get("buyers", {}).get("predicted_12_known"):
        return _no_value(absent)
    return Reason(
        gettext("there is no prediction yet"), reverse("predictions"), gettext("see what is missing")
    )


_OF_ANSWERS: Final = ("nps", "csat")
_OF_CHANNELS: Final = ("paid_cac", "maximum_cac")
_NOTHING: Final = _("no figures over this period")
_NOBODY_BEFORE: Final = _("nobody bought in the 12 months before")
_NOBODY_NEW: Final = _("no new customers over this period")
_TEXTS: Final[dict[str, str | Promise]] = {
    "aov": _("no orders over this period"),
    "gross_margin": _("no orders with a known cost of goods over this period"),
    "frequency": _("no customer bought over this period"),
    "repeat_rate": _("nobody's first year as a customer ended in this period"),
    "days_between_orders": _("nobody bought again over this period"),
    "average": _("no customer has an order yet"),
    "paid_cac": _NOBODY_NEW,
    "value_to_cost": _("no costs over this period"),
}
_REASONS: Final = {
    "acquisition_rate": _no_acquisition_rate,
    "retention_rate": _no_retention,
    "churn_rate": _no_retention,
    "full_cac": _no_cac,
    "maximum_cac": _no_cost_of_goods,
    "ltv_cac": _no_ltv_cac,
    "payback": _no_payback,
    "contribution": _no_cost_of_goods,
    "realised_mean": _no_value,
    "lifetime_group": _no_value,
    "clv": _no_total,
    "top_share": _no_top_share,
}
