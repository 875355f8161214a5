"""The tables of the page as files: KPIs, what moved contribution, the best customers."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.kpis import KPIS
from metrics.models import Run
from metrics.pages.customers.columns import name_member
from metrics.pages.customers.export import describe_objections
from metrics.pages.customers.listing import count_objections
from metrics.pages.overview.asked import Asked, read_asked
from metrics.pages.overview.bridge import Row, read_moved
from metrics.pages.overview.lines import Comparison, KpiLine, make_lines
from metrics.pages.overview.top import TopRow, choose_measure, fetch_top, name_measure
from metrics.pages.periods import Choice
from metrics.pages.table_export import Column, as_count, export_table, read_layout
from metrics.publishing import current_run

# What stands in each column of a KPI; None is not known.
COLUMNS: Final[Mapping[Column, Callable[[KpiLine], Any]]] = {
    Column("kpi", _("KPI")): lambda line: line.kpi.key,
    Column("label", _("Name")): lambda line: line.kpi.label,
    Column("window", _("Window")): lambda line: line.period.window,
    Column("first_day", _("First day")): lambda line: None if line.is_snapshot else line.period.first,
    Column("last_day", _("Last day")): lambda line: line.period.last,
    Column("unit", _("Unit")): lambda line: line.kpi.unit,
    Column("value", _("Value")): lambda line: _write(line.kpi.unit, line.value),
    Column("numerator", _("Numerator")): lambda line: _read_parts(line)[0],
    Column("denominator", _("Denominator")): lambda line: _read_parts(line)[1],
    Column("n", "n"): lambda line: line.figure and line.figure.n,
    Column("complete", _("Complete")): lambda line: line.complete,
    Column("year_before", _("Year before")): lambda line: _write(line.kpi.unit, _read_before(line, 0).value),
    Column("change_on_year", _("Change on the year before")): lambda line: _read_before(line, 0).change,
    Column("month_before", _("Month before")): lambda line: _write(
        line.kpi.unit, _read_before(line, 1).value
    ),
    Column("change_on_month", _("Change on the month before")): lambda line: _read_before(line, 1).change,
}


# What stands in each column of a part of the bridge.
PARTS: Final[Mapping[Column, Callable[[Row], Any]]] = {
    Column("part", pgettext_lazy("of a bridge", "Part")): lambda row: row.key,
    Column("label", _("Name")): lambda row: row.label,
    Column("unit", _("Unit")): lambda row: row.unit,
    Column("before", pgettext_lazy("of a bridge", "Before")): lambda row: _write(row.unit, row.before),
    Column("after", pgettext_lazy("of a bridge", "After")): lambda row: _write(row.unit, row.after),
    Column("effect", _("Effect on contribution")): lambda row: row.effect,
}


# What stands in each column of one of the best customers, before the value.
TOP: Final[Mapping[Column, Callable[[TopRow], Any]]] = {
    Column("rank", _("Rank")): lambda row: row.rank,
    Column("customer_id", _("Customer number")): lambda row: row.customer.external_id,
    Column("name", _("Name")): lambda row: row.customer.customer.name,
    Column("channel", _("Channel")): lambda row: name_member(row.customer.channel),
    Column("orders", _("Orders")): lambda row: row.customer.orders,
    Column("last_order", _("Last order")): lambda row: row.customer.last_order,
}


@require_safe
@require(VIEW)
def export_figures(request: HttpRequest) -> HttpResponse:
    """Write all KPIs over the period in the URL; ``?layout=excel`` or ``csv``. Without a run: 404."""
    layout = read_layout(request.GET)
    asked, run = _require_figures(request)
    lines = make_lines(asked.figures, asked.choice.period, KPIS)
    rows = ([_read_cell(column, read, line, run) for column, read in COLUMNS.items()] for line in lines)
    return export_table(_name_file("kpi", asked.choice), list(COLUMNS), rows, layout)


@require_safe
@require(VIEW)
def export_bridge(request: HttpRequest) -> HttpResponse:
    """Write what moved contribution, as the page with the same URL shows it; without a bridge: 404."""
    layout = read_layout(request.GET)
    asked, run = _require_figures(request)
    moved = read_moved(run, asked.figures, asked.choice, asked.earlier)
    if moved.reason:
        raise Http404
    result = Row("result", moved.name, "money", moved.before, moved.after, moved.change)
    rows = ([read(row) for read in PARTS.values()] for row in (*moved.rows, result))
    return export_table(_name_file("bridge", asked.choice), list(PARTS), rows, layout)


@require_safe
@require(VIEW)
def export_top(request: HttpRequest) -> HttpResponse:
    """Write the ten best customers, as the page shows them; without a run: 404."""
    layout = read_layout(request.GET)
    run = current_run()
    if run is None:
        raise Http404
    measure = choose_measure(run)
    columns = [*TOP, Column(measure, name_measure(run, measure))]
    rows = ([*(read(row) for read in TOP.values()), row.value] for row in fetch_top(run, measure))
    name = f"best-customers-{run.as_of:%Y-%m-%d}"
    closing = describe_objections(count_objections(run))
    return export_table(name, columns, rows, layout, closing=closing)


def _require_figures(request: HttpRequest) -> tuple[Asked, Run]:
    run = current_run()
    asked = read_asked(request.GET, run) if run else None
    if run is None or asked is None:
        raise Http404
    return asked, run


def _read_cell(column: Column, read: Callable[[KpiLine], Any], line: KpiLine, run: Run) -> Any:
    """Return what stands in a column; a figure at the end of the run goes no further than the run's day."""
    if column.key == "last_day" and line.is_snapshot:
        return run.as_of
    return read(line)


def _name_file(what: str, choice: Choice) -> str:
    whom = slugify(f"{choice.scope.dimension} {choice.scope.member}")
    parts = [what, choice.period.window, f"{choice.period.month:%Y-%m}", whom]
    return "-".join(part for part in parts if part)


def _read_before(line: KpiLine, place: int) -> Comparison:
    """Return what a line is compared with, the year before first; one without figures if there is none."""
    return line.comparisons[place] if place < len(line.comparisons) else Comparison(line.period, None, None)


def _read_parts(line: KpiLine) -> tuple[Any, Any]:
    """Return what stands above and below the line; what is no ratio stands above it, in its own unit."""
    above = line.kpi.above.unit if line.kpi.above else line.kpi.unit
    below = line.kpi.below.unit if line.kpi.below else ""
    figure = line.figure
    return (_write(above, figure.numerator), _write(below, figure.denominator)) if figure else (None, None)


def _write(unit: str, value: Decimal | None) -> Decimal | int | None:
    """Return customers, orders and months as whole numbers; money and rates with the places they have."""
    return as_count(value) if unit in ("count", "months") else value
