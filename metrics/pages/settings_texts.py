"""What the settings page says about each setting: what it means, and what a change of it recomputes."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from customers.models import Shop
from customers.number_fields import write_number
from klantwaarde import formats
from metrics.models import CalculationSettings
from metrics.settings_versions import SHOP_FIELDS

RATES = ("default_margin", "interest", "inflation")
PERCENTAGES = (*RATES, "share_won_back", "referral_share")


@dataclass(frozen=True)
class Group:
    """Settings that belong together on the page."""

    title: Promise
    fields: tuple[str, ...]

    @property
    def shared_effect(self) -> Promise | None:
        """What a change of any of them recomputes, when that is the same: then it is said once."""
        effects = {EFFECTS[field] for field in self.fields}
        return effects.pop() if len(effects) == 1 else None


GROUPS = (
    Group(_("The shop"), SHOP_FIELDS),
    Group(_("Margin and discounting"), RATES),
    Group(
        _("Value per period"),
        (
            "period",
            "fixed_periods",
            "periodic_acquisition",
            "periodic_goods",
            "periodic_transaction",
            "periodic_retention",
        ),
    ),
    Group(_("Lifetime value and peer groups"), ("lifetime_cap", "assumed_lifetime", "peer_minimum")),
    Group(
        _("Prediction"),
        ("prediction_months", "least_buyers", "least_days", "least_repeat_buyers", "share_won_back"),
    ),
    Group(_("Loyalty, referrals and ranking"), ("window_days", "referral_share", "ranking_method")),
    Group(_("KPIs by attribute"), ("kpi_attributes",)),
)

MEANINGS: dict[str, Promise] = {
    "currency": _("What every amount is in. A file in another currency is refused."),
    "time_zone": _(
        "Decides on which day an order falls: 31 December 23:30 is December. Moments without an offset in "
        "files imported so far were read in the former zone: import those files again after a change."
    ),
    "data_complete_from": _(
        "A customer from before this day does not count as new. Empty: the day of the first order."
    ),
    "history_complete": _(
        "Everything since the shop opened is here. Otherwise the first 12 months carry a note and stay out "
        "of CAC."
    ),
    "upload_keep_days": _(
        "After so many days an uploaded file is deleted, with the copies of its refused records. What was "
        "imported stays."
    ),
    "default_margin": _(
        "Percentage of revenue that is left after the cost of goods, for orders whose cost is not known. "
        "Empty: those orders have no contribution."
    ),
    "interest": _("Percentage a year. Empty: future periods are not discounted by interest."),
    "inflation": _("Percentage a year. Together with interest it makes the real rate."),
    "period": _("Spending and costs are averaged over this period."),
    "fixed_periods": _("How many periods ahead, the same for everyone. Empty: the expected lifetime."),
    "lifetime_cap": _("A lifetime is 1 ÷ churn rate of the peer group, and never longer than this."),
    "assumed_lifetime": _("Used, and marked as assumed, until the retention rate is known."),
    "peer_minimum": _(
        "Customers with the same channel and first category are peers when there are at least this many; "
        "otherwise the channel's customers are, otherwise everyone."
    ),
    "window_days": _("How many days back the value density and the loyalty value look."),
    "prediction_months": _(
        "How far ahead the predicted part of the total value looks. Never more than twice the history."
    ),
    "least_buyers": _(
        "With fewer customers who bought there is no prediction, nor (counted before the test) a report card."
    ),
    "least_days": _("With fewer days of orders there is no prediction, nor a report card."),
    "least_repeat_buyers": _(
        "With fewer customers who bought more than once there is no prediction, nor a report card."
    ),
    "share_won_back": _(
        "Percentage of the money at risk that a campaign brings back, by your own experience. It says what "
        "keeping a customer may cost at most. Empty: not said."
    ),
    "referral_share": _(
        "Percentage of what the customers that somebody brought in have realised, to show beside that "
        "customer's own value; it counts in no total. Empty: not said."
    ),
    "ranking_method": _("The value that orders the list of customers unless a reader chooses another."),
    "kpi_attributes": _(
        "Further columns of your customers, at most five, by whose values KPIs are given: those with most "
        "customers, the rest together. Choose what has few different values, such as a line of business."
    ),
}

_EVERY_VALUE = _("every value and KPI")
_PERIODIC = _("the value per period")
_PREDICTED = _("whether there are predictions, and their report card")
_LIFETIME = _("the lifetime value and the value per period")
_DISCOUNTED = _(
    "the lifetime value, the value per period, every prediction, and with these the total value, the value "
    "at risk and the potential"
)

#: What a change of the setting recomputes.
EFFECTS: dict[str, Promise] = {
    "currency": _("nothing: amounts are never converted"),
    "time_zone": _("the day of every order and refund, then every value and KPI"),
    "data_complete_from": _("who counts as new, the acquisition cost of each customer, every value and KPI"),
    "history_complete": _("the KPIs of the first 12 months, and CAC"),
    "upload_keep_days": _("nothing: it only decides how long uploaded files are kept"),
    "default_margin": _EVERY_VALUE,
    "interest": _DISCOUNTED,
    "inflation": _DISCOUNTED,
    "period": _PERIODIC,
    "fixed_periods": _PERIODIC,
    "periodic_acquisition": _PERIODIC,
    "periodic_goods": _PERIODIC,
    "periodic_transaction": _PERIODIC,
    "periodic_retention": _PERIODIC,
    "lifetime_cap": _LIFETIME,
    "assumed_lifetime": _LIFETIME,
    "peer_minimum": _(
        "the peer groups, and with them lifetime value, value per period, loyalty value, every prediction "
        "and the potential"
    ),
    "window_days": _("the value density and the loyalty value"),
    "prediction_months": _("the total value: realised plus predicted"),
    "least_buyers": _PREDICTED,
    "least_days": _PREDICTED,
    "least_repeat_buyers": _PREDICTED,
    "share_won_back": _("what keeping a customer may cost at most, no value"),
    "referral_share": _("the extra value by referral"),
    "ranking_method": _("the rank order only, no value"),
    "kpi_attributes": _("by which attributes KPIs are given, no value"),
}


def effect_sentence(effect: Promise) -> str:
    """Return ``effect`` as the sentence the page shows."""
    return gettext("A change recomputes {effect}.").format(effect=effect)


def label_of(field: str) -> str:
    """Return the name of a setting as the page shows it."""
    return capfirst(str(_model_field(field).verbose_name))


def display_value(field: str, value: Any) -> str:
    """Return a value of a setting as the reader writes it: ``4,5%``, ``ja``, ``1 jan 2024``, ``kwartaal``."""
    if value is None or value == []:
        return gettext("not set")
    if isinstance(value, list):
        return ", ".join(value)
    choices = dict(_model_field(field).flatchoices)
    if choices:
        return str(choices.get(value, value))
    if isinstance(value, bool):
        return formats.yes_or_no(value, get_language())
    if isinstance(value, dt.date):
        return formats.date(value, get_language())
    if field in PERCENTAGES:
        return f"{write_number(value * 100)}%"
    return write_number(value)


def _model_field(name: str) -> "Field[Any, Any]":
    model = Shop if name in SHOP_FIELDS else CalculationSettings
    return {field.name: field for field in model._meta.fields}[name]
