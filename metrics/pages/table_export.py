"""Tables as files, in two layouts: for Dutch Excel, and standard CSV.

``export_table`` answers with a table that a page already has. What is too long for that is streamed; it
takes `LAYOUTS` and `write_value` and writes its own lines.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

# A cell that starts with one of these is a formula to Excel; a real number may start with a minus.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file writes its figures. `headed` names the columns as on screen, else by identifier."""

    delimiter: str
    decimal_mark: str
    day: str
    start: str
    headed: bool


LAYOUTS: Final = {
    "excel": Layout(
        delimiter=";", decimal_mark=",", day="%d-%m-%Y", start="\N{BYTE ORDER MARK}", headed=True
    ),
    "csv": Layout(delimiter=",", decimal_mark=".", day="%Y-%m-%d", start="", headed=False),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its identifier, and its label as on screen."""

    key: str
    label: str | Promise


def read_layout(params: Mapping[str, str]) -> Layout:
    """Return the layout a URL asks for: ``?layout=excel`` (also without one) or ``csv``; another: 404."""
    layout = LAYOUTS.get(params.get("layout", "excel"))
    if layout is None:
        raise Http404
    return layout


def export_table(
    name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], layout: Layout, *, closing: str = ""
) -> HttpResponse:
    """Return a table as a file called ``<name>.csv``; each row has a value for every column, None: n.a.

    ``closing``: a last line that says who is not in it; "" for none.
    """
    text = io.StringIO()
    write = csv.writer(text, delimiter=layout.delimiter).writerow
    write([str(column.label) if layout.headed else column.key for column in columns])
    for row in rows:
        write([write_value(value, layout) for value in row])
    if closing:
        write([closing])
    response = HttpResponse(layout.start + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def write_value(value: Any, layout: Layout) -> str:
    """Return a cell: figures with the places they are kept in, days in the layout's way, n.a. as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", layout.decimal_mark)
    if isinstance(value, date):
        return value.strftime(layout.day)
    text = str(value)
    return "'" + text if not isinstance(value, int) and text.startswith(_FORMULA_STARTS) else text


def as_count(value: Decimal | None) -> Decimal | int | None:
    """Return a count that is kept with places as the whole number it is; what is not whole stays as it is."""
    return int(value) if value is not None and value == value.to_integral_value() else value


def list_downloads(url_name: str, *args: Any, query: str = "") -> list[dict[str, str]]:
    """Return the two layouts of a file as items of components/download_menu.html, for the same query."""
    labels = {
        "excel": gettext("For Excel (semicolons, decimal comma)"),
        "csv": gettext("Standard CSV (commas, decimal point)"),
    }
    start = f"{reverse(url_name, args=args)}?{query}{'&' if query else ''}"
    return [{"label": label, "url": f"{start}layout={layout}"} for layout, label in labels.items()]
