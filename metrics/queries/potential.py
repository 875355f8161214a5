"""What customers brought in over a year, in which categories, and which market figures speak of them."""

from collections.abc import Sequence

import ibis
from ibis import literal
from ibis.expr.types import IntegerValue, Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.queries.cost_allocation import find_members
from metrics.queries.facts import MONEY, Facts
from metrics.queries.histories import to_units
from metrics.queries.orders import NOTHING, value_recent_orders


def list_year_orders(facts: Facts, refunded: Table, basis: Basis, every: int = 1) -> Table:
    """Return the orders of the 365 days up to ``as_of``: id, customer, valid, net, contribution.

    ``every``: of customers whose number can be divided by it, a sample that is the same in every calculation.

    ``contribution`` is NULL while the cost of a valid order is not known; an order that is not valid has
    only its transaction cost.
    """
    first = calendar.days_up_to(basis.as_of).first
    orders = value_recent_orders(facts, refunded, first, basis)
    if every > 1:
        orders = orders.filter(orders.customer_id % every == 0)
    net = orders.valid.ifelse(orders.net, NOTHING)
    cost = orders.transaction_cost.fill_null(NOTHING)
    return orders.select(
        "id", "customer_id", "valid", net=net, contribution=(net - orders.goods - cost).cast(MONEY)
    )


def number_year_orders(orders: Table, unknown: int, year: int = 0) -> Table:
    """Return ``list_year_orders`` in 1/10,000: id, valid, customer, year, revenue, contribution.

    They are not added up here: a million customers outgrow the memory of a hash table, not that of arrays.
    ``year``: a number for these 365 days; ``unknown``: for a contribution that is not known.
    """
    return orders.select(
        "id",
        "valid",
        customer=orders.customer_id,
        year=literal(year, type="int64"),
        revenue=to_units(orders.net),
        contribution=to_units(orders.contribution).fill_null(unknown),
    )


def number_worth(orders: Table, years: int) -> Table:
    """Return what the orders of some years came to: key, revenue, contribution.

    ``orders`` of ``number_year_orders``; ``key`` is customer × ``years`` + year: one number is less to carry
    over than two.
    """
    return orders.select("revenue", "contribution", key=_number_key(orders, years))


def number_year_refunds(loose: Table, basis: Basis) -> Table:
    """Return the ``loose`` refunds of the year whose customer is known: customer, amount in 1/10,000."""
    first = calendar.days_up_to(basis.as_of).first
    recent = loose.filter(loose.day >= first, loose.customer_id.notnull())
    return recent.select(customer=recent.customer_id, amount=to_units(recent.amount))


def look_back(facts: Facts, rows: Table, basis: Basis) -> Table:
    """Return ``list_refund_rows`` as of an earlier day, from the ``rows`` of a later one."""
    orders = facts.orders.filter(facts.orders.refunded_amount > NOTHING)
    told = orders.select(
        told_of=orders.id,
        told=orders.refunded_amount,
        told_on=orders.refunded_on.fill_null(orders.ordered_on),
    )
    found = rows.filter(rows.day <= basis.as_of).left_join(told, rows.order_id == told.told_of)
    return found.select(
        *(name for name in rows.columns if name not in ("on_order", "order_known")),
        on_order=ibis.ifelse((found.told_on <= basis.as_of).fill_null(False), found.told, NOTHING),
        order_known=(found.order_day <= basis.as_of).fill_null(False),
    )


def number_year_lines(facts: Facts, orders: Table, years: int) -> Table:
    """Return the lines of the valid orders of some years: category, key, amount in 1/10,000.

    ``orders`` of ``number_year_orders``, ``key`` as of ``number_worth``. Lines worth nothing, or that give
    money back, buy nothing. All lines are read once, whatever the number of years.
    """
    lines = facts.order_lines.filter(facts.order_lines.net_amount > NOTHING)
    valid = orders.filter(orders.valid)
    found = lines.join(valid, lines.order_id == valid.id)
    return found.select("category", key=_number_key(found, years), amount=to_units(found.net_amount))


def find_market_members(customers: Table, facts: Facts, figures: Sequence[str]) -> Table:
    """Return which customers each market figure (``country = NL``) speaks of: segment, customer_id."""
    return find_members(customers, facts, figures).select("segment", "customer_id")


def _number_key(orders: Table, years: int) -> IntegerValue:
    return orders.customer * literal(years, type="int64") + orders.year
