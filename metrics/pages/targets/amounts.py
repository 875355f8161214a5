"""Reading what somebody typed as a target, in the unit of its KPI: "35%", "€ 1.234,56", "1250"."""

import re
from decimal import Decimal
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext

from customers.number_fields import LocalDecimalField, decimal_mark, write_number
from metrics.kpis import Kpi

_SYMBOLS: Final = re.compile(r"[€$£]|^[A-Za-z]{3}\s|\s[A-Za-z]{3}$")
_PLACES: Final = 6
_MOST: Final = Decimal(10) ** 15
_UNCLEAR_UP_TO: Final = Decimal(1)  # "0,35" without a sign may be 35% or 0,35%
#: Shares of a whole: more than all of it cannot be.
_SHARES: Final = frozenset(
    {"retention_rate", "churn_rate", "repeat_rate", "top_share", "csat", "gross_margin"}
)


def read_value(text: str, kpi: Kpi) -> Decimal:
    """Return the value of a target as it is kept: of a percentage the fraction. Raises ValidationError."""
    bare = " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())
    percentage = bare.endswith("%")
    if percentage and kpi.unit != "percent":
        raise ValidationError(gettext("%(kpi)s is no percentage.") % {"kpi": kpi.label}, code="not_percent")
    bare = bare.removesuffix("%").strip()
    if kpi.unit == "money":
        bare = _SYMBOLS.sub("", bare)
    number = LocalDecimalField(max_digits=24, decimal_places=_PLACES).clean(_ungroup(bare.strip()))
    if number is None:
        raise ValidationError(gettext("Enter a value."), code="required")
    if kpi.unit == "percent":
        if not percentage and 0 < abs(number) <= _UNCLEAR_UP_TO:
            raise _ask(number)
        number /= 100
    _check_range(number, kpi)
    return number


def write_value(value: Decimal, kpi: Kpi) -> str:
    """Write a kept value as it would be typed."""
    if kpi.unit == "percent":
        return f"{write_number(value * 100)}%"
    return write_number(value)


def _ungroup(text: str) -> str:
    """Take out marks for thousands where they can be nothing else; one alone stays, and is asked about."""
    mark = decimal_mark()
    group = str(get_format("THOUSAND_SEPARATOR")) or ("." if mark == "," else ",")
    grouped = rf"-?\d{{1,3}}(?:{re.escape(group)}\d{{3}})+"
    clear = re.fullmatch(rf"{grouped}{re.escape(mark)}\d+", text) or (
        text.count(group) > 1 and re.fullmatch(grouped, text)
    )
    return text.replace(group, "") if clear else text


def _ask(number: Decimal) -> ValidationError:
    share, percent = write_number(number * 100), write_number(number)
    return ValidationError(
        gettext("“%(value)s” can be read in two ways: write %(share)s%% or %(percent)s%%.")
        % {"value": percent, "share": share, "percent": percent},
        code="percent_unclear",
    )


def _check_range(number: Decimal, kpi: Kpi) -> None:
    if abs(number) >= _MOST:
        raise ValidationError(gettext("This is too large to be kept."), code="too_large")
    if kpi.key in _SHARES and not -1 <= number <= 1:
        text = gettext("%(kpi)s is a share: it cannot be more than 100%%.")
        raise ValidationError(text % {"kpi": kpi.label}, code="share")
    if kpi.unit == "count" and number != number.to_integral_value():
        raise ValidationError(gettext("%(kpi)s is counted: enter a whole number.") % {"kpi": kpi.label})
    if kpi.unit in ("count", "days", "months", "ratio") and number < 0:
        raise ValidationError(gettext("%(kpi)s cannot be less than 0.") % {"kpi": kpi.label})
    if kpi.unit == "points" and abs(number) > 100:
        raise ValidationError(gettext("%(kpi)s lies between -100 and 100.") % {"kpi": kpi.label})
