"""The customers with the most room to grow, and those whose silence has cost most: a page as a table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from klantwaarde import formats
from klantwaarde.table_columns import DateColumn, MoneyColumn, NumberColumn, PercentColumn
from metrics.models import CustomerValue
from metrics.pages.customers.ranking import Page
from metrics.pages.customers.table import CustomerColumn, MemberColumn, PageOfRows, SortedRows

FILE, SCREEN, BOTH = "file", "screen", "both"


@dataclass(frozen=True, slots=True)
class Shown:
    """A column: ``make`` shows what stands at ``path``. ``phone``: on a small screen too.

    ``where``: in files, on screen or in both. ``classes``: of its cells on screen.
    """

    key: str
    label: str | Promise
    make: Callable[..., tables.Column]
    path: str
    phone: bool = False
    where: str = BOTH
    classes: str = "number"


class NextOrderColumn(tables.Column):
    """The days in which the next order is expected."""

    empty_values = ()

    def render(self, record: CustomerValue) -> str:
        return formats.period(record.next_order_from, record.next_order_to, get_language() or "en")


class OverdueColumn(NumberColumn):
    """Days overdue; nothing for who is not."""

    def render(self, value: Decimal | int | None) -> str:
        return "" if value is None else super().render(value)


class ShareOfMoneyColumn(MoneyColumn):
    """A share of an amount; n.a. while the share is not set."""

    def __init__(self, share: Decimal | None, **extra: Any) -> None:
        super().__init__(**extra)
        self.share = share

    def render(self, value: Decimal | None, table: tables.Table) -> str:
        return super().render(take_share(value, self.share), table)


def take_share(amount: Decimal | None, share: Decimal | None) -> Decimal | None:
    """Return the share of an amount, rounded to 1/10,000; None when either is not known."""
    return None if amount is None or share is None else round(amount * share, 4)


ROOM: Final = (
    Shown("quarter", gettext_lazy("Quarter"), tables.Column, "quarter", classes=""),
    Shown("channel", gettext_lazy("Channel"), MemberColumn, "channel", where=FILE),
    Shown("last_order", gettext_lazy("Last order"), DateColumn, "last_order", classes="nowrap"),
    Shown("year_contribution", gettext_lazy("Last 365 days"), MoneyColumn, "year_contribution"),
    Shown("predicted_12", gettext_lazy("Predicted, 12 months"), MoneyColumn, "predicted_12"),
    Shown("potential", gettext_lazy("Potential"), MoneyColumn, "potential"),
    Shown("potential_revenue", gettext_lazy("Potential revenue"), MoneyColumn, "potential_revenue"),
    Shown(
        "potential_source", gettext_lazy("Estimated by"), tables.Column, "potential_source", classes="words"
    ),
    Shown("gap", gettext_lazy("Room to grow"), MoneyColumn, "gap", phone=True),
)


def list_risk(share: Decimal | None) -> tuple[Shown, ...]:
    """Return the columns of money at risk; ``share``: how much of it a campaign wins back, None: not set."""

    def make_most(**extra: Any) -> tables.Column:
        return ShareOfMoneyColumn(share, **extra)

    start, end = "next_order_from", "next_order_to"
    return (
        Shown("last_order", gettext_lazy("Last order"), DateColumn, "last_order", classes="nowrap"),
        Shown(start, gettext_lazy("Next order from"), DateColumn, start, where=FILE),
        Shown(end, gettext_lazy("Next order until"), DateColumn, end, where=FILE),
        Shown(
            "next_order",
            gettext_lazy("Next order expected"),
            NextOrderColumn,
            end,
            where=SCREEN,
            classes="words",
        ),
        Shown("overdue_days", gettext_lazy("Days overdue"), OverdueColumn, "overdue_days"),
        Shown("p_active", gettext_lazy("Probability of being active"), PercentColumn, "p_active"),
        Shown("at_risk", gettext_lazy("Value at risk"), MoneyColumn, "at_risk", phone=True),
        Shown("most", gettext_lazy("Keeping may cost at most"), make_most, "at_risk"),
    )


class RankedTable(tables.Table):
    """Place, customer, and the columns asked for."""

    row_header = "customer"

    class Meta:
        attrs = {"class": "table sticky-second"}


def build_table(
    shown: Sequence[Shown], rank: str, page: Page, rows: Iterable[CustomerValue], method: str, caption: str
) -> RankedTable:
    """Return the table of one page; ``rank``: the column of places; ``method``: for links to customers."""
    found = list(rows)
    place = NumberColumn(verbose_name=gettext_lazy("Rank"), accessor=rank, orderable=False)
    customer = CustomerColumn(
        method, verbose_name=gettext_lazy("Customer"), accessor="customer", orderable=False
    )
    columns = [(column.key, _make(column)) for column in shown if column.where != FILE]
    table = RankedTable(SortedRows(found), extra_columns=[("rank", place), ("customer", customer), *columns])
    table.caption = caption
    table.page = PageOfRows(table.rows, page)
    return table


def _make(column: Shown) -> tables.Column:
    names = {"class": column.classes if column.phone else f"{column.classes} secondary".strip()}
    attrs = {"th": names, "td": names}
    return column.make(verbose_name=column.label, accessor=column.path, orderable=False, attrs=attrs)
