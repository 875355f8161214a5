"""The charts of the page, each with the sentence that says what it is for."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.calendar import MONTHS_PER_YEAR, add_months, rolling_window
from metrics.kpis import KPIS, Kpi
from metrics.pages.figures import Figures
from metrics.pages.overview.lines import YEARLY
from metrics.pages.periods import MONTH, YEAR, Period

TOP_SHARE: Final = 0.1
OVER_TIME: Final = "over-time"  # where the chart of a KPI over time stands on the page
# What is known on the day of the calculation only, or of channels only, cannot be drawn over time.
_WITHOUT_PAST: Final = (
    "average", "realised_mean", "clv", "top_share", "lifetime_group", "maximum_cac", "paid_cac", "payback",
)  # fmt: skip
CHARTED: Final = tuple(key for key in KPIS if key not in _WITHOUT_PAST)


def is_charted(key: str) -> bool:
    """Tell whether a KPI has a past, so that it can be drawn over time."""
    return key in CHARTED


def chart_over_time(key: str, figures: Figures, last: date) -> dict[str, Any]:
    """Return a KPI of each of the 12 months to `last`, beside the same month a year before.

    One that exists over 12 months only is drawn over the 12 months to each month.
    """
    kpi, window = KPIS[key], YEAR if key in YEARLY else MONTH
    months = [add_months(rolling_window(last).first, step) for step in range(MONTHS_PER_YEAR)]
    before = [add_months(month, -MONTHS_PER_YEAR) for month in months]
    period = Period(YEAR, last)
    series = [_make_series(period.name, key, figures, window, months)]
    earlier = _make_series(period.shift(-MONTHS_PER_YEAR).name, key, figures, window, before)
    compared = any(value is not None for value in earlier["values"])
    if compared:
        series.append({**earlier, "comparison": True, "line": True})
    return {
        "id": f"{key}-per-month".replace("_", "-"),
        "kind": "bar" if kpi.above is None and kpi.unit in ("money", "count") else "line",
        "title": _name_chart(kpi, window),
        "purpose": gettext("Is each month better than the same month a year before?")
        if compared and kpi.direction != "none"
        else str(kpi.definition),
        "unit": kpi.unit,
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": months,
        "series": series,
        "incomplete": series[0]["incomplete"],
    }


def list_charted(current: str) -> list[dict[str, Any]]:
    """Return the KPIs that can be drawn over time, as the choices of a select."""
    return [{"value": key, "name": KPIS[key].label, "current": key == current} for key in CHARTED]


def _name_chart(kpi: Kpi, window: str) -> str:
    if window == YEAR:
        return gettext("%(kpi)s, over the 12 months to each month") % {"kpi": kpi.label}
    return gettext("%(kpi)s per month") % {"kpi": kpi.label}


def chart_distribution(
    curve: Sequence[Mapping[str, Any]], method_name: str, mean: Decimal | None, currency: str, about: str
) -> dict[str, Any] | None:
    """Return how many customers are worth how much, from a run's histogram; the name as in a sentence."""
    if not curve:
        return None
    language = get_language() or "en"
    purpose = gettext("How many customers are worth how much, by %(method)s; the mean is %(mean)s.")
    return {
        "id": "distribution",
        "about": about,
        "kind": "histogram",
        "title": gettext("How value is distributed"),
        "purpose": purpose % {"method": method_name, "mean": formats.money(mean, currency, language)},
        "unit": "count",
        "label_header": gettext("Value"),
        "labels": [_name_bucket(bucket, currency) for bucket in curve],
        "series": [{"label": gettext("customers"), "values": [bucket["n"] for bucket in curve]}],
        "axis": gettext("value of a customer"),
    }


def chart_concentration(points: Sequence[Mapping[str, float]], about: str) -> dict[str, Any] | None:
    """Return which share of all value above 0 the best customers bring, from a run's curve."""
    if not points:
        return None
    return {
        "id": "concentration",
        "about": about,
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


def _make_series(
    label: str, key: str, figures: Figures, window: str, months: Sequence[date]
) -> dict[str, Any]:
    found = [figures.find(key, Period(window, month)) for month in months]
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
