"""What customers brought in over a year, in which categories, and which market figures speak of them."""

from collections.abc import Sequence

from ibis import literal
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.queries.cost_allocation import find_members
from metrics.queries.facts import MONEY, Facts
from metrics.queries.histories import to_units
from metrics.queries.orders import NOTHING, value_recent_orders


def list_year_orders(facts: Facts, refunded: Table, basis: Basis, every: int = 1) -> Table:
    """Return the orders of the 365 days up to ``as_of``: id, customer, valid, net, contribution.

    ``every``: of customers whose number can be divided by it, a sample that is the same in every calculation.

    ``contribution`` is NULL while the cost of a valid order is not known; an order that is not valid has
    only its transaction cost.
    """
    first = calendar.days_up_to(basis.as_of).first
    orders = value_recent_orders(facts, refunded, first, basis)
    if every > 1:
        orders = orders.filter(orders.customer_id % every == 0)
    net = orders.valid.ifelse(orders.net, NOTHING)
    cost = orders.transaction_cost.fill_null(NOTHING)
    return orders.select(
        "id", "customer_id", "valid", net=net, contribution=(net - orders.goods - cost).cast(MONEY)
    )


def sum_year(orders: Table, loose: Table, basis: Basis) -> Table:
    """Return per customer what the year came to: revenue, contribution (NULL: not all costs are known).

    ``orders`` of ``list_year_orders``, ``loose`` refunds of ``find_loose_refunds``.
    """
    first = calendar.days_up_to(basis.as_of).first
    recent = loose.filter(loose.day >= first, loose.customer_id.notnull())
    lowered = recent.group_by("customer_id").agg(amount=recent.amount.sum().cast(MONEY))
    sums = orders.group_by("customer_id").agg(
        revenue=orders.net.sum().cast(MONEY),
        contribution=orders.contribution.sum().cast(MONEY),
        unknown=orders.count(where=orders.contribution.isnull()),
    )
    found = sums.outer_join(lowered, "customer_id")
    taken = found.amount.fill_null(NOTHING)
    known = found.unknown.fill_null(0) == 0
    gained = (found.contribution.fill_null(NOTHING) - taken).cast(MONEY)
    return found.select(
        customer_id=found.customer_id.fill_null(found.customer_id_right),
        revenue=(found.revenue.fill_null(NOTHING) - taken).cast(MONEY),
        contribution=known.ifelse(gained, literal(None, type=MONEY)),
    )


def count_units(year: Table, unknown: int) -> Table:
    """Return ``sum_year`` in whole 1/10,000, by customer: customer, revenue, contribution or ``unknown``."""
    ordered = year.order_by("customer_id")
    return ordered.select(
        customer=ordered.customer_id,
        revenue=to_units(ordered.revenue),
        contribution=to_units(ordered.contribution).fill_null(unknown),
    )


def sum_categories(facts: Facts, orders: Table) -> Table:
    """Return what each customer bought per category ('' for none) in the valid orders of the year.

    ``orders`` of ``list_year_orders``.

    ``amount`` is the net amount of the lines; those worth nothing, or that give money back, buy nothing.
    """
    lines = facts.order_lines.filter(facts.order_lines.net_amount > NOTHING)
    valid = orders.filter(orders.valid)
    found = lines.join(valid, lines.order_id == valid.id)
    return found.group_by("customer_id", "category").agg(amount=found.net_amount.sum().cast(MONEY))


def find_market_members(customers: Table, facts: Facts, figures: Sequence[str]) -> Table:
    """Return which customers each market figure (``country = NL``) speaks of: segment, customer_id."""
    return find_members(customers, facts, figures).select("segment", "customer_id")
