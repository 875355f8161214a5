"""The KPIs on the page as a file, for Dutch Excel or for everything else."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.pages.figures import read_figures
from metrics.pages.overview.lines import SHOWN, Comparison, KpiLine, make_lines
from metrics.pages.periods import read_choice
from metrics.pages.table_export import Column, export_table, read_layout
from metrics.publishing import current_run

# What stands in each column of a KPI; None is not known.
COLUMNS: Final[Mapping[Column, Callable[[KpiLine], Any]]] = {
    Column("kpi", _("KPI")): lambda line: line.kpi.key,
    Column("label", _("Name")): lambda line: line.kpi.label,
    Column("window", _("Window")): lambda line: line.period.window,
    Column("first_day", _("First day")): lambda line: None if line.is_snapshot else line.period.first,
    Column("last_day", _("Last day")): lambda line: line.period.last,
    Column("unit", _("Unit")): lambda line: line.kpi.unit,
    Column("value", _("Value")): lambda line: line.value,
    Column("numerator", _("Numerator")): lambda line: line.figure and line.figure.numerator,
    Column("denominator", _("Denominator")): lambda line: line.figure and line.figure.denominator,
    Column("n", "n"): lambda line: line.figure and line.figure.n,
    Column("complete", _("Complete")): lambda line: line.complete,
    Column("year_before", _("Year before")): lambda line: _read_before(line, 0).value,
    Column("change_on_year", _("Change on the year before")): lambda line: _read_before(line, 0).change,
    Column("month_before", _("Month before")): lambda line: _read_before(line, 1).value,
    Column("change_on_month", _("Change on the month before")): lambda line: _read_before(line, 1).change,
}


@require_safe
@require(VIEW)
def export_figures(request: HttpRequest) -> HttpResponse:
    """Write the KPIs over the period in the URL; ``?layout=excel`` or ``csv``. Without a run: 404."""
    run = current_run()
    layout = read_layout(request.GET)
    figures = read_figures(run, SHOWN) if run else None
    if figures is None or not figures.list_months():
        raise Http404
    period = read_choice(request.GET, figures.list_months(), figures.list_complete()).period
    rows = ([read(line) for read in COLUMNS.values()] for line in make_lines(figures, period))
    return export_table(f"kpi-{period.window}-{period.month:%Y-%m}", list(COLUMNS), rows, layout)


def _read_before(line: KpiLine, place: int) -> Comparison:
    """Return what a line is compared with, the year before first; one without figures if there is none."""
    return line.comparisons[place] if place < len(line.comparisons) else Comparison(line.period, None, None)
