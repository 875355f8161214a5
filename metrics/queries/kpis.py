"""Sums by month and channel that KPIs are made of. A month is its number: year × 12 + month − 1."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import ibis
from ibis.expr.types import IntegerValue, Table, Value

from metrics.basis import Basis
from metrics.core import calendar
from metrics.queries.cohorts import is_in_first_year
from metrics.queries.days import add_days, look_up, number_month
from metrics.queries.facts import MONEY
from metrics.queries.peer_groups import has_bought
from metrics.queries.rollup import list_masks, number_days


def sum_owned_orders(orders: Table, customers: Table, basis: Basis) -> Table:
    """Return orders with a customer by channel, cohort, month (places in ``basis.months``) and ``early``.

    ``cohort`` is the month in which the customer was new, NULL when it never was; ``early`` tells the orders
    of its first 365 days. ``gross`` counts every order in full (by period), the rest valid orders after
    their refunds (by order). More rows, so that cohorts need no pass over the orders of their own.
    """
    owners = customers.select(
        "channel", "first_order", owner=customers.customer_id, cohort=customers.new_month
    )
    owned = orders.join(owners, orders.customer_id == owners.owner)
    early = is_in_first_year(owned, owned.ordered_on)
    by_month = owned.group_by("channel", "cohort", month=_place_month(owned, basis), early=early)
    return by_month.agg(**_sum_up(owned))


def sum_anonymous_orders(orders: Table, basis: Basis) -> Table:
    """Return orders without a customer by month; the sums of ``sum_owned_orders``."""
    return orders.group_by(month=_place_month(orders, basis)).agg(**_sum_up(orders))


def sum_refunds(given_back: Table, customers: Table) -> Table:
    """Return money given back (``list_given_back``) by the month of its own day and channel."""
    return _sum_by_month(given_back, customers)


def sum_loose_refunds(loose: Table, customers: Table) -> Table:
    """Return refunds that lower no order by month and channel."""
    return _sum_by_month(loose, customers)


def count_customers(customers: Table, windows: Mapping[str, Sequence[Sequence[int]]]) -> Table:
    """Return per channel how many customers bought in every one of a window's groups of months.

    ``windows``: name → groups of month places; one group asks "bought in these months", two "in both".
    """
    masks = list_masks(customers, "bought")
    buyers = customers.filter(customers.orders > 0)
    grouped = buyers.group_by("channel", *masks).agg(n=buyers.count())
    counts = {
        name: grouped.n.sum(where=ibis.and_(*(has_bought(grouped, months) for months in groups)))
        for name, groups in windows.items()
    }
    return grouped.group_by("channel").agg(**counts)


def count_repeats(customers: Table, basis: Basis) -> Table:
    """Return by month of day 365 and channel: customers whose day 365 it was, and who had bought again."""
    buyers = customers.filter(customers.orders > 0)
    day_365 = add_days(buyers.first_order, calendar.DAYS_IN_WINDOW)
    due = buyers.mutate(day_365=day_365).filter(day_365 <= basis.as_of)
    again = (due.second_order <= due.day_365).fill_null(False)
    return due.group_by("channel", month=number_month(due.day_365)).agg(
        due=due.count(), again=due.count(where=again)
    )


def place_months(months: Iterable[date], basis: Basis) -> list[int]:
    """Return the places of months in ``basis.months``; months before the first order have none."""
    places = {month: place for place, month in enumerate(basis.months)}
    return [places[month] for month in months if month in places]


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


def _sum_by_month(amounts: Table, customers: Table) -> Table:
    owners = customers.select(owner=customers.customer_id, channel=customers.channel)
    owned = amounts.left_join(owners, amounts.customer_id == owners.owner)
    return owned.group_by("channel", month=number_month(owned.day)).agg(amount=owned.amount.sum().cast(MONEY))
