"""The tables of segments as files."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics import publishing
from metrics.core.segments import SCHEMES
from metrics.kpis import KPIS
from metrics.models import OwnSegment, Run, SegmentMonth
from metrics.pages.customers.export import describe_objections
from metrics.pages.customers.listing import count_objections
from metrics.pages.segments.choosing import choose_period, find_scheme
from metrics.pages.segments.moves import Matrix, read_matrix
from metrics.pages.segments.names import name_segment
from metrics.pages.segments.ranking import rank_rows, read_sort
from metrics.pages.segments.reading import PERIOD_KPIS, list_rows
from metrics.pages.table_export import Column, export_table, read_layout


@require_safe
@require(VIEW)
def export_segments(request: HttpRequest, scheme: str, table: str) -> HttpResponse:
    """Return a table of a scheme as a file: ``segments``, ``history`` or ``moves``. Without a run: 404."""
    run = publishing.current_run()
    find_scheme(scheme)
    if run is None or table not in _WRITERS or (table == "moves" and scheme not in SCHEMES):
        raise Http404
    layout = read_layout(request.GET)
    columns, rows = _WRITERS[table](run, scheme, request)
    closing = describe_objections(count_objections(run)) if table == "segments" else ""
    name = f"klantwaarde-{scheme}-{table}-{run.as_of:%Y-%m-%d}"
    return export_table(name, columns, rows, layout, closing=closing)


def _write_segments(run: Run, scheme: str, request: HttpRequest) -> tuple[list[Column], Iterator[list[Any]]]:
    choice = choose_period(request, run)
    columns = [
        Column("segment", gettext("Segment")),
        Column("name", gettext("Name")),
        Column("customers", gettext("Customers in it")),
        Column("share", gettext("Share of customers")),
        Column("realised", gettext("Realised value")),
        Column("value_share", gettext("Share of value")),
        Column("realised_mean", KPIS["realised_mean"].label),
        Column("period", gettext("Period")),
        *(Column(kpi, KPIS[kpi].label) for kpi in PERIOD_KPIS),
    ]
    period = choice.period if choice else None
    ranked = rank_rows(list_rows(run, scheme, period), read_sort(request))
    rows = (
        [
            row.key, row.name, row.customers, row.share, row.realised, row.value_share, row.mean,
            period.name if period else None, *(figure.value for _kpi, figure in row.period_figures),
        ]
        for row in ranked.rows
    )  # fmt: skip
    return columns, rows


def _write_history(run: Run, scheme: str, request: HttpRequest) -> tuple[list[Column], Iterator[list[Any]]]:
    columns = [
        Column("month", gettext("Month")),
        Column("segment", gettext("Segment")),
        Column("name", gettext("Name")),
        Column("customers", gettext("Customers in it")),
        Column("revenue_12m", gettext("Revenue of 12 months")),
        Column("contribution_12m", gettext("Contribution of 12 months")),
    ]
    names = {own.slug: own.name for own in OwnSegment.objects.all()} if scheme == OwnSegment.SCHEME else {}
    found = SegmentMonth.objects.filter(run=run, scheme=scheme).order_by("month", "segment")
    rows = (
        [
            row.month, row.segment, names.get(row.segment) or _name(scheme, row.segment), row.customers,
            row.revenue_12m, row.contribution_12m,
        ]
        for row in found
    )  # fmt: skip
    return columns, rows


def _name(scheme: str, segment: str) -> str:
    """Return what a segment is called; an own one that was removed since goes by its slug."""
    return name_segment(scheme, segment) if scheme in SCHEMES else segment


def _write_moves(run: Run, scheme: str, request: HttpRequest) -> tuple[list[Column], Iterator[list[Any]]]:
    columns = [
        Column("before", gettext("Before")),
        Column("after", gettext("After")),
        Column("from", gettext("From")),
        Column("to", gettext("To")),
        Column("customers", gettext("Customers")),
        Column("share", gettext("Share of the segment before")),
    ]
    matrix = read_matrix(run, scheme, request.GET)
    return columns, _list_moves(matrix) if matrix else iter(())


def _list_moves(matrix: Matrix) -> Iterator[list[Any]]:
    for row in matrix.rows:
        for name, cell in zip(matrix.heads, row.cells, strict=True):
            yield [matrix.before, matrix.after, row.name, name, cell.customers, cell.share]


_WRITERS = {"segments": _write_segments, "history": _write_history, "moves": _write_moves}
