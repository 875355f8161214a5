"""The table of cohorts as a file."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.pages.cohorts.choice import ROWS, Choice, read_choice
from metrics.pages.cohorts.grid import Grid, Line, build_grid
from metrics.pages.cohorts.shown import name_line, name_mean
from metrics.pages.table_export import Column, export_table, read_layout
from metrics.publishing import current_run


@require_safe
@require(VIEW)
def export_cohorts(request: HttpRequest) -> HttpResponse:
    """Write the table that the same URL shows; ``?layout=excel`` or ``csv``. Without a run: 404."""
    run = current_run()
    layout = read_layout(request.GET)
    if run is None:
        raise Http404
    choice = read_choice(request.GET, run)
    grid = build_grid(choice, run)
    name = f"cohorts-{choice.rows}-{choice.measure.key}-{run.as_of:%Y-%m-%d}"
    return export_table(name, list_columns(grid), list_rows(grid), layout)


def list_columns(grid: Grid) -> list[Column]:
    """Return the columns of the file: the row, its n, CAC, the month that paid it back, and the months."""
    choice = grid.choice
    return [
        Column(choice.rows, ROWS[choice.rows]),
        Column("customers", gettext("Customers")),
        Column("cac", gettext("CAC")),
        Column("payback", gettext("Payback time")),
        *(
            Column(f"month_{place}", gettext("month %(n)s") % {"n": place})
            for place in range(1, grid.width + 1)
        ),
    ]


def list_rows(grid: Grid) -> Iterator[list[Any]]:
    """Yield the rows of the file; what is not finished is empty, as what is not known."""
    for line in grid.lines:
        yield _write(line, _name(line, grid.choice))
    if grid.mean:
        yield _write(grid.mean, name_mean(grid.choice))
    if grid.shop:
        yield _write(grid.shop, gettext("Whole shop"))


def _name(line: Line, choice: Choice) -> Any:
    return line.key if not choice.is_pooled else name_line(line, choice)


def _write(line: Line, name: Any) -> list[Any]:
    values: list[Decimal | None] = [cell.value for cell in line.cells]
    return [name, line.n, line.cac, line.paid_in, *values]
