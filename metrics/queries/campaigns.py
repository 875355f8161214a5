"""What the customers that a campaign won brought in."""

from ibis.expr.types import Table

from metrics.queries.facts import MONEY


def sum_first_years(months: Table, customers: Table) -> Table:
    """Return contribution of the first 365 days by channel, campaign and cohort (places of months).

    ``months`` has a row a customer and month. ``unknown``: months in which a cost of goods is not known.
    """
    new = customers.filter(customers.new_month.notnull(), customers.campaign != "")
    owners = new.select("channel", "campaign", owner=new.customer_id, cohort=new.new_month)
    owned = months.join(owners, months.customer_id == owners.owner)
    return owned.group_by("channel", "campaign", "cohort").agg(
        first_year=owned.first_year.sum().cast(MONEY), unknown=owned.count(where=owned.first_year.isnull())
    )
