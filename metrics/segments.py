"""The step that puts every customer in a segment of each scheme; own segments follow once values are written.

The rules stand in ``metrics.core.segments``. Who objects to profiling is in no segment.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import ibis
from ibis.expr.types import Table

from metrics import own_segments, publishing
from metrics.basis import Basis
from metrics.core.segments import AMOUNT_THRESHOLDS, Thresholds, propose_tiers, round_to_two_figures
from metrics.cost_allocation import to_units
from metrics.models import OwnSegment, Run, SegmentRun, SegmentSettings
from metrics.queries import segments as queries
from metrics.segment_thresholds import read_thresholds, write_thresholds
from metrics.workspace import PREFIX, PostgresWorkspace, Workspace

#: From so many customers on, proposed amounts stand; from fewer, the next calculation proposes anew.
LEAST_CUSTOMERS: Final = 30
_BEST_FROM, _BEST_OF = 4, 5  # of five buyers, four are at most as large
_HIGH_REVENUE: Final = "rfm_high_revenue"
# Positive realised value of the best half, fifth and twentieth.
_PROPOSAL = f"""
    SELECT percentile_disc(ARRAY[0.5, 0.8, 0.95]) WITHIN GROUP (ORDER BY realised) AS tiers
    FROM {PREFIX}values WHERE NOT objects_to_profiling AND orders > 0 AND realised > 0
"""


@dataclass(frozen=True)
class Placed:
    """Thresholds by which customers were placed (amounts in 1/10,000), and what a run keeps of them."""

    thresholds: Thresholds
    run: SegmentRun


def keep_segments(work: PostgresWorkspace, basis: Basis) -> Placed:
    """Keep ``segments``: customer_id, and the segment by each scheme."""
    settings = SegmentSettings.current()
    thresholds = read_thresholds(settings)
    values = ibis.table(queries.VALUES, name=f"{PREFIX}values")
    missing = [name for name in AMOUNT_THRESHOLDS if thresholds[name] is None]
    buyers = 0
    if missing:
        high, buyers = _propose_revenue(work, values)
        proposed = {_HIGH_REVENUE: high, **_propose_tiers(work)}
        thresholds |= {name: proposed.get(name) for name in missing}
    work.keep("segments", queries.place_customers(values, thresholds, basis.as_of))
    kept = SegmentRun(
        run_id=basis.run_id,
        settings=settings,
        thresholds=write_thresholds(thresholds),
        provisional=bool(missing) and buyers < LEAST_CUSTOMERS,
    )
    return Placed(thresholds, kept)


def find_order_thresholds(work: Workspace, customers: Table) -> dict[str, int | None]:
    """Return the thresholds by which orders place customers, before anybody is valued.

    They are those of ``keep_segments``; those of value tiers stay as they are set. ``customers`` are those of
    ``describe_customers``.
    """
    thresholds = read_thresholds(SegmentSettings.current())
    if thresholds[_HIGH_REVENUE] is None:
        thresholds[_HIGH_REVENUE], _buyers = _propose_revenue(work, customers)
    return thresholds


def keep_own_segments(work: PostgresWorkspace, run: Run) -> None:
    """Keep ``own_segments``: customer_id and segment (its slug), from the rows the run has written.

    A customer may be in several, or in none.
    """
    partition = publishing.name_partition(run.pk)
    parts = [
        own_segments.select_members_sql(partition, run, segment)
        for segment in OwnSegment.objects.order_by("pk")
    ]
    nobody = f"SELECT customer_id, ''::text AS segment FROM {partition} WHERE false"
    work.keep_sql("own_segments", " UNION ALL ".join([nobody, *parts]))


def keep_proposal(kept: SegmentRun) -> None:
    """Make amounts that were proposed from enough customers the thresholds in use.

    They stay until somebody changes them. A version that somebody saved during the calculation wins.
    """
    current = SegmentSettings.current()
    proposed = {
        name: Decimal(text)
        for name in AMOUNT_THRESHOLDS
        if getattr(current, name) is None and (text := kept.thresholds[name]) is not None
    }
    if not proposed or kept.provisional or current.pk != kept.settings_id:
        return
    for name, amount in proposed.items():
        setattr(current, name, amount)
    current.pk, current.created_by = None, None
    current.save(force_insert=True)
    kept.settings = current
    kept.save(update_fields=["settings"])


def _propose_revenue(work: Workspace, customers: Table) -> tuple[int | None, int]:
    """Return the revenue from which the best fifth of buyers starts, and how many buyers can be told."""
    buyers = customers.filter(~customers.objects_to_profiling, customers.orders > 0)
    [row] = work.read(buyers.agg(n=buyers.count()))
    n = int(row["n"])
    if not n:
        return None, 0
    place = -(-n * _BEST_FROM // _BEST_OF) - 1
    [found] = work.read(buyers.select("revenue").order_by("revenue").limit(1, offset=place))
    return round_to_two_figures(to_units(found["revenue"])), n


def _propose_tiers(work: PostgresWorkspace) -> dict[str, int]:
    """Return amounts from the shop's own customers (those that can be told)."""
    [row] = work.read_sql(_PROPOSAL)
    if not row["tiers"]:
        return {}
    middle, high, top = propose_tiers(*(to_units(amount) for amount in row["tiers"]))
    return {"tier_middle": middle, "tier_high": high, "tier_top": top}
