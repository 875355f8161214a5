"""What potential asks of orders and lines: the last 365 days, and the 365 before them for its back-test.

All of it is read at once, while numpy fits the models that predictions come from (``metrics.calculation``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import ibis
import numpy as np
from ibis.expr.types import Table

from metrics.assortment import Sold, read_sold
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.calendar import FIRST_DAY
from metrics.core.potential import sum_by_key
from metrics.potential import Year
from metrics.queries import orders
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS
from metrics.valuation import UNKNOWN
from metrics.workspace import PostgresWorkspace

DAYS: Final = calendar.DAYS_IN_WINDOW
MOST_TRIED: Final = 100_000  # customers: enough to tell a difference from chance


@dataclass(frozen=True)
class Span:
    """The 365 days up to the ``as_of`` of a basis, as known then, of one customer in ``every``.

    ``refunded`` and ``loose``: refunds by order, and without an order (``metrics.queries.orders``).
    """

    basis: Basis
    refunded: Table
    loose: Table
    every: int = 1


@dataclass(frozen=True)
class Years:
    """Spans of days, the last first, with what customers brought in and what was sold in each."""

    spans: Sequence[Span]
    years: Sequence[Year]
    sold: Sequence[Sold]


def look_back(
    work: PostgresWorkspace, basis: Basis, refund_rows: Table, first_day: int, buyers: int
) -> list[Span]:
    """Return the span a year ago, nothing where it begins before ``first_day`` (since 1 January 1970).

    Orders, refunds and costs are as they were known then. A large shop is tried on a sample of its customers.
    ``refund_rows``: those of today; ``buyers``: how many customers there are.
    """
    then = replace(basis, as_of=basis.as_of - timedelta(days=DAYS))
    if (then.as_of - FIRST_DAY).days - first_day < DAYS:
        return []
    rows = work.keep("refund_rows_then", queries.look_back(FACTS, refund_rows, then))
    refunded = work.keep("refunded_then", orders.sum_refunded(rows))
    loose = orders.find_loose_refunds(FACTS, rows, refunded, then)
    return [Span(then, refunded, loose, -(-buyers // MOST_TRIED) or 1)]


def read_years(work: PostgresWorkspace, spans: Sequence[Span]) -> Years:
    """Return what each of the spans came to. Orders are kept once, and lines read once, for all of them."""
    of_years = [
        queries.number_year_orders(
            queries.list_year_orders(FACTS, span.refunded, span.basis, span.every), UNKNOWN, place
        )
        for place, span in enumerate(spans)
    ]
    # In one table, so that the join with the lines knows how many orders there are.
    kept = work.keep("year_orders", ibis.union(*of_years) if len(of_years) > 1 else of_years[0])
    years = _sum_years(work, kept, spans)
    return Years(spans, years, read_sold(work, kept, len(spans)))


def _sum_years(work: PostgresWorkspace, kept: Table, spans: Sequence[Span]) -> list[Year]:
    """Return what orders came to, less what was given back besides."""
    rows = work.read_arrays(queries.number_worth(kept, len(spans)), "key")
    keys, taken = [rows["key"]], [np.zeros(len(rows["key"]), dtype=np.int64)]
    for place, span in enumerate(spans):
        given = work.read_arrays(queries.number_year_refunds(span.loose, span.basis), "customer")
        keys.append(given["customer"] * len(spans) + place)
        taken.append(given["amount"])
    none = np.zeros(sum(map(len, keys)) - len(keys[0]), dtype=np.int64)
    known = rows["contribution"] > UNKNOWN
    lowered = np.concatenate(taken)
    key, revenue, contribution, unknown = sum_by_key(
        np.concatenate(keys),
        np.concatenate([rows["revenue"], none]) - lowered,
        np.concatenate([np.where(known, rows["contribution"], 0), none]) - lowered,
        np.concatenate([~known, none]),
    )
    customer, year = np.divmod(key, len(spans))
    contribution[unknown > 0] = UNKNOWN
    mine = (year == place for place in range(len(spans)))
    return [Year(customer[some], revenue[some], contribution[some]) for some in mine]
