"""What an order is worth on the day of the calculation, and refunds that belong to no order."""

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, DecimalValue, Table

from metrics.basis import Basis
from metrics.queries.facts import MONEY, Facts

RATE = "decimal(19, 6)"
NOTHING = literal(0, type=MONEY)
PLACED = "placed"


def find_refunded(facts: Facts, basis: Basis) -> Table:
    """Return orders with refund rows up to ``as_of``: what the rows add up to, and their last day.

    It carries the columns of the order's covering index, so that a join on them can stream from it.
    """
    rows = facts.refunds
    summed = (
        rows.filter(rows.order_id.notnull(), rows.refunded_on <= basis.as_of)
        .group_by("order_id")
        .agg(in_rows=rows.amount.sum().cast(MONEY), last_refund=rows.refunded_on.max())
    )
    orders = _select_known(facts.orders, basis)
    found = summed.join(orders, summed.order_id == orders.id)
    return found.select(
        order_id=found.id,
        order_customer=found.customer_id,
        order_day=found.ordered_on,
        order_moment=found.ordered_at,
        order_number=found.external_id,
        order_net=found.net_revenue,
        on_order=_refund_on_order(found, basis),
        in_rows=found.in_rows,
        last_refund=found.last_refund,
    )


def value_orders(facts: Facts, refunded: Table, basis: Basis, *, streaming: bool) -> Table:
    """Return every order that counts, one row each, with what is left of it on ``as_of``.

    ``net``: after its own refunds. ``valid``: worth more than 0. ``goods``: its own cost, else its lines', else
    by the default margin, NULL when unknown; a full refund takes the goods back. ``streaming`` joins the refunds
    in the order of the covering index (orders with a customer only), else by order number.
    """
    orders = _select_known(facts.orders, basis)
    if streaming:
        orders = orders.filter(orders.customer_id.notnull())
        same_order = [
            orders.customer_id == refunded.order_customer,
            orders.ordered_on == refunded.order_day,
            orders.ordered_at == refunded.order_moment,
            orders.external_id == refunded.order_number,
        ]
    else:
        same_order = [orders.id == refunded.order_id]
    joined = orders.left_join(refunded.select(*_REFUND_COLUMNS), same_order)
    taken = ibis.greatest(_refund_on_order(joined, basis), joined.in_rows.fill_null(NOTHING))
    valued = joined.mutate(taken=taken, net=joined.net_revenue - taken)
    valued = valued.mutate(valid=valued.net > NOTHING)
    return valued.mutate(goods=_cost_goods(valued, basis))


def find_loose_refunds(facts: Facts, refunded: Table, basis: Basis) -> Table:
    """Return refunds that lower a customer (or nobody known) and no order: customer, day, amount.

    Refund rows without an order, or of one that does not exist yet on ``as_of``, and what is below 0: a negative
    order, a refund above its order.
    """
    return ibis.union(
        _find_rows_without_order(facts, basis),
        _find_rows_before_their_order(facts, basis),
        _find_orders_below_zero(facts, refunded, basis),
        _find_rows_above_their_order(refunded),
    )


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


def _cost_goods(orders: Table, basis: Basis) -> DecimalValue:
    given = ibis.coalesce(orders.cost_of_goods, orders.line_cost)
    expected = given
    if basis.default_margin is not None:
        rate = literal(1 - basis.default_margin, type=RATE)
        expected = ibis.coalesce(given, (orders.net_revenue.cast(RATE) * rate).cast(MONEY))
    given_away: BooleanValue = (orders.taken == NOTHING) & (orders.net_revenue == NOTHING)
    return ibis.cases((orders.valid, expected), (given_away, given.fill_null(NOTHING)), else_=NOTHING)


def _find_rows_without_order(facts: Facts, basis: Basis) -> Table:
    rows = facts.refunds
    rows = rows.filter(rows.order_id.isnull(), rows.refunded_on <= basis.as_of)
    return rows.select("customer_id", day=rows.refunded_on, amount=rows.amount)


def _find_rows_before_their_order(facts: Facts, basis: Basis) -> Table:
    orders = facts.orders
    later = orders.filter(orders.status == PLACED, orders.ordered_on > basis.as_of)
    rows = facts.refunds.filter(facts.refunds.refunded_on <= basis.as_of)
    found = later.select("id", order_customer=later.customer_id).join(rows, later.id == rows.order_id)
    return found.select(customer_id=found.order_customer, day=found.refunded_on, amount=found.amount)


def _find_orders_below_zero(facts: Facts, refunded: Table, basis: Basis) -> Table:
    orders = _select_known(facts.orders, basis)
    suspects = orders.filter(
        (orders.net_revenue < NOTHING) | (_refund_on_order(orders, basis) > orders.net_revenue)
    )
    found = suspects.left_join(refunded.select(*_REFUND_COLUMNS), suspects.id == refunded.order_id)
    on_order = _refund_on_order(found, basis)
    taken = ibis.greatest(on_order, found.in_rows.fill_null(NOTHING))
    day_on_order = ibis.ifelse(
        on_order > NOTHING, found.refunded_on.fill_null(found.ordered_on), found.ordered_on
    )
    return found.select(
        "customer_id",
        day=ibis.greatest(found.ordered_on, day_on_order, found.last_refund.fill_null(found.ordered_on)),
        amount=taken - found.net_revenue,
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
