"""What cohorts did in each month since they were new, in one pass over customers and months.

``months`` has a row for every customer and month in which something happened, so that a count of rows is a
count of customers.
"""

from collections.abc import Mapping

import ibis
from ibis import literal
from ibis.expr.types import IntegerValue, StringValue, Table

from metrics.basis import Basis
from metrics.queries.days import look_up
from metrics.queries.facts import MONEY
from metrics.queries.rollup import number_days


def count_members(customers: Table, dimension: str, first: int) -> Table:
    """Return how many were new since cohort ``first`` (a place in ``basis.months``) by one attribute."""
    new = customers.filter(customers.new_month >= first)
    return new.group_by(member=new[dimension]).agg(n=new.count())


def sum_cohort_months(
    months: Table, customers: Table, kept: Mapping[str, Table], first: int, other: str
) -> Table:
    """Return sums of the cohorts from ``first`` on by members, cohort and age (months since, from 0).

    ``kept``: per dimension the members that stand apart, the rest is ``other``. What happened in a month
    before the first order counts with that of the first order. ``unknown``: months in which a cost of goods
    is not known.
    """
    new = customers.filter(customers.new_month >= first)
    owners = new.select(owner=new.customer_id, cohort=new.new_month, **_name_members(new, kept, other))
    owned = months.join(owners, months.customer_id == owners.owner)
    age = ibis.greatest(owned.month - owned.cohort, literal(0, type="int64"))
    return owned.group_by(*kept, "cohort", age=age).agg(
        active=owned.count(where=owned.orders > 0),
        revenue=(owned.revenue - owned.loose).sum().cast(MONEY),
        contribution=owned.contribution.sum().cast(MONEY),
        unknown=owned.count(where=owned.contribution.isnull()),
    )


def count_cohorts(customers: Table, kept: Mapping[str, Table], first: int, other: str, basis: Basis) -> Table:
    """Return customers of the cohorts from ``first`` on by members, cohort and ``second_age``.

    ``second_age``: months between the cohort and the second purchase occasion, NULL without one.
    """
    new = customers.filter(customers.new_month >= first)
    second: IntegerValue = look_up(new.second_order, basis.first_day, number_days(basis))
    known = new.select(
        cohort=new.new_month, second_age=second - new.new_month, **_name_members(new, kept, other)
    )
    return known.group_by(*kept, "cohort", "second_age").agg(n=known.count())


def add_up(sums: Table, dimension: str) -> Table:
    """Return the sums of either of these by the members of one dimension; of the shop for ""."""
    keys = [name for name in ("cohort", "age", "second_age") if name in sums.columns]
    member = sums[dimension] if dimension else literal("")
    counts = {
        name: sums[name].sum().cast("int64") for name in ("n", "active", "unknown") if name in sums.columns
    }
    money = {
        name: sums[name].sum().cast(MONEY) for name in ("revenue", "contribution") if name in sums.columns
    }
    return sums.group_by(*keys, member=member).agg(**counts, **money)


def _name_members(customers: Table, kept: Mapping[str, Table], other: str) -> dict[str, StringValue]:
    return {
        dimension: ibis.ifelse(
            customers[dimension].isin(members.member), customers[dimension], literal(other)
        )
        for dimension, members in kept.items()
    }
