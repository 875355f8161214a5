"""Sums of orders and refunds of nobody, by month; those of customers stand in ``metrics.queries.months``."""

from ibis.expr.types import IntegerValue, Table, Value

from metrics.basis import Basis
from metrics.queries.days import look_up, number_month
from metrics.queries.facts import MONEY
from metrics.queries.rollup import number_days


def sum_anonymous_orders(orders: Table, basis: Basis) -> Table:
    """Return orders without a customer by month, a place in ``basis.months``.

    ``gross`` counts every order in full (by period), the rest valid orders after their refunds (by order).
    """
    return orders.group_by(month=_place_month(orders, basis)).agg(**_sum_up(orders))


def sum_of_nobody(amounts: Table) -> Table:
    """Return refunds of no known customer by the month of their day."""
    nobodys = amounts.filter(amounts.customer_id.isnull())
    return nobodys.group_by(month=number_month(nobodys.day)).agg(amount=nobodys.amount.sum().cast(MONEY))


def _place_month(orders: Table, basis: Basis) -> IntegerValue:
    return look_up(orders.ordered_on, basis.first_day, number_days(basis))


def _sum_up(orders: Table) -> dict[str, Value]:
    valid, known = orders.valid, orders.valid & orders.goods.notnull()
    return {
        "gross": orders.net_revenue.sum().cast(MONEY),
        "orders": orders.count(where=valid),
        "revenue": orders.net.sum(where=valid).cast(MONEY),
        "known": orders.count(where=known),
        "known_revenue": orders.net.sum(where=known).cast(MONEY),
        "goods": orders.goods.sum(where=known).cast(MONEY),
        "other_goods": orders.goods.sum(where=~valid).cast(MONEY),
        "transaction_cost": orders.transaction_cost.sum().cast(MONEY),
    }
