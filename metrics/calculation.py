"""The steps of a calculation, each one a few tables further. ``metrics.pipeline`` says in which order."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ibis
from django.db import connection
from ibis.expr.types import Table

from metrics import (
    assortment,
    cost_allocation,
    fitting,
    peer_groups,
    potential,
    potential_summary,
    potential_trial,
    potential_years,
    prediction,
    publishing,
    ranking,
    rhythm,
    segment_costs,
    segment_summary,
    segments,
    silence,
    valuation,
)
from metrics.basis import Basis, number_months, resolve
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Histories, Whole
from metrics.cost_allocation import NOTHING, Books, Remainders
from metrics.members import Figure
from metrics.models import BuyingRhythm, CohortCell, GroupValue, ModelFit, PeerGroup, Prediction, Run
from metrics.months import keep_months, load_cost_months
from metrics.peer_groups import Peers
from metrics.potential_years import Years
from metrics.prediction import Predicted
from metrics.queries import cost_allocation as sharing
from metrics.queries import orders, rollup
from metrics.queries.facts import FACTS, MONEY
from metrics.queries.feedback import sum_referred
from metrics.queries.peer_groups import sum_peers
from metrics.satisfaction import Looked
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace, Workspace

__all__ = [
    "allocate_costs",
    "estimate_potential",
    "find_peers",
    "keep_months",
    "open_workspace",
    "predict_customers",
    "rank_customers",
    "resolve",
    "sum_up_customers",
    "value_customers",
]

WORK_MEMORY = "128MB"
_WHOLE = "decimal(38, 10)"
Row = dict[str, Any]
Spreads = dict[str, ranking.Spread]


@dataclass(frozen=True)
class Allocation:
    """The books of both kinds of cost, the months in which single customers cost something, remainders."""

    acquisition: Books
    retention: Books
    cost_months: Table
    remainders: Remainders


@dataclass
class Findings:
    """All that a run concludes beside the values of customers."""

    prediction: Prediction
    fits: list[ModelFit] = field(default_factory=list)
    peers: list[PeerGroup] = field(default_factory=list)
    kpis: list[Figure] = field(default_factory=list)
    cells: list[CohortCell] = field(default_factory=list)
    groups: list[GroupValue] = field(default_factory=list)
    segments: segment_summary.SegmentFindings | None = None
    as_of: date | None = None
    customers: int = 0
    totals: dict[str, Any] = field(default_factory=dict)
    curves: dict[str, Any] = field(default_factory=dict)
    rhythms: list[BuyingRhythm] = field(default_factory=list)
    satisfaction: Looked | None = None


@contextmanager
def open_workspace() -> Iterator[PostgresWorkspace]:
    """Give a workspace inside the open transaction; what is kept there is gone when it closes."""
    work = PostgresWorkspace()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
    yield work
    work.clear()


@dataclass(frozen=True)
class Gathered:
    """What was found in the facts: customers, refund rows, refunds by order, and refunds without an order.

    ``ranges`` of customers are what several processors work at, see ``rollup.cut_span``.
    """

    customers: Table
    refund_rows: Table
    refunded: Table
    loose: Table
    ranges: rollup.Ranges


def sum_up_customers(work: Workspace, basis: Basis) -> Gathered:
    """Keep one row per customer: orders, refunds, first and last day, months."""
    rows = work.keep("refund_rows", orders.list_refund_rows(FACTS, basis))
    refunded = work.keep("refunded", orders.sum_refunded(rows))
    loose = work.keep("loose_refunds", orders.find_loose_refunds(FACTS, rows, refunded, basis))
    [span] = work.read(rollup.span_customers(FACTS))
    ranges = rollup.cut_span(**span)
    summed = rollup.sum_orders_in_parts(FACTS, refunded, basis, ranges)
    if ranges:
        summed = work.keep("summed", summed)
    customers = work.keep("customers", rollup.describe_customers(FACTS, summed, loose, basis))
    return Gathered(customers, rows, refunded, loose, ranges)


def allocate_costs(work: Workspace, found: Gathered, basis: Basis) -> Allocation:
    """Keep what each customer's share in the costs is, in the tables ``value_customers`` reads."""
    customers, remainders = found.customers, Remainders()
    new = work.read(sharing.count_new_customers(customers))
    rows, acquisition = cost_allocation.share_acquisition(basis, new, remainders)
    shares = {"channel": "string", "campaign": "string", "month": "int64", "cost": MONEY}
    work.load("acquisition_shares", shares, rows)
    retention, pools = cost_allocation.pool_retention(basis)
    _share_everyones(work, customers, basis, pools.everyone, remainders, retention)
    followed = segment_costs.take_followed(pools)
    programmes = _share_programmes(work, found, basis, pools.programmes, followed, remainders, retention)
    segments = _share_segments(work, customers, basis, pools.segments, remainders, retention)
    work.keep("programme_costs", sharing.add_up_shares(programmes, segments))
    cost_months = _keep_own_costs(work, basis, retention)
    leftover = {"external_id": "string", "acquisition": MONEY, "retention": MONEY, "window_retention": MONEY}
    work.load("remainders", leftover, remainders.rows())
    return Allocation(acquisition, retention, cost_months, remainders)


def _share_everyones(
    work: Workspace, customers: Table, basis: Basis, pool: dict, remainders: Remainders, books: Books
) -> None:
    masks = rollup.list_masks(customers, "active")
    counted = work.read(sharing.count_active_customers(customers)) if pool else []
    rows = cost_allocation.share_among_active(basis, pool, counted, masks, remainders, books)
    schema = {**dict.fromkeys(masks, "int64"), "cost": MONEY, "window_cost": MONEY}
    work.load("everyones_shares", schema, rows)


def _share_programmes(
    work: Workspace, found: Gathered, basis: Basis, pools: dict, followed: segment_costs.Followed,
    remainders: Remainders, books: Books,
) -> Table:  # fmt: skip
    customers, pools = found.customers, {**pools, **followed.pools}
    masks = rollup.list_masks(customers, "active")
    numbers = number_months(basis.months)
    schema = {"programme": "string", "month": "int64", "first_day": "date", "last_day": "date"}
    months = cost_allocation.list_programme_months(basis, pools, len(masks))
    cost_months = work.load(
        "programme_months", {**schema, **{f"month_{chunk}": "int64" for chunk in range(len(masks))}}, months
    )
    entitled = sharing.find_entitled(customers, FACTS.memberships, cost_months)
    in_segments = segment_costs.find_members(work, found, basis, followed, cost_months)
    entitled = work.keep("entitled", entitled if in_segments is None else entitled.union(in_segments))
    counted = work.read(sharing.count_entitled(entitled))
    rows = cost_allocation.share_programmes(pools, counted, numbers, remainders, books)
    shares = work.load(
        "programme_shares",
        {"programme": "string", "month": "int64", "cost": MONEY, "window_cost": MONEY},
        rows,
    )
    return sharing.sum_programme_shares(entitled, shares)


def _share_segments(
    work: Workspace, customers: Table, basis: Basis, pools: dict, remainders: Remainders, books: Books
) -> Table:
    masks = rollup.list_masks(customers, "active")
    members = work.keep("members", sharing.find_members(customers, FACTS, list(pools)))
    counted = work.read(sharing.count_members(members)) if pools else []
    rows = cost_allocation.share_segments(basis, pools, counted, masks, remainders, books)
    schema = {"segment": "string", **dict.fromkeys(masks, "int64"), "cost": MONEY, "window_cost": MONEY}
    return sharing.sum_segment_shares(members, work.load("segment_shares", schema, rows))


def _keep_own_costs(work: Workspace, basis: Basis, books: Books) -> Table:
    """Keep what single customers cost and book it; returns the months of ``load_cost_months``."""
    own = work.keep("own_costs", sharing.sum_own_costs(FACTS, basis))
    ranges = work.read(sharing.list_own_ranges(FACTS))
    uploaded = sum(cost_allocation.to_units(row["amount"]) for row in ranges)
    [total] = work.read(own.agg(cost=own.cost.sum()))
    due = cost_allocation.to_units(total["cost"] or NOTHING)
    books.uploaded += uploaded
    books.allocated += due
    books.not_yet_due += uploaded - due
    cost_months = load_cost_months(work, ranges, basis)
    cost_allocation.book_own_months(work.read(sharing.sum_own_months(FACTS, cost_months)), basis, books)
    return cost_months


def find_peers(work: Workspace, customers: Table, basis: Basis) -> Peers:
    """Keep the rates that each customer borrows."""
    peers = peer_groups.choose_peers(work.read(sum_peers(customers, basis)), basis)
    publishing.number_peers(peers.groups)
    rows = [
        (
            channel, category, group.pk, peer_groups.find_margin(group), peer_groups.find_repeat_rate(group),
            group.future_years, group.future_periods,
        )
        for (channel, category), group in peers.by_cell.items()
    ]  # fmt: skip
    rates = dict.fromkeys(("peer_margin", "repeat_rate", "future_years", "future_periods"), _WHOLE)
    work.load("peers", {"channel": "string", "category": "string", "peer_group_id": "int64", **rates}, rows)
    return peers


def value_customers(work: PostgresWorkspace, run: Run, basis: Basis) -> None:
    """Keep what every customer is worth by each method."""
    ages = {"age": "int32", "years": _WHOLE, "periods": _WHOLE}
    work.load("ages", ages, valuation.list_ages(basis))
    masks = [f"active_{chunk}" for chunk in range(rollup.count_chunks(basis.months))]
    work.keep_sql("values", valuation.value_customers_sql(run, masks))
    values = ibis.table({"customer_id": "int64", "realised": MONEY}, name=f"{PREFIX}values")
    work.keep("referred", sum_referred(FACTS, values, basis))


def predict_customers(
    work: PostgresWorkspace, basis: Basis, found: Gathered, allocation: Allocation, peers: Peers
) -> tuple[Predicted, Years]:
    """Return what every customer is expected to bring in; from the same histories, how often customers buy.

    Also returns what customers brought in lately, for the step that asks how much more there is.
    """
    objecting, in_use = fitting.read_objecting(work), prediction.find_in_use()
    # numpy predicts while the database answers what the next step will ask: neither waits for the other.
    with ThreadPoolExecutor(1) as beside:
        everyone = fitting.read_histories(work, basis, found.refund_rows, found.ranges)
        parting = beside.submit(_leave_out, everyone, objecting, basis)
        del everyone  # takes as much memory again as those who stay
        roll = fitting.read_roll(work, peers)
        gaps, histories = parting.result()
        predicting = beside.submit(prediction.predict, basis, histories, allocation.retention, roll, in_use)
        spans = [potential_years.Span(basis, found.refunded, found.loose)]
        spans += potential_years.look_back(
            work, basis, found.refund_rows, histories.first_day, int((~roll.objects).sum())
        )
        years = potential_years.read_years(work, spans)
        predicted = predicting.result()
    prediction.describe_effects(work, basis, predicted)
    predicted.gaps = gaps
    predicted.silences = silence.list_silences(histories, (basis.as_of - FIRST_DAY).days)
    predicted.prediction.shop["survival"] = silence.describe_survival(predicted.silences)
    return predicted, years


def _leave_out(everyone: Histories, objecting: Whole, basis: Basis) -> tuple[rhythm.Gaps, Histories]:
    """Return how long everyone waits between purchases, and the histories of who may be predicted."""
    return rhythm.list_gaps(everyone, basis), everyone.leave_out(objecting)


def estimate_potential(
    work: PostgresWorkspace, found: Gathered, peers: Peers, predicted: Predicted, years: Years
) -> dict[str, Whole]:
    """Keep what is foretold of every customer, the most it may bring in included; say what that comes to.

    Returns what was kept: columns by customer number, ascending.
    """
    year = years.years[0]
    buyers = potential.gather_buyers(predicted.roll, year, predicted.columns)
    market = potential.read_market(work, found.customers, buyers)
    from_others = assortment.find_from_assortment(years.sold[0], year, buyers)
    estimates = potential.combine(buyers, potential.find_best_peers(buyers, peers), from_others, market.worth)
    thresholds = potential_summary.find_thresholds(buyers, estimates)
    quarter = potential_summary.place_in_quarters(buyers, estimates, thresholds)
    estimated = potential.list_estimates(buyers, estimates, market, quarter, year)
    predicted.prediction.potential = {
        **potential_summary.describe(buyers, estimates, quarter, thresholds, peers, market),
        "trial": potential_trial.try_on_last_year(predicted, years, peers, buyers, market),
    }
    foretold = fitting.join_columns(predicted.columns, estimated, "customer_id", UNKNOWN)
    predicted.forget()
    work.load_numbers("foretold", foretold)
    return foretold


def rank_customers(work: PostgresWorkspace, run: Run, foretold: Mapping[str, Whole]) -> Spreads:
    """Rank by every method, and write the run's rows into a partition that nobody reads yet.

    Who is in which own segment can be told from then on.
    """
    spreads = ranking.rank_customers(work, run, foretold)
    publishing.write_partition(run.pk, valuation.list_row(run), valuation.ROWS_SQL)
    segments.keep_own_segments(work, run)
    return spreads
