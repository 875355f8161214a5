"""Which segment every customer is in, by the rules of ``metrics.core.segments``."""

from datetime import date
from typing import Final

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table, Value

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
from metrics.queries.days import count_days
from metrics.queries.facts import MONEY

#: What placing a customer takes.
VALUES: Final = {
    "customer_id": "int64", "objects_to_profiling": "boolean", "orders": "int32", "first_order": "date",
    "last_order": "date", "revenue": MONEY, "realised": MONEY,
}  # fmt: skip


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


def list_months(months: Table, values: Table) -> Table:
    """Return what customers who may be profiled did per month, in whole numbers; amounts in 1/10,000.

    ``months``: the table of customer and month; ``values``: ``VALUES``, of which those with an order count.
    ``last_day`` and ``first_day`` are days since 1970, 0 for a month without an order. A contribution that is
    not known is ``UNKNOWN``.
    """
    buyers = values.filter(~values.objects_to_profiling, values.orders > 0)
    buyers = buyers.select("first_order", buyer_id=buyers.customer_id)
    known = months.join(buyers, months.customer_id == buyers.buyer_id)
    start = date(1970, 1, 1)
    return known.select(
        "customer_id",
        "month",
        orders=known.orders.cast("int64"),
        last_day=count_days(known.last_day, literal(start)).fill_null(0).cast("int64"),
        first_day=count_days(known.first_order, literal(start)).cast("int64"),
        revenue=_to_units(known.revenue - known.loose),
        contribution=_to_units(known.contribution).fill_null(UNKNOWN),
        cost=_to_units(known.acquisition_cost + known.own_retention_cost),
    )


def _to_units(amount: Value) -> IntegerValue:
    return (amount * 10_000).cast("int64")
