"""Scenarios side by side: what each changes, and what comes of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.core.whatif import LEVERS, Lever
from metrics.pages.table_export import list_downloads
from metrics.pages.whatif.levers import SPECS, say_change
from metrics.pages.whatif.scenarios import ScenarioRow, list_scenarios
from metrics.publishing import current_run


@require_safe
@require(VIEW)
def compare_scenarios(request: HttpRequest) -> HttpResponse:
    """Show the scenarios of ``?scenario=1&scenario=2`` (all, without any) as columns of one table."""
    run, shop = current_run(), Shop.load()
    asked = [int(text) for text in request.GET.getlist("scenario") if text.isdecimal() and len(text) < 10]
    rows = list_scenarios(run, shop.currency, asked or None) if run else []
    context = {
        "current_run": run,
        "columns": rows,
        "lines": list(_list_lines(rows, shop.currency)) if rows else [],
        "downloads": list_downloads("whatif_export", query="table=scenarios"),
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    return render(request, "metrics/whatif/compare.html", context)


def _say_lever(row: ScenarioRow, key: Lever, currency: str) -> str:
    return say_change(SPECS[key], row.moved.typed[key], currency) if key in row.moved.typed else "–"


def _list_lines(rows: list[ScenarioRow], currency: str) -> list[dict[str, Any]]:
    """Return a line for every lever that any of them moves, and one for each outcome."""
    lines: list[dict[str, Any]] = [
        {
            "label": SPECS[key].label,
            "unit": "text",
            "cells": [_say_lever(row, key, currency) for row in rows],
        }
        for key in LEVERS
        if any(key in row.moved.typed for row in rows)
    ]
    outcomes: list[tuple[str, str, Callable[[ScenarioRow], Any]]] = [
        (gettext("Value of a customer now"), "money", lambda row: row.before),
        (gettext("Value of a customer then"), "money", lambda row: row.after),
        (gettext("Difference"), "money", lambda row: row.shown_change),
        (gettext("Difference in %"), "change", lambda row: row.relative),
        (
            gettext("May cost at most, per customer per year"), "money",
            lambda row: row.per_year,
        ),
        (gettext("May cost at most, for everyone, per year"), "money", lambda row: row.yearly),
    ]  # fmt: skip
    return lines + [
        {"label": label, "unit": unit, "cells": [read(row) for row in rows]} for label, unit, read in outcomes
    ]
