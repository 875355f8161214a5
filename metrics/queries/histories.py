"""Orders as the models' histories want them: who, when, how much, and what was given back when."""

import ibis
from ibis.expr.types import DateValue, DecimalValue, IntegerValue, Table, Value

from metrics.basis import Basis
from metrics.core.calendar import FIRST_DAY
from metrics.queries.days import count_days
from metrics.queries.facts import MONEY, Facts
from metrics.queries.orders import NOTHING, PLACED

UNITS_PER_AMOUNT = 10_000


def list_orders(facts: Facts, basis: Basis) -> Table:
    """Return every order with a customer that counts, by customer and day: customer, day, units.

    These are columns of one index, in its order: PostgreSQL reads nothing else.
    """
    orders = _select(facts, basis).order_by(["customer_id", "ordered_on"])
    return orders.select(
        customer=orders.customer_id, day=number_day(orders.ordered_on), units=to_units(orders.net_revenue)
    )


def list_refunds_on_orders(facts: Facts, basis: Basis) -> Table:
    """Return what orders say of themselves was given back: order, customer, day, units, given_on, given."""
    orders = _select(facts, basis)
    found = orders.filter(orders.refunded_amount > NOTHING)
    return found.select(
        **_identify(found),
        given_on=number_day(found.refunded_on.fill_null(found.ordered_on)),
        given=to_units(found.refunded_amount),
    )


def list_refund_rows(facts: Facts, basis: Basis) -> Table:
    """Return the refund rows of orders: as ``list_refunds_on_orders``, ``given`` a running total."""
    refunds = facts.refunds
    rows = refunds.filter(refunds.order_id.notnull(), refunds.refunded_on <= basis.as_of)
    rows = rows.select(refund="id", order_id="order_id", given_on=rows.refunded_on, amount=rows.amount)
    orders = _select(facts, basis)
    found = rows.join(orders, rows.order_id == orders.id)
    so_far = ibis.cumulative_window(group_by=found.order_id, order_by=[found.given_on, found.refund])
    return found.select(
        **_identify(found),
        given_on=number_day(found.given_on),
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


def _identify(orders: Table) -> dict[str, Value]:
    return {
        "order": orders.id,
        "customer": orders.customer_id,
        "day": number_day(orders.ordered_on),
        "units": to_units(orders.net_revenue),
    }


def _select(facts: Facts, basis: Basis) -> Table:
    orders = facts.orders
    return orders.filter(
        orders.status == PLACED, orders.ordered_on <= basis.as_of, orders.customer_id.notnull()
    )
