"""Orders as the models' histories want them: who, when, how much, and what was given back when."""

import ibis
from ibis.expr.types import DateValue, DecimalValue, IntegerValue, Table

from metrics.basis import Basis
from metrics.core.calendar import FIRST_DAY
from metrics.queries.days import count_days
from metrics.queries.facts import MONEY, Facts
from metrics.queries.orders import NOTHING, PLACED

UNITS_PER_AMOUNT = 10_000


def list_orders(facts: Facts, basis: Basis, ends: tuple[int, int] | None = None) -> Table:
    """Return every order with a customer that counts, by customer and day: customer, day, units.

    These are columns of one index, in its order: PostgreSQL reads nothing else. ``ends``: of a range of
    customers, both included.
    """
    orders = _select(facts, basis)
    if ends is not None:
        orders = orders.filter(orders.customer_id.between(*ends))
    orders = orders.order_by(["customer_id", "ordered_on"])
    return orders.select(
        customer=orders.customer_id, day=number_day(orders.ordered_on), units=to_units(orders.net_revenue)
    )


def list_refunds_on_orders(facts: Facts, basis: Basis) -> Table:
    """Return what orders say of themselves was given back: order, customer, day, units, given_on, given."""
    orders = _select(facts, basis)
    found = orders.filter(orders.refunded_amount > NOTHING)
    return found.select(
        order=found.id,
        customer=found.customer_id,
        day=number_day(found.ordered_on),
        units=to_units(found.net_revenue),
        given_on=number_day(found.refunded_on.fill_null(found.ordered_on)),
        given=to_units(found.refunded_amount),
    )


def list_refund_rows(rows: Table) -> Table:
    """Return the refund rows of orders: as ``list_refunds_on_orders``, ``given`` a running total.

    ``rows`` of ``metrics.queries.orders.list_refund_rows``.
    """
    found = rows.filter(rows.order_known, rows.order_customer.notnull())
    so_far = ibis.cumulative_window(group_by=found.order_id, order_by=[found.day, found.amount])
    return found.select(
        order=found.order_id,
        customer=found.order_customer,
        day=number_day(found.order_day),
        units=to_units(found.order_net),
        given_on=number_day(found.day),
        given=to_units(found.amount.sum().over(so_far).cast(MONEY)),
    )


def list_objecting(facts: Facts) -> Table:
    """Return the customers who object to profiling: nothing is predicted for them, or from them."""
    customers = facts.customers.filter(facts.customers.objects_to_profiling)
    return customers.select(customer=customers.id)


def number_day(day: DateValue) -> IntegerValue:
    """Return the days since the first of January 1970."""
    return count_days(day, FIRST_DAY).cast("int64")


def to_units(amount: DecimalValue) -> IntegerValue:
    """Return an amount as a whole number of 1/10,000."""
    return (amount * UNITS_PER_AMOUNT).cast("int64")


def _select(facts: Facts, basis: Basis) -> Table:
    orders = facts.orders
    return orders.filter(
        orders.status == PLACED, orders.ordered_on <= basis.as_of, orders.customer_id.notnull()
    )
