"""The table of customer and month: what happened to whom in which calendar month; one pass over the orders.

One row per customer and month in which something did: an order that counts, a refund, a cost of its own.
``month`` is its place in ``basis.months``; what is dated before the first order has a place below 0
(``Basis.month_at``). KPIs, cohorts and channels are added up from it; anonymous orders are not in it.
"""

from dataclasses import replace
from itertools import pairwise

import ibis
from ibis import literal
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.queries.cohorts import is_in_first_year
from metrics.queries.days import look_up, number_month
from metrics.queries.facts import MONEY, Facts
from metrics.queries.orders import NOTHING, value_owned_orders
from metrics.queries.rollup import Ranges, number_days

_MOVED = ("given_back", "loose", "loose_early", "own_retention_cost")
_AMOUNTS = (
    "gross", "revenue", "known_revenue", "goods", "other_goods", "transaction_cost", "early",
    "acquisition_cost", *_MOVED,
)  # fmt: skip
_COUNTS = ("orders", "occasions", "known", "early_unknown")


def sum_months_in_parts(
    facts: Facts, refunded: Table, owners: Table, movements: Table, basis: Basis, ranges: Ranges
) -> Table:
    """Return ``sum_months`` of all customers, ranges of them (``rollup.cut_span``) apart from one another.

    The first and the last range reach as far as there are customers: some had no order, but moved.
    """
    if not ranges:
        return sum_months(value_owned_orders(facts, refunded, basis), owners, movements, basis)
    edges = [None, *(first for first, _last in ranges[1:]), None]
    parts = []
    for low, after in pairwise(edges):
        mine = replace(facts, orders=_cut(facts.orders, "customer_id", low, after))
        orders = value_owned_orders(mine, _cut(refunded, "order_customer", low, after), basis)
        theirs, moved = (_cut(table, "customer_id", low, after) for table in (owners, movements))
        parts.append(sum_months(orders, theirs, moved, basis))
    return ibis.union(*parts)


def _cut(table: Table, customer: str, low: int | None, after: int | None) -> Table:
    wanted = []
    if low is not None:
        wanted.append(table[customer] >= low)
    if after is not None:
        wanted.append(table[customer] < after)
    return table.filter(*wanted)


def sum_months(orders: Table, owners: Table, movements: Table, basis: Basis) -> Table:
    """Return one row per customer and month: what its orders came to, and what else moved.

    ``orders`` are those of ``value_owned_orders``; ``owners`` has customer_id, first_order, new_month and
    acquisition_cost of everybody; ``movements`` are those of ``add_up_movements``.

    ``gross`` and ``given_back`` are by period, the rest by order. ``goods`` is of the ``known`` valid orders
    whose cost of goods is known, ``other_goods`` what orders that are worth nothing cost all the same.
    ``contribution`` is NULL while the cost of a valid order is not known, ``first_year`` (the part within the
    customer's first 365 days) while that of an order in them is not.
    """
    bought = _sum_orders(orders, owners, basis)
    moved = movements.rename(moved_customer="customer_id", moved_month="month")
    both = bought.outer_join(
        moved, [bought.customer_id == moved.moved_customer, bought.month == moved.moved_month]
    )
    filled = both.mutate(
        customer_id=ibis.coalesce(both.customer_id, both.moved_customer),
        month=ibis.coalesce(both.month, both.moved_month),
        **{name: both[name].fill_null(NOTHING) for name in _AMOUNTS},
        **{name: both[name].fill_null(0).cast("int32") for name in _COUNTS},
    )
    left = filled.revenue - filled.goods - filled.other_goods - filled.transaction_cost - filled.loose
    return filled.select(
        "customer_id", "month", "orders", "occasions", "last_day", "gross", "given_back", "revenue",
        "known_revenue", "goods", "other_goods", "transaction_cost", "loose", "known",
        "acquisition_cost", "own_retention_cost",
        contribution=ibis.ifelse(filled.orders == filled.known, left, None),
        first_year=ibis.ifelse(filled.early_unknown == 0, filled.early - filled.loose_early, None),
    )  # fmt: skip


def _sum_orders(orders: Table, owners: Table, basis: Basis) -> Table:
    owners = owners.select("first_order", "new_month", "acquisition_cost", owner=owners.customer_id)
    owned = orders.join(owners, orders.customer_id == owners.owner)
    owned = owned.mutate(
        month=look_up(owned.ordered_on, basis.first_day, number_days(basis)),
        is_known=owned.valid & owned.goods.notnull(),
        is_early=is_in_first_year(owned, owned.ordered_on),
    )
    valid, known, early = owned.valid, owned.is_known, owned.is_early
    worth = ibis.ifelse(valid, owned.net, NOTHING)
    left = worth - owned.goods.fill_null(NOTHING) - owned.transaction_cost.fill_null(NOTHING)
    return owned.group_by("customer_id", "month").agg(
        orders=owned.count(where=valid),
        # Counting days makes PostgreSQL group in the order of the index; by hash it takes twice as long.
        occasions=owned.ordered_on.nunique(where=valid),
        last_day=owned.ordered_on.max(where=valid),
        gross=owned.net_revenue.sum(),
        revenue=owned.net.sum(where=valid),
        known=owned.count(where=known),
        known_revenue=owned.net.sum(where=known),
        goods=owned.goods.sum(where=known),
        other_goods=owned.goods.sum(where=~valid),
        transaction_cost=owned.transaction_cost.sum(),
        early=left.sum(where=early),
        early_unknown=owned.count(where=early & valid & ~known),
        acquisition_cost=owned.acquisition_cost.max(where=owned.month == owned.new_month),
    )


def add_up_movements(back: Table, loose: Table, own_costs: Table, owners: Table, basis: Basis) -> Table:
    """Return what moved beside orders, per customer and month: refunds on their own day, and own costs.

    ``back``: money given back by customer and day; ``loose`` are the refunds of ``find_loose_refunds``,
    ``loose_early`` the part of them within the customer's first 365 days; ``own_costs`` those of
    ``split_own_costs``. What did not move is NULL and left out of the sums: a zero costs PostgreSQL as much
    time and memory as an amount.
    """
    first = owners.select("first_order", owner=owners.customer_id)
    owned = loose.left_join(first, loose.customer_id == first.owner)
    lowered = owned.mutate(early=ibis.ifelse(is_in_first_year(owned, owned.day), owned.amount, NOTHING))
    moves = ibis.union(
        _move(_place(back, basis), given_back="amount"),
        _move(_place(lowered, basis), loose="amount", loose_early="early"),
        _move(own_costs, own_retention_cost="cost"),
    )
    return moves.group_by("customer_id", "month").agg(
        **{name: moves[name].sum(where=moves[name].notnull()).cast(MONEY) for name in _MOVED}
    )


def _place(rows: Table, basis: Basis) -> Table:
    first = basis.months[0]
    number = literal(first.year * calendar.MONTHS_PER_YEAR + first.month - 1, type="int64")
    return rows.mutate(month=number_month(rows.day) - number)


def _move(rows: Table, **columns: str) -> Table:
    """Return rows as movements of a customer in a month; ``columns`` name the amounts."""
    found = rows.filter(rows.customer_id.notnull())
    amounts = {name: found[columns[name]] if name in columns else ibis.null(MONEY) for name in _MOVED}
    return found.select("customer_id", "month", **amounts)
