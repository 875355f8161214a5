"""The KPIs on the page as a file, for Dutch Excel or for everything else."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.pages.customers.export import LAYOUTS, Layout
from metrics.pages.overview.figures import read_figures
from metrics.pages.overview.lines import KpiLine, make_lines
from metrics.pages.overview.periods import read_choice
from metrics.publishing import current_run


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: identifier, label, and its value of a KPI (None: not known)."""

    key: str
    label: str | Promise
    read: Callable[[KpiLine], Any]


COLUMNS: Final = (
    Column("kpi", _("KPI"), lambda line: line.kpi.key),
    Column("label", _("Name"), lambda line: line.kpi.label),
    Column("window", _("Window"), lambda line: line.period.window),
    Column("first_day", _("First day"), lambda line: None if line.is_snapshot else line.period.first),
    Column("last_day", _("Last day"), lambda line: line.period.last),
    Column("unit", _("Unit"), lambda line: line.kpi.unit),
    Column("value", _("Value"), lambda line: line.value),
    Column("numerator", _("Numerator"), lambda line: line.figure and line.figure.numerator),
    Column("denominator", _("Denominator"), lambda line: line.figure and line.figure.denominator),
    Column("n", "n", lambda line: line.figure and line.figure.n),
    Column("complete", _("Complete"), lambda line: line.complete),
    Column("year_before", _("Year before"), lambda line: _read_comparison(line, 0, "value")),
    Column(
        "change_on_year", _("Change on the year before"), lambda line: _read_comparison(line, 0, "change")
    ),
    Column("month_before", _("Month before"), lambda line: _read_comparison(line, 1, "value")),
    Column(
        "change_on_month", _("Change on the month before"), lambda line: _read_comparison(line, 1, "change")
    ),
)


@require_safe
@require(VIEW)
def export_figures(request: HttpRequest) -> HttpResponse:
    """Write the KPIs over the period in the URL; ``?layout=excel`` or ``csv``. Without a run: 404."""
    run = current_run()
    layout = LAYOUTS.get(request.GET.get("layout", "excel"))
    if run is None or layout is None:
        raise Http404
    figures = read_figures(run)
    if not figures.list_months():
        raise Http404
    period = read_choice(request.GET, figures.list_months(), figures.list_complete()).period
    response = HttpResponse(layout.start, content_type="text/csv; charset=utf-8")
    write = csv.writer(response, delimiter=layout.delimiter).writerow
    write([str(column.label) if layout.headed else column.key for column in COLUMNS])
    for line in make_lines(figures, period):
        write([_write_value(column.read(line), layout) for column in COLUMNS])
    name = f"kpi-{period.window}-{period.month:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read_comparison(line: KpiLine, place: int, field: str) -> Decimal | None:
    if place >= len(line.comparisons):
        return None
    found: Decimal | None = getattr(line.comparisons[place], field)
    return found


def _write_value(value: Any, layout: Layout) -> str:
    """Return a cell: a figure in full, a day in the layout's way, nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", layout.decimal_mark)
    if isinstance(value, date):
        return value.strftime(layout.day)
    return str(value)
