"""The one door from the database to the models: orders in, histories as arrays out; customers as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core.histories import Flags, Floats, Histories, Orders, RefundRows, Whole, build_histories
from metrics.peer_groups import Peers
from metrics.queries import histories as queries
from metrics.queries.facts import FACTS
from metrics.queries.rollup import Ranges
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

MARGIN_PLACES: Final = 10**10
Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True)
class Roll:
    """Everyone with a valid order, one element each, by number ascending; read once, for several steps.

    ``cell``: place in ``cells``, channels and first categories; those of ``Peers.by_cell`` come first, in its
    order. ``age``: days since the first order. ``margin``: contribution ÷ revenue, NaN where not known.
    ``objects``: to profiling.
    """

    customer: Whole
    cell: Whole
    age: Whole
    margin: Floats
    objects: Flags
    cells: Sequence[tuple[str, str]]

    def find_margin(self, customers: Whole) -> Floats:
        """Return the margins of customers; NaN for who is not on the roll, or has none."""
        return look_up(customers, self.customer, self.margin, np.nan)


def read_roll(work: PostgresWorkspace, peers: Peers) -> Roll:
    """Return the customers that ``value_customers`` valued."""
    cells = [*peers.by_cell]
    others = work.read_sql(
        f"SELECT DISTINCT channel, first_category FROM {PREFIX}values"
        " WHERE orders > 0 AND objects_to_profiling ORDER BY channel, first_category"
    )
    found = ((row["channel"], row["first_category"]) for row in others)
    cells += [cell for cell in found if cell not in peers.by_cell]
    rows = ((channel, category, cell) for cell, (channel, category) in enumerate(cells))
    work.load("cells", {"channel": "string", "category": "string", "cell": "int64"}, rows)
    read = work.read_numbers(
        f"""SELECT valued.customer_id, cells.cell, valued.age::bigint,
                coalesce((valued.margin * {MARGIN_PLACES})::bigint, {UNKNOWN}),
                valued.objects_to_profiling::integer::bigint
            FROM {PREFIX}values AS valued
            JOIN {PREFIX}cells AS cells
                ON cells.channel = valued.channel AND cells.category = valued.first_category
            WHERE valued.orders > 0 ORDER BY valued.customer_id""",
        ("customer", "cell", "age", "margin", "objects"),
    )
    margin = np.where(read["margin"] == UNKNOWN, np.nan, read["margin"] / MARGIN_PLACES)
    return Roll(read["customer"], read["cell"], read["age"], margin, read["objects"] > 0, cells)


def look_up(wanted: Whole, keys: Whole, values: npt.NDArray[Kind], otherwise: float) -> npt.NDArray[Kind]:
    """Return the value of each wanted key; ``keys`` ascend. Of the very same keys, ``values`` themselves."""
    if not len(keys):
        return np.full(len(wanted), otherwise, dtype=values.dtype)
    if np.array_equal(wanted, keys):
        return values
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: npt.NDArray[Kind] = np.where(keys[place] == wanted, values[place], otherwise).astype(values.dtype)
    return found


def join_columns(
    one: Mapping[str, Whole], other: Mapping[str, Whole], by: str, otherwise: int
) -> dict[str, Whole]:
    """Return the columns of both, for every number that either has in ``by``, ascending in both."""
    keys = np.union1d(one[by], other[by])
    return {
        name: keys if name == by else look_up(keys, columns[by], column, otherwise)
        for columns in (one, other)
        for name, column in columns.items()
    }


def read_histories(
    work: PostgresWorkspace, basis: Basis, refund_rows: Table, ranges: Ranges = ()
) -> Histories:
    """Return the orders up to ``as_of`` of all customers. Days count from 1 January 1970.

    ``refund_rows``: those of ``metrics.queries.orders.list_refund_rows``; ``ranges`` of customers are read
    apart from one another, see ``metrics.queries.rollup.cut_span``.
    """
    parts = [queries.list_orders(FACTS, basis, ends) for ends in ranges]
    orders = Orders(**work.read_parts(parts or [queries.list_orders(FACTS, basis)], "customer"))
    told = work.read_arrays(queries.list_refunds_on_orders(FACTS, basis), "order")
    rows = work.read_arrays(queries.list_refund_rows(refund_rows), "order")
    refunds = RefundRows(**{name: np.concatenate([told[name], rows[name]]) for name in told})
    return build_histories(orders, refunds, np.zeros(0, dtype=np.int64))


def read_objecting(work: PostgresWorkspace) -> Whole:
    """Return who may not be predicted, nor predicted from."""
    customers: Whole = work.read_arrays(queries.list_objecting(FACTS), "customer")["customer"]
    return customers
