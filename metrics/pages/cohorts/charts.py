"""The charts under the table of cohorts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.pages.cohorts.grid import Grid, Line
from metrics.pages.cohorts.shown import name_line, name_mean

MOST_LINES = 3


def chart_course(grid: Grid) -> dict[str, Any] | None:
    """Return the mean by months since the first order, beside the shop or the largest rows; None without."""
    if grid.mean is None or grid.width < 2:
        return None
    choice = grid.choice
    first = int(choice.measure.starts_full)
    series = [_make_series(name_mean(choice), grid.mean, first)]
    if grid.shop:
        series.append({**_make_series(gettext("Whole shop"), grid.shop, first), "comparison": True})
    if choice.is_pooled:
        series[0]["comparison"] = True
        largest = grid.lines[:MOST_LINES]
        series = [*(_make_series(name_line(line, choice), line, first) for line in largest), series[0]]
    return {
        "id": "cohort-course",
        "kind": "line",
        "title": gettext("%(measure)s, month by month") % {"measure": choice.measure.label},
        "purpose": gettext(
            "How does it go on after the first order? Each month is over the cohorts that have reached it."
        ),
        "unit": choice.measure.unit,
        "label_header": gettext("Month since the first order"),
        "label_unit": "count",
        "labels": list(range(first + 1, grid.width + 1)),
        "series": series,
        "axis": gettext("months, from that of the first order"),
    }


def _make_series(name: str, line: Line, first: int) -> dict[str, Any]:
    return {"label": name, "values": [None if cell.is_few else cell.value for cell in line.cells[first:]]}


def chart_gaps(bars: Sequence[Mapping[str, int | None]]) -> dict[str, Any] | None:
    """Return how many days customers wait between two purchases, from a run's histogram; None without any."""
    if not bars:
        return None
    return {
        "id": "gaps",
        "kind": "histogram",
        "title": gettext("Days between two purchases"),
        "purpose": gettext(
            "After how long do customers come back? A reminder is in time before most of them."
        ),
        "unit": "count",
        "label_header": gettext("Days"),
        "labels": [_name_bar(bar) for bar in bars],
        "series": [{"label": gettext("purchases"), "values": [bar["n"] for bar in bars]}],
        "axis": gettext("days since the purchase before"),
    }


def _name_bar(bar: Mapping[str, int | None]) -> str:
    language = get_language() or "en"
    first = formats.number(bar["from"], language)
    if bar["to"] is None:
        return gettext("%(days)s and more") % {"days": first}
    if bar["to"] == bar["from"]:
        return first
    return f"{first} – {formats.number(bar['to'], language)}"
