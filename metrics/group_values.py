"""What the customers of the shop and of every group in it came to together: what a what-if starts from."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from metrics import publishing
from metrics.core.segments import SCHEMES
from metrics.members import MOST_MEMBERS, OTHER
from metrics.models import GroupValue, OwnSegment, Run
from metrics.workspace import PREFIX, PostgresWorkspace

#: Dimensions that every customer has one member of, as columns of a stored value.
_COLUMNS: Final = ("channel", "country", "first_category", *SCHEMES)
_COUNTS: Final = ("n", "orders", "known")
_AMOUNTS: Final = (
    "revenue", "customer_years", "known_revenue", "contribution", "acquisition_cost", "retention_cost",
)  # fmt: skip
_SUMS: Final = """
    count(*) AS n, sum(orders) AS orders, sum(revenue) AS revenue,
    sum(greatest(ages.years, 1)) AS customer_years, count(contribution) AS known,
    sum(revenue) FILTER (WHERE contribution IS NOT NULL) AS known_revenue, sum(contribution) AS contribution,
    sum(acquisition_cost) AS acquisition_cost, sum(retention_cost) AS retention_cost
"""


def sum_groups(work: PostgresWorkspace, run: Run) -> list[GroupValue]:
    """Return the shop and the groups of each dimension, over customers with a valid order.

    Of a dimension the 50 members with most revenue, the rest together. Read from the rows the run has
    written.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in _read_cells(work, run):
        members = {name: row.pop(name) for name in _COLUMNS}
        _add(found, ("", ""), row)
        for dimension, member in members.items():
            # Who objected to profiling is in no segment.
            if member or dimension not in SCHEMES:
                _add(found, (dimension, member or ""), row)
    for row in _read_own_segments(work, run):
        _add(found, (OwnSegment.SCHEME, row.pop("segment")), row)
    return [
        GroupValue(run=run, dimension=dimension, member=member, **sums)
        for (dimension, member), sums in _keep_largest(found).items()
    ]


def _read_cells(work: PostgresWorkspace, run: Run) -> list[dict[str, Any]]:
    """One pass over the customers; groups are added up from the cells of all dimensions together."""
    names = ", ".join(_COLUMNS)
    return work.read_sql(
        f"SELECT {names}, {_SUMS} FROM {publishing.name_partition(run.pk)} AS valued"
        f" LEFT JOIN {PREFIX}ages AS ages ON ages.age = valued.age"
        f" WHERE orders > 0 GROUP BY {names}"
    )


def _read_own_segments(work: PostgresWorkspace, run: Run) -> list[dict[str, Any]]:
    return work.read_sql(
        f"SELECT segment, {_SUMS} FROM {PREFIX}own_segments"
        f" JOIN {publishing.name_partition(run.pk)} AS valued USING (customer_id)"
        f" LEFT JOIN {PREFIX}ages AS ages ON ages.age = valued.age"
        f" WHERE orders > 0 GROUP BY segment"
    )


def _add(
    found: dict[tuple[str, str], dict[str, Any]], member: tuple[str, str], row: Mapping[str, Any]
) -> None:
    start = {**dict.fromkeys(_COUNTS, 0), **dict.fromkeys(_AMOUNTS, Decimal(0))}
    sums = found.setdefault(member, start)
    for name in (*_COUNTS, *_AMOUNTS):
        sums[name] += row[name] or 0


def _keep_largest(
    found: Mapping[tuple[str, str], dict[str, Any]],
) -> dict[tuple[str, str], dict[str, Any]]:
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for dimension in dict.fromkeys(dimension for dimension, _member in found):
        members = [member for member in found if member[0] == dimension]
        members.sort(key=lambda member: (-found[member]["revenue"], member))
        kept |= {member: found[member] for member in members[:MOST_MEMBERS]}
        _add_rest(kept, (dimension, OTHER), [found[member] for member in members[MOST_MEMBERS:]])
    return kept


def _add_rest(
    kept: dict[tuple[str, str], dict[str, Any]], other: tuple[str, str], rest: Iterable[Mapping[str, Any]]
) -> None:
    for row in rest:
        _add(kept, other, row)
