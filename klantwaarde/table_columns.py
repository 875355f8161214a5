"""Columns for django-tables2 that write figures as the reader expects them, right-aligned.

A column may be given its own `attrs`; a value of None reads "n.v.t." / "n/a".
"""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from klantwaarde import drawings, formats

_NUMBER = {"th": {"class": "number"}, "td": {"class": "number"}, "tf": {"class": "number"}}
_ON_ONE_LINE = {"td": {"class": "nowrap"}}


def _language() -> str:
    return get_language() or "en"


class _FigureColumn(tables.Column):
    """Right-aligned, and n.a. instead of a dash."""

    empty_values = ()

    def __init__(self, **extra: Any) -> None:
        extra.setdefault("attrs", _NUMBER)
        super().__init__(**extra)


class MoneyColumn(_FigureColumn):
    """An amount in the page's `currency`."""

    def render(self, value: Decimal | None, table: tables.Table) -> str:
        return formats.money(value, str(table.context["currency"]), _language())


class NumberColumn(_FigureColumn):
    """A number with `places` decimals."""

    def __init__(self, places: int = 0, **extra: Any) -> None:
        super().__init__(**extra)
        self.places = places

    def render(self, value: Decimal | int | None) -> str:
        return formats.number(value, _language(), self.places)


class PercentColumn(_FigureColumn):
    """A ratio as a percentage."""

    def render(self, value: Decimal | None) -> str:
        return formats.percent(value, _language())


class _TimeColumn(tables.Column):
    """On one line, and n.a. instead of a dash."""

    empty_values = ()

    def __init__(self, **extra: Any) -> None:
        extra.setdefault("attrs", _ON_ONE_LINE)
        super().__init__(**extra)


class DateColumn(_TimeColumn):
    """A day: 8 mei 2025."""

    def render(self, value: Any) -> str:
        return formats.date(value, _language())


class MomentColumn(_TimeColumn):
    """A moment on the shop's clock: 8 mei 2025 14:05."""

    def render(self, value: Any, table: tables.Table) -> str:
        return formats.moment(value, ZoneInfo(str(table.context["zone"])), _language())


class ShareColumn(_FigureColumn):
    """A share of the whole (0 to 1) as a percentage with a bar; `full` is the share that fills the bar."""

    def __init__(self, full: float = 1.0, **extra: Any) -> None:
        super().__init__(**extra)
        self.full = full

    def render(self, value: Decimal | float | None) -> str | SafeString:
        text = formats.percent(value, _language())
        if value is None:
            return text
        bar = drawings.draw_share_bar(float(value) / self.full)
        return format_html('<span class="share">{} {}</span>', text, bar)
