"""What segments look like: customers beside value, and sizes over time."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.pages.periods import name_months
from metrics.pages.segments.reading import Row

MOST_LINES: Final = 6  # as many colours as can be told apart


def chart_shares(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Return the chart of the share in customers beside the share in value; None without customers.

    Who is apart (without an order, value not known) is in the table only.
    """
    rows = [row for row in rows if not row.apart]
    if not any(row.customers for row in rows):
        return None
    series = [{"label": gettext("Share of customers"), "values": [row.share for row in rows]}]
    if any(row.value_share is not None for row in rows):
        values = [row.value_share for row in rows]
        series.append({"label": gettext("Share of value"), "values": values})
    return {
        "id": "segment-shares",
        "kind": "bar",
        "title": gettext("Customers and value"),
        "purpose": gettext("Which segments carry the shop, and which are only large?"),
        "unit": "percent",
        "label_header": gettext("Segment"),
        "label_unit": "text",
        "labels": [row.name for row in rows],
        "series": series,
    }


def tell_of(chart: dict[str, Any], whom: str, about: str = "") -> dict[str, Any]:
    """Return a chart that tells of whom it is when it is kept as a picture, and ``about`` when.

    Without that it is a line over months or days, and says from which to which.
    """
    if not about:
        first, last = chart["labels"][0], chart["labels"][-1]
        days = chart["label_unit"] == "date"
        about = formats.period(first, last, get_language() or "en") if days else name_months(first, last)
    return {**chart, "whom": whom, "about": about}


def chart_sizes(
    names: Mapping[str, str], sizes: Mapping[str, list[tuple[date, int]]]
) -> dict[str, Any] | None:
    """Return the chart of sizes at month ends of the largest segments; None without two months.

    ``names``: what the segments that may be shown are called.
    """
    sizes = {key: line for key, line in sizes.items() if key in names}
    months = next(([month for month, _size in line] for line in sizes.values()), [])
    if len(months) < 2:
        return None
    largest = sorted(sizes, key=lambda key: -sizes[key][-1][1])[:MOST_LINES]
    purpose = gettext("How many customers were in each segment at the end of every month?")
    if len(largest) < len(sizes):
        purpose += " " + gettext("The six largest; the file has them all.")
    title = gettext("Size over time")
    if len(largest) == 1:  # one line has no legend that names it
        title += f": {names[largest[0]]}"
    return {
        "id": "segment-sizes",
        "kind": "line",
        "title": title,
        "purpose": purpose,
        "unit": "count",
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": months,
        "series": [{"label": names[key], "values": [size for _month, size in sizes[key]]} for key in largest],
    }


def chart_one(title: str, unit: str, id: str, points: Sequence[tuple[date, Any]], purpose: str,
              label_unit: str = "short_month") -> dict[str, Any] | None:  # fmt: skip
    """Return the chart of one segment over time; None without two points."""
    if len(points) < 2:
        return None
    return {
        "id": id,
        "kind": "line",
        "title": title,
        "purpose": purpose,
        "unit": unit,
        "label_header": gettext("Day") if label_unit == "date" else gettext("Month"),
        "label_unit": label_unit,
        "labels": [moment for moment, _value in points],
        "series": [{"label": title, "values": [value for _moment, value in points]}],
    }
