"""The page itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.models import Run
from metrics.pages.cohorts.cards import list_cards
from metrics.pages.cohorts.charts import chart_course
from metrics.pages.cohorts.choice import CATEGORY, Choice, read_choice
from metrics.pages.cohorts.grid import Grid, build_grid
from metrics.pages.cohorts.measures import PAYBACK
from metrics.pages.cohorts.rhythm import read_rhythm
from metrics.pages.cohorts.shown import show_grid
from metrics.pages.facts import count_costs
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run


@require_safe
@require(VIEW)
def show_cohorts(request: HttpRequest) -> HttpResponse:
    """Show the cohorts of the published run as the URL asks; before there are any, what to do."""
    run = current_run()
    if run is None:
        return render(request, "metrics/cohorts/none.html", {"current_run": None})
    shop = Shop.load()
    choice = read_choice(request.GET, run)
    grid = build_grid(choice, run)
    context: dict[str, Any] = {
        "current_run": run,
        "currency": shop.currency,
        "zone": shop.time_zone,
        "choice": choice,
        "cards": list_cards(run, choice.scope, shop.currency),
        "table": show_grid(grid, run, shop.currency),
        "missing": _find_missing(choice, grid, run) if choice.has_cohorts else "",
        "course_chart": chart_course(grid),
        "rhythm": read_rhythm(run, choice.scope),
        "downloads": list_downloads("cohorts_export", query=choice.query),
    }
    return render(request, "metrics/cohorts/page.html", context)


def _find_missing(choice: Choice, grid: Grid, run: Run) -> str:
    """Return the key of what this table lacks: CAC, or a cost of goods; "" when it lacks nothing."""
    cells = [cell for line in grid.lines for cell in line.cells if cell.finished]
    if choice.measure.unit == "money" and any(cell.value is None for cell in cells):
        return "goods"
    if choice.measure.key != PAYBACK:
        return ""
    if not count_costs(run, "acquisition"):
        return "acquisition"
    return "category" if CATEGORY in (choice.rows, choice.scope.dimension) else ""
