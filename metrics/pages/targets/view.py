"""The targets under way, to come and over, each with how it stands on the day of the run."""

from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.core.calendar import Window
from metrics.kpis import Kpi
from metrics.models import Run, Target
from metrics.pages.scope import Scope
from metrics.pages.table_export import Column, export_table, list_downloads, read_layout
from metrics.pages.targets.changes import SUBJECT
from metrics.pages.targets.drawings import draw_progress
from metrics.pages.targets.history import list_changes
from metrics.pages.targets.periods import name_window
from metrics.pages.targets.sentences import explain
from metrics.publishing import current_run
from metrics.target_figures import read_member
from metrics.target_sentences import write_target, write_value
from metrics.targets_status import Status, list_statuses

MOST_ENDED: Final = 30
_TONES: Final = {"good": "good", "bad": "bad", "warning": "warning", "neutral": ""}
COLUMNS: Final = (
    *SUBJECT,
    Column("target", _("Target")),
    Column("realised", _("Realised")),
    Column("realised_over", _("Realised over")),
    Column("expected", _("Should be today")),
    Column("gap", _("Difference")),
    Column("forecast", _("Forecast")),
    Column("forecast_low", _("Forecast, low")),
    Column("forecast_high", _("Forecast, high")),
    Column("status", _("Status")),
    Column("set_by", _("Set by")),
    Column("set_at", _("Set on")),
)


@require_safe
@require(VIEW)
def show_targets(request: HttpRequest) -> HttpResponse:
    """Show how every target stands, and who set what and when."""
    run, shop = current_run(), Shop.load()
    statuses = _read_statuses(run) if run else []
    cards = [_make_card(status, shop) for status in statuses]
    ended = [card for card in cards if card["state"] == "ended"]
    context = {
        "current_run": run,
        "has_targets": Target.objects.exists(),
        "running": [card for card in cards if card["state"] == "running"],
        "coming": [card for card in cards if card["state"] == "coming"],
        "ended": ended[:MOST_ENDED],
        "ended_more": max(0, len(ended) - MOST_ENDED),
        "changes": list_changes(shop.currency),
        "downloads": list_downloads("targets_export"),
        "change_downloads": list_downloads("target_changes_export"),
        "currency": shop.currency,
        "zone": shop.time_zone,
    }
    return render(request, "metrics/targets/page.html", context)


@require_safe
@require(VIEW)
def export_targets(request: HttpRequest) -> HttpResponse:
    """Write all targets and how they stand; ``?layout=excel`` or ``csv``. Without a run: 404."""
    run = current_run()
    layout = read_layout(request.GET)
    if run is None:
        raise Http404
    shop = Shop.load()
    rows = [_list_cells(status, shop) for status in _read_statuses(run)]
    return export_table(f"targets-{run.as_of:%Y-%m-%d}", COLUMNS, rows, layout)


def _read_statuses(run: Run) -> list[Status]:
    """Read all targets: the shop's before those of parts of it, what ends first on top, the newest over."""
    targets = Target.objects.select_related("set_by").order_by("last_day", "channel", "segment", "kpi")
    statuses = list_statuses(run, targets)
    over = [status for status in statuses if status.state == "ended"]
    return [*(status for status in statuses if status.state != "ended"), *reversed(over)]


def _make_card(status: Status, shop: Shop) -> dict[str, Any]:
    currency = shop.currency
    target, standing, kpi = status.target, status.standing, status.kpi
    return {
        "target": target,
        "state": status.state,
        "label": kpi.label,
        "scope": "" if not (target.channel or target.segment) else Scope(*read_member(target)).name,
        "period": name_window(Window(target.first_day, target.last_day)),
        "sentence": status.sentence,
        "tone": _TONES[status.tone],
        "value": write_target(target.value, kpi.unit, currency),
        "realised": _write(standing.realised, kpi, currency),
        "over": standing.over,
        "expected": _write(standing.expected, kpi, currency),
        "forecast": _write(standing.forecast.amount if standing.forecast else None, kpi, currency),
        "range": _write_range(status, currency),
        "progress": status.progress,
        "bar": draw_progress(status.progress, status.marker, status.tone),
        "sparkline": status.sparkline,
        "reminders": status.reminders,
        "notes": explain(status),
        "set_by": target.set_by,
        "set_on": _find_day(target, shop),
    }


def _write(value: Any, kpi: Kpi, currency: str) -> str:
    return write_value(value, kpi.unit, currency)


def _write_range(status: Status, currency: str) -> str:
    found = status.standing.forecast
    if found is None or found.low is None or found.high is None:
        return ""
    ends = [write_value(end, status.kpi.unit, currency) for end in (found.low, found.high)]
    return " – ".join(ends)


def _find_day(target: Target, shop: Shop) -> date:
    return target.set_at.astimezone(ZoneInfo(shop.time_zone)).date()


def _list_cells(status: Status, shop: Shop) -> list[Any]:
    target, standing = status.target, status.standing
    dimension, member = read_member(target)
    ahead = standing.forecast
    return [
        status.kpi.key, status.kpi.label, dimension, member, target.first_day, target.last_day, target.value,
        standing.realised, standing.over, standing.expected, status.gap,
        ahead and ahead.amount, ahead and ahead.low, ahead and ahead.high, status.sentence,
        target.set_by.get_username() if target.set_by else None, _find_day(target, shop),
    ]  # fmt: skip
