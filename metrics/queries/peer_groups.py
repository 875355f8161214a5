"""What customers of the same channel and first category have in common: sums to make rates from."""

from collections.abc import Sequence

import ibis
from ibis import literal
from ibis.expr.types import BooleanValue, Table

from metrics.basis import Basis, number_months
from metrics.core import calendar
from metrics.queries.days import MONTHS_PER_MASK, add_days
from metrics.queries.facts import MONEY
from metrics.queries.rollup import list_masks


def sum_peers(customers: Table, basis: Basis) -> Table:
    """Return one row per channel and first category over buyers who do not object to profiling.

    ``revenue`` and ``contribution`` are over customers whose costs are all known; ``repeat_*`` over those
    whose day 365 falls in the 12 months up to ``as_of``; ``retention_*`` compare the last 12 complete
    months with the 12 before (0 when these are not known).
    """
    peers = customers.filter(customers.orders > 0, ~customers.objects_to_profiling)
    known = peers.goods.notnull()
    due, again = judge_repeat(peers, basis.repeat_window)
    before, after = judge_retention(peers, basis)
    return peers.group_by("channel", category=peers.first_category).agg(
        n=peers.count(),
        known=peers.count(where=known),
        revenue=peers.revenue.sum(where=known).cast(MONEY),
        goods=peers.goods.sum(where=known).cast(MONEY),
        transaction_cost=peers.transaction_cost.sum(where=known).cast(MONEY),
        repeat_numerator=peers.count(where=due & again),
        repeat_denominator=peers.count(where=due),
        retention_numerator=peers.count(where=before & after),
        retention_denominator=peers.count(where=before),
    )


def judge_repeat(customers: Table, window: calendar.Window) -> tuple[BooleanValue, BooleanValue]:
    """Return who had day 365 in the window, and who bought again on day 1 to 365."""
    day_365 = add_days(customers.first_order, calendar.DAYS_IN_WINDOW)
    due = (day_365 >= literal(window.first)) & (day_365 <= literal(window.last))
    again = (customers.second_order <= day_365).fill_null(False)
    return due, again


def judge_retention(customers: Table, basis: Basis) -> tuple[BooleanValue, BooleanValue]:
    """Return who bought in the 12 months before the last 12 complete ones, and who in these."""
    month = basis.last_complete_month
    if month is None or not basis.is_retention_known(month):
        never = literal(False)
        return never, never
    earlier = list(calendar.list_months(*_ends(calendar.preceding_window(month))))
    later = list(calendar.list_months(*_ends(calendar.rolling_window(month))))
    numbers = number_months(basis.months)
    return (
        has_bought(customers, [numbers[m] for m in earlier if m in numbers]),
        has_bought(customers, [numbers[m] for m in later if m in numbers]),
    )


def has_bought(customers: Table, months: Sequence[int]) -> BooleanValue:
    """Return whether a customer has a valid order in any of the months, given by their places."""
    masks = dict.fromkeys(list_masks(customers, "bought"), 0)
    for number in months:
        masks[f"bought_{number // MONTHS_PER_MASK}"] |= 1 << number % MONTHS_PER_MASK
    hits = [(customers[name] & literal(mask, type="int64")) != 0 for name, mask in masks.items() if mask]
    return ibis.or_(*hits) if hits else literal(False)


def _ends(window: calendar.Window) -> tuple:
    return window.first, window.last
