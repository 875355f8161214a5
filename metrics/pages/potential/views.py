"""The pages on room to grow and on money at risk."""

from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.models import OrderLine, Shop
from customers.permissions import VIEW, require
from metrics import publishing
from metrics.models import CustomerValue, Run
from metrics.pages.customers.listing import count_objections
from metrics.pages.facts import find_known_cost_share
from metrics.pages.potential import told as telling
from metrics.pages.potential.charts import chart_quarters
from metrics.pages.potential.customers import EVERYONE, Selection, read_number, stream
from metrics.pages.potential.tables import ROOM, list_risk, take_share
from metrics.pages.table_export import list_downloads

_LAYOUTS: Final = ("excel", "csv")


@require_safe
@require(VIEW)
def show_potential(request: HttpRequest) -> HttpResponse:
    """Show value beside potential in four quarters, whether room meant growth, and reach in the market."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/potential/none.html", {"page": "potential", "current_run": None})
    shop = Shop.load()
    prediction, told = telling.find_told(run)
    without = telling.explain_no_prediction(prediction, run)
    quarters = telling.list_quarters(told)
    context = {
        **_describe(run, shop, "potential"),
        "known": told.get("known", 0),
        "buyers": told.get("customers", 0),
        "costs_known": bool(find_known_cost_share(run)),
        "quarters": quarters,
        "totals": {
            name: sum(getattr(row, name) for row in quarters)
            for name in ("customers", "value", "potential", "gap")
        },
        "chart": chart_quarters(told, predicted=not without),
        "value_from": telling.read(told, "value_from"),
        "potential_from": telling.read(told, "potential_from"),
        "sources": telling.list_sources(told),
        "without_prediction": without,
        "unforetold": 0 if without else told.get("without_prediction", 0),
        "trial": list(telling.describe_trial(told, shop.currency)) if told else [],
        "reach": telling.list_reach(told),
        "has_lines": OrderLine.objects.exclude(category="").exists(),
        "everyone": EVERYONE,
        "exports": _list_exports("potential_export", EVERYONE),
        "quarter_downloads": list_downloads("potential_table_export", "quarters"),
        "reach_downloads": list_downloads("potential_table_export", "reach"),
    }
    return render(request, "metrics/potential/page.html", context)


@require_safe
@require(VIEW)
def list_quarter(request: HttpRequest, quarter: str) -> HttpResponse:
    """Show the customers of a quarter, or everyone with room to grow, most room first."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/potential/none.html", {"page": "potential", "current_run": None})
    selection = _select_quarter(run, quarter)
    page = selection.select(read_number(request))
    _prediction, told = telling.find_told(run)
    name = telling.name_quarter(quarter) if selection.quarter else gettext("Everyone with room to grow")
    tabs = [("potential_customers", EVERYONE, gettext("Everyone"))]
    tabs += [("potential_customers", key, telling.name_quarter(key)) for key in CustomerValue.Quarter.values]
    context = {
        **_describe(run, Shop.load()),
        "name": name,
        "advice": str(telling.ADVICE[quarter]) if selection.quarter else "",
        "row": next((row for row in telling.list_quarters(told) if row.key == quarter), None),
        "page": page,
        "table": selection.build_table(page, name),
        "tabs": [
            {"label": label, "url": reverse(url, args=[key]), "current": key == quarter}
            for url, key, label in tabs
        ],
        "exports": _list_exports("potential_export", quarter),
    }
    return render(request, "metrics/potential/quarter.html", context)


@require_safe
@require(VIEW)
def export_quarter(request: HttpRequest, quarter: str) -> StreamingHttpResponse:
    """Stream the customers of a quarter (``all``: everyone with room to grow) as a file."""
    return stream(request, _select_quarter(_require_run(), quarter), f"potential-{quarter}")


@require_safe
@require(VIEW)
def show_at_risk(request: HttpRequest) -> HttpResponse:
    """Show whose silence has cost most in expectation, and what keeping each may cost at most."""
    run = publishing.current_run()
    if run is None:
        return render(request, "metrics/potential/none.html", {"page": "at_risk", "current_run": None})
    prediction, told = telling.find_told(run)
    share = run.settings.share_won_back
    selection = Selection(run, "at_risk", list_risk(share))
    page = selection.select(read_number(request))
    amount = telling.read(told.get("at_risk", {}), "amount")
    context = {
        **_describe(run, Shop.load(), "at_risk"),
        "share": share,
        "page": page,
        "table": selection.build_table(page, gettext("Customers by value at risk")),
        "amount": amount,
        "most": take_share(amount, share),
        "customers": told.get("at_risk", {}).get("customers", 0),
        "without_prediction": telling.explain_no_prediction(prediction, run),
        "exports": _list_exports("at_risk_export"),
    }
    return render(request, "metrics/potential/at_risk.html", context)


@require_safe
@require(VIEW)
def export_at_risk(request: HttpRequest) -> StreamingHttpResponse:
    """Stream the customers with money at risk as a file."""
    run = _require_run()
    share: Decimal | None = run.settings.share_won_back
    return stream(request, Selection(run, "at_risk", list_risk(share)), "at-risk", share)


def _select_quarter(run: Run, quarter: str) -> Selection:
    if quarter != EVERYONE and quarter not in CustomerValue.Quarter.values:
        raise Http404
    if quarter == EVERYONE:
        return Selection(run, "gap", ROOM)
    return Selection(run, "gap", [column for column in ROOM if column.key != "quarter"], quarter)


def _require_run() -> Run:
    run = publishing.current_run()
    if run is None:
        raise Http404
    return run


def _describe(run: Run, shop: Shop, page: str = "") -> dict[str, Any]:
    return {
        "current_run": run,
        "currency": shop.currency,
        "zone": shop.time_zone,
        "objections": count_objections(run),
        "pages": [
            {"label": label, "url": reverse(name), "current": name == page}
            for name, label in (("potential", gettext("Potential")), ("at_risk", gettext("At risk")))
        ],
    }


def _list_exports(name: str, *args: str) -> list[tuple[str, str]]:
    labels = (
        gettext("For Excel (semicolons, decimal comma)"),
        gettext("Standard CSV (commas, decimal point)"),
    )
    url = reverse(name, args=args)
    return [(label, f"{url}?layout={layout}") for label, layout in zip(labels, _LAYOUTS, strict=True)]
