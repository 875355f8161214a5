"""The page on satisfaction and referrals."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.kpis import KPIS
from metrics.models import DissatisfiedCustomer, Run, Satisfaction
from metrics.pages.figures import Figures, describe_response, read_figures
from metrics.pages.periods import YEAR, Period
from metrics.pages.satisfaction.answers import FEW, find_unit, read_boxes
from metrics.pages.satisfaction.charts import chart_relation, chart_score
from metrics.pages.satisfaction.names import FAMILIES, METHOD_NAMES
from metrics.pages.satisfaction.referred import LISTED, read_referrals
from metrics.pages.satisfaction.relation import read_relation
from metrics.pages.satisfaction.segments import show_segments
from metrics.pages.table_export import list_downloads
from metrics.publishing import current_run

ROWS_A_PAGE: Final = 25


@require_safe
@require(VIEW)
def show_satisfaction(request: HttpRequest) -> HttpResponse:
    """Show answers on one family of scales, and what referrals brought; without any, what to upload."""
    run = current_run()
    found = Satisfaction.objects.filter(run=run).first() if run else None
    context: dict[str, Any] = {"current_run": run, "currency": Shop.load().currency}
    if run and found:
        referrals = read_referrals(found, run)
        context |= {
            "referrals": referrals,
            "top_referrers": referrals.top[:LISTED] if referrals else [],
            "referral_downloads": list_downloads("satisfaction_export", "referrals"),
        }
        family = read_family(request.GET, found)
        if family:
            context |= _show_answers(request, run, found, family)
    return render(request, "metrics/satisfaction/page.html", context)


def read_family(params: Mapping[str, str], found: Satisfaction) -> str:
    """Return the family of scales a URL asks for, else the first that was asked; "" without any answer."""
    told = found.answers.get("families", {})
    asked = params.get("scale", "")
    return asked if asked in told else next((family for family in FAMILIES if family in told), "")


def _show_answers(request: HttpRequest, run: Run, found: Satisfaction, family: str) -> dict[str, Any]:
    told = found.answers["families"]
    boxes = read_boxes(found, family)
    figures = read_figures(run, ("revenue", "customers", *told))
    page = Paginator(list_dissatisfied(run, family), ROWS_A_PAGE).get_page(request.GET.get("page"))
    query = f"scale={family}"
    return {
        **show_segments(request.GET, run, found, family, figures),
        "family": family,
        "family_name": FAMILIES[family],
        "tabs": [
            {"label": FAMILIES[one], "url": f"?scale={one}", "current": one == family}
            for one in FAMILIES
            if one in told
        ],
        "cards": [card for one in told if (card := _make_card(one, figures))],
        "boxes": boxes,
        "method": METHOD_NAMES[boxes.method],
        "score_chart": chart_score(figures, family),
        "unit": find_unit(family),
        "relation": read_relation(found.relation.get(family), family),
        "relation_chart": chart_relation(found.relation.get(family), family),
        "dissatisfied": page,
        "box_downloads": list_downloads("satisfaction_export", "boxes", query=query),
        "relation_downloads": list_downloads("satisfaction_export", "relation", query=query),
        "dissatisfied_downloads": list_downloads("satisfaction_export", "dissatisfied", query=query),
    }


def list_dissatisfied(run: Run, family: str) -> QuerySet[DissatisfiedCustomer]:
    """Return the valuable and dissatisfied, the most valuable first; nobody who objects to profiling."""
    rows = DissatisfiedCustomer.objects.filter(run=run, family=family, customer__objects_to_profiling=False)
    return rows.select_related("customer").order_by("-value", "customer")


def _make_card(family: str, figures: Figures) -> dict[str, Any] | None:
    """Return the card of a score over the last 12 months that are over; None without a month."""
    whole = [period for period in figures.list_complete() if period.window == YEAR]
    months = [period.month for period in whole] or figures.list_months()
    if not months:
        return None
    period = Period(YEAR, max(months))
    figure = figures.find(family, period)
    return {
        "label": KPIS[family].label,
        "value": figure.value if figure and figure.n else None,
        "unit": KPIS[family].unit,
        "note": f"{period.name} · {describe_response(figures, family, period)}",
        "few": figure.n if figure and 0 < figure.n < FEW else None,
        "definition": KPIS[family].definition,
    }
