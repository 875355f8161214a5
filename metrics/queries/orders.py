"""What an order is worth on the day of the calculation, and refunds that belong to no order."""

from datetime import date

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, DecimalValue, Table

from metrics.basis import Basis
from metrics.queries.facts import MONEY, Facts

RATE = "decimal(19, 6)"
NOTHING = literal(0, type=MONEY)
PLACED = "placed"


def list_refund_rows(facts: Facts, basis: Basis) -> Table:
    """Return refund rows up to ``as_of`` with the order they are of, if any.

    Rows of cancelled and test orders are left out. What is given back for an order is its customer's,
    whoever the row names. ``order_known`` tells whether the order exists on ``as_of``.
    """
    rows = facts.refunds.filter(facts.refunds.refunded_on <= basis.as_of)
    orders = facts.orders.select(
        order_id=facts.orders.id,
        order_customer=facts.orders.customer_id,
        order_day=facts.orders.ordered_on,
        order_moment=facts.orders.ordered_at,
        order_number=facts.orders.external_id,
        order_net=facts.orders.net_revenue,
        order_status=facts.orders.status,
        on_order=_refund_on_order(facts.orders, basis),
    )
    found = rows.left_join(orders, rows.order_id == orders.order_id)
    found = found.filter(found.order_status.isnull() | (found.order_status == PLACED))
    known = (found.order_day <= basis.as_of).fill_null(False)
    return found.select(
        *_ORDER_COLUMNS,
        customer_id=ibis.ifelse(found.order_status.notnull(), found.order_customer, found.customer_id),
        order_id=found.order_id_right,
        order_known=known,
        day=found.refunded_on,
        amount=found.amount,
    )


def sum_refunded(rows: Table) -> Table:
    """Return what the refund rows (``list_refund_rows``) of each order come to, and their last day.

    It carries the columns of the order's covering index, so that a join on them can stream from it.
    """
    known = rows.filter(rows.order_known)
    # The same in every row of an order: grouping by its number alone is several times faster.
    of_order = {name: known[name].max() for name in _ORDER_COLUMNS}
    return known.group_by("order_id").agg(
        in_rows=known.amount.sum().cast(MONEY), last_refund=known.day.max(), **of_order
    )


def value_owned_orders(facts: Facts, refunded: Table, basis: Basis) -> Table:
    """Return every order with a customer that counts, with what is left of it on ``as_of``.

    ``net``: after its own refunds. ``valid``: worth more than 0. ``goods``: its own cost, else its lines',
    else by the default margin, NULL when unknown; a full refund takes the goods back.
    """
    orders = _select_known(facts.orders, basis)
    orders = orders.filter(orders.customer_id.notnull())
    same_order = [
        orders.customer_id == refunded.order_customer,
        orders.ordered_on == refunded.order_day,
        orders.ordered_at == refunded.order_moment,
        orders.external_id == refunded.order_number,
    ]
    valued = _value(orders.left_join(refunded.select(*_REFUND_COLUMNS), same_order), basis)
    # In order, so that PostgreSQL streams along the covering index and works out each order once, where it
    # would otherwise repeat the work in every sum (measured: half the time).
    return valued.order_by(["customer_id", "ordered_on", "ordered_at", "external_id"])


def value_anonymous_orders(facts: Facts, refunded: Table, basis: Basis) -> Table:
    """Return the orders that count and have no customer; the columns of ``value_owned_orders``."""
    orders = _select_known(facts.orders, basis)
    orders = orders.filter(orders.customer_id.isnull())
    return _value(orders.left_join(refunded.select(*_REFUND_COLUMNS), orders.id == refunded.order_id), basis)


def value_recent_orders(facts: Facts, refunded: Table, first: date, basis: Basis) -> Table:
    """Return the orders with a customer from ``first`` on: the columns of ``value_owned_orders``, and id."""
    orders = _select_known(facts.orders, basis)
    orders = orders.filter(orders.customer_id.notnull(), orders.ordered_on >= first)
    found = orders.left_join(refunded.select(*_REFUND_COLUMNS), orders.id == refunded.order_id)
    return _value(found, basis, "id")


def find_loose_refunds(facts: Facts, rows: Table, refunded: Table, basis: Basis) -> Table:
    """Return refunds that lower a customer (or nobody known) and no order: customer, day, amount.

    Refund rows without an order, or of one that does not exist yet on ``as_of``, and what is below 0: a
    negative order, a refund above its order.
    """
    alone = rows.filter(~rows.order_known)
    return ibis.union(
        alone.select("customer_id", "day", "amount"),
        _find_orders_below_zero(facts, refunded, basis),
        _find_rows_above_their_order(refunded),
    )


def list_given_back(facts: Facts, rows: Table, refunded: Table, basis: Basis) -> Table:
    """Return all money given back, by period: customer, day, amount; of orders that count, or of none.

    What an order says beyond its refund rows counts on the day the order says, else on the order's.
    """
    beyond = _list_amounts_on_orders(facts, refunded, basis)
    return ibis.union(rows.select("customer_id", "day", "amount"), beyond)


_ORDER_COLUMNS = (
    "order_customer", "order_day", "order_moment", "order_number", "order_net", "on_order",
)  # fmt: skip
_REFUND_COLUMNS = (
    "order_id", "order_customer", "order_day", "order_moment", "order_number", "in_rows", "last_refund",
)  # fmt: skip


def _select_known(orders: Table, basis: Basis) -> Table:
    return orders.filter(orders.status == PLACED, orders.ordered_on <= basis.as_of)


def _refund_on_order(orders: Table, basis: Basis) -> DecimalValue:
    known = orders.refunded_amount.notnull() & (
        orders.refunded_on.fill_null(orders.ordered_on) <= basis.as_of
    )
    return ibis.ifelse(known, orders.refunded_amount, NOTHING)


def _value(joined: Table, basis: Basis, *more: str) -> Table:
    taken = ibis.greatest(_refund_on_order(joined, basis), joined.in_rows.fill_null(NOTHING))
    valued = joined.mutate(taken=taken, net=joined.net_revenue - taken, valid=joined.net_revenue > taken)
    return valued.select(
        "customer_id", "ordered_on", "ordered_at", "external_id", "net_revenue", "net", "valid",
        "transaction_cost", "sales_channel", "main_category", *more, goods=_cost_goods(valued, basis),
    )  # fmt: skip


def _cost_goods(orders: Table, basis: Basis) -> DecimalValue:
    given = ibis.coalesce(orders.cost_of_goods, orders.line_cost)
    expected = given
    if basis.default_margin is not None:
        rate = literal(1 - basis.default_margin, type=RATE)
        expected = ibis.coalesce(given, (orders.net_revenue.cast(RATE) * rate).cast(MONEY))
    given_away: BooleanValue = (orders.taken == NOTHING) & (orders.net_revenue == NOTHING)
    return ibis.cases((orders.valid, expected), (given_away, given.fill_null(NOTHING)), else_=NOTHING)


def _find_orders_below_zero(facts: Facts, refunded: Table, basis: Basis) -> Table:
    orders = _select_known(facts.orders, basis)
    suspects = orders.filter(
        (orders.net_revenue < NOTHING) | (orders.refunded_amount > NOTHING),  # so that the small index serves
        (orders.net_revenue < NOTHING) | (_refund_on_order(orders, basis) > orders.net_revenue),
    )
    found = suspects.left_join(refunded.select(*_REFUND_COLUMNS), suspects.id == refunded.order_id)
    on_order = _refund_on_order(found, basis)
    in_rows = found.in_rows.fill_null(NOTHING)
    day_on_order = ibis.ifelse(
        on_order > in_rows, found.refunded_on.fill_null(found.ordered_on), found.ordered_on
    )
    return found.select(
        "customer_id",
        day=ibis.greatest(found.ordered_on, day_on_order, found.last_refund.fill_null(found.ordered_on)),
        amount=ibis.greatest(on_order, in_rows) - found.net_revenue,
    )


def _find_rows_above_their_order(refunded: Table) -> Table:
    above = refunded.filter(
        refunded.order_net >= NOTHING,
        refunded.on_order <= refunded.order_net,
        refunded.in_rows > refunded.order_net,
    )
    return above.select(
        customer_id=above.order_customer,
        day=ibis.greatest(above.order_day, above.last_refund),
        amount=above.in_rows - above.order_net,
    )


def _list_amounts_on_orders(facts: Facts, refunded: Table, basis: Basis) -> Table:
    orders = facts.orders
    day = orders.refunded_on.fill_null(orders.ordered_on)
    told = orders.filter(
        orders.status == PLACED,
        orders.ordered_on <= basis.as_of,
        orders.refunded_amount > NOTHING,
        day <= basis.as_of,
    )
    joined = told.left_join(refunded.select("order_id", "in_rows"), told.id == refunded.order_id)
    beyond = joined.refunded_amount - joined.in_rows.fill_null(NOTHING)
    found = joined.mutate(beyond=beyond).filter(lambda row: row.beyond > NOTHING)
    return found.select("customer_id", day=found.refunded_on.fill_null(found.ordered_on), amount=found.beyond)
