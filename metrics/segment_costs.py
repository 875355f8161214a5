"""Retention cost made for segments that follow from orders: who was in one at the end of the cost's month.

A cost enters the realised value, and value tiers are made of that: they bear none. RFM and lifecycle, and own
segments that ask nothing of value, can be told of any month end before a cost is shared, by the thresholds in
use and by what is known now of orders up to then. That is how the history of segments is told, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis
from ibis.expr.types import Table

from metrics.basis import Basis, number_months
from metrics.cost_allocation import Pool, RetentionPools
from metrics.named_segments import find_criteria
from metrics.queries import segment_members as queries
from metrics.queries.facts import FACTS
from metrics.queries.orders import value_owned_orders
from metrics.queries.rollup import end_month
from metrics.segments import find_order_thresholds
from metrics.workspace import Workspace

if TYPE_CHECKING:
    from metrics.calculation import Gathered

#: What the name of a segment starts with among programmes: no name in a file can.
_MARK: Final = "\x1f"


@dataclass(frozen=True)
class Followed:
    """What was made for segments that follow from orders, and the filters that say who is in each.

    Both by a name that no programme has: such a cost is shared as that of a programme is whose members differ
    from month to month.
    """

    pools: Mapping[str, Pool]
    filters: Mapping[str, Mapping[str, str]]


def take_followed(pools: RetentionPools) -> Followed:
    """Take what was made for such segments out of the pools of segments."""
    found = {kept: find_criteria(kept) for kept in pools.segments}
    filters = {_MARK + kept: criteria for kept, criteria in found.items() if criteria is not None}
    return Followed({name: pools.segments.pop(name.removeprefix(_MARK)) for name in filters}, filters)


def find_members(
    work: Workspace, found: "Gathered", basis: Basis, followed: Followed, cost_months: Table
) -> Table | None:
    """Return who shares which month of the costs, as ``find_entitled`` does for programmes; None: nobody.

    ``cost_months``: programme (a name in ``followed``) and month, a place in ``basis.months``.
    """
    numbers = number_months(basis.months)
    months = {month for pool in followed.pools.values() for month in pool}
    places = sorted(numbers[month] for month in months if month in numbers)
    if not places:
        return None
    rows = [(place, end_month(basis, place)) for place in places]
    ends = work.load("segment_ends", {"month": "int64", "last_day": "date"}, rows)
    orders = value_owned_orders(FACTS, found.refunded, basis)
    states = work.keep("states", queries.follow_orders(orders, found.loose, basis))
    thresholds = find_order_thresholds(work, found.customers)
    active = queries.place_active(states, ends, found.customers, thresholds, rows[0][1])
    wanted = ibis.or_(*(queries.meets(active, criteria) for criteria in followed.filters.values()))
    placed = work.keep("placed", active.filter(wanted))
    return queries.list_entitled(placed, followed.filters, cost_months)
