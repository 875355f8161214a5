"""What the customers of the shop and of every group in it came to together: what a what-if starts from."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from metrics import publishing
from metrics.basis import Basis
from metrics.dimensions import Profiles
from metrics.members import SHOP, Member
from metrics.models import GroupValue
from metrics.workspace import PREFIX, PostgresWorkspace

_COUNTS: Final = ("n", "orders", "known")
_AMOUNTS: Final = (
    "revenue", "customer_years", "known_revenue", "contribution", "acquisition_cost", "retention_cost",
)  # fmt: skip
_SUMS: Final = """
    count(*) AS n, sum(valued.orders) AS orders, sum(valued.revenue) AS revenue,
    sum(greatest(ages.years, 1)) AS customer_years, count(valued.contribution) AS known,
    sum(valued.revenue) FILTER (WHERE valued.contribution IS NOT NULL) AS known_revenue,
    sum(valued.contribution) AS contribution, sum(valued.acquisition_cost) AS acquisition_cost,
    sum(valued.retention_cost) AS retention_cost
"""


def sum_groups(work: PostgresWorkspace, basis: Basis, profiles: Profiles) -> list[GroupValue]:
    """Return the shop and the members of every dimension, over customers with a valid order.

    One pass over the rows that the run has written, by profile; members are added up from that.
    """
    found: dict[Member, dict[str, Any]] = {}
    rows = work.read_sql(
        f"SELECT owners.profile, {_SUMS} FROM {publishing.name_partition(basis.run_id)} AS valued"
        f" JOIN {PREFIX}profile_owners AS owners ON owners.customer_id = valued.customer_id"
        f" LEFT JOIN {PREFIX}ages AS ages ON ages.age = valued.age"
        f" WHERE valued.orders > 0 GROUP BY owners.profile"
    )
    for row in rows:
        _add(found, SHOP, row)
        for layer in profiles.layers:
            for member in layer.find_members(row["profile"]):
                _add(found, member, row)
    return [
        GroupValue(run_id=basis.run_id, dimension=dimension, member=member, **sums)
        for (dimension, member), sums in found.items()
    ]


def _add(found: dict[Member, dict[str, Any]], member: Member, row: Mapping[str, Any]) -> None:
    start = {**dict.fromkeys(_COUNTS, 0), **dict.fromkeys(_AMOUNTS, Decimal(0))}
    sums = found.setdefault(member, start)
    for name in (*_COUNTS, *_AMOUNTS):
        sums[name] += row[name] or 0
