"""Template filters for figures and moments, in the language the page is read in.

`{% load formats %}`, then `{{ amount|money:currency }}`, `{{ rate|percent }}`, `{{ day|date }}`. A value of
None, or a missing one, reads "n.v.t." / "n/a". The currency comes with the page (`currency`).
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.translation import get_language

from klantwaarde import formats

register = template.Library()


def _language() -> str:
    return get_language() or "en"


def _known(value: Any) -> Any:
    """Django hands a filter an empty string for a variable that is not there."""
    return None if value == "" else value


@register.filter
def money(amount: Any, currency: Any) -> str:
    """`{{ 1234.5|money:currency }}` is € 1.234,50."""
    return formats.money(_known(amount), str(currency), _language())


@register.filter
def exact_money(amount: Any, currency: Any) -> str:
    """All four places that are kept: € 1.234,5000."""
    return formats.money(_known(amount), str(currency), _language(), places=4)


@register.filter
def whole_money(amount: Any, currency: Any) -> str:
    """Without decimals: € 1.235."""
    return formats.money(_known(amount), str(currency), _language(), places=0)


@register.filter
def compact_money(amount: Any, currency: Any) -> str:
    """For a card: € 1,2 mln."""
    return formats.compact_money(_known(amount), str(currency), _language())


@register.filter
def number(value: Any, places: int = 0) -> str:
    """`{{ 48213|number }}` is 48.213; `{{ 2.41|number:1 }}` is 2,4."""
    return formats.number(_known(value), _language(), places)


@register.filter
def percent(ratio: Any, places: int = 1) -> str:
    """`{{ 0.316|percent }}` is 31,6%."""
    return formats.percent(_known(ratio), _language(), places)


@register.filter
def share(part: Any) -> str:
    """`{{ 0.9999|share }}` is > 99,9%: all of it is only what is."""
    return formats.share(_known(part), _language())


@register.filter
def change(ratio: Any) -> str:
    """`{{ 0.144|change }}` is +14,4%."""
    return formats.change(_known(ratio), _language())


@register.filter
def points(difference: Any) -> str:
    """`{{ 0.008|points }}` is +0,8 %-punt."""
    return formats.change_in_points(_known(difference), _language())


@register.filter
def date(day: Any) -> str:
    """`{{ order.ordered_on|date }}` is 8 mei 2025; for a moment use `moment`."""
    return formats.date(_known(day), _language())


@register.filter
def period(first: Any, last: Any) -> str:
    """`{{ first|period:last }}` is 1 jan – 31 dec 2025."""
    return formats.period(_known(first), _known(last), _language())


@register.filter
def month(day: Any) -> str:
    """`{{ day|month }}` is mei 2025."""
    return formats.month(_known(day), _language())


@register.filter
def short_month(day: Any) -> str:
    """`{{ day|short_month }}` is sep 2025."""
    return formats.short_month(_known(day), _language())


@register.filter
def moment(instant: Any, zone: Any) -> str:
    """`{{ upload.created_at|moment:zone }}` is 8 mei 2025 14:05; every page has `zone`, the shop's."""
    return formats.moment(_known(instant), ZoneInfo(str(zone)), _language())


@register.filter
def file_size(size: Any) -> str:
    """`{{ 1200|file_size }}` is 1,2 kB."""
    return formats.file_size(_known(size), _language())


@register.filter
def duration(elapsed: Any) -> str:
    """`{{ 125|duration }}` is 2 min 5 s; takes a timedelta or seconds."""
    return formats.duration(_known(elapsed), _language())


@register.filter
def days(count: Any) -> str:
    """`{{ 48|days }}` is 48 dagen."""
    return formats.days(_known(count), _language())


@register.filter
def yes_or_no(answer: Any) -> str:
    """`{{ flag|yes_or_no }}` is ja or nee."""
    return formats.yes_or_no(_known(answer), _language())


def _text(value: Any) -> str:
    return str(value)


def _decimal(value: Any) -> str:
    return number(value, 1)


def _ratio(value: Any) -> str:
    return number(value, 2)


def _nth_month(place: Any) -> str:
    return formats.nth_month(_known(place), _language())


UNITS: dict[str, Callable[[Any], str]] = {
    "number": number,
    "count": number,
    "decimal": _decimal,
    "ratio": _ratio,
    "percent": percent,
    "share": share,
    "percentage_points": points,
    "points": number,  # of a score such as NPS
    "years": _decimal,
    "periods": _decimal,
    "date": date,
    "month": month,
    "short_month": short_month,
    "days": days,
    "months": _nth_month,
    "text": _text,
}


def figure(value: Any, unit: str, currency: str) -> str:
    """One value written in its unit: one of `UNITS`, "money", "whole_money" or "compact_money".

    A unit of another name raises KeyError: a page must know what it shows.
    """
    if unit == "money":
        return money(value, currency)
    if unit == "whole_money":
        return whole_money(value, currency)
    if unit == "compact_money":
        return compact_money(value, currency)
    return UNITS[unit](value)


@register.filter
def browser_locale(language: str) -> str:
    """`{{ LANGUAGE_CODE|browser_locale }}` is nl-NL or en-GB, for `Intl` in the browser."""
    return formats.browser_locale(language)


@register.simple_tag(takes_context=True, name="figure")
def figure_tag(context: template.Context, value: Any, unit: str) -> str:
    """`{% figure card.value card.unit %}`: the value in its unit, in the page's `currency`."""
    return figure(value, unit, context.get("currency") or "")
