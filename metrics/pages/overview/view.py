"""The page itself."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.core.formulas import VOCABULARY
from metrics.models import Run
from metrics.pages.customers.columns import lower_first, name_method
from metrics.pages.facts import find_anonymous_share, find_known_cost_share, find_mean_value
from metrics.pages.figures import Figures, read_figures
from metrics.pages.overview import charts
from metrics.pages.overview.cards import make_card
from metrics.pages.overview.lines import SHOWN, make_lines
from metrics.pages.overview.newer import describe_newer_run
from metrics.pages.overview.table import make_table
from metrics.pages.overview.top import choose_measure, fetch_top
from metrics.pages.periods import Choice, read_choice
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run


@require_safe
@require(VIEW)
def show_overview(request: HttpRequest) -> HttpResponse:
    """Show the KPIs of the published run over the period in the URL; before there are any, what to do."""
    run = current_run()
    context: dict[str, Any] = {"current_run": run, **describe_newer_run(run)}
    figures = read_figures(run, SHOWN) if run else None
    if run is None or figures is None or not figures.list_months():
        return render(request, "metrics/overview/empty.html", context)
    choice = read_choice(request.GET, figures.list_months(), figures.list_complete())
    shop = Shop.load()
    currency = shop.currency
    context |= {
        "choice": choice,
        "currency": currency,
        "zone": shop.time_zone,
        "anonymous_share": find_anonymous_share(run),
        "known_cost_share": find_known_cost_share(run),
        **_show_figures(figures, choice, run, currency),
        **_show_value(run, currency),
    }
    return render(request, "metrics/overview/page.html", context)


def _show_figures(figures: Figures, choice: Choice, run: Run, currency: str) -> dict[str, Any]:
    lines = make_lines(figures, choice.period)
    return {
        "cards": [make_card(line, figures, run, choice.period.window, currency) for line in lines],
        "table": make_table(lines, choice.period, run),
        "revenue_chart": charts.chart_revenue(figures, choice.period.month),
        "complete": choice.period in figures.list_complete(),
        "downloads": list_downloads("overview_export", query=choice.query),
    }


def _show_value(run: Run, currency: str) -> dict[str, Any]:
    """What stands on the page whatever the period: value at the end of the run, by its ranking method."""
    method = run.settings.ranking_method
    name = lower_first(name_method(method))
    measure = choose_measure(run)
    measure_name = name_method(method) if measure == method else gettext(VOCABULARY[measure].label)
    # Without a value of anyone who bought, curves would be of those few who only brought goods back.
    curves = run.curves.get(method, {}) if measure == method else {}
    mean = find_mean_value(run, method)
    return {
        "method": method,
        "method_name": name,
        "distribution_chart": charts.chart_distribution(curves.get("histogram", []), name, mean, currency),
        "concentration_chart": charts.chart_concentration(curves.get("lorenz", [])),
        "measure_name": measure_name,
        "measure_in_sentence": lower_first(measure_name),
        "valueless": measure != method,
        "top": fetch_top(run, measure),
    }
