"""Cohorts: customers by the month in which they were new, and what they brought in since.

What their orders come to stands in the table of customer and month, see ``metrics.queries.months``.
"""

from ibis.expr.types import BooleanValue, Table, Value

from metrics.core.calendar import DAYS_IN_WINDOW
from metrics.queries.days import date_mi
from metrics.queries.facts import MONEY
from metrics.queries.orders import NOTHING


def is_in_first_year(table: Table, day: Value) -> BooleanValue:
    """Return whether a day is one of the 365 that begin with ``first_order``."""
    return date_mi(day, table.first_order).between(0, DAYS_IN_WINDOW - 1).fill_null(False)


def sum_cohorts(months: Table, customers: Table) -> Table:
    """Return by channel, cohort and month (places) what customers brought in, by the table of both.

    ``unknown``: customers with an order in the month whose cost of goods is not known; ``first_year`` and
    ``first_year_unknown`` are of the part within a customer's first 365 days.
    """
    new = customers.filter(customers.new_month.notnull())
    owners = new.select("channel", owner=new.customer_id, cohort=new.new_month)
    owned = months.join(owners, months.customer_id == owners.owner)
    return owned.group_by("channel", "cohort", "month").agg(
        contribution=owned.contribution.sum(),
        unknown=owned.count(where=owned.contribution.isnull()),
        first_year=owned.first_year.sum(),
        first_year_unknown=owned.count(where=owned.first_year.isnull()),
    )


def list_first_years(months: Table, customers: Table, chosen: Table) -> Table:
    """Return what each customer of the chosen cohorts brought in during its first 365 days.

    ``chosen``: channel, first and last cohort (places in ``basis.months``). ``unknown``: in how many months
    the cost of goods of an order in them is not known.
    """
    new = customers.filter(customers.new_month.notnull())
    rows = new.join(
        chosen,
        [new.channel == chosen.channel, new.new_month >= chosen.first, new.new_month <= chosen.last],
    )
    owners = rows.select("channel", owner=rows.customer_id)
    owned = months.join(owners, months.customer_id == owners.owner)
    by_customer = owned.group_by("channel", "owner").agg(
        amount=owned.first_year.sum().cast(MONEY), unknown=owned.count(where=owned.first_year.isnull())
    )
    return by_customer.select("channel", "unknown", amount=by_customer.amount.fill_null(NOTHING))
