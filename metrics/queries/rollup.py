"""One row per customer: what was bought, what it cost, who it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

import ibis
from ibis import literal
from ibis.expr.types import Table, Value

from metrics.basis import Basis, number_months
from metrics.core import calendar
from metrics.queries.days import MONTHS_PER_MASK, date_mi, list_days, look_up, to_masks
from metrics.queries.facts import Facts
from metrics.queries.orders import NOTHING, value_owned_orders

#: Enough for two processors to end together; every part takes a quarter of a second to compile.
PARTS = 4
LEAST_CUT = 100_000
Ranges = Sequence[tuple[int, int]]


def count_chunks(months: Sequence[date]) -> int:
    """Return how many masks of 62 months the months need."""
    return -(-len(months) // MONTHS_PER_MASK)


def sum_orders(orders: Table, basis: Basis) -> Table:
    """Return one row per customer over its orders (those of ``value_orders``).

    ``days`` are the purchase occasions, in order. ``bought_k`` has a bit for every month with a valid
    order, ``active_k`` one for every month with a valid order in the 365 days that end on its last day (or
    ``as_of``); k counts chunks of 62 months.
    """
    valid = orders.valid
    in_order = [orders.ordered_on, orders.ordered_at, orders.external_id]
    in_window = orders.ordered_on >= basis.window_first
    unknown = valid & orders.goods.isnull()
    return orders.group_by("customer_id").agg(
        orders=orders.count(where=valid),
        days=orders.ordered_on.collect(where=valid, order_by=orders.ordered_on, distinct=True),
        first_channel=orders.sales_channel.collect(where=valid, order_by=in_order)[0],
        first_category=orders.main_category.collect(where=valid, order_by=in_order)[0],
        revenue=orders.net.sum(where=valid),
        goods=orders.goods.sum(),
        unknown_goods=orders.count(where=unknown),
        transaction_cost=orders.transaction_cost.sum(),
        window_orders=orders.count(where=valid & in_window),
        window_revenue=orders.net.sum(where=valid & in_window),
        window_transaction=orders.transaction_cost.sum(where=in_window),
        **_mark_months(orders, basis),
    )


def span_customers(facts: Facts) -> Table:
    """Return one row: the lowest and the highest number of a customer with an order, NULL without any."""
    return facts.orders.agg(low=facts.orders.customer_id.min(), high=facts.orders.customer_id.max())


def cut_span(low: int | None, high: int | None) -> list[tuple[int, int]]:
    """Return ranges of customers, both ends included, for several processors to work at; none for few."""
    if low is None or high is None or high - low < LEAST_CUT:
        return []
    edges = [low + (high - low + 1) * part // PARTS for part in range(PARTS + 1)]
    return [(first, after - 1) for first, after in pairwise(edges)]


def sum_orders_in_parts(facts: Facts, refunded: Table, basis: Basis, ranges: Ranges) -> Table:
    """Return ``sum_orders`` of all customers with an order, ranges of them apart from one another.

    PostgreSQL cannot spread sums that depend on an order over processors, but parts of a union it can.
    """
    if not ranges:
        return sum_orders(value_owned_orders(facts, refunded, basis), basis)
    return ibis.union(*(_sum_range(facts, refunded, basis, *ends) for ends in ranges))


def _sum_range(facts: Facts, refunded: Table, basis: Basis, low: int, high: int) -> Table:
    mine = replace(facts, orders=facts.orders.filter(facts.orders.customer_id.between(low, high)))
    theirs = refunded.filter(refunded.order_customer.between(low, high))
    return sum_orders(value_owned_orders(mine, theirs, basis), basis)


def describe_customers(facts: Facts, orders: Table, loose: Table, basis: Basis) -> Table:
    """Return one row per customer that is known on ``as_of``: by an order, a refund or a cost of its own.

    ``orders`` are those of ``sum_orders``, ``loose`` of ``find_loose_refunds``. The channel is the
    acquisition channel, else that of the first valid order, else ''. ``new_month`` is the month in which
    the customer was new, NULL when it never was. ``goods`` is NULL when the cost of an order is not known.
    """
    customers = facts.customers
    lowered = _sum_loose_refunds(loose)
    costs = facts.retention_costs
    named = costs.filter(costs.customer_id.notnull(), costs.first_day <= basis.as_of)
    joined = (
        customers.left_join(orders, customers.id == orders.customer_id)
        .left_join(lowered, customers.id == lowered.loose_customer)
        .mutate(has_own_cost=customers.id.isin(named.customer_id))
    )
    joined = joined.filter(
        joined.customer_id.notnull() | joined.loose_customer.notnull() | joined.has_own_cost
    )
    first, last = joined.days[0], joined.days[joined.days.length() - 1]
    bought = joined.orders.fill_null(0) > 0
    was_here = (joined.acquired_on < basis.complete_from).fill_null(False)
    masks = {name: joined[name].fill_null(0) for name in list_masks(joined)}
    return joined.select(
        customer_id=joined.id,
        external_id=joined.external_id,
        channel=ibis.coalesce(joined.acquisition_channel.nullif(""), joined.first_channel, literal("")),
        campaign=joined.campaign,
        country=joined.country,
        first_category=joined.first_category.fill_null(""),
        objects_to_profiling=joined.objects_to_profiling,
        orders=joined.orders.fill_null(0).cast("int32"),
        occasions=joined.days.length().fill_null(0).cast("int32"),
        first_order=first,
        second_order=joined.days[1],
        last_order=last,
        recency=date_mi(last, first),
        age=date_mi(literal(basis.as_of), first),
        new_month=ibis.ifelse(bought & ~was_here, _number_month(first, basis), None),
        revenue=joined.revenue.fill_null(NOTHING) - joined.lowered.fill_null(NOTHING),
        goods=ibis.ifelse(joined.unknown_goods.fill_null(0) == 0, joined.goods.fill_null(NOTHING), None),
        transaction_cost=joined.transaction_cost.fill_null(NOTHING),
        window_orders=joined.window_orders.fill_null(0).cast("int32"),
        window_revenue=joined.window_revenue.fill_null(NOTHING),
        window_transaction=joined.window_transaction.fill_null(NOTHING),
        **masks,
    )


def list_masks(table: Table, kind: str = "") -> list[str]:
    """Return the names of a table's mask columns, of one kind (``bought``, ``active``) or both."""
    kinds = (kind,) if kind else ("bought", "active")
    return [name for name in table.columns if name.rpartition("_")[0] in kinds and name[-1].isdigit()]


def _sum_loose_refunds(loose: Table) -> Table:
    ours = loose.filter(loose.customer_id.notnull())
    return ours.group_by(loose_customer=ours.customer_id).agg(lowered=ours.amount.sum())


def _number_month(day: Value, basis: Basis) -> Value:
    return look_up(day, basis.first_day, number_days(basis))


def number_days(basis: Basis) -> list[int]:
    """Return for every day from the first order to ``as_of`` the place of its month in ``basis.months``."""
    numbers = number_months(basis.months)
    return [numbers[calendar.first_day_of_month(day)] for day in list_days(basis.first_day, basis.as_of)]


def _mark_months(orders: Table, basis: Basis) -> dict[str, Value]:
    days = list_days(basis.first_day, basis.as_of)
    chunks = count_chunks(basis.months)
    bought = to_masks([[number] for number in number_days(basis)], chunks)
    active = to_masks([_list_active_months(day, basis) for day in days], chunks)
    return {
        f"{kind}_{chunk}": look_up(orders.ordered_on, basis.first_day, masks).bit_or(where=orders.valid)
        for kind, chunked in (("bought", bought), ("active", active))
        for chunk, masks in enumerate(chunked)
    }


def _list_active_months(day: date, basis: Basis) -> list[int]:
    """Return the months whose 365 days up to their last day (or ``as_of``) hold ``day``."""
    start = calendar.months_between(basis.months[0], day)
    numbers = range(start, min(start + calendar.MONTHS_PER_YEAR + 1, len(basis.months)))
    return [number for number in numbers if calendar.days_up_to(end_month(basis, number)).first <= day]


def end_month(basis: Basis, number: int) -> date:
    """Return the last day of a month that exists in the run: its own, or ``as_of``."""
    return min(calendar.last_day_of_month(basis.months[number]), basis.as_of)
