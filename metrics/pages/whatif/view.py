"""The page of a what-if: levers on one side, what they do on the other; kept scenarios below."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from customers.models import Shop
from customers.permissions import VIEW, SignedInRequest, require
from metrics.models import Run
from metrics.pages.scope import Scope, read_scope
from metrics.pages.table_export import list_downloads
from metrics.pages.whatif.figures import (
    CENTS,
    FEW,
    Calculated,
    calculate,
    chart_parts,
    describe_start,
    find_capped,
    list_sensitivity,
)
from metrics.pages.whatif.groups import list_groups
from metrics.pages.whatif.levers import SPECS, Moved, read_moved, write_plain
from metrics.pages.whatif.scenarios import join_query, list_scenarios, may_remove
from metrics.publishing import current_run
from metrics.whatif import Missing, read_start


@require_safe
@vary_on_headers("HX-Target")
@require(VIEW)
def show_whatif(request: SignedInRequest) -> HttpResponse:
    """Show what the levers in the URL do to the value of a customer of the shop or of a group in it."""
    run, shop = current_run(), Shop.load()
    if run is None or run.as_of is None:
        return render(request, "metrics/whatif/none.html", {"current_run": None, "missing": "run"})
    scopes = read_scope(request.GET, list_groups(run))
    start = read_start(run, scopes.scope.dimension, scopes.scope.member)
    context: dict[str, Any] = {
        "current_run": run,
        "scopes": scopes,
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    if isinstance(start, Missing):
        shown = {"missing": start.what, "scope": scopes.scope}
        return render(request, "metrics/whatif/none.html", {**context, **shown})
    moved = read_moved(request.GET)
    found = calculate(start, moved, shop.currency)
    context |= _show_result(scopes.scope, moved, found, shop.currency)
    context["sliders"] = _list_sliders(found, moved)
    # When a lever is moved, only the result is taken from the page.
    if request.headers.get("HX-Target") != "whatif-result":
        context["scenarios"] = _list_kept(request, run, shop.currency)
    return render(request, "metrics/whatif/page.html", context)


def _show_result(scope: Scope, moved: Moved, found: Calculated, currency: str) -> dict[str, Any]:
    query = join_query(scope, moved)
    rounded = found.round(CENTS)
    return {
        "scope": scope,
        "moved": moved,
        "found": found,
        "rounded": rounded,
        "few": found.start.group.n if found.start.group.n < FEW else None,
        "chart": chart_parts(rounded),
        "sensitivity": list_sensitivity(found),
        "notes": describe_start(found, currency),
        "capped": find_capped(found, moved.levers),
        "query": query,
        "hidden": {**scope.params, **moved.params},
        "start_again": f"{reverse('whatif')}?{scope.query}",
        "address": f"{reverse('whatif')}?{query}",
        "downloads": list_downloads("whatif_export", query=f"table=parts&{query}"),
        "sensitivity_downloads": list_downloads("whatif_export", query=f"table=sensitivity&{query}"),
        "scenario_downloads": list_downloads("whatif_export", query="table=scenarios"),
    }


def _list_kept(request: SignedInRequest, run: Run, currency: str) -> list[dict[str, Any]]:
    """The kept scenarios, and which of them the reader may remove."""
    return [{"row": row, "removable": may_remove(row, request.user)} for row in list_scenarios(run, currency)]


def _list_sliders(found: Calculated, moved: Moved) -> list[dict[str, Any]]:
    rows = {row.key: row for row in found.rows}
    return [
        {
            "key": key,
            "label": spec.label,
            "help": spec.help,
            "kind": spec.kind,
            "row": rows[key],
            "value": write_plain(moved.typed[key]) if key in moved.typed else "",
            "limit": write_plain(spec.limit),
            "step": write_plain(spec.step),
        }
        for key, spec in SPECS.items()
    ]
