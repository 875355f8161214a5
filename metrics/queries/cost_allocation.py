"""Who shares which cost. The shares themselves are worked out in ``metrics.cost_allocation``."""

from collections.abc import Sequence
from datetime import date

import ibis
from ibis import literal
from ibis.expr.types import DateValue, DecimalValue, IntegerValue, Table

from customers.segments import BUILT_IN, read_segment
from metrics.basis import Basis
from metrics.queries.days import count_days
from metrics.queries.facts import MONEY, Facts
from metrics.queries.orders import NOTHING
from metrics.queries.rollup import list_masks

UNITS_PER_ONE = 10_000


def count_new_customers(customers: Table) -> Table:
    """Return new customers by channel, campaign and month: how many, and the lowest customer number."""
    new = customers.filter(customers.new_month.notnull())
    return new.group_by("channel", "campaign", month=new.new_month).agg(
        n=new.count(), lowest=new.external_id.min()
    )


def count_active_customers(customers: Table) -> Table:
    """Return customers by the months they are active in: how many, and the lowest customer number."""
    masks = list_masks(customers, "active")
    buyers = customers.filter(customers.orders > 0)
    return buyers.group_by(*masks).agg(n=buyers.count(), lowest=buyers.external_id.min())


def find_entitled(customers: Table, memberships: Table, cost_months: Table) -> Table:
    """Return who shares a programme's cost of a month: members on any day of it who are active then.

    ``cost_months``: programme, month, first and last day that count, and a mask per chunk.
    """
    member = memberships.select(
        "customer_id", "programme", member_from=memberships.first_day, member_to=memberships.last_day
    )
    during = member.join(
        cost_months,
        [
            member.programme == cost_months.programme,
            member.member_from <= cost_months.last_day,
            member.member_to.isnull() | (member.member_to >= cost_months.first_day),
        ],
    )
    masks = list_masks(customers, "active")
    known = customers.filter(customers.orders > 0).select("customer_id", "external_id", *masks)
    found = during.join(known, during.customer_id == known.customer_id)
    hits = [(found[mask] & found[mask.replace("active", "month")]) != 0 for mask in masks]
    return found.filter(ibis.or_(*hits)).select("programme", "month", "customer_id", "external_id").distinct()


def count_entitled(entitled: Table) -> Table:
    """Return how many share each programme's month, and the lowest customer number."""
    return entitled.group_by("programme", "month").agg(n=entitled.count(), lowest=entitled.external_id.min())


def sum_programme_shares(entitled: Table, shares: Table) -> Table:
    """Return per customer what all programmes come to; ``shares``: programme, month, cost, window_cost."""
    return _sum_shares(entitled.join(shares, ["programme", "month"]))


def find_members(customers: Table, facts: Facts, segments: Sequence[str]) -> Table:
    """Return who of the buyers is in which segment, with the months they are active in.

    ``segments`` as costs name them, ``country = NL``: of what is known of customers today.
    """
    columns = ["customer_id", "external_id", *list_masks(customers, "active")]
    if not segments:
        return customers.filter(literal(False)).mutate(segment=literal("")).select("segment", *columns)
    return ibis.union(
        *(_select_members(customers, facts, text, columns) for text in segments), distinct=False
    )


def _select_members(customers: Table, facts: Facts, text: str, columns: Sequence[str]) -> Table:
    segment, known = read_segment(text), customers
    if segment.attribute in customers.columns:
        found = customers[segment.attribute]
    else:
        known = _join_attributes(customers, facts)
        built_in = segment.attribute in BUILT_IN
        found = known[segment.attribute] if built_in else known.attributes[segment.attribute].str
    members = known.filter(known.orders > 0, found == segment.value)
    return members.mutate(segment=literal(text)).select("segment", *columns)


def _join_attributes(customers: Table, facts: Facts) -> Table:
    more = facts.customers.select("id", "city", "attributes")
    return customers.join(more, customers.customer_id == more.id)


def count_members(members: Table) -> Table:
    """Return members of each segment by the months they are active in: how many, and the lowest number."""
    masks = list_masks(members, "active")
    return members.group_by("segment", *masks).agg(n=members.count(), lowest=members.external_id.min())


def count_member_profiles(members: Table, owners: Table, segments: Sequence[str]) -> Table:
    """Return members of each of these segments by profile and the months they are active in.

    ``owners``: customer_id and profile. ``segment``: its place among ``segments``.
    """
    masks = list_masks(members, "active")
    owners = owners.select("profile", owner=owners.customer_id)
    known = members.filter(members.segment.isin(segments)).join(owners, members.customer_id == owners.owner)
    places = [(known.segment == name, literal(place, type="int32")) for place, name in enumerate(segments)]
    numbered = known.mutate(segment=ibis.cases(*places).cast("int64"))
    return numbered.group_by("segment", "profile", *masks).agg(n=numbered.count())


def list_programme_shares(entitled: Table, shares: Table) -> Table:
    """Return who got what of a programme's month: customer_id, month, cost."""
    return entitled.join(shares, ["programme", "month"]).select("customer_id", "month", "cost")


def sum_segment_shares(members: Table, shares: Table) -> Table:
    """Return per customer what all segments come to; ``shares``: segment, masks, cost, window_cost."""
    joined = members.join(shares, ["segment", *list_masks(members, "active")])
    return _sum_shares(joined)


def add_up_shares(*summed: Table) -> Table:
    """Return per customer what programmes and segments come to together."""
    return _sum_shares(ibis.union(*summed, distinct=False))


def _sum_shares(shares: Table) -> Table:
    return shares.group_by("customer_id").agg(
        cost=shares.cost.sum().cast(MONEY), window_cost=shares.window_cost.sum().cast(MONEY)
    )


def sum_own_costs(facts: Facts, basis: Basis) -> Table:
    """Return per customer the retention cost made for it alone: due by ``as_of``, and in the window.

    Each row is spread over its days in whole 1/10,000; days after ``as_of`` are not due.
    """
    costs = facts.retention_costs
    costs = costs.filter(costs.customer_id.notnull(), costs.first_day <= basis.as_of)
    due = _spread_until(costs, basis.as_of)
    before = _spread_until(costs, basis.window_first, inclusive=False)
    valued = costs.select("customer_id", due=due, in_window=due - before)
    return valued.group_by("customer_id").agg(
        cost=valued.due.sum().cast(MONEY), window_cost=valued.in_window.sum().cast(MONEY)
    )


def split_own_costs(facts: Facts, months: Table) -> Table:
    """Return the retention cost made for single customers by month: customer_id, month, cost.

    ``months``: month, its first day and its last that counts; they end with ``as_of``. A month gets what is
    spread up to its end less what was spread before it, in whole 1/10,000.
    """
    costs = facts.retention_costs
    costs = costs.filter(costs.customer_id.notnull())
    months = months.select("month", starts=months.first_day, ends=months.last_day)
    parts = costs.join(months, [costs.first_day <= months.ends, costs.last_day >= months.starts])
    before = _spread_until(parts, parts.starts, inclusive=False)
    return parts.select("customer_id", "month", cost=_spread_until(parts, parts.ends) - before)


def sum_own_months(facts: Facts, months: Table) -> Table:
    """Return by month what single customers cost together: the sum of what each of their costs is spread to.

    The sum of all costs, spread at once, would be some 1/10,000 off what customers have.
    """
    parts = split_own_costs(facts, months)
    return parts.group_by("month").agg(cost=parts.cost.sum().cast(MONEY))


def list_own_ranges(facts: Facts) -> Table:
    """Return retention cost made for single customers, added up by range of days."""
    costs = facts.retention_costs
    costs = costs.filter(costs.customer_id.notnull())
    return costs.group_by("first_day", "last_day").agg(amount=costs.amount.sum().cast(MONEY))


def _spread_until(costs: Table, day: date | DateValue, *, inclusive: bool = True) -> DecimalValue:
    """Return the part of a cost that falls on its days up to ``day``: all of it, none, or pro rata."""
    length = count_days(costs.last_day, costs.first_day).cast("int64") + 1
    passed = count_days(day, costs.first_day).cast("int64") + int(inclusive)
    units = (costs.amount * UNITS_PER_ONE).cast("int64")
    share = _to_amount((units * passed) // length)
    return ibis.cases((passed <= 0, NOTHING), (passed >= length, costs.amount), else_=share)


def _to_amount(units: IntegerValue) -> DecimalValue:
    ten_thousandth = literal("0.0001").cast(MONEY)
    return (units.cast("decimal(19, 4)") * ten_thousandth).cast(MONEY)
