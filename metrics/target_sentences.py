"""What is said of a target: one sentence that a manager can read out."""

from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.translation import get_language, gettext, pgettext

from klantwaarde import formats
from klantwaarde.templatetags.formats import figure
from metrics.kpis import Kpi

_CENTS_UP_TO: Final = 1_000


def say_start(day: date) -> str:
    """Return that the days of a target are yet to come."""
    return gettext("Starts on %(day)s.") % {"day": formats.date(day, get_language() or "en")}


def say_unknown(reason: str) -> str:
    """Return that nobody can tell, and why."""
    return gettext("Cannot be told: %(reason)s.") % {"reason": reason}


def say_gap(
    kpi: Kpi, gap: Decimal, good: bool | None, currency: str, *, ended: bool, of_sum: bool, within_reach: bool
) -> str:
    """Return how far a KPI lies from where it should be, and whether that is good; None: neither."""
    verdict = _name_verdict(good, ended=ended, of_sum=of_sum, within_reach=within_reach)
    where = _name_place(gap, ended=ended, of_sum=of_sum)
    amount = write_amount(abs(gap), kpi.unit, currency)
    if gap and amount == write_amount(Decimal(0), kpi.unit, currency):
        where = _name_next_to(ended=ended, of_sum=of_sum)
    return f"{verdict}: {where % {'amount': amount}}." if gap else f"{verdict}: {where}."


def write_amount(value: Decimal, unit: str, currency: str) -> str:
    """Write a value or a difference in the unit of its KPI: "€ 12.300", "2,1 percentage points"."""
    if unit == "percent":
        number = formats.number(value * 100, get_language() or "en", 1)
        return gettext("%(number)s percentage points") % {"number": number}
    if unit == "months":
        return formats.months(value, get_language() or "en")
    return write_value(value, unit, currency)


def write_value(value: Decimal | None, unit: str, currency: str) -> str:
    """Write a value of a KPI; from a thousand on an amount stands in whole units."""
    if unit == "money" and value is not None and abs(value) >= _CENTS_UP_TO:
        return figure(value, "whole_money", currency)
    return figure(value, unit, currency)


def write_target(value: Decimal, unit: str, currency: str) -> str:
    """Write what somebody set, to the cent."""
    if unit == "money" and value != value.to_integral_value():
        return figure(value, "money", currency)
    return write_value(value, unit, currency)


def _name_verdict(good: bool | None, *, ended: bool, of_sum: bool, within_reach: bool) -> str:
    if good is None:
        return pgettext("of a target", "Ended") if ended else pgettext("of a target", "Under way")
    if ended:
        return gettext("Reached") if good else gettext("Not reached")
    if not of_sum:
        return gettext("On target") if good else gettext("Off target")
    if good:
        return gettext("On schedule")
    return gettext("Behind, but still within reach") if within_reach else gettext("Behind schedule")


def _name_next_to(*, ended: bool, of_sum: bool) -> str:
    """Return where a KPI is that lies so near that the difference would be written as 0."""
    if ended or not of_sum:
        return gettext("practically at the target")
    return gettext("practically where you should be today")


def _name_place(gap: Decimal, *, ended: bool, of_sum: bool) -> str:
    if ended or not of_sum:
        if not gap:
            return gettext("exactly at the target")
        return gettext("%(amount)s above the target") if gap > 0 else gettext("%(amount)s below the target")
    if not gap:
        return gettext("exactly where you should be today")
    if gap > 0:
        return gettext("%(amount)s above where you should be today")
    return gettext("%(amount)s below where you should be today")
