"""What the customers of the shop and of every group in it came to together, up to ``as_of``.

One pass over the rows that the run has written, by profile; the means that hold on that day are made of it,
and so is what a what-if starts from.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import ibis
import numpy as np

from metrics import publishing
from metrics.basis import Basis
from metrics.core.histories import Whole
from metrics.cost_allocation import to_amount
from metrics.dimensions import Families, Profiles
from metrics.members import SHOP, Member
from metrics.models import GroupValue
from metrics.queries import profiles as queries
from metrics.queries.facts import MONEY
from metrics.workspace import PREFIX, PostgresWorkspace

#: Of everyone with a valid order.
Sums = dict[str, Any]
_VALUES: Final = {
    "customer_id": "int64", "orders": "int32", "age": "int32", **dict.fromkeys(queries.AMOUNTS, MONEY),
}  # fmt: skip
_AGES: Final = {"age": "int32", "years": "decimal(38, 10)"}
_OF_GROUP: Final = (
    "n", "orders", "known", "revenue", "customer_years", "known_revenue", "contribution", "acquisition_cost",
    "retention_cost",
)  # fmt: skip


def sum_groups(work: PostgresWorkspace, families: Families, basis: Basis) -> dict[Member, Sums]:
    """Return what customers with a valid order came to, of the shop and of every member that has some.

    The sums are those of ``queries.profiles.sum_values``, amounts and years as decimals.
    """
    values = ibis.table(_VALUES, name=publishing.name_partition(basis.run_id))
    ages = ibis.table(_AGES, name=f"{PREFIX}ages")
    found: dict[Member, Sums] = {}
    for place, profiles in enumerate(families.profiles):
        expression = queries.sum_values(values, ages, profiles.owners)
        read = work.read_arrays(expression, "profile")
        names = [name for name in expression.columns if name != "profile"]
        by_profile = np.zeros((profiles.n, len(names)), dtype=np.int64)
        by_profile[read["profile"]] = np.stack([read[name] for name in names], axis=1)
        found |= {
            member: _read_sums(names, row)
            for member, row in _list_members(profiles, by_profile, with_shop=not place)
            if row[names.index("n")]
        }
    return found


def _list_members(
    profiles: Profiles, by_profile: Whole, *, with_shop: bool
) -> Iterator[tuple[Member, Whole]]:
    if with_shop:
        yield SHOP, by_profile.sum(axis=0)
    for layer in profiles.layers:
        yield from zip(layer.names, layer.fold(by_profile), strict=True)


def _read_sums(names: Sequence[str], row: Whole) -> Sums:
    sums: Sums = {
        name: to_amount(int(units)) if name in queries.SUMMED else int(units)
        for name, units in zip(names, row, strict=True)
    }
    sums["customer_years"] = Decimal(sums["customer_years"]).scaleb(-queries.PLACES_OF_YEARS)
    return sums


def list_groups(sums: Mapping[Member, Sums], basis: Basis) -> list[GroupValue]:
    """Return the shop and the members of every dimension, as a what-if starts from them."""
    return [
        GroupValue(
            run_id=basis.run_id, dimension=dimension, member=member, **{name: row[name] for name in _OF_GROUP}
        )
        for (dimension, member), row in sums.items()
    ]
