"""The page itself."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, SignedInRequest, require
from klantwaarde import formats
from metrics.kpis import KPIS
from metrics.members import OTHER
from metrics.models import Run
from metrics.pages.customers.columns import lower_first, name_method
from metrics.pages.facts import find_anonymous_share, find_known_cost_share, find_mean_value
from metrics.pages.overview import bridge, charts
from metrics.pages.overview.asked import Asked, read_asked
from metrics.pages.overview.cards import Frame, make_card
from metrics.pages.overview.chosen import list_chosen, make_form
from metrics.pages.overview.lines import make_lines
from metrics.pages.overview.newer import describe_newer_run
from metrics.pages.overview.table import make_table
from metrics.pages.overview.top import choose_measure, fetch_top, name_measure
from metrics.pages.scope import Scope
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run
from metrics.targets_status import find_statuses


@require_safe
@require(VIEW)
def show_overview(request: SignedInRequest) -> HttpResponse:
    """Show the KPIs of the published run over the period in the URL; before there are any, what to do."""
    run = current_run()
    context: dict[str, Any] = {"current_run": run, **describe_newer_run(run)}
    asked = read_asked(request.GET, run) if run else None
    if run is None or asked is None:
        return render(request, "metrics/overview/empty.html", context)
    shop = Shop.load()
    chosen = list_chosen(request.user, asked.figures)
    context |= {
        "choice": asked.choice,
        "scopes": asked.scopes,
        "currency": shop.currency,
        "zone": shop.time_zone,
        "customers_url": _find_customers(asked.choice.scope),
        "form": make_form(chosen),
        **_show_figures(asked, chosen, run, shop.currency),
        **_show_moved(asked, run, shop.currency),
        **(_show_value(run, shop.currency) if asked.choice.scope.is_shop else {}),
    }
    return render(request, "metrics/overview/page.html", context)


def _find_customers(scope: Scope) -> str:
    """Return the list of the customers of a scope, "" when the list has no filter for it."""
    if scope.dimension not in ("channel", "country") or scope.member in ("", OTHER):
        return ""
    return f"{reverse('customers')}?{urlencode({scope.dimension: scope.member})}"


def _show_figures(asked: Asked, chosen: list[str], run: Run, currency: str) -> dict[str, Any]:
    choice, figures = asked.choice, asked.figures
    scope = choice.scope
    targets = find_statuses(run, chosen, choice.period, scope.dimension, scope.member)
    frame = Frame(figures, run, choice, currency, targets)
    lines = make_lines(figures, choice.period, KPIS)
    by_key = {line.kpi.key: line for line in lines}
    return {
        "cards": [make_card(by_key[key], frame) for key in chosen],
        "table": make_table(lines, choice.period, run),
        "over_time": charts.chart_over_time(asked.kpi, figures, choice.period.month),
        "charted": charts.list_charted(asked.kpi),
        "complete": choice.period in figures.list_complete(),
        "downloads": list_downloads("overview_export", query=choice.query),
    }


def _show_moved(asked: Asked, run: Run, currency: str) -> dict[str, Any]:
    exact = bridge.read_moved(run, asked.figures, asked.choice, asked.earlier)
    moved = exact.round(formats.money_places(currency))
    return {
        "moved": moved,
        "exact_parts": exact.rows if moved.rows != exact.rows else (),
        "moved_chart": None if moved.reason else bridge.chart_moved(moved, currency),
        "comparisons": bridge.list_comparisons(asked.choice, asked.earlier),
        "moved_downloads": list_downloads("overview_bridge_export", query=asked.choice.query),
    }


def _show_value(run: Run, currency: str) -> dict[str, Any]:
    """What stands on the page whatever the period: value at the end of the run, by its ranking method."""
    method = run.settings.ranking_method
    name = lower_first(name_method(method))
    measure = choose_measure(run)
    measure_name = name_measure(run, measure)
    # Without a value of anyone who bought, curves would be of those few who only brought goods back.
    curves = run.curves.get(method, {}) if measure == method else {}
    mean = find_mean_value(run, method)
    day = formats.date(run.as_of, get_language() or "en")
    return {
        "anonymous_share": find_anonymous_share(run),
        "known_cost_share": find_known_cost_share(run),
        "method": method,
        "method_name": name,
        "distribution_chart": charts.chart_distribution(
            curves.get("histogram", []), name, mean, currency, day
        ),
        "concentration_chart": charts.chart_concentration(curves.get("lorenz", []), day),
        "measure_name": measure_name,
        "measure_in_sentence": lower_first(measure_name),
        "valueless": measure != method,
        "top": fetch_top(run, measure),
        "top_downloads": list_downloads("overview_top_export"),
    }
