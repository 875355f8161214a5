"""The ranked list as a django-tables2 table. It is given one page of rows that stand in order already."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from django_tables2.columns import BoundColumn
from django_tables2.data import TableListData

from klantwaarde import drawings
from klantwaarde.table_columns import DateColumn, MoneyColumn, NumberColumn, PercentColumn
from metrics.models import CustomerValue
from metrics.pages.customers.columns import (
    USUAL_COLUMNS,
    Kind,
    ListColumn,
    lower_first,
    name_member,
    name_method,
)
from metrics.pages.customers.query import VALUE_COLUMN, ListQuery
from metrics.pages.customers.ranking import PAGE_SIZE, Page, rank_field
from metrics.pages.segments.names import name_segment


class SortedRows(TableListData):
    """Rows that the database has sorted; sorting the 25 of one page again would be wrong."""

    def order_by(self, aliases: Any) -> None:
        """Leave the rows as they are."""


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """A page as components/pagination.html wants it."""

    object_list: Any
    page: Page

    @property
    def number(self) -> int:
        return self.page.number

    @property
    def has_previous(self) -> bool:
        return self.page.number > 1

    @property
    def has_next(self) -> bool:
        return self.page.has_next

    @property
    def previous_page_number(self) -> int:
        return self.page.number - 1

    @property
    def next_page_number(self) -> int:
        return self.page.number + 1

    @property
    def start_index(self) -> int:
        return (self.page.number - 1) * PAGE_SIZE + 1

    @property
    def end_index(self) -> int:
        return self.start_index + len(self.page.ids) - 1

    @property
    def paginator(self) -> "PageOfRows":
        """What pagination asks of all pages together stands here as well."""
        return self

    @property
    def count(self) -> int:
        return self.page.count

    @property
    def num_pages(self) -> int:
        return -(-self.page.count // PAGE_SIZE)

    @property
    def capped(self) -> bool:
        return self.page.capped


class MemberColumn(tables.Column):
    """A channel, country or category; blank is unknown."""

    empty_values = ()

    def render(self, value: str) -> str:
        return name_member(value)


class SegmentColumn(tables.Column):
    """The segment by the scheme that the column is named after; a dash for a run that knows of none."""

    def render(self, value: str, bound_column: BoundColumn) -> str:
        return name_segment(bound_column.name, value)


class CustomerColumn(tables.Column):
    """The customer's name, or number when there is none, with a link to the customer's page."""

    def __init__(self, method: str, **extra: Any) -> None:
        super().__init__(**extra)
        self.method = method

    def render(self, record: CustomerValue) -> SafeString:
        url = reverse("customer", args=[record.customer_id])
        return format_html('<a href="{}?method={}">{}</a>', url, self.method, str(record.customer))


class PlaceColumn(NumberColumn):
    """Where a customer stands in the list, from `numbers`: by id."""

    def __init__(self, numbers: dict[int, int], **extra: Any) -> None:
        super().__init__(**extra)
        self.numbers = numbers

    def render(self, value: Decimal | int | None) -> str:
        return super().render(self.numbers[int(value or 0)])


class ValueColumn(MoneyColumn):
    """A value with a bar: how large it is beside the value of the first in rank."""

    def __init__(self, first: Decimal | None, **extra: Any) -> None:
        super().__init__(**extra)
        self.first = first

    def render(self, value: Decimal | None, table: tables.Table) -> str | SafeString:
        text = super().render(value, table)
        if value is None or self.first is None or self.first <= 0:
            return text
        return format_html(
            '<span class="share">{} {}</span>', text, drawings.draw_share_bar(value / self.first)
        )


_KINDS: dict[Kind, Callable[..., tables.Column]] = {
    "text": tables.Column,
    "member": MemberColumn,
    "segment": SegmentColumn,
    "count": NumberColumn,
    "decimal": partial(NumberColumn, places=2),
    "percent": PercentColumn,
    "money": MoneyColumn,
    "date": DateColumn,
}


_CLASSES: dict[Kind, str] = {
    **dict.fromkeys(("count", "decimal", "percent", "money"), "number"), "date": "nowrap"
}  # fmt: skip


class CustomersTable(tables.Table):
    """Rank, customer, the chosen columns, value."""

    row_header = "customer"

    class Meta:
        attrs = {"class": "table sticky-second"}


def build_table(
    query: ListQuery, page: Page, rows: Iterable[CustomerValue], first: Decimal | None
) -> CustomersTable:
    """Return the table of one page; `first` is the value of the first in rank of the whole list."""
    table = CustomersTable(
        SortedRows(list(rows)),
        extra_columns=_list_columns(query, page, first),
        order_by=query.sort,
        empty_text=gettext("Nobody on this page any more."),
    )
    table.caption = gettext("Customers by %(method)s") % {"method": lower_first(name_method(query.method))}
    table.page = PageOfRows(table.rows, page)
    return table


def _has_usual_columns(query: ListQuery) -> bool:
    """True while nobody chose other columns; then a phone shows only those that the list is about."""
    return set(query.params.getlist("columns")) <= set(USUAL_COLUMNS)


def _list_columns(query: ListQuery, page: Page, first: Decimal | None) -> list[tuple[str, tables.Column]]:
    rank = _make_rank_column(query, page)
    customer = CustomerColumn(
        query.method, verbose_name=gettext_lazy("Customer"), accessor="customer", orderable=False
    )
    usual, sorted_by = _has_usual_columns(query), query.sort.removeprefix("-")
    value = ValueColumn(
        first,
        attrs=_make_attrs("number", secondary=usual and query.is_valueless),
        verbose_name=_head_value(query.method, first),
        accessor=query.method,
        initial_sort_descending=True,
    )
    chosen = [
        (column.key, _make_column(column, secondary=usual and column.key != sorted_by))
        for column in query.columns
    ]
    return [("rank", rank), ("customer", customer), *chosen, (VALUE_COLUMN, value)]


def _make_rank_column(query: ListQuery, page: Page) -> tables.Column:
    """Return the column of ranks; while nobody has a value it numbers the list as it stands."""
    if query.is_valueless:
        numbers = {id: place for place, id in enumerate(page.ids, start=(page.number - 1) * PAGE_SIZE + 1)}
        return PlaceColumn(numbers, verbose_name=gettext_lazy("No."), accessor="customer_id", orderable=False)
    return NumberColumn(verbose_name=gettext_lazy("Rank"), accessor=rank_field(query.method), orderable=False)


def _make_column(column: ListColumn, *, secondary: bool) -> tables.Column:
    return _KINDS[column.kind](
        attrs=_make_attrs(_CLASSES.get(column.kind, ""), secondary=secondary),
        verbose_name=head_column(column),
        accessor=column.path.replace(".", "__"),
        orderable=bool(column.order),
        initial_sort_descending=column.kind != "date" or column.key == "last_order",
    )


def _make_attrs(name: str, *, secondary: bool) -> dict[str, dict[str, str]]:
    """Return the classes of a column's cells; a secondary one gives way on a phone."""
    names = {"class": f"{name} secondary".strip() if secondary else name}
    return {"th": names, "td": names}


def head_column(column: ListColumn) -> str:
    """Return the column's head: its label with a capital."""
    label = str(column.label)
    return label[:1].upper() + label[1:]


def _head_value(method: str, first: Decimal | None) -> SafeString | str:
    name = name_method(method)
    if first is None or first <= 0:
        return name
    explained = gettext("bar: share of no. 1")
    return format_html('<span>{} <br><span class="muted">{}</span></span>', name, explained)
