"""What the orders of a file add up to: one pass over them for findings, control totals and the equation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from customers.imports import order_facts
from customers.imports.facts import rows, sql_type
from customers.imports.staging import Staged
from customers.models import Order

#: Orders that the reader should know of, by the code of the finding.
NOTEWORTHY: Final = {
    "revenue_differs": "net IS NOT NULL AND line_total IS NOT NULL AND abs(net - line_total) >= 0.005",
    "negative_orders": "to_net_revenue < 0",
    "no_revenue": "net IS NULL AND line_total IS NULL AND to_net_revenue = 0",
}


@dataclass(frozen=True, slots=True)
class OrderSums:
    """Orders and their net revenue; ``parts`` has amount and number of some of them, by why.

    ``noteworthy``: how many there are of each of :data:`NOTEWORTHY`.
    """

    orders: int
    revenue: Decimal
    anonymous_orders: int
    anonymous_revenue: Decimal
    customers: int
    first_day: date | None
    last_day: date | None
    refunded: Decimal
    noteworthy: Mapping[str, int]
    parts: Mapping[str, tuple[Decimal, int]]


def makes_orders(staged: Staged) -> bool:
    """Tell whether the file has orders of its own: then there is ``import_order`` after the merge."""
    return staged.kind.name in {"orders", "order_lines"} and order_facts.makes_orders(staged)


def add_up_orders(staged: Staged, named: int | None) -> OrderSums:
    """Return the sums over ``import_order``; asked before the transaction of the import ends.

    ``named``: how many customers the file names, if that was counted. Where each row is an order, all of them
    have one.
    """
    customers = _count_customers() if named is None or order_facts.has_lines(staged) else named
    return _add_up(staged, "import_order", customers)


def add_up_staged(staged: Staged, named: int) -> OrderSums:
    """Return the same of orders that are a row each, before they are merged.

    Without an amount of its own an order is taken to be worth 0, which lines that are there may belie: then
    there is ``no_revenue`` among the noteworthy.
    """
    source, columns = order_facts.order_source(staged, by_key=True)
    values = ", ".join(
        f"({value})::{sql_type(Order, column)} AS to_{column}"
        for column, value in order_facts.as_new(columns).items()
        if column in {"net_revenue", "ordered_on", "status", "refunded_amount"}
    )
    return _add_up(
        staged, f"(SELECT s.customer_id, s.net, s.line_total, {values} FROM ({source}) s) o", named
    )


def tell(staged: Staged) -> str:
    """Return the SQL that is true for an order of ``import_order`` that the report has more to say of."""
    told = (*NOTEWORTHY.values(), *(which for _amount, which in _list_parts(staged).values()))
    return " OR ".join(f"({which})" for which in told)


def _add_up(staged: Staged, orders_of: str, customers: int) -> OrderSums:
    parts = _list_parts(staged)
    refunded = "coalesce(sum(to_refunded_amount), 0)" if "refunded_amount" in staged.columns else "0::numeric"
    wanted = [
        "count(*)",
        "coalesce(sum(to_net_revenue), 0)",
        "count(*) FILTER (WHERE customer_id IS NULL)",
        "coalesce(sum(to_net_revenue) FILTER (WHERE customer_id IS NULL), 0 * sum(to_net_revenue), 0)",
        "min(to_ordered_on)",
        "max(to_ordered_on)",
        refunded,
        *(f"count(*) FILTER (WHERE {which})" for which in NOTEWORTHY.values()),
        *(f"coalesce(sum({amount}) FILTER (WHERE {which}), 0)" for amount, which in parts.values()),
        *(f"count(*) FILTER (WHERE {which})" for _amount, which in parts.values()),
    ]
    found = list(rows(f"SELECT {', '.join(wanted)} FROM {orders_of}")[0])
    orders, revenue, anonymous, anonymous_revenue, first, last, given = found[:7]
    notes, amounts = found[7 : 7 + len(NOTEWORTHY)], found[7 + len(NOTEWORTHY) :]
    return OrderSums(
        orders=orders,
        revenue=revenue,
        anonymous_orders=anonymous,
        anonymous_revenue=anonymous_revenue,
        customers=customers,
        first_day=first,
        last_day=last,
        refunded=given,
        noteworthy=dict(zip(NOTEWORTHY, notes, strict=True)),
        parts=dict(zip(parts, zip(amounts[: len(parts)], amounts[len(parts) :], strict=True), strict=True)),
    )


def _list_parts(staged: Staged) -> dict[str, tuple[str, str]]:
    """Return the SQL for amount and choice of orders that are not worth what they say, by why."""
    has_status = bool({"status", "cancelled"} & {*staged.columns})
    parts: dict[str, tuple[str, str]] = {}
    if order_facts.has_lines(staged):
        parts["from_lines"] = ("to_net_revenue", "net IS NULL")
    if has_status:
        parts |= {name: ("to_net_revenue", f"to_status = '{name}'") for name in ("cancelled", "test")}
    if "refunded_amount" in staged.columns:
        placed = " AND to_status = 'placed'" if has_status else ""
        parts["refunded"] = ("to_refunded_amount", f"to_refunded_amount > 0{placed}")
    return parts


def _count_customers() -> int:
    found = rows("""SELECT count(*) FROM (SELECT DISTINCT customer_id FROM import_order) c
                    WHERE customer_id IS NOT NULL""")
    return int(found[0][0])
