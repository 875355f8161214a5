"""Totals with their intervals: of the test, of the earlier cut-offs, of the years to come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from metrics.core.calendar import FIRST_DAY
from metrics.core.holdout import find_interval
from metrics.pages.trust.reading import Report


@dataclass(frozen=True, slots=True)
class Span:
    """An 80 % interval of a total that is known by now."""

    low: float
    high: float
    inside: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of a total expected on an earlier day."""

    first: date | None
    last: date | None
    expected: float
    actual: float
    span: Span


@dataclass(frozen=True, slots=True)
class Horizon:
    """The value of all customers together over so many months to come."""

    months: int
    expected: Decimal
    low: Decimal
    high: Decimal


def show_totals(report: Report) -> dict[str, Any]:
    """Return what the page shows of totals; of a test only where a model passed it."""
    card = report.card
    context: dict[str, Any] = {"horizons": _list_horizons(report), "widening": report.shop.get("widening")}
    if not card:
        return context
    actual = card["total"]["actual"]
    return {
        **context,
        "total": card["total"],
        "by_model": _span(card["interval"], actual),
        "widened": _span(card["widened"], actual) if card["widening"] else None,
        "earlier": [_read_earlier(one) for one in card["earlier"]],
        "value_total": card["value_total"],
        "value_shares": card["value_shares"],
    }


def _span(interval: Sequence[float], actual: float) -> Span:
    low, high = interval
    return Span(low, high, low <= actual <= high)


def _read_earlier(one: Mapping[str, Any]) -> Earlier:
    span = _span(find_interval(one["expected"], one["deviation"], None), one["actual"])
    if not one.get("days"):
        return Earlier(None, None, one["expected"], one["actual"], span)
    cut_off = FIRST_DAY + timedelta(days=one["day"])
    last = cut_off + timedelta(days=one["days"])
    return Earlier(cut_off + timedelta(days=1), last, one["expected"], one["actual"], span)


def _list_horizons(report: Report) -> list[Horizon]:
    return [
        Horizon(int(months), *(Decimal(str(one[name])) for name in ("expected", "low", "high")))
        for months, one in sorted(report.shop.get("horizons", {}).items(), key=lambda item: int(item[0]))
    ]
