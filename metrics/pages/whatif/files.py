"""The tables of a what-if as files."""

from decimal import Decimal
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from customers.models import Shop
from customers.permissions import VIEW, require
from metrics.models import Run
from metrics.pages.scope import read_scope
from metrics.pages.table_export import Column, Layout, export_table, read_layout
from metrics.pages.whatif.figures import Calculated, LeverRow, calculate
from metrics.pages.whatif.groups import list_groups
from metrics.pages.whatif.levers import SPECS, Moved, read_moved, write_plain
from metrics.pages.whatif.scenarios import list_scenarios
from metrics.publishing import current_run
from metrics.whatif import Missing, read_start

#: Of amounts, and of fractions: those are percentages with two.
_PLACES: Final = 4
PARTS: Final = (
    Column("lever", _("Lever")),
    Column("label", _("Name")),
    Column("change", pgettext_lazy("difference", "Change")),
    Column("now", _("Now")),
    Column("then", _("Then")),
    Column("part", _("Does to the value")),
)
SENSITIVITY: Final = (
    Column("lever", _("Lever")),
    Column("label", _("Name")),
    Column("change", _("Change of the value at 1% more")),
)
SCENARIOS: Final = (
    Column("name", _("Scenario")),
    Column("dimension", _("Dimension")),
    Column("member", _("Member")),
    Column("changes", _("Changes")),
    Column("before", _("Value of a customer now")),
    Column("after", _("Value of a customer then")),
    Column("difference", _("Difference")),
    Column("per_year", _("May cost at most, per customer per year")),
    Column("yearly", _("May cost at most, for everyone, per year")),
    Column("made_by", _("Made by")),
)


@require_safe
@require(VIEW)
def export_whatif(request: HttpRequest) -> HttpResponse:
    """Write ``?table=parts``, ``sensitivity`` or ``scenarios``; without anything to calculate with: 404."""
    run = current_run()
    layout = read_layout(request.GET)
    if run is None:
        raise Http404
    table = request.GET.get("table", "parts")
    if table == "scenarios":
        return _export_scenarios(run, layout)
    scope = read_scope(request.GET, list_groups(run)).scope
    start = read_start(run, scope.dimension, scope.member)
    if isinstance(start, Missing) or table not in ("parts", "sensitivity"):
        raise Http404
    moved = read_moved(request.GET)
    found = calculate(start, moved, Shop.load().currency)
    return _export_parts(found, moved, layout) if table == "parts" else _export_sensitivity(found, layout)


def _export_parts(found: Calculated, moved: Moved, layout: Layout) -> HttpResponse:
    rows = [_list_cells(row, moved, layout) for row in found.rows]
    ends = [
        ["before", str(_("Value of a customer now")), "", None, None, found.outcome.before],
        ["after", str(_("Value of a customer then")), "", None, None, found.outcome.after],
    ]
    return export_table("whatif", PARTS, [ends[0], *rows, ends[1]], layout)


def _list_cells(row: LeverRow, moved: Moved, layout: Layout) -> list[Any]:
    """Return a lever; what nobody has set is empty until it is moved.

    A change is in words as on the page, or else a number: of points and of % a fraction, of costs an amount.
    """
    change: str | Decimal | None = row.change
    if not layout.headed:
        change = Decimal(write_plain(getattr(moved.levers, row.key))) if row.change else None
    now = None if row.unset else round(row.now, _PLACES)
    then = None if row.unset and not row.change else round(row.then, _PLACES)
    return [row.key, row.label, change, now, then, row.part]


def _export_sensitivity(found: Calculated, layout: Layout) -> HttpResponse:
    rows = [[one.lever, SPECS[one.lever].label, one.change] for one in found.sensitivity]
    return export_table("whatif-sensitivity", SENSITIVITY, rows, layout)


def _export_scenarios(run: Run, layout: Layout) -> HttpResponse:
    rows = [
        [
            row.scenario.name, row.scope.dimension, row.scope.member, "; ".join(row.changes),
            row.before, row.after, row.change,
            row.per_year, row.yearly,
            row.scenario.created_by.get_username() if row.scenario.created_by else None,
        ]
        for row in list_scenarios(run, Shop.load().currency)
    ]  # fmt: skip
    return export_table("scenarios", SCENARIOS, rows, layout)
