"""Charts on a page: the scripts that draw them, the chart with its table, and small pictures.

A chart is given as a mapping (`ChartSpec`), so that the code that makes it needs to know nothing of this
module: plain text, days, Decimals. `{% chart spec %}` draws it and writes the same figures as a table.
"""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import get_language, gettext

from klantwaarde import drawings, formats
from klantwaarde.templatetags.formats import change, figure, points

register = template.Library()

_CHANGES: dict[str, Callable[[Any], str]] = {
    "change": change,
    "points": points,
    "score": lambda difference: formats.signed_number(difference, get_language() or "en", 1),
    "months": lambda difference: formats.change_in_months(difference, get_language() or "en"),
}
CHART_LIBRARY = "vendor/chart.umd.min.js"
FEW = 30
Figure = Decimal | int | float | None


class Series(TypedDict):
    """One line, or one set of bars."""

    label: str
    values: Sequence[Figure]
    comparison: NotRequired[bool]  # an earlier period to compare with: drawn in grey
    line: NotRequired[bool]  # in a "bar" chart: a line over the bars
    incomplete: NotRequired[Sequence[int]]  # where this series is not final, when that differs from the chart
    n: NotRequired[Sequence[int]]  # over how many each is; below 30 it is dashed, and grey with its n


class Dots(TypedDict):
    """One set of dots of a "bubble" chart: where each stands, in the unit of the chart, and of how many."""

    label: str
    dots: Sequence[tuple[Figure, Figure, int]]


class ChartSpec(TypedDict):
    """What `{% chart %}` needs. Units are those of the tag `figure`.

    A "bubble" chart has no labels: its series are `Dots`, `axis` and `vertical_axis` name both directions,
    `size_header` what is counted, `lines` where a dashed line stands across each. Its `label_header` heads
    the names of the series. Its axes are logarithmic from 1; what is less stands there.

    A "waterfall" has one series, of amounts that add up; those at `totals` are what was and what is.
    """

    id: str  # unique on the page; letters, digits, hyphens
    kind: Literal["line", "bar", "histogram", "lorenz", "bubble", "waterfall"]
    title: str
    unit: str  # of the values
    label_header: str  # head of the table's first column
    labels: Sequence[str | dt.date | Figure]  # lorenz: shares of the customers, 0 to 1
    series: Sequence[Series | Dots]
    purpose: NotRequired[str]  # one sentence: what it is for
    label_unit: NotRequired[str]  # "text" unless given
    incomplete: NotRequired[Sequence[int]]  # places that are not final: hatched or dashed
    axis: NotRequired[str]  # what stands along the horizontal axis
    vertical_axis: NotRequired[str]
    size_header: NotRequired[str]
    lines: NotRequired[tuple[Figure, Figure]]
    totals: NotRequired[Sequence[int]]
    about: NotRequired[str]  # which period, and whom; else what the page is about, or the day of the figures
    whom: NotRequired[str]  # of whom, where `about` does not say so: stands before it


@register.simple_tag(takes_context=True)
def chart_scripts(context: template.Context) -> SafeString:
    """The scripts for a page with charts; in its block "head".

    charts.js stands before the CDN's tag because it listens for what becomes of that one.
    """
    request = context.get("request")
    return format_html(
        '<script src="{}" defer></script>\n'
        '<script src="{}" defer></script>\n'
        '<script src="{}" data-local="{}"></script>\n'
        '<script src="{}" integrity="{}" crossorigin="anonymous" nonce="{}" data-chart-cdn async></script>',
        static("js/chart_kinds.js"),
        static("js/chart_files.js"),
        static("js/charts.js"),
        static(CHART_LIBRARY),
        f"{settings.CHARTJS_CDN}/npm/chart.js@{installed_version()}/dist/chart.umd.min.js",
        compute_integrity(installed_library()),
        getattr(request, "csp_nonce", ""),
    )


@register.inclusion_tag("components/chart.html", takes_context=True)
def chart(context: template.Context, spec: Mapping[str, Any], has_file: bool = False) -> dict[str, Any]:
    """`{% chart spec %}`: a chart and its table, from a `ChartSpec`.

    `{% chart spec has_file=True %}` where the page has a file of its figures; else the browser writes one.
    """
    currency = str(context.get("currency") or "")
    about = ", ".join(part for part in (spec.get("whom"), spec.get("about") or _name_period(context)) if part)
    head = {
        "id": spec["id"],
        "data_id": f"{spec['id']}-data",
        "title": spec["title"],
        "purpose": spec.get("purpose", ""),
        "label_header": spec["label_header"],
        "about": about,
        "picture": slugify(f"{spec['title']} {about}") + ".png",
        "has_file": has_file,
    }
    if spec["kind"] == "bubble":
        return {"chart": head | _list_bubbles(spec, currency), "data": _make_bubble_data(spec, currency)}
    label_unit = spec.get("label_unit", "text")
    labels = [figure(label, label_unit, currency) for label in spec["labels"]]
    headers = [series["label"] for series in spec["series"]]
    rows = _make_rows(spec, labels, currency)
    return {"chart": head | {"headers": headers, "rows": rows}, "data": _make_data(spec, labels, currency)}


@register.simple_tag
def sparkline(values: Sequence[Figure]) -> SafeString:
    """`{% sparkline values %}`: a small line, oldest value first."""
    return drawings.draw_sparkline(values)


@register.simple_tag
def share_bar(share: Figure) -> SafeString:
    """`{% share_bar 0.43 %}`: a bar of 43% of its track."""
    return drawings.draw_share_bar(share)


@register.simple_tag
def delta(difference: Figure, unit: str = "change", good: str = "up") -> SafeString:
    """`{% delta 0.144 "change" "up" %}`: arrow and signed figure, coloured by whether it is good news.

    `unit` is "change" (a ratio), "points" (percentage points), "score" (points of a score such as NPS) or
    "months" (how many later); `good` is "up", "down" or "neither".
    """
    if difference is None:
        return format_html('<span class="delta">{}</span>', formats.not_available(get_language() or "en"))
    # What reads 0,0% goes neither up nor down.
    shown = formats.round_half_up(difference, 1 if unit == "score" else 3)
    arrow, direction = ("▲", "up") if shown > 0 else ("▼", "down") if shown < 0 else ("", "")
    judged = direction and good != "neither"
    tone = "" if not judged else "good" if direction == (good or "up") else "bad"
    text = _CHANGES[unit](difference)
    return format_html(
        '<span class="delta {}"><span aria-hidden="true">{}</span> {}</span>', tone, arrow, text
    )


@cache
def installed_library() -> Path:
    """The installed Chart.js; raises ImproperlyConfigured when `make setup` has not fetched it."""
    found = finders.find(CHART_LIBRARY)
    if not found:
        raise ImproperlyConfigured(
            f"Chart.js is not installed (static file {CHART_LIBRARY}): run `make setup`."
        )
    return Path(str(found))


@cache
def installed_version() -> str:
    """The version package.json pins."""
    package = json.loads((settings.BASE_DIR / "package.json").read_text())
    return str(package["dependencies"]["chart.js"])


@cache
def compute_integrity(path: Path) -> str:
    """A file's hash as the attribute `integrity` wants it: "sha384-" and base64."""
    digest = hashlib.sha384(path.read_bytes()).digest()
    return "sha384-" + base64.b64encode(digest).decode()


def _name_period(context: template.Context) -> str:
    """Return what the page is about: the period (and part) chosen, else the day of its figures."""
    choice, run = context.get("choice"), context.get("current_run")
    if period := getattr(choice, "period", None):
        scope = getattr(choice, "scope", None)
        return str(period.name if scope is None or scope.is_shop else f"{period.name}, {scope.name}")
    return formats.date(run.as_of, get_language() or "en") if run else ""


def _list_bubbles(spec: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Return heads and a row of the table for every dot."""
    return {
        "headers": [spec["axis"], spec["vertical_axis"], spec["size_header"]],
        "rows": [
            {
                "label": series["label"],
                "incomplete": False,
                "cells": [
                    *({"text": figure(value, spec["unit"], currency)} for value in (across, up)),
                    {"text": figure(count, "count", currency)},
                ],
            }
            for series in spec["series"]
            for across, up, count in series["dots"]
        ],
    }


def _make_bubble_data(spec: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        "kind": "bubble",
        "header": spec["label_header"],
        "unit": spec["unit"],
        "currency": currency,
        "locale": formats.browser_locale(get_language() or "en"),
        "axis": spec["axis"],
        "vertical": spec["vertical_axis"],
        "size": spec["size_header"],
        "lines": [float(line) for line in spec.get("lines", ())],
        "series": [
            {
                "label": series["label"],
                "dots": [[float(across), float(up), count] for across, up, count in series["dots"]],
            }
            for series in spec["series"]
        ],
    }


def _make_rows(spec: Mapping[str, Any], labels: Sequence[str], currency: str) -> list[dict[str, Any]]:
    incomplete = set(spec.get("incomplete", ()))
    columns = [_make_cells(series, spec["unit"], currency) for series in spec["series"]]
    return [
        {"label": label, "incomplete": place in incomplete, "cells": cells}
        for place, (label, *cells) in enumerate(zip(labels, *columns, strict=True))
    ]


def _make_cells(series: Series, unit: str, currency: str) -> list[dict[str, Any]]:
    """Return the figures of a series as the table writes them, with ``few``: their n where that is small."""
    few = {place: series["n"][place] for place in _find_few(series)}
    return [
        {"text": figure(value, unit, currency), "few": few.get(place)}
        for place, value in enumerate(series["values"])
    ]


def _find_few(series: Series) -> list[int]:
    """Return the places of values that are over few."""
    pairs = zip(series["values"], series.get("n", ()), strict=False)
    return [place for place, (value, n) in enumerate(pairs) if value is not None and n < FEW]


def _make_data(spec: Mapping[str, Any], labels: Sequence[str], currency: str) -> dict[str, Any]:
    """What charts.js and chart_files.js read; floats are exact enough for a picture, and for its figures."""
    lorenz = spec["kind"] == "lorenz"
    return {
        "kind": spec["kind"],
        "header": spec["label_header"],
        "labels": [float(label) for label in spec["labels"]] if lorenz else labels,
        "keys": [_make_key(label) for label in spec["labels"]],
        "unfinished": list(spec.get("incomplete", ())),
        "incomplete": gettext("incomplete"),
        "totals": list(spec.get("totals", ())),
        "unit": spec["unit"],
        "currency": currency,
        "locale": formats.browser_locale(get_language() or "en"),
        "axis": spec.get("axis", ""),
        "reference": gettext("if all were worth the same") if lorenz else "",
        "series": [
            {
                "label": series["label"],
                "values": [None if value is None else float(value) for value in series["values"]],
                "comparison": series.get("comparison", False),
                "line": series.get("line", False),
                "incomplete": sorted(
                    {*series.get("incomplete", spec.get("incomplete", ())), *_find_few(series)}
                ),
                "n": list(series.get("n", ())),
            }
            for series in spec["series"]
        ],
    }


def _make_key(label: str | dt.date | Figure) -> str | float | None:
    """Return a label as a file writes it: days as ISO ones, figures as figures."""
    if isinstance(label, dt.date):
        return label.isoformat()
    return float(label) if isinstance(label, Decimal) else label
