"""The tables of the pages on channels as files."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.kpis import KPIS
from metrics.models import Run
from metrics.pages.channels.asked import Asked, read_asked
from metrics.pages.channels.campaigns import list_campaigns
from metrics.pages.channels.keeping import list_keeping
from metrics.pages.channels.lines import make_lines
from metrics.pages.channels.maximum import explain_maxima
from metrics.pages.channels.notes import COLUMNS
from metrics.pages.channels.reading import read_figures
from metrics.pages.table_export import Column, Layout, as_count, export_table, read_layout
from metrics.publishing import current_run

Rows = Iterator[list[Any]]
_CHANNEL: Final = Column("channel", _("Channel"))
_NEW: Final = Column("new_customers", _("New customers"))
_CHANNELS: Final = (
    _CHANNEL, Column("spend", COLUMNS["spend"]), _NEW, Column("cac", COLUMNS["cac"]),
    Column("contribution_12", COLUMNS["contribution"]), Column("contribution_12_n", _("Over n customers")),
    Column("ltv_cac", COLUMNS["ltv_cac"]), Column("payback", COLUMNS["payback"]),
    Column("retention_rate", COLUMNS["retention"]), Column("share_of_value", COLUMNS["share"]),
    Column("maximum_cac", COLUMNS["maximum"]), Column("unallocated_cost", KPIS["unallocated_cost"].label),
)  # fmt: skip
_MAXIMUM: Final = (
    _CHANNEL, Column("first_month", _("First month")), Column("last_month", _("Last month")),
    Column("customers", _("Customers")), Column("first_year", _("Contribution, first 365 days")),
    Column("mean", _("Mean per customer")), Column("maximum_cac", COLUMNS["maximum"]),
    Column("cac", COLUMNS["cac"]), Column("room", _("Room")),
)  # fmt: skip
_KEEPING: Final = (
    _CHANNEL, Column("customers_at_risk", _("Customers with value at risk")),
    Column("at_risk", _("Value at risk")), Column("mean", _("Mean per customer")),
    Column("most", _("Keeping one may cost at most")), Column("together", _("Keeping all may cost at most")),
)  # fmt: skip
_CAMPAIGNS: Final = (
    Column("campaign", _("Campaign")), Column("spend", COLUMNS["spend"]), _NEW,
    Column("cac", COLUMNS["cac"]), Column("contribution_12", COLUMNS["contribution"]),
    Column("contribution_12_n", _("Over n customers")), Column("ltv_cac", COLUMNS["ltv_cac"]),
)  # fmt: skip


@require_safe
@require(VIEW)
def export_channels(request: HttpRequest) -> HttpResponse:
    """Write a table of the page: ``?table=channels``, ``maximum`` or ``keeping``; another: 404."""
    run, asked, layout = _read(request)
    table = request.GET.get("table", "channels")
    if table not in _TABLES:
        raise Http404
    columns, write = _TABLES[table]
    return export_table(_name(table, asked), columns, write(run, asked), layout)


@require_safe
@require(VIEW)
def export_campaigns(request: HttpRequest) -> HttpResponse:
    """Write the campaigns of ``?channel=``; an unknown one: 404."""
    run, asked, layout = _read(request)
    lines, _shop = make_lines(run, read_figures(run, asked.period))
    line = next((line for line in lines if line.channel == request.GET.get("channel")), None)
    if line is None:
        raise Http404
    rows = (
        [
            one.label, one.spend, one.new, one.cac.value,
            one.contribution.value, one.won, one.ltv_cac.value,
        ]
        for one in list_campaigns(run, asked.period, line)
    )  # fmt: skip
    return export_table(_name("campaigns", asked), _CAMPAIGNS, rows, layout)


def _read(request: HttpRequest) -> tuple[Run, Asked, Layout]:
    run = current_run()
    asked = read_asked(request.GET, run) if run else None
    if run is None or asked is None:
        raise Http404
    return run, asked, read_layout(request.GET)


def _name(table: str, asked: Asked) -> str:
    return f"{table}-{asked.period.window}-{asked.period.month:%Y-%m}"


def _write_channels(run: Run, asked: Asked) -> Rows:
    lines, shop = make_lines(run, read_figures(run, asked.period), asked.sort)
    for line in (*lines, shop):
        yield [
            line.name, line.spend.value, as_count(line.new.value), line.cac.value, line.contribution.value,
            line.contribution.n, line.ltv_cac.value, as_count(line.payback.value), line.retention.value,
            line.share.value, line.maximum.value, line.unallocated,
        ]  # fmt: skip


def _write_maximum(run: Run, asked: Asked) -> Rows:
    lines, _shop = make_lines(run, read_figures(run, asked.period), asked.sort)
    for one in explain_maxima(run, lines):
        yield [
            one.line.name, one.first, one.last, one.n, one.brought_in, one.mean, one.most,
            one.line.cac.value, one.room,
        ]  # fmt: skip


def _write_keeping(run: Run, _asked: Asked) -> Rows:
    rows, _whole = list_keeping(run)
    for one in rows:
        yield [one.name, one.customers, one.amount, one.mean, one.most, one.together]


_TABLES: Final[dict[str, tuple[tuple[Column, ...], Callable[[Run, Asked], Rows]]]] = {
    "channels": (_CHANNELS, _write_channels),
    "maximum": (_MAXIMUM, _write_maximum),
    "keeping": (_KEEPING, _write_keeping),
}
