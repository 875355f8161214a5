"""Who was in a segment at the end of a month, told by orders up to then: for costs made for a segment."""

import functools
import operator
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, IntegerValue, Table, Value

from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.segments import LIFECYCLE, RFM, Thresholds
from metrics.own_segments import AMOUNTS, DAYS, MEMBERS, NO_MEMBER
from metrics.queries.days import count_days, look_up, number_month
from metrics.queries.facts import MONEY
from metrics.queries.orders import NOTHING
from metrics.queries.rollup import number_days
from metrics.queries.segments import place

#: Schemes that follow from orders alone.
PLACED: Final = (RFM, LIFECYCLE)
_NOTHING_BOUGHT: Final = literal(0, type="int64")


def follow_orders(orders: Table, loose: Table, basis: Basis) -> Table:
    """Return what every customer's valid orders had come to, a row from each month in which that changed.

    ``orders`` are those of ``value_owned_orders``, ``loose`` of ``find_loose_refunds``. ``month``: the place
    in the history from which a row holds, ``until`` the one from which the next does, NULL for the last.
    ``orders``, ``revenue`` (less refunds without an order) and ``last_order``: up to the end of the month.
    """
    valid = orders.filter(orders.valid)
    month = look_up(valid.ordered_on, basis.first_day, number_days(basis))
    bought = valid.group_by("customer_id", month=month).agg(
        orders=valid.count(), revenue=valid.net.sum(), last_order=valid.ordered_on.max()
    )
    lowered = loose.filter(loose.customer_id.notnull())
    first = basis.months[0]
    start = literal(first.year * calendar.MONTHS_PER_YEAR + first.month - 1, type="int64")
    lowered = lowered.select(
        "customer_id",
        month=number_month(lowered.day) - start,
        orders=_NOTHING_BOUGHT,
        revenue=(NOTHING - lowered.amount).cast(MONEY),
        last_order=literal(None, type="date"),
    )
    moved = ibis.union(bought.select(lowered.columns).cast({"revenue": MONEY}), lowered)
    moved = moved.group_by("customer_id", "month").agg(
        **{name: moved[name].sum() for name in ("orders", "revenue")}, last_order=moved.last_order.max()
    )
    so_far = ibis.cumulative_window(group_by=moved.customer_id, order_by=moved.month)
    following = ibis.window(group_by=moved.customer_id, order_by=moved.month)
    return moved.select(
        "customer_id",
        "month",
        until=moved.month.lead().over(following),
        orders=moved.orders.sum().over(so_far).cast("int64"),
        revenue=moved.revenue.sum().over(so_far).cast(MONEY),
        last_order=moved.last_order.max().over(so_far),
    )


def place_active(
    states: Table, ends: Table, customers: Table, thresholds: Thresholds, earliest: date
) -> Table:
    """Return who was active in which month, and in which segment at its end.

    ``states`` are those of ``follow_orders``; ``ends``: month and last_day of the months asked for, of which
    ``earliest`` is the first such day. Active: a valid order in the 365 days up to the month's last day. Who
    objects to profiling is in no segment.
    """
    lately = states.filter(count_days(literal(earliest), states.last_order) < calendar.DAYS_IN_WINDOW)
    lately = lately.rename(since="month")
    known = lately.join(
        ends,
        [
            lately.since <= ends.month,
            lately.until.isnull() | (lately.until > ends.month),
            count_days(ends.last_day, lately.last_order) < calendar.DAYS_IN_WINDOW,
        ],
    )
    people = customers.filter(~customers.objects_to_profiling, customers.orders > 0)
    people = people.select("external_id", "channel", "country", "first_order", person=people.customer_id)
    known = known.join(people, known.customer_id == people.person)
    measures: dict[str, Value] = {
        "days_since_last": count_days(known.last_day, known.last_order),
        "days_since_first": count_days(known.last_day, known.first_order),
        "orders": known.orders,
        "revenue": known.revenue,
    }
    placed = {scheme.key: place(scheme, measures, thresholds) for scheme in PLACED}
    return known.select(
        "customer_id", "external_id", "month", "channel", "country", "first_order", "revenue", **placed
    )


def meets(placed: Table, criteria: Mapping[str, str]) -> BooleanValue:
    """Return whether a row of ``place_active`` meets the filters of a segment; amounts are of revenue."""
    keys = [scheme.key for scheme in PLACED if scheme.key in criteria]
    found = [_meets_description(placed, criteria), *(placed[key] == criteria[key] for key in keys)]
    for name, sign in AMOUNTS.items():
        if name in criteria:
            amount = literal(str(Decimal(criteria[name]))).cast(MONEY)
            found.append(_compare(placed.revenue, sign, amount))
    return ibis.and_(*found)


def _meets_description(rows: Table, criteria: Mapping[str, str]) -> BooleanValue:
    """Return whether what never changes of a customer fits: channel, country, first order."""
    found = [
        rows[name] == ("" if criteria[name] == NO_MEMBER else criteria[name])
        for name in MEMBERS
        if name in criteria
    ]
    for name, (column, sign) in DAYS.items():
        if name in criteria:
            found.append(_compare(rows[column], sign, literal(date.fromisoformat(criteria[name]))))
    return ibis.and_(literal(True), *found)


def describe(values: Table, segments: Sequence[Mapping[str, str]]) -> IntegerValue:
    """Return a whole number with a bit for every segment of which what never changes fits a customer.

    ``values``: channel, country and first_order.
    """
    bits = [
        ibis.ifelse(_meets_description(values, criteria), literal(1 << bit, type="int64"), _NOTHING_BOUGHT)
        for bit, criteria in enumerate(segments)
    ]
    # A literal of this type is an integer to PostgreSQL; text that is cast stays what it is cast to.
    return functools.reduce(operator.add, bits, literal("0").cast("int64"))


def list_entitled(placed: Table, segments: Mapping[str, Mapping[str, str]], cost_months: Table) -> Table:
    """Return who shares which month of a segment's cost: the columns of ``find_entitled``.

    ``segments``: the filters of each, by the name of its cost in ``cost_months`` (programme, month).
    """
    parts = []
    for name, criteria in segments.items():
        members = placed.filter(meets(placed, criteria))
        months = cost_months.filter(cost_months.programme == name).select("month")
        shared = members.semi_join(months, "month")
        parts.append(shared.select("month", "customer_id", "external_id", programme=literal(name)))
    found = ibis.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
    return found.select("programme", "month", "customer_id", "external_id")


def _compare(column: Value, sign: str, value: Value) -> BooleanValue:
    return column >= value if sign == ">=" else column <= value
