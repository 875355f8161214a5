"""Customers by profile: all members that a customer is one of, by every dimension, under one number.

Sums by profile and month are few; the sums of every member of every dimension are added up from them, so that
the table of customer and month is passed over once however many dimensions there are.
"""

from datetime import date
from typing import Final

import ibis
from ibis import literal
from ibis.expr.types import DecimalValue, IntegerValue, Table

from metrics.queries.days import count_days
from metrics.queries.orders import NOTHING
from metrics.queries.rollup import list_masks

UNITS_PER_ONE: Final = 10_000
NEVER: Final = -(2**31)
FIRST_DAY: Final = date(1970, 1, 1)
MONEY_SUMS: Final = (
    "gross", "given_back", "loose", "revenue", "known_revenue", "goods", "other_goods", "transaction_cost",
    "acquisition_cost", "own_retention_cost",
)  # fmt: skip
_MOSTLY_NOTHING: Final = ("given_back", "loose", "other_goods", "acquisition_cost", "own_retention_cost")
COUNTS: Final = ("orders", "known")
#: What a customer is worth, and what that is made of.
AMOUNTS: Final = (
    "revenue", "contribution", "acquisition_cost", "retention_cost", "realised", "total",
)  # fmt: skip
SUMMED: Final = (*AMOUNTS, "known_revenue")
PLACES_OF_YEARS: Final = 10


def sum_profiles(months: Table, owners: Table) -> Table:
    """Return sums of the table of customer and month by profile and month, amounts in whole 1/10,000.

    ``owners``: customer_id and profile. ``buyers``: customers with a valid order in the month.
    """
    owners = owners.select("profile", owner=owners.customer_id)
    owned = months.join(owners, months.customer_id == owners.owner)
    by_month = owned.group_by("profile", "month").agg(
        buyers=owned.count(where=owned.orders > 0),
        **{name: owned[name].sum() for name in COUNTS},
        **{name: owned[name].sum() for name in MONEY_SUMS if name not in _MOSTLY_NOTHING},
        # Left out of the sum, a zero costs neither time nor the memory of a sum.
        **{name: owned[name].sum(where=owned[name] != NOTHING) for name in _MOSTLY_NOTHING},
    )
    counts = {name: by_month[name].cast("int64") for name in ("buyers", *COUNTS)}
    return by_month.select(
        "profile", "month", **counts, **{name: _to_units(by_month[name]) for name in MONEY_SUMS}
    )


def list_people(customers: Table, owners: Table) -> Table:
    """Return who bought: profiles, days of the first and second purchase, month in which new, months as bits.

    ``owners``: customer_id, and a profile of each family. Days count from 1 January 1970; ``second`` and
    ``new_month`` are ``NEVER`` for who has none.
    """
    profiles = [name for name in owners.columns if name != "customer_id"]
    owners = owners.select(*profiles, owner=owners.customer_id)
    buyers = customers.filter(customers.orders > 0)
    known = buyers.join(owners, buyers.customer_id == owners.owner)
    masks = {name: known[name].cast("int64") for name in list_masks(known)}
    return known.select(
        *profiles,
        first=count_days(known.first_order, FIRST_DAY).cast("int64"),
        second=count_days(known.second_order, FIRST_DAY).fill_null(NEVER).cast("int64"),
        new_month=known.new_month.fill_null(NEVER).cast("int64"),
        **masks,
    )


def sum_values(values: Table, ages: Table, owners: Table) -> Table:
    """Return by profile what customers with a valid order came to, in whole 1/10,000.

    ``values``: customer_id, orders, age and ``AMOUNTS``; ``ages``: age in days, and years. ``known``: how
    many have a contribution, and ``known_revenue`` theirs; ``realised_known``, ``total_known``: how many have
    those. ``customer_years``: years as a customer, at least one each, as a whole number of 10 places.
    """
    owners = owners.select("profile", owner=owners.customer_id)
    ages = ages.select("years", aged=ages.age)
    buyers = values.filter(values.orders > 0)
    owned = buyers.join(owners, buyers.customer_id == owners.owner)
    known = owned.left_join(ages, owned.age == ages.aged)
    years = ibis.greatest(known.years, literal(1)).cast("decimal(18, 10)") * 10**PLACES_OF_YEARS
    summed = known.group_by("profile").agg(
        n=known.count(),
        orders=known.orders.sum(),
        known=known.contribution.count(),
        realised_known=known.realised.count(),
        total_known=known.total.count(),
        # PostgreSQL sums bigint to numeric, whatever Ibis takes it for.
        customer_years=years.cast("int64").sum().cast("decimal(38, 0)"),
        known_revenue=known.revenue.sum(where=known.contribution.notnull()),
        **{name: known[name].sum() for name in AMOUNTS},
    )
    counts = ("n", "orders", "known", "realised_known", "total_known", "customer_years")
    return summed.select(
        summed.profile,
        **{name: summed[name].cast("int64") for name in counts},
        **{name: _to_units(summed[name]) for name in SUMMED},
    )


def sum_shares(shares: Table, owners: Table) -> Table:
    """Return costs of customers by profile and month, in whole 1/10,000.

    ``shares``: customer_id, month and cost.
    """
    owners = owners.select("profile", owner=owners.customer_id)
    owned = shares.join(owners, shares.customer_id == owners.owner)
    summed = owned.group_by("profile", "month").agg(cost=owned.cost.sum())
    return summed.select("profile", "month", cost=_to_units(summed.cost))


def _to_units(amount: DecimalValue) -> IntegerValue:
    return (ibis.coalesce(amount, literal(0)) * UNITS_PER_ONE).cast("int64")
