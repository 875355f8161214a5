"""The customers with the most room to grow, and those whose silence has cost most: a page as a table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import django_tables2 as tables
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from klantwaarde.table_columns import DateColumn, MoneyColumn, NumberColumn, PercentColumn
from metrics.models import CustomerValue
from metrics.pages.customers.ranking import Page
from metrics.pages.customers.table import CustomerColumn, MemberColumn, PageOfRows, SortedRows

_SECONDARY: Final = {"th": {"class": "secondary"}, "td": {"class": "secondary"}}
_SECONDARY_NUMBER: Final = {"th": {"class": "number secondary"}, "td": {"class": "number secondary"}}


@dataclass(frozen=True, slots=True)
class Shown:
    """A column on screen and in files; ``secondary`` gives way on a phone.

    ``make``: what shows the value at ``path``. Without ``path`` the page itself works it out, by ``key``.
    """

    key: str
    label: str | Promise
    make: Callable[..., tables.Column]
    path: str
    secondary: bool = False


class SourceColumn(tables.Column):
    """By which estimate a potential was the largest."""

    empty_values = ()

    def render(self, value: str) -> str:
        return str(CustomerValue.PotentialSource(value).label) if value else ""


class QuarterColumn(tables.Column):
    """A quarter by its name."""

    empty_values = ()

    def render(self, value: str) -> str:
        return str(CustomerValue.Quarter(value).label) if value else ""


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
    Shown("quarter", gettext_lazy("Quarter"), QuarterColumn, "quarter", secondary=True),
    Shown("channel", gettext_lazy("Channel"), MemberColumn, "channel", secondary=True),
    Shown("last_order", gettext_lazy("Last order"), DateColumn, "last_order", secondary=True),
    Shown(
        "year_contribution", gettext_lazy("Last 365 days"), MoneyColumn, "year_contribution", secondary=True
    ),
    Shown("predicted_12", gettext_lazy("Predicted, 12 months"), MoneyColumn, "predicted_12", secondary=True),
    Shown("potential", gettext_lazy("Potential"), MoneyColumn, "potential"),
    Shown(
        "potential_revenue",
        gettext_lazy("Potential revenue"),
        MoneyColumn,
        "potential_revenue",
        secondary=True,
    ),
    Shown("potential_source", gettext_lazy("Estimated by"), SourceColumn, "potential_source", secondary=True),
    Shown("gap", gettext_lazy("Room to grow"), MoneyColumn, "gap"),
)


def list_risk(share: Decimal | None) -> tuple[Shown, ...]:
    """Return the columns of money at risk; ``share``: how much of it a campaign wins back, None: not set."""

    def make_most(**extra: Any) -> tables.Column:
        return ShareOfMoneyColumn(share, **extra)

    return (
        Shown("last_order", gettext_lazy("Last order"), DateColumn, "last_order", secondary=True),
        Shown(
            "next_order_from", gettext_lazy("Next order from"), DateColumn, "next_order_from", secondary=True
        ),
        Shown("next_order_to", gettext_lazy("Next order until"), DateColumn, "next_order_to", secondary=True),
        Shown("overdue_days", gettext_lazy("Days overdue"), OverdueColumn, "overdue_days"),
        Shown(
            "p_active", gettext_lazy("Probability of being active"), PercentColumn, "p_active", secondary=True
        ),
        Shown("at_risk", gettext_lazy("Value at risk"), MoneyColumn, "at_risk"),
        Shown("most", gettext_lazy("Keeping may cost at most"), make_most, "at_risk", secondary=True),
    )


class OverdueColumn(NumberColumn):
    """Days overdue; nothing for who is not."""

    def render(self, value: int | None) -> str:
        return "" if value is None else super().render(value)


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
    columns = [
        ("rank", NumberColumn(verbose_name=gettext_lazy("Rank"), accessor=rank, orderable=False)),
        (
            "customer",
            CustomerColumn(
                method, verbose_name=gettext_lazy("Customer"), accessor="customer", orderable=False
            ),
        ),
        *((column.key, _make(column)) for column in shown),
    ]
    table = RankedTable(SortedRows(found), extra_columns=columns)
    table.caption = caption
    table.page = PageOfRows(table.rows, page)
    return table


def _make(column: Shown) -> tables.Column:
    extra: dict[str, Any] = {"verbose_name": column.label, "accessor": column.path, "orderable": False}
    if column.secondary:
        text = column.make in (MemberColumn, SourceColumn, QuarterColumn)
        extra["attrs"] = _SECONDARY if text else _SECONDARY_NUMBER
    return column.make(**extra)
