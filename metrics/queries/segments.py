"""Which segment every customer is in, by the rules of ``metrics.core.segments``."""

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, StringValue, Table, Value

from metrics.basis import Basis
from metrics.core.segments import AMOUNTS, SCHEMES, Condition, Rule, Scheme, Thresholds, read_threshold
from metrics.queries.days import count_days
from metrics.queries.facts import MONEY


def place_customers(values: Table, thresholds: Thresholds, basis: Basis) -> Table:
    """Return a row per customer who may be profiled: its segment by each scheme, on ``as_of``.

    ``values``: customer_id, objects_to_profiling, orders, first_order, last_order, revenue and realised value
    (NULL where not known). ``thresholds``: amounts in 1/10,000.
    """
    known = values.filter(~values.objects_to_profiling)
    measures = {
        "days_since_last": count_days(literal(basis.as_of), known.last_order),
        "days_since_first": count_days(literal(basis.as_of), known.first_order),
        "orders": known.orders,
        "revenue": known.revenue,
        "realised": known.realised,
    }
    schemes = {key: place(scheme, measures, thresholds) for key, scheme in SCHEMES.items()}
    return known.select("customer_id", **schemes)


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
