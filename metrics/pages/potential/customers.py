"""The customers behind a quarter, those with money at risk, and either of them as a file."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext

from metrics.models import CustomerValue, Run
from metrics.pages.customers.columns import name_member
from metrics.pages.customers.export import describe_objections
from metrics.pages.customers.listing import count_objections
from metrics.pages.customers.ranking import Order, Page, fetch_rows, find_ranks, select_listed, select_page
from metrics.pages.potential.tables import SCREEN, RankedTable, Shown, build_table, take_share
from metrics.pages.table_export import Layout, read_layout, write_value

EVERYONE: Final = "all"
LEAST: Final = Decimal("0.0001")  # the smallest amount there is
ROWS_AT_ONCE: Final = 2_000


@dataclass(frozen=True)
class Selection:
    """Customers of a run in order of an amount (``gap``, ``at_risk``), those with more than nothing of it.

    ``quarter``: of this one only, whatever they have; "" for everyone.
    """

    run: Run
    amount: str
    shown: Sequence[Shown]
    quarter: str = ""

    @property
    def order(self) -> Order:
        """The largest amount first."""
        return Order(f"rank_{self.amount}", descending=False)

    @property
    def values(self) -> QuerySet[CustomerValue]:
        """Everyone who is listed."""
        values = select_listed(self.run, self.order)
        if self.quarter:
            return values.filter(quarter=self.quarter)
        first, end = self.ranks
        return values.filter(**{f"{self.order.field}__gte": first, f"{self.order.field}__lt": end})

    @property
    def ranks(self) -> tuple[int, int]:
        """The first rank and the one after the last with more than nothing."""
        return find_ranks(self.run, self.amount, LEAST, None)

    def select(self, number: int) -> Page:
        """Return the ids of a page."""
        if self.quarter:
            return select_page(self.run, self.amount, self.values, self.order, number)
        listed = select_listed(self.run, self.order)
        return select_page(self.run, self.amount, listed, self.order, number, ranks=self.ranks)

    def build_table(self, page: Page, caption: str) -> RankedTable:
        """Return a page as a table."""
        rows = fetch_rows(self.run, page.ids)
        method = self.run.settings.ranking_method
        return build_table(self.shown, self.order.field, page, rows, method, caption)


def read_number(request: HttpRequest) -> int:
    """Return the page asked for; 1 when it is not a number."""
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def stream(
    request: HttpRequest, selection: Selection, name: str, share: Decimal | None = None
) -> StreamingHttpResponse:
    """Return the customers of a selection as a file; ``?layout=excel`` or ``csv``, else 404."""
    layout = read_layout(request.GET)
    lines = _write_lines(selection, layout, share)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    day = f"{selection.run.as_of:%Y-%m-%d}"
    response["Content-Disposition"] = f'attachment; filename="klantwaarde-{name}-{day}.csv"'
    return response


def _write_lines(selection: Selection, layout: Layout, share: Decimal | None) -> Iterator[str]:
    """Write the head now, in the language of the request; the lines are asked for when that is gone."""
    names = {"rank": gettext("Rank"), "customer_id": gettext("Customer number"), "name": gettext("Name")}
    columns = [column for column in selection.shown if column.where != SCREEN]
    names |= {column.key: str(column.label) for column in columns}
    head = list(names.values()) if layout.headed else list(names)
    paths = [selection.order.field, "external_id", "customer__name", *(one.path for one in columns)]
    words: dict[str, dict[Any, Any]] = _list_words() if layout.headed else {}
    closing = describe_objections(count_objections(selection.run))
    rows = _read_rows(selection.values, paths)

    def prepare(key: str, value: Any) -> Any:
        known = take_share(value, share) if key == "most" else value
        return words.get(key, {}).get(known, known)

    def write() -> Iterator[str]:
        yield layout.start + _write_line(head, layout)
        for row in rows:
            cells = (prepare(key, value) for key, value in zip(names, row, strict=True))
            yield _write_line([write_value(cell, layout) for cell in cells], layout)
        yield _write_line([closing], layout)

    return write()


def _list_words() -> dict[str, dict[Any, Any]]:
    """Return by column what its keys are called in the language of the request."""
    return {
        "channel": {"": name_member("")},
        "potential_source": {value: str(name) for value, name in CustomerValue.PotentialSource.choices},
        "quarter": {value: str(name) for value, name in CustomerValue.Quarter.choices},
    }


def _write_line(cells: Sequence[str], layout: Layout) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=layout.delimiter).writerow(cells)
    return line.getvalue()


def _read_rows(values: QuerySet[CustomerValue], paths: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows in order; who objected since the calculation is not among them."""
    rank = paths[0]
    listed = values.filter(customer__objects_to_profiling=False).order_by(rank)
    with transaction.atomic():  # the cursor on the server lives as long as its transaction
        yield from listed.values_list(*paths).iterator(chunk_size=ROWS_AT_ONCE)
