"""A workbook's typed cells as text that reads in one way only: dates year first, numbers with a point."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

_DIGITS: Final = 15  # that a spreadsheet keeps of a number


def write_cell(value: Any) -> str:
    """Return the text of a value. ``value``: as openpyxl reads it.

    A number with more digits than a spreadsheet keeps is written with its exponent, so that nobody takes it
    for a whole id. One with three decimals gets a fourth, a 0: ``1.234`` could be read in two ways.
    """
    kind = type(value)
    if kind is str:
        return value
    if value is None:
        return ""
    if kind is bool:
        return "TRUE" if value else "FALSE"
    if kind is int or kind is float:
        return _write_number(value)
    if kind is datetime:
        return _write_moment(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _write_number(value: float) -> str:
    if abs(value) >= 10**_DIGITS:
        return f"{value:.14E}"
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = format(Decimal(f"{value:.{_DIGITS}g}"), "f")
    whole, _point, decimals = text.partition(".")
    return f"{text}0" if len(decimals) == 3 and len(whole.lstrip("-")) <= 3 else text


def _write_moment(value: datetime) -> str:
    value += timedelta(microseconds=500)  # a spreadsheet's fraction of a day is a little off
    value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(" ", "milliseconds" if value.microsecond else "seconds")
