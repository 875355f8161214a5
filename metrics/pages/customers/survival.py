"""The shop's curve "time until a year of silence": beside the lifetime of the peers, never mixed with it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import get_language, gettext

from klantwaarde import formats

FEW: Final = 30  # the line ends where fewer were followed for so long


def draw_survival(curve: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the chart and a sentence on it; None while too few customers have been followed for a year."""
    points = [point for point in curve.get("points", ()) if point["n"] >= FEW]
    if len(points) < 2:
        return None
    return {"chart": _make_chart(points), "text": _describe(curve, points[-1]["months"])}


def _make_chart(points: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": "survival",
        "kind": "line",
        "title": gettext("Time until a year of silence"),
        "purpose": gettext(
            "Of the whole shop, not of this customer: how many have not yet been silent for a year, by "
            "months since the first purchase."
        ),
        "unit": "percent",
        "label_header": gettext("Months since the first purchase"),
        "label_unit": "count",
        "labels": [point["months"] for point in points],
        "series": [
            {
                "label": gettext("not yet silent for a year"),
                "values": [Decimal(str(point["share"])) for point in points],
            }
        ],
    }


def _describe(curve: Mapping[str, Any], months: int) -> str:
    language = get_language() or "en"
    counts = {
        "n": formats.number(curve["customers"], language),
        "silent": formats.number(curve["silent"], language),
        "months": formats.number(months, language),
    }
    text = gettext(
        "A silence is dated at the purchase before it; one that is younger than a year is not counted yet. "
        "Over %(n)s customers who first bought at least a year ago, of whom %(silent)s have been silent "
        "for a year; the line ends at %(months)s months, beyond which fewer than 30 were followed."
    )
    return f"{text % counts} {_say_median(curve['median_months'], language)}"


def _say_median(months: float | None, language: str) -> str:
    if months is None:
        return gettext("More than half are not silent yet.")
    if months == 0:
        return gettext("For half of them it began with the first purchase.")
    number = formats.number(Decimal(str(months)), language, 1)
    return gettext("Half fell silent within %(n)s months.") % {"n": number}
