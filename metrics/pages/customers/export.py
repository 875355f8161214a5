"""The ranked list as a file: everyone asked for, with the columns on screen.

Written while it is read (server-side cursor, streamed answer), so that a million customers take no memory.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, NullIf
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics import publishing
from metrics.core.segments import SCHEMES
from metrics.pages.customers.columns import COLUMNS, ListColumn, name_member, name_method
from metrics.pages.customers.listing import count_objections
from metrics.pages.customers.query import ListQuery, read_query
from metrics.pages.customers.ranking import is_any_of, rank_field, split_known
from metrics.pages.customers.table import head_column
from metrics.pages.segments.names import name_segment
from metrics.pages.table_export import Layout, read_layout, write_value

ROWS_AT_ONCE: Final = 2_000


class _Echo:
    """A file for the csv writer that hands every line straight back."""

    def write(self, line: str) -> str:
        return line


@require_safe
@require(VIEW)
def export_customers(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the list that the same URL shows; ``?layout=excel`` or ``csv``. Without a run: 404."""
    run = publishing.current_run()
    if run is None:
        raise Http404
    layout = read_layout(request.GET)
    query = read_query(request, run)
    lines = write_lines(query, layout, count_objections(run))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"klantwaarde-{query.method}-{run.as_of:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def write_lines(query: ListQuery, layout: Layout, objections: int) -> Iterator[str]:
    """Return the lines of the file: head, a line a customer, and how many are not in it.

    All texts are made now: when the lines are asked for, the language of the request is gone.
    """
    cells = _list_cells(query, layout)
    head = [cell.label if layout.headed else cell.key for cell in cells]
    return _write_lines(query, layout, cells, head, describe_objections(objections))


def _write_lines(
    query: ListQuery, layout: Layout, cells: list["_Cell"], head: list[str], closing: str
) -> Iterator[str]:
    write = csv.writer(_Echo(), delimiter=layout.delimiter).writerow
    yield layout.start + write(head)
    for place, (rank, *rest) in enumerate(_read_rows(query, [cell.path for cell in cells]), start=1):
        # While nobody has a value its ranks say nothing: the list is numbered as it stands, as on screen.
        row = (place if query.is_valueless else rank, *rest)
        yield write([write_value(value, layout) for value in row])
    yield write([closing])


def describe_objections(count: int) -> str:
    """Return the closing line, which keeps totals whole: "3 customers who objected"."""
    return ngettext("%(count)d customer who objected", "%(count)d customers who objected", count) % {
        "count": count
    }


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column of the file: identifier, label, and where the database finds it."""

    key: str
    label: str
    path: str | Combinable


def _list_cells(query: ListQuery, layout: Layout) -> list[_Cell]:
    number = COLUMNS["customer_id"]
    fixed = [
        _Cell("rank", gettext("Rank"), rank_field(query.method)),
        _make_cell(number, layout),
        _Cell("name", gettext("Name"), "customer__name"),
    ]
    chosen = [_make_cell(column, layout) for column in query.columns if column != number]
    return [*fixed, *chosen, _Cell(query.method, name_method(query.method), query.method)]


def _make_cell(column: ListColumn, layout: Layout) -> _Cell:
    path = column.path.replace(".", "__")
    if not layout.headed:  # a file with identifiers has them in its cells, too, whoever asks for it
        return _Cell(column.key, head_column(column), path)
    if column.kind == "member":
        known = Coalesce(NullIf(path, Value("")), Value(name_member("")), output_field=TextField())
        return _Cell(column.key, head_column(column), known)
    if column.kind == "segment":
        return _Cell(column.key, head_column(column), _name_segments(path))
    return _Cell(column.key, head_column(column), path)


def _name_segments(scheme: str) -> Case:
    names = [
        When(**{scheme: segment}, then=Value(name_segment(scheme, segment)))
        for segment in SCHEMES[scheme].shown
    ]
    return Case(*names, default=Value(""), output_field=TextField())


def _read_rows(query: ListQuery, paths: list[str | Combinable]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the list; who objected since the calculation is not among them."""
    values = query.filter.qs.filter(customer__objects_to_profiling=False)
    if query.found is not None:
        values = values.filter(is_any_of(query.found))
    with transaction.atomic():  # the cursor on the server lives as long as its transaction
        for part in split_known(values, query.order):
            yield from part.values_list(*paths).iterator(chunk_size=ROWS_AT_ONCE)
