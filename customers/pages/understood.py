"""Values as the import understood them, written for the reader: a day as "3 jan 2025", an amount as money."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from customers.imports.columns import NULL
from customers.imports.kinds import Column
from customers.imports.preview import Cell
from customers.models import Order, Shop, SurveyAnswer
from klantwaarde import formats

_ESCAPED: Final = {"\\\\": "\\", "\\n": " ", "\\r": " ", "\\t": " "}
_LONGEST: Final = 60
#: Types whose values are one of a set, and what these are called.
_LABELS: Final[dict[str, Any]] = {
    "status": Order.Status,
    "cancelled": Order.Status,
    "scale": SurveyAnswer.Scale,
}


def show_understood(cell: Cell, column: Column | None, shop: Shop, language: str) -> str:
    """Return what a value was read as: "" for an ignored column or a value that could not be read."""
    if column is None or cell.problem:
        return ""
    if not cell.text.strip():
        return _("(blank)")
    value = cell.understood
    if column.type in {"amount", "cost"}:
        return formats.money(Decimal(value), shop.currency, language, places=_places(value))
    if column.type in {"quantity", "figure"}:
        number = value.removesuffix("%")
        return formats.number(Decimal(number), language, _decimals(number)) + value[len(number) :]
    if column.type == "date":
        return formats.date(date.fromisoformat(value), language)
    if column.type == "moment":
        return _show_moment(value, ZoneInfo(shop.time_zone), language)
    if column.type == "flag":
        return formats.yes_or_no(value == "t", language)
    if column.type == "period":
        days = value.strip("[]").split(",")
        return " – ".join(formats.date(date.fromisoformat(day), language) for day in days)
    if column.type in _LABELS:
        return str(_LABELS[column.type](value).label)
    if column.type == "currency" or value == NULL:
        return cell.text.strip()
    return _unescape(value)


def _show_moment(value: str, zone: ZoneInfo, language: str) -> str:
    """A day without a time is shown as a day: the import takes it as the start of the shop's day."""
    if len(value) <= 10:
        return formats.date(date.fromisoformat(value), language)
    moment = datetime.fromisoformat(value)
    return formats.moment(moment if moment.tzinfo else moment.replace(tzinfo=zone), zone, language)


def _decimals(value: str) -> int:
    return len(value.partition(".")[2].rstrip("0"))


def _places(value: str) -> int:
    """Two decimals as money is written, or as many as the file has, up to the four that are kept."""
    return min(4, max(2, _decimals(value)))


def _unescape(value: str) -> str:
    for written, meant in _ESCAPED.items():
        value = value.replace(written, meant)
    return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
