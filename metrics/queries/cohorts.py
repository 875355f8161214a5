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


def add_up_cohorts(cohort_months: Table) -> Table:
    """Return by channel, cohort and month (places) what customers brought in.

    ``cohort_months``: of ``queries.cohort_cells.sum_cohort_months``, which is finer.
    """
    counts = {
        name: cohort_months[name].sum().cast("decimal(38, 0)").cast("int64")
        for name in ("unknown", "first_year_unknown")
    }
    amounts = {name: cohort_months[name].sum() for name in ("contribution", "first_year")}
    return cohort_months.group_by("channel", "cohort", "month").agg(**amounts, **counts)


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
