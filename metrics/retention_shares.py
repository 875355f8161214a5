"""Retention cost that customers share, by profile and month: made for everyone, a programme, a segment.

What was made for one customer alone stands in the table of customer and month.
"""

from typing import TYPE_CHECKING

import ibis
import numpy as np

from metrics.basis import Basis, number_months
from metrics.core.histories import Whole
from metrics.dimensions import Profiles
from metrics.people import ACTIVE, People
from metrics.queries import cost_allocation as sharing
from metrics.queries.days import MONTHS_PER_MASK
from metrics.queries.facts import MONEY
from metrics.queries.profiles import sum_shares
from metrics.workspace import PREFIX, PostgresWorkspace

if TYPE_CHECKING:
    from metrics.calculation import Allocation

Parts = list[tuple[Whole, Whole, Whole]]


def sum_retention(
    work: PostgresWorkspace, people: People, profiles: Profiles, allocation: "Allocation", basis: Basis
) -> tuple[Whole, Whole, Whole]:
    """Return rows of profile, month (a place in ``basis.months``) and units of 1/10,000."""
    rows: Parts = [
        *_share_everyones(people, allocation, basis),
        *_share_segments(work, people, profiles, allocation, basis),
        *_share_programmes(work, profiles),
        *_list_remainders(work, profiles, allocation, basis),
    ]
    profile, month, units = (np.concatenate([row[column] for row in rows]) for column in range(3))
    return profile, month, units


def _share_everyones(people: People, allocation: "Allocation", basis: Basis) -> Parts:
    parts: Parts = []
    places = number_months(basis.months)
    for (segment, month), share in allocation.retention.shares.items():
        if not segment:
            counted = people.count(people.find_in(ACTIVE, [places[month]]))
            parts.append(_share(np.arange(people.profiles), places[month], counted * share))
    return parts


def _share(profile: Whole, month: int, units: Whole) -> tuple[Whole, Whole, Whole]:
    return profile, np.full(len(profile), month, dtype=np.int64), units


def _share_segments(
    work: PostgresWorkspace, people: People, profiles: Profiles, allocation: "Allocation", basis: Basis
) -> Parts:
    shares = {key: share for key, share in allocation.retention.shares.items() if key[0]}
    if not shares:
        return []
    masks = dict.fromkeys(people.list_masks(ACTIVE), "int64")
    schema = {"segment": "string", "customer_id": "int64", **masks}
    members = ibis.table(schema, name=f"{PREFIX}members")
    segments = sorted({segment for segment, _month in shares})
    rows = work.read_arrays(sharing.count_member_profiles(members, profiles.owners, segments), "profile")
    places = number_months(basis.months)
    parts: Parts = []
    for (segment, month), share in shares.items():
        chunk, bit = divmod(places[month], MONTHS_PER_MASK)
        is_active = (rows[f"active_{chunk}"] >> bit & 1) == 1
        found = is_active & (rows["segment"] == segments.index(segment))
        parts.append(_share(rows["profile"][found], places[month], rows["n"][found] * share))
    return parts


def _share_programmes(work: PostgresWorkspace, profiles: Profiles) -> Parts:
    entitled = ibis.table(
        {"programme": "string", "month": "int64", "customer_id": "int64"}, name=f"{PREFIX}entitled"
    )
    shares = ibis.table(
        {"programme": "string", "month": "int64", "cost": MONEY}, name=f"{PREFIX}programme_shares"
    )
    rows = work.read_arrays(
        sum_shares(sharing.list_programme_shares(entitled, shares), profiles.owners), "profile"
    )
    return [(rows["profile"], rows["month"], rows["cost"])]


def _list_remainders(
    work: PostgresWorkspace, profiles: Profiles, allocation: "Allocation", basis: Basis
) -> Parts:
    """What rounding left went to one customer a month."""
    left = {key: units for key, units in allocation.remainders.retention_by_month.items() if units}
    numbers = sorted({number for number, _month in left})
    values = ibis.table({"customer_id": "int64", "external_id": "string"}, name=f"{PREFIX}values")
    named = values.filter(values.external_id.isin(numbers)).join(profiles.owners, "customer_id")
    rows = work.read(named.select("external_id", "profile")) if numbers else []
    profile = {row["external_id"]: row["profile"] for row in rows}
    places = number_months(basis.months)
    found = [(profile[number], places[month], units) for (number, month), units in left.items()]
    array = np.array(found, dtype=np.int64).reshape(-1, 3)
    return [(array[:, 0], array[:, 1], array[:, 2])]
