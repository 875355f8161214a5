"""Which segment every customer is in, by the rules of ``metrics.core.segments``."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table, Value

from metrics.core.histories import Whole
from metrics.core.segments import (
    AMOUNTS,
    SCHEMES,
    UNKNOWN,
    Condition,
    Rule,
    Scheme,
    Thresholds,
    read_threshold,
)
from metrics.queries.days import MONTHS_PER_MASK, count_days
from metrics.queries.facts import MONEY
from metrics.queries.orders import NOTHING

#: What placing a customer takes.
VALUES: Final = {
    "customer_id": "int64", "objects_to_profiling": "boolean", "orders": "int32", "first_order": "date",
    "last_order": "date", "revenue": MONEY, "realised": MONEY,
}  # fmt: skip

# Room for any date of two thousand years, and for as many orders of a month as a count can tell.
_DAY_BITS: Final = 20
_ORDER_BITS: Final = 31


def place_customers(values: Table, thresholds: Thresholds, as_of: date) -> Table:
    """Return a row per customer who may be profiled: its segment by each scheme, on ``as_of``.

    ``values`` has the columns of ``VALUES``; a realised value that is not known is NULL. ``thresholds``:
    amounts in 1/10,000.
    """
    known = values.filter(~values.objects_to_profiling)
    measures = {
        "days_since_last": count_days(literal(as_of), known.last_order),
        "days_since_first": count_days(literal(as_of), known.first_order),
        "orders": known.orders,
        "revenue": known.revenue,
        "realised": known.realised,
    }
    schemes = {key: place(scheme, measures, thresholds) for key, scheme in SCHEMES.items()}
    return known.select("customer_id", **schemes)


def count_places(table: str, run_id: int, as_of: date, thresholds: Thresholds) -> Table:
    """Return how many customers of a run are in which segments at once, from a table with values of runs."""
    values = ibis.table({"run_id": "int64", **VALUES}, name=table)
    placed = place_customers(values.filter(values.run_id == run_id), thresholds, as_of)
    return placed.group_by(*SCHEMES).agg(customers=placed.count())


def place(scheme: Scheme, measures: dict[str, Value], thresholds: Thresholds) -> StringValue:
    """Return the segment of a row as an expression over its measures."""
    *rules, rest = scheme.rules
    branches = [(_fits(rule, measures, thresholds), literal(rule.segment)) for rule in rules]
    return ibis.cases(*branches, else_=literal(rest.segment))


def _fits(rule: Rule, measures: dict[str, Value], thresholds: Thresholds) -> BooleanValue:
    groups = [
        ibis.or_(*(_holds(condition, measures, thresholds) for condition in group)) for group in rule.groups
    ]
    return ibis.and_(*groups)


def _holds(condition: Condition, measures: dict[str, Value], thresholds: Thresholds) -> BooleanValue:
    value = measures[condition.measure]
    if condition.sign == "unknown":
        return value.isnull()
    number = read_threshold(condition, thresholds)
    if number is None:
        return literal(False)
    threshold = _write_amount(number) if condition.measure in AMOUNTS else literal(number)
    if condition.sign == "<=":
        return value <= threshold
    return value < threshold if condition.sign == "<" else value >= threshold


def _write_amount(units: int) -> Value:
    return literal(f"{units // 10_000}.{units % 10_000:04d}").cast(MONEY)


def list_buyers(months: Table, programmes: Table, values: Table) -> Table:
    """Return who has an order and may be profiled, in whole numbers; amounts in 1/10,000.

    ``values``: ``VALUES``, retention cost and ``described``; the others as for ``list_months``.
    ``first_day``: in days since 1970. ``shared``: retention cost, less what is of the customer alone or of a
    programme, of which the month is known.
    """
    own = months.filter(months.own_retention_cost != NOTHING)
    kept = ibis.union(
        own.select("customer_id", paid=own.own_retention_cost),
        programmes.select("customer_id", paid=programmes.cost),
    )
    kept = kept.group_by(keeper="customer_id").agg(paid=kept.paid.sum())
    buyers = values.filter(~values.objects_to_profiling, values.orders > 0)
    known = buyers.left_join(kept, buyers.customer_id == kept.keeper)
    return known.select(
        "customer_id",
        "described",
        first_day=count_days(known.first_order, literal(date(1970, 1, 1))).cast("int64"),
        shared=_to_units(known.retention_cost - known.paid.fill_null(NOTHING)),
    )


def list_months(months: Table, programmes: Table) -> Table:
    """Return what customers did per month, in whole numbers; amounts in 1/10,000.

    ``months``: the table of customer and month; ``programmes``: customer_id, month and cost of programmes. A
    customer may have two rows of a month. ``last_day`` is in days since 1970, 0 for a month without an order.
    A contribution that is not known is ``UNKNOWN``. ``cost``: of winning, and of keeping as far as it is of a
    customer alone or of a programme. What is small travels as one number, see ``unpack_counts``: to take a
    number out of the database costs more than to find it.
    """
    start, nothing = literal(date(1970, 1, 1)), literal(0, type="int64")
    spent = (months.acquisition_cost != NOTHING) | (months.own_retention_cost != NOTHING)
    last_day = count_days(months.last_day, start).fill_null(0).cast("int64")
    did = months.select(
        "customer_id",
        counts=pack_counts(months.month, last_day, months.orders.cast("int64")),
        revenue=_to_units(months.revenue - months.loose),
        contribution=_to_units(months.contribution).fill_null(UNKNOWN),
        cost=ibis.ifelse(spent, _to_units(months.acquisition_cost + months.own_retention_cost), nothing),
    )
    of_programmes = programmes.select(
        "customer_id",
        counts=pack_counts(programmes.month, nothing, nothing),
        revenue=nothing,
        contribution=nothing,
        cost=_to_units(programmes.cost),
    )
    return ibis.union(did, of_programmes)


def pack_counts(month: IntegerValue, day: IntegerValue, orders: IntegerValue) -> IntegerValue:
    """Return a month (may be below 0), a day since 1970 and a number of orders as one number."""
    packed: IntegerValue = (month * (1 << _DAY_BITS) + day) * (1 << _ORDER_BITS) + orders
    return packed


def unpack_counts(packed: Whole) -> tuple[Whole, Whole, Whole]:
    """Return the months, days and numbers of orders of ``pack_counts``."""
    days = packed >> _ORDER_BITS
    return days >> _DAY_BITS, days & ((1 << _DAY_BITS) - 1), packed & ((1 << _ORDER_BITS) - 1)


def count_active(customers: Table, months: Sequence[int]) -> Table:
    """Return how many buyers are active in each of these months (places in the history), a column each."""
    buyers = customers.filter(customers.orders > 0)
    counts = {}
    for month in months:
        chunk, bit = divmod(month, MONTHS_PER_MASK)
        active = (buyers[f"active_{chunk}"] & literal(1 << bit, type="int64")) != 0
        counts[f"month_{month}"] = buyers.count(where=active)
    return buyers.agg(**counts)


def _to_units(amount: Value) -> IntegerValue:
    return (amount * 10_000).cast("int64")
