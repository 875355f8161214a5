"""The step that concludes: totals, curves and KPIs, from what the steps before have kept."""

from decimal import Decimal
from typing import Any

from ibis.expr.types import Table

from metrics import (
    cohort_cells,
    cohorts,
    feedback,
    figures,
    group_values,
    measurement,
    peer_groups,
    ranking,
    rhythm,
    summary,
)
from metrics.answers import count_by_members
from metrics.basis import Basis
from metrics.calculation import Allocation, Findings, Gathered, Spreads
from metrics.core.formulas import METHODS, evaluate
from metrics.cost_allocation import NOTHING
from metrics.members import ANONYMOUS
from metrics.monthly import Monthly
from metrics.peer_groups import Peers
from metrics.prediction import Predicted
from metrics.profiles import keep_profiles
from metrics.queries.cohorts import list_first_years
from metrics.workspace import PostgresWorkspace

Row = dict[str, Any]


def conclude(
    work: PostgresWorkspace,
    basis: Basis,
    found: Gathered,
    months: Table,
    allocation: Allocation,
    peers: Peers,
    predicted: Predicted,
    spreads: Spreads,
) -> Findings:
    """Return totals, curves and KPIs."""
    rows = summary.sum_values(work, basis)
    totals = summary.total_run(rows, basis, allocation.acquisition, allocation.retention)
    families = keep_profiles(work, basis.settings)
    cohort_months = cohort_cells.keep_cohort_months(work, months, found.customers, basis)
    monthly = measurement.sum_months(work, found, months, cohort_months.sums, families, allocation, basis)
    lifetime = _value_shop(summary.sum_channels(rows), peers)
    sums = group_values.sum_groups(work, families, basis)
    rhythms = rhythm.find_rhythms(work, predicted.gaps, predicted.silences, families, basis)
    kpis = [
        *figures.list_kpis(monthly, basis),
        *figures.take_snapshot(basis, sums, spreads["realised"].sum_top(), lifetime),
        *rhythms.kpis,
        *cohorts.list_kpis(monthly.cohorts, monthly, basis),
        *cohorts.find_maximum_cac(_read_first_years(work, basis, found, months, monthly), basis),
        *feedback.list_kpis(
            count_by_members(work, basis, found, families), monthly.members - {ANONYMOUS}, basis
        ),
    ]
    return Findings(
        prediction=predicted.prediction,
        fits=predicted.fits,
        peers=list(peers.groups),
        as_of=basis.as_of,
        kpis=kpis,
        customers=totals["customers"],
        cells=cohort_cells.list_cells(work, cohort_months, found.customers, basis),
        groups=group_values.list_groups(sums, basis),
        totals={
            **totals,
            **summary.total_sales(monthly),
            "lifetime_group": None if lifetime is None else str(lifetime),
        },
        rhythms=rhythms.members,
        curves={**ranking.draw_curves(spreads), "gaps": rhythm.draw_gaps(predicted.gaps, basis)},
    )


def _read_first_years(
    work: PostgresWorkspace, basis: Basis, found: Gathered, months: Table, monthly: Monthly
) -> list[Row]:
    rows = cohorts.choose_latest(monthly, basis)
    if not rows:
        return []
    chosen = work.load("latest_cohorts", {"channel": "string", "first": "int64", "last": "int64"}, rows)
    return work.read(list_first_years(months, found.customers, chosen))


def _value_shop(by_channel: list[Row], peers: Peers) -> Decimal | None:
    """Return the lifetime value of the whole shop, taken as a group."""
    shop = peers.groups[0]
    return evaluate(
        METHODS["lifetime_group"].expression,
        {
            "revenue": sum((row["revenue"] for row in by_channel), NOTHING),
            "customer_years": sum((row["customer_years"] for row in by_channel), NOTHING),
            "future_years": shop.future_years,
            "margin": peer_groups.find_margin(shop),
        },
    )
