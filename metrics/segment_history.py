"""Sizes of segments at month ends, and who went where: from the table of customer and month, in blocks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Any

import ibis
import numpy as np
from ibis.expr.types import Table

from metrics import cost_allocation, own_segments
from metrics.basis import Basis
from metrics.core import segment_history as core
from metrics.core.histories import Whole
from metrics.core.own_history import OwnHistory
from metrics.core.segments import NO_ORDER, SCHEMES
from metrics.cost_allocation import to_amount
from metrics.models import OwnSegment, Run, SegmentMonth, SegmentMoves
from metrics.queries import segments as queries
from metrics.queries.facts import MONEY
from metrics.queries.rollup import end_month
from metrics.queries.segment_members import describe
from metrics.segment_summary import SegmentFindings, sum_segments
from metrics.segments import Placed
from metrics.workspace import PREFIX, PostgresWorkspace

_START = date(1970, 1, 1)
# Which months a cost of a segment went by is not kept.
_SHARED_COST = f"SELECT EXISTS (SELECT FROM {PREFIX}segment_shares WHERE cost <> 0) AS shared"


def conclude_segments(
    work: PostgresWorkspace, run: Run, basis: Basis, customers: Table, months: Table, placed: Placed
) -> SegmentFindings:
    """Return what a run keeps of its segments: their sums now, and their history.

    Called once the rows of the run are written. ``months``: the table of customer and month.
    """
    findings = SegmentFindings(run=placed.run, sums=sum_segments(work, run))
    follow_segments(work, basis, customers, months, placed, findings)
    return findings


def follow_segments(
    work: PostgresWorkspace,
    basis: Basis,
    customers: Table,
    months: Table,
    placed: Placed,
    findings: SegmentFindings,
) -> None:
    """Add to the findings what segments were at the last 24 month ends (the last one: on ``as_of``).

    ``months`` is the table of customer and month. What a customer had realised is known at an earlier month
    end only where no segment by description has retention cost of its own; else value tiers have no history,
    nor have own segments that ask for it.
    """
    shown = basis.months[-core.MONTHS_BACK :]
    looked = _look_back(work, customers, basis, len(shown))
    [row] = work.read_sql(_SHARED_COST)
    placed.run.tiers_known = not row["shared"]
    placed.run.months = [month.isoformat() for month in shown]
    schemes = [scheme for key, scheme in SCHEMES.items() if key != "tier" or placed.run.tiers_known]
    histories = [core.History(scheme, len(shown)) for scheme in schemes]
    followed = own_segments.list_followed(tiers_known=placed.run.tiers_known)
    own = [OwnHistory(one, len(shown)) for one in own_segments.make_filters(followed)]
    blocks = _read_blocks(work, months, [segment.criteria for segment in followed])
    _follow_while_reading(blocks, lambda block: core.follow(block, looked, histories, placed.thresholds, own))
    for one in own:
        findings.months += _list_own_months(one, shown, basis.run_id)
    for history in histories:
        findings.months += _list_months(history, shown, basis.run_id)
        findings.moves += _list_moves(history, shown, basis.run_id)


def _follow_while_reading(blocks: Iterator[core.Block], follow: Callable[[core.Block], None]) -> None:
    """Follow one block after the other, each while the database makes the next."""
    with ThreadPoolExecutor(1) as pool:
        at_work: Future[None] | None = None
        for block in blocks:
            if at_work:
                at_work.result()
            at_work = pool.submit(follow, block)
        if at_work:
            at_work.result()


def _look_back(work: PostgresWorkspace, customers: Table, basis: Basis, shown: int) -> core.Looked:
    """Return the last month ends, and what cost for everyone came to per active customer in each month."""
    places = range(len(basis.months) - shown, len(basis.months))
    _books, pools = cost_allocation.pool_retention(basis)
    [active] = work.read(queries.count_active(customers, places))
    shares = []
    for place in places:
        part, n = pools.everyone.get(basis.months[place]), active[f"month_{place}"]
        shares.append(part.units // n if part and n else 0)
    ends = [(end_month(basis, place) - _START).days for place in places]
    return core.Looked(ends, len(basis.months), shares)


def _read_blocks(
    work: PostgresWorkspace, months: Table, followed: Sequence[Mapping[str, str]]
) -> Iterator[core.Block]:
    columns = {**queries.VALUES, "retention_cost": MONEY, "channel": "string", "country": "string"}
    values = ibis.table(columns, name=f"{PREFIX}values")
    values = values.mutate(described=describe(values, followed))
    entitled = ibis.table(
        {"programme": "string", "month": "int64", "customer_id": "int64"}, name=f"{PREFIX}entitled"
    )
    shares = ibis.table(
        {"programme": "string", "month": "int64", "cost": MONEY}, name=f"{PREFIX}programme_shares"
    )
    programmes = entitled.join(shares, ["programme", "month"])
    read = work.read_arrays(queries.list_buyers(months, programmes, values), by="customer_id")
    in_order = np.argsort(read["customer_id"])
    buyers = {name: array[in_order] for name, array in read.items()}
    for rows in work.stream_arrays(queries.list_months(months, programmes), by="customer_id"):
        ends = rows["customer_id"].min(), rows["customer_id"].max() + 1
        first, after = np.searchsorted(buyers["customer_id"], ends)
        if after > first:
            yield _make_block({name: array[first:after] for name, array in buyers.items()}, rows)


def _make_block(buyers: Mapping[str, Whole], rows: Mapping[str, Whole]) -> core.Block:
    """Return what buyers (by number, ascending) did, from rows that others have as well."""
    mine = np.isin(rows["customer_id"], buyers["customer_id"])
    month, last_day, orders = queries.unpack_counts(rows["counts"][mine])
    return core.Block(
        customer=np.searchsorted(buyers["customer_id"], rows["customer_id"][mine]),
        month=month,
        orders=orders,
        last_day=last_day,
        **{name: rows[name][mine] for name in ("revenue", "contribution", "cost")},
        **{name: buyers[name] for name in ("first_day", "shared", "described")},
    )


def _list_months(history: core.History, shown: list[date], run_id: int) -> Iterator[SegmentMonth]:
    for place, month in enumerate(shown):
        for code, segment in enumerate(history.scheme.shown):
            size = int(history.sizes[place, code])
            if segment == NO_ORDER or not (size or segment in history.scheme.segments):
                continue
            unknown = history.unknown[place, code] > 0
            contribution = None if unknown else to_amount(history.contribution[place, code])
            yield SegmentMonth(
                run_id=run_id, scheme=history.scheme.key, month=month, segment=segment, customers=size,
                revenue_12m=to_amount(history.revenue[place, code]), contribution_12m=contribution,
            )  # fmt: skip


def _list_own_months(history: OwnHistory, shown: list[date], run_id: int) -> Iterator[SegmentMonth]:
    for place, month in enumerate(shown):
        known = not history.unknown[place]
        yield SegmentMonth(
            run_id=run_id, scheme=OwnSegment.SCHEME, month=month, segment=history.filter.segment,
            customers=int(history.sizes[place]), revenue_12m=to_amount(history.revenue[place]),
            contribution_12m=to_amount(history.contribution[place]) if known else None,
        )  # fmt: skip


def _list_moves(history: core.History, shown: list[date], run_id: int) -> Iterator[SegmentMoves]:
    for (before, after), matrix in history.moves.items():
        counts: list[Any] = matrix.tolist()
        yield SegmentMoves(
            run_id=run_id, scheme=history.scheme.key, before=shown[before], after=shown[after], counts=counts
        )
