"""Who set what, and when, as a file."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.kpis import KPIS
from metrics.models import Target, TargetChange
from metrics.pages.table_export import Column, Layout, export_table, read_layout
from metrics.pages.targets.history import find_changes, find_scope

#: What a target is of, in every file of targets.
SUBJECT: Final = (
    Column("kpi", _("KPI")),
    Column("label", _("Name")),
    Column("dimension", _("Dimension")),
    Column("member", _("Member")),
    Column("first_day", _("First day")),
    Column("last_day", _("Last day")),
)
COLUMNS: Final = (
    Column("changed_at", _("When")),
    Column("changed_by", _("Who")),
    Column("by_upload", _("By a file")),
    *SUBJECT,
    Column("before", _("From")),
    Column("after", _("To")),
)


@require_safe
@require(VIEW)
def export_changes(request: HttpRequest) -> HttpResponse:
    """Write every change, newest first, or those of one target: ``?target=3``; ``?layout=excel`` or ``csv``.

    A new target comes from nothing, and one that is removed goes to nothing.
    """
    layout = read_layout(request.GET)
    asked = request.GET.get("target", "")
    one = get_object_or_404(Target, pk=int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    zone = ZoneInfo(Shop.load().time_zone)
    rows = (_list_cells(change, zone, layout) for change in find_changes(one))
    return export_table(f"target-changes-{one.pk}" if one else "target-changes", COLUMNS, rows, layout)


def _list_cells(change: TargetChange, zone: ZoneInfo, layout: Layout) -> list[Any]:
    scope = find_scope(change)
    return [
        change.changed_at.astimezone(zone).strftime(f"{layout.day} %H:%M"),
        change.changed_by.get_username() if change.changed_by else None, change.by_upload,
        change.kpi, KPIS[change.kpi].label, scope.dimension, scope.member,
        change.first_day, change.last_day, change.before, change.after,
    ]  # fmt: skip
