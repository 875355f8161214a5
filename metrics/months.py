"""The step that keeps the table of customer and month, see ``metrics.queries.months``."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ibis
from django.db import connection
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.queries import months as queries
from metrics.queries import orders
from metrics.queries.cost_allocation import split_own_costs
from metrics.queries.facts import FACTS, MONEY
from metrics.workspace import PREFIX, Workspace

if TYPE_CHECKING:
    from metrics.calculation import Allocation, Gathered

OWNERS = {"customer_id": "int64", "first_order": "date", "new_month": "int64", "acquisition_cost": MONEY}


def keep_months(work: Workspace, found: "Gathered", allocation: "Allocation", basis: Basis) -> Table:
    """Keep one row per customer and month: ``calculation_months``. Customers must have been valued before."""
    owners = ibis.table(OWNERS, name=f"{PREFIX}values")
    given_back = orders.list_given_back(FACTS, found.refund_rows, found.refunded, basis)
    own_costs = split_own_costs(FACTS, allocation.cost_months)
    movements = work.keep(
        "movements", queries.add_up_movements(given_back, found.loose, own_costs, owners, basis)
    )
    summed = queries.sum_months_in_parts(FACTS, found.refunded, owners, movements, basis, found.ranges)
    with _merging_what_is_sorted():
        return work.keep("months", summed)


@contextmanager
def _merging_what_is_sorted() -> Iterator[None]:
    """Keep PostgreSQL from a hash of all months to join what moved beside them: they come sorted already.

    It takes customers and months for five times fewer than they are. Merged, the step takes three quarters of
    the time (measured), and does not spill.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_hashjoin = off")
        yield
        cursor.execute("SET LOCAL enable_hashjoin = on")


def load_cost_months(work: Workspace, ranges: Iterable[Mapping[str, Any]], basis: Basis) -> Table:
    """Keep the months that costs of single customers fall in, up to ``as_of``: place, first and last day.

    ``ranges``: first and last day of such costs.
    """
    first = min((row["first_day"] for row in ranges), default=basis.as_of)
    rows = [
        (
            calendar.months_between(basis.months[0], month),
            month,
            min(calendar.last_day_of_month(month), basis.as_of),
        )
        for month in calendar.list_months(first, basis.as_of)
    ]
    return work.load("cost_months", {"month": "int64", "first_day": "date", "last_day": "date"}, rows)
