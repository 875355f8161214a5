"""The charts of the report card, each with the sentence that says what it is for."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import get_language, gettext

from klantwaarde.formats import locale_for
from klantwaarde.templatetags.formats import number, percent
from metrics.pages.trust.reading import Report

DWARFS: Final = 4  # who bought nothing has a bar unless it is so many times the highest of the others
TENTHS: Final = 10


def list_charts(report: Report) -> dict[str, dict[str, Any] | None]:
    """Return the charts by name; None where there is nothing to draw."""
    card, chosen = report.card, report.chosen
    season = report.shop.get("season")
    return {
        "tracking_chart": chart_tracking(report) if card else None,
        "frequency_chart": chart_frequencies(card["frequencies"]) if card else None,
        "value_chart": chart_values(card["value_groups"]) if card else None,
        "pit_chart": chart_pit(chosen["pit"]) if chosen else None,
        "season_chart": chart_season(season) if season else None,
    }


def chart_tracking(report: Report) -> dict[str, Any]:
    """Return purchases since the cut-off, added up month by month: expected and made."""
    tracking = report.card["tracking"]
    cut_off = report.cut_off
    return {
        "id": "tracking",
        "kind": "line",
        "title": gettext("By month: expected and made"),
        "purpose": gettext("Purchases since the cut-off, added up: do the lines stay together?"),
        "unit": "count",
        "label_header": gettext("Up to"),
        "label_unit": "date",
        "labels": [cut_off + timedelta(days=days) for days in tracking["days"]] if cut_off else [],
        "series": _compare(tracking["expected"], tracking["actual"]),
    }


def chart_frequencies(frequencies: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return how many customers were expected to buy 0, 1, 2, … times, and did."""
    expected, actual = frequencies["expected"], frequencies["actual"]
    start = int(max(expected[0], actual[0]) > DWARFS * max(*expected[1:], *actual[1:]))
    purpose = gettext(
        "How many customers bought how often. Not at all: %(expected)s expected, %(actual)s in fact."
    ) % {"expected": number(expected[0]), "actual": number(actual[0])}
    labels = [number(count) for count in range(len(actual) - 1)]
    return {
        "id": "frequencies",
        "kind": "bar",
        "title": gettext("By number of purchases"),
        "purpose": purpose,
        "unit": "count",
        "label_header": gettext("Purchases"),
        "labels": [*labels, gettext("%(count)s or more") % {"count": len(labels)}][start:],
        "series": _compare(expected[start:], actual[start:]),
        "axis": gettext("purchases of a customer"),
    }


def chart_values(groups: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return mean revenue per tenth of the customers, those with the highest prediction first."""
    return {
        "id": "value-tenths",
        "kind": "bar",
        "title": gettext("By value: predicted and actual"),
        "purpose": gettext(
            "Mean revenue of a customer, from the tenth with the highest prediction to that with the lowest: "
            "are bars that belong together equally high, and do they fall from left to right?"
        ),
        "unit": "money",
        "label_header": gettext("Customers"),
        "labels": [_name_group(place, len(groups)) for place in range(len(groups))],
        "series": [
            {
                "label": gettext("predicted"),
                "values": [one["predicted"] for one in groups],
                "comparison": True,
            },
            {"label": gettext("actual"), "values": [one["actual"] for one in groups]},
        ],
        "axis": gettext("customers by predicted revenue, highest first"),
    }


def chart_pit(pit: Sequence[int]) -> dict[str, Any]:
    """Return the histogram of the randomised PIT: share of customers per tenth of what was expected."""
    everyone = sum(pit) or 1
    return {
        "id": "pit",
        "kind": "histogram",
        "title": gettext("Where customers came out"),
        "purpose": gettext(
            "Where the purchases of each customer lie in what was expected, from far fewer to far "
            "more. Bars of equal height are right; higher ones at the ends mean ranges that are too narrow."
        ),
        "unit": "percent",
        "label_header": gettext("Place"),
        "labels": [_name_tenth(place) for place in range(TENTHS)],
        "series": [{"label": gettext("share of customers"), "values": [one / everyone for one in pit]}],
        "axis": gettext("from fewer purchases than expected to more"),
    }


def chart_season(season: Sequence[float]) -> dict[str, Any]:
    """Return how busy each calendar month is against the average one."""
    names = locale_for(get_language() or "en").months["stand-alone"]["wide"]
    return {
        "id": "season",
        "kind": "bar",
        "title": gettext("The season of your shop"),
        "purpose": gettext(
            "How busy a month is against the average one (100%); forecasts are spread over months by it."
        ),
        "unit": "percent",
        "label_header": gettext("Month"),
        "labels": [names[month] for month in range(1, len(season) + 1)],
        "series": [{"label": gettext("of the average month"), "values": list(season)}],
    }


def _compare(expected: Sequence[float], actual: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {"label": gettext("expected"), "values": list(expected), "comparison": True},
        {"label": gettext("in fact"), "values": list(actual)},
    ]


def _name_group(place: int, groups: int) -> str:
    if place == 0:
        return gettext("top %(share)s") % {"share": percent(1 / groups, 0)}
    return f"{percent(place / groups, 0)} – {percent((place + 1) / groups, 0)}"


def _name_tenth(place: int) -> str:
    return f"{percent(place / TENTHS, 0)} – {percent((place + 1) / TENTHS, 0)}"
