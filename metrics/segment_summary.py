"""What the customers of every segment are worth together on the day of a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from metrics import publishing
from metrics.core.segments import SCHEMES
from metrics.models import OwnSegment, Run, SegmentMonth, SegmentMoves, SegmentRun, SegmentSum
from metrics.segments import keep_proposal
from metrics.workspace import PREFIX, PostgresWorkspace

_SUMS: Final = """
    count(*) AS customers, coalesce(sum(orders), 0) AS orders, coalesce(sum(revenue), 0) AS revenue,
    sum(realised) AS realised, count(realised) AS realised_known,
    sum(predicted_12) AS predicted_12, count(predicted_12) AS predicted_known,
    sum(at_risk) AS at_risk, count(at_risk) AS at_risk_known
"""


@dataclass
class SegmentFindings:
    """All that a run keeps of its segments."""

    run: SegmentRun
    sums: list[SegmentSum] = field(default_factory=list)
    months: list[SegmentMonth] = field(default_factory=list)
    moves: list[SegmentMoves] = field(default_factory=list)

    def store(self) -> None:
        """Store them; thresholds that were proposed from enough customers stand from now on."""
        self.run.save(force_insert=True)
        SegmentSum.objects.bulk_create(self.sums)
        SegmentMonth.objects.bulk_create(self.months, batch_size=2_000)
        SegmentMoves.objects.bulk_create(self.moves, batch_size=500)
        keep_proposal(self.run)


def sum_segments(work: PostgresWorkspace, run: Run) -> list[SegmentSum]:
    """Return every segment that has somebody in it, and every own one, from the rows the run has written."""
    found = [*_sum_schemes(work, run), *_sum_own(work, run)]
    counted = {(row["scheme"], row["segment"]) for row in found}
    empty = dict.fromkeys(("customers", "orders", "revenue", "realised_known", "predicted_known"), 0)
    for slug in OwnSegment.objects.values_list("slug", flat=True):
        if (OwnSegment.SCHEME, slug) not in counted:
            found.append({"scheme": OwnSegment.SCHEME, "segment": slug, **empty, "at_risk_known": 0})
    return [SegmentSum(run=run, **row) for row in found]


def _sum_schemes(work: PostgresWorkspace, run: Run) -> Iterator[dict[str, Any]]:
    sets = ", ".join(f"({scheme})" for scheme in SCHEMES)
    rows = work.read_sql(
        f"SELECT {', '.join(SCHEMES)}, {_SUMS} FROM {publishing.name_partition(run.pk)}"
        f" WHERE NOT objects_to_profiling GROUP BY GROUPING SETS ({sets})"
    )
    for row in rows:
        placed = {scheme: row.pop(scheme) for scheme in SCHEMES}
        [(scheme, segment)] = [pair for pair in placed.items() if pair[1] is not None]
        yield {"scheme": scheme, "segment": segment, **row}


def _sum_own(work: PostgresWorkspace, run: Run) -> Iterator[dict[str, Any]]:
    rows = work.read_sql(
        f"SELECT segment, {_SUMS} FROM {PREFIX}own_segments"
        f" JOIN {publishing.name_partition(run.pk)} USING (customer_id) GROUP BY segment"
    )
    for row in rows:
        yield {"scheme": OwnSegment.SCHEME, **row}
