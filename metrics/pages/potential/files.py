"""The tables of the page on potential as files: the four quarters, and reach in the market."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from metrics.pages.potential import told as telling
from metrics.pages.potential.customers import EVERYONE
from metrics.pages.table_export import Column, export_table, read_layout
from metrics.publishing import current_run

Rows = Iterator[list[Any]]


@require_safe
@require(VIEW)
def export_potential(request: HttpRequest, table: str) -> HttpResponse:
    """Write ``quarters`` or ``reach`` as the page shows it; ``?layout=excel`` or ``csv``. No run: 404."""
    run = current_run()
    layout = read_layout(request.GET)
    if run is None or table not in _TABLES:
        raise Http404
    columns, list_rows = _TABLES[table]
    prediction, told = telling.find_told(run)
    if telling.explain_no_prediction(prediction, run):
        columns = tuple(_PAST if column == _PREDICTED else column for column in columns)
    return export_table(f"potential-{table}-{run.as_of:%Y-%m-%d}", columns, list_rows(told), layout)


def _list_quarters(told: Mapping[str, Any]) -> Rows:
    rows = telling.list_quarters(told)
    for row in rows:
        yield [row.key, row.name, row.customers, row.value, row.potential, row.gap, row.advice]
    sums = [sum(getattr(row, name) for row in rows) for name in ("customers", "value", "potential", "gap")]
    yield [EVERYONE, gettext("Everyone"), *sums, None]


def _list_reach(told: Mapping[str, Any]) -> Rows:
    for row in telling.list_reach(told):
        share = None if row.share is None else round(row.share, 6)
        yield [row.segment, row.amount, row.number, row.ours, share, row.room, row.source]


#: What value is, by whether anything is predicted.
_PREDICTED: Final = Column("value", _("Predicted, 12 months"))
_PAST: Final = Column("value", _("Last 365 days"))
_TABLES: Final[Mapping[str, tuple[tuple[Column, ...], Callable[[Mapping[str, Any]], Rows]]]] = {
    "quarters": (
        (
            Column("quarter", _("Quarter")), Column("label", _("Name")),
            Column("customers", _("Customers")), _PREDICTED,
            Column("potential", _("Potential")), Column("gap", _("Room to grow")),
            Column("advice", _("What to do")),
        ),
        _list_quarters,
    ),
    "reach": (
        (
            Column("market", _("Market")), Column("amount", _("Spends per customer per year")),
            Column("number", _("Customers in the market")), Column("ours", _("Our customers")),
            Column("reach", _("Reach")), Column("room", _("Room in the market")),
            Column("source", _("Source")),
        ),
        _list_reach,
    ),
}  # fmt: skip
