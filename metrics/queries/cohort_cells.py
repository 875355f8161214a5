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
from metrics.queries.orders import NOTHING
from metrics.queries.rollup import number_days


def count_members(customers: Table, dimension: str, first: int) -> Table:
    """Return how many were new since cohort ``first`` (a place in ``basis.months``) by one attribute."""
    new = customers.filter(customers.new_month >= first)
    return new.group_by(member=new[dimension]).agg(n=new.count())


def sum_cohort_months(
    months: Table, customers: Table, kept: Mapping[str, Table], first: int, other: str
) -> Table:
    """Return what cohorts did by channel, first category, cohort and month (places): one pass over months.

    ``kept``: per dimension the members that stand apart, the rest is ``other``: of first categories here,
    and '' in cohorts before ``first``, which have no cells; channels are as they are. ``unknown``: months in
    which a cost of goods is not known; ``first_year`` and ``first_year_unknown`` are of the part within a
    customer's first 365 days.
    """
    new = customers.filter(customers.new_month.notnull())
    category = _name_member(new.first_category, kept["first_category"], other)
    owners = new.select(
        "channel",
        owner=new.customer_id,
        cohort=new.new_month,
        first_category=ibis.ifelse(new.new_month >= first, category, literal("")),
    )
    owned = months.join(owners, months.customer_id == owners.owner)
    return owned.group_by("channel", "first_category", "cohort", "month").agg(
        active=owned.count(where=owned.orders > 0),
        revenue=(owned.revenue - owned.loose).sum().cast(MONEY),
        contribution=owned.contribution.sum().cast(MONEY),
        unknown=owned.count(where=owned.contribution.isnull()),
        first_year=owned.first_year.sum(where=owned.first_year != NOTHING).cast(MONEY),
        first_year_unknown=owned.count(where=owned.first_year.isnull()),
    )


def sum_ages(cohort_months: Table, kept: Mapping[str, Table], first: int, other: str) -> Table:
    """Return the cohorts from ``first`` on by members and age (months since, from 0).

    What happened in a month before the first order counts with that of the first order.
    """
    sums = cohort_months.filter(cohort_months.cohort >= first)
    return sums.mutate(
        channel=_name_member(sums.channel, kept["channel"], other),
        age=ibis.greatest(sums.month - sums.cohort, literal(0, type="int64")),
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
        dimension: _name_member(customers[dimension], members, other) for dimension, members in kept.items()
    }


def _name_member(member: StringValue, kept: Table, other: str) -> StringValue:
    return ibis.ifelse(member.isin(kept.member), member, literal(other))
