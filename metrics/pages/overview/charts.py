"""The charts of the page, each with the sentence that says what it is for."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.calendar import MONTHS_PER_YEAR, add_months, rolling_window
from metrics.pages.figures import Figures
from metrics.pages.periods import MONTH, YEAR, Period

TOP_SHARE: Final = 0.1


def chart_revenue(figures: Figures, last: date) -> dict[str, Any]:
    """Return revenue per month of the 12 months to `last` beside the 12 before."""
    months = [add_months(rolling_window(last).first, step) for step in range(MONTHS_PER_YEAR)]
    before = [add_months(month, -MONTHS_PER_YEAR) for month in months]
    period = Period(YEAR, last)
    series = [_revenue_series(period.name, figures, months)]
    purpose = gettext("How much came in each month.")
    if any(_find_revenue(figures, month) is not None for month in before):
        earlier = _revenue_series(period.shift(-MONTHS_PER_YEAR).name, figures, before)
        series.append({**earlier, "comparison": True})
        purpose = gettext("Is each month better than the same month a year before?")
    return {
        "id": "revenue-per-month",
        "kind": "bar",
        "title": gettext("Revenue per month"),
        "purpose": purpose,
        "unit": "money",
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": months,
        "series": series,
        "incomplete": series[0]["incomplete"],
    }


def chart_distribution(
    curve: Sequence[Mapping[str, Any]], method_name: str, mean: Decimal | None, currency: str
) -> dict[str, Any] | None:
    """Return how many customers are worth how much, from a run's histogram; the name as in a sentence."""
    if not curve:
        return None
    language = get_language() or "en"
    purpose = gettext("How many customers are worth how much, by %(method)s; the mean is %(mean)s.")
    return {
        "id": "distribution",
        "kind": "histogram",
        "title": gettext("How value is distributed"),
        "purpose": purpose % {"method": method_name, "mean": formats.money(mean, currency, language)},
        "unit": "count",
        "label_header": gettext("Value"),
        "labels": [_name_bucket(bucket, currency) for bucket in curve],
        "series": [{"label": gettext("customers"), "values": [bucket["n"] for bucket in curve]}],
        "axis": gettext("value of a customer"),
    }


def chart_concentration(points: Sequence[Mapping[str, float]]) -> dict[str, Any] | None:
    """Return which share of all value above 0 the best customers bring, from a run's curve."""
    if not points:
        return None
    return {
        "id": "concentration",
        "kind": "lorenz",
        "title": gettext("What the best customers bring"),
        "purpose": describe_top(find_top_share(points)),
        "unit": "percent",
        "label_header": gettext("Best customers"),
        "label_unit": "percent",
        "labels": [0, *(point["customers"] for point in points)],
        "series": [
            {"label": gettext("share of value"), "values": [0, *(point["value"] for point in points)]}
        ],
        "axis": gettext("of the customers"),
    }


def find_top_share(points: Sequence[Mapping[str, float]]) -> Decimal | None:
    """Return the share of value that the top 10 % bring, read off a run's curve; None without a curve."""
    top = next((point for point in points if point["customers"] >= TOP_SHARE), None)
    return None if top is None else Decimal(str(top["value"]))


def describe_top(share: Decimal | None) -> str:
    """Return the sentence "The top 10 % of customers bring 43 % of value."."""
    if share is None:
        return gettext("How much depends on how few.")
    return gettext("The top 10%% of customers bring %(share)s of value.") % {
        "share": formats.percent(share, get_language() or "en", 0)
    }


def _find_revenue(figures: Figures, month: date) -> Decimal | None:
    figure = figures.find("revenue", Period(MONTH, month))
    return figure.value if figure else None


def _revenue_series(label: str, figures: Figures, months: Sequence[date]) -> dict[str, Any]:
    found = [figures.find("revenue", Period(MONTH, month)) for month in months]
    return {
        "label": label,
        "values": [figure.value if figure else None for figure in found],
        "incomplete": [place for place, figure in enumerate(found) if figure and not figure.complete],
    }


def _name_bucket(bucket: Mapping[str, Any], currency: str) -> str:
    language = get_language() or "en"
    low, high = (None if bucket[end] is None else Decimal(str(bucket[end])) for end in ("from", "to"))
    if low is None:
        return gettext("under %(amount)s") % {"amount": formats.money(high, currency, language, 0)}
    if high is None:
        return gettext("%(amount)s and more") % {"amount": formats.money(low, currency, language, 0)}
    ends = [formats.money(end, currency, language, 0) for end in (low, high)]
    return " – ".join(ends)
