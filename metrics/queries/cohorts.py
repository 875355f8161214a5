"""Cohorts: customers by the month in which they were new, and what they brought in since.

What their orders come to is summed in the one pass over the orders, see ``metrics.queries.kpis``.
"""

import ibis
from ibis.expr.types import BooleanValue, Table, Value

from metrics.core.calendar import DAYS_IN_WINDOW
from metrics.queries.days import date_mi, number_month
from metrics.queries.facts import MONEY
from metrics.queries.orders import NOTHING


def is_in_first_year(table: Table, day: Value) -> BooleanValue:
    """Return whether a day is one of the 365 that begin with ``first_order``."""
    return date_mi(day, table.first_order).between(0, DAYS_IN_WINDOW - 1).fill_null(False)


def sum_loose_refunds_of_cohorts(loose: Table, customers: Table) -> Table:
    """Return refunds that lower a customer and no order, by channel, cohort and month (numbered).

    ``first_year``: what of it fell in the customer's first 365 days.
    """
    new = customers.filter(customers.new_month.notnull())
    owners = new.select("channel", "first_order", owner=new.customer_id, cohort=new.new_month)
    owned = loose.join(owners, loose.customer_id == owners.owner)
    return owned.group_by("channel", "cohort", month=number_month(owned.day)).agg(
        amount=owned.amount.sum().cast(MONEY),
        first_year=owned.amount.sum(where=is_in_first_year(owned, owned.day)).cast(MONEY),
    )


def list_first_years(orders: Table, loose: Table, customers: Table, chosen: Table) -> Table:
    """Return what each customer of the chosen cohorts brought in during its first 365 days.

    ``chosen``: channel, first and last cohort (places in ``basis.months``). ``unknown``: how many of its
    orders in them have no known cost of goods.
    """
    new = customers.filter(customers.new_month.notnull())
    rows = new.join(
        chosen,
        [new.channel == chosen.channel, new.new_month >= chosen.first, new.new_month <= chosen.last],
    )
    owners = rows.select("channel", "first_order", owner=rows.customer_id)
    owned = orders.join(owners, orders.customer_id == owners.owner)
    early = owned.filter(is_in_first_year(owned, owned.ordered_on))
    worth = ibis.ifelse(early.valid, early.net, NOTHING)
    left = worth - early.goods.fill_null(NOTHING) - early.transaction_cost.fill_null(NOTHING)
    bought = early.group_by("channel", "owner").agg(
        first_year=left.sum().cast(MONEY), unknown=early.count(where=early.valid & early.goods.isnull())
    )
    refunds = loose.join(owners, loose.customer_id == owners.owner)
    refunds = refunds.filter(is_in_first_year(refunds, refunds.day))
    given_back = refunds.group_by(customer=refunds.owner).agg(amount=refunds.amount.sum().cast(MONEY))
    both = bought.left_join(given_back, bought.owner == given_back.customer)
    return both.select("channel", "unknown", amount=both.first_year - both.amount.fill_null(NOTHING))
