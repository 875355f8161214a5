"""By what customers are told apart: the dimensions of KPIs, and who is a member of what.

A new dimension is one line in ``list_dimensions``. Every customer has a *profile*: a number for all
members it is one of; what is added up by profile is folded into the members of each dimension here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import numpy as np
from ibis.expr.types import Table
from psycopg import sql

from metrics.core.histories import Whole
from metrics.core.segments import SCHEMES
from metrics.members import CHANNEL, MOST_MEMBERS, OTHER, Member
from metrics.models import CalculationSettings, OwnSegment
from metrics.workspace import PREFIX, PostgresWorkspace

ATTRIBUTE: Final = "attribute:"
#: Between the own segments that a customer is in.
_AND: Final = "\x1f"
OWNERS: Final = {"customer_id": "int64", "profile": "int64"}


@dataclass(frozen=True)
class Dimension:
    """``column`` is an SQL expression of who is what; '' is a member of its own unless ``partial``.

    Of a ``partial`` dimension not everybody is a member; of one with ``several``, somebody may be two.
    """

    name: str
    column: str
    partial: bool = False
    several: bool = False


@dataclass(frozen=True)
class Layer:
    """The members of a dimension, and which profile belongs to which: pairs of places."""

    dimension: str
    members: Sequence[str]
    profile: Whole
    member: Whole

    def name(self, member: str) -> Member:
        """Return the member under which one is counted that may have no customers."""
        known = member in self.members or len(self.members) < MOST_MEMBERS
        return self.dimension, member if known else OTHER

    @property
    def names(self) -> list[Member]:
        """The members as KPIs name them."""
        return [(self.dimension, member) for member in self.members]

    def find_members(self, profile: int) -> list[Member]:
        """Return the members that a profile belongs to."""
        first, end = np.searchsorted(self.profile, [profile, profile + 1])
        return [(self.dimension, self.members[member]) for member in self.member[first:end]]

    def assign(self, profile: Whole) -> tuple[Whole, Whole]:
        """Return places in ``profile`` and the member that each belongs to; several, or none, may be."""
        first = np.searchsorted(self.profile, profile, side="left")
        count = np.searchsorted(self.profile, profile, side="right") - first
        place = np.repeat(np.arange(len(profile)), count)
        step = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        return place, self.member[first[place] + step]

    def fold(self, by_profile: Whole) -> Whole:
        """Add up what every profile came to (whole numbers, the first axis) by member."""
        folded = np.zeros((len(self.members), *by_profile.shape[1:]), dtype=np.int64)
        np.add.at(folded, self.member, by_profile[self.profile])
        return folded

    def fold_months(self, profile: Whole, month: Whole, amounts: Whole, months: int) -> Whole:
        """Add up rows of profile and month by member (first axis) and month (second)."""
        place, member = self.assign(profile)
        folded = np.zeros((len(self.members), months, *amounts.shape[1:]), dtype=np.int64)
        np.add.at(folded, (member, month[place]), amounts[place])
        return folded


@dataclass(frozen=True)
class Profiles:
    """How many there are, who has which (``owners``: customer_id, profile), and the layers."""

    n: int
    owners: Table
    layers: Sequence[Layer]

    @property
    def channels(self) -> Layer:
        """The layer of channels."""
        return next(layer for layer in self.layers if layer.dimension == CHANNEL)


def list_dimensions(settings: CalculationSettings) -> list[Dimension]:
    """Return the dimensions of a calculation with these settings."""
    known = [Dimension(name, f"valued.{name}") for name in (CHANNEL, "country", "first_category")]
    placed = [Dimension(name, f"coalesce(placed.{name}, '')", partial=True) for name in SCHEMES]
    chosen = [
        Dimension(ATTRIBUTE + name, f"coalesce(known.attributes ->> {sql.Literal(name).as_string()}, '')")
        for name in settings.kpi_attributes
    ]
    own = Dimension(OwnSegment.SCHEME, "coalesce(own.segments, '')", partial=True, several=True)
    return [*known, *placed, *chosen, own]


def keep_profiles(work: PostgresWorkspace, settings: CalculationSettings) -> Profiles:
    """Keep who has which profile: ``profiles`` and ``profile_owners``."""
    dimensions = list_dimensions(settings)
    columns = [f"{dimension.column} AS member_{place}" for place, dimension in enumerate(dimensions)]
    names = [f"member_{place}" for place in range(len(dimensions))]
    work.keep_sql(
        "member_columns",
        f"SELECT valued.customer_id, valued.orders > 0 AS bought, {', '.join(columns)}"
        f" FROM {PREFIX}values AS valued{_join(settings)}",
    )
    work.keep_sql(
        "profiles",
        f"SELECT row_number() OVER () - 1 AS profile, groups.* FROM (SELECT {', '.join(names)},"
        f" count(*) FILTER (WHERE bought) AS buyers FROM {PREFIX}member_columns"
        f" GROUP BY {', '.join(names)}) AS groups",
    )
    work.keep_sql(
        "profile_owners",
        f"SELECT customer_id, profile FROM {PREFIX}member_columns JOIN {PREFIX}profiles"
        f" USING ({', '.join(names)})",
    )
    rows = work.read_sql(f"SELECT * FROM {PREFIX}profiles ORDER BY profile")
    layers = [
        make_layer(dimension, [row[name] for row in rows], [row["buyers"] for row in rows])
        for name, dimension in zip(names, dimensions, strict=True)
    ]
    return Profiles(len(rows), ibis.table(OWNERS, name=f"{PREFIX}profile_owners"), layers)


def _join(settings: CalculationSettings) -> str:
    joins = f" LEFT JOIN {PREFIX}segments AS placed ON placed.customer_id = valued.customer_id"
    joins += (
        f" LEFT JOIN (SELECT customer_id, string_agg(segment, '{_AND}' ORDER BY segment) AS segments"
        f" FROM {PREFIX}own_segments GROUP BY customer_id) AS own ON own.customer_id = valued.customer_id"
    )
    if settings.kpi_attributes:
        joins += " JOIN customers_customer AS known ON known.id = valued.customer_id"
    return joins


def make_layer(dimension: Dimension, of_profile: Sequence[str], buyers: Sequence[int]) -> Layer:
    """Return the layer of a dimension: its largest members by buyers, the rest together as ``OTHER``."""
    pairs = [
        (profile, member)
        for profile, text in enumerate(of_profile)
        for member in (text.split(_AND) if dimension.several else [text])
        if member or not dimension.partial
    ]
    sizes: dict[str, int] = defaultdict(int)
    for profile, member in pairs:
        sizes[member] += buyers[profile]
    members = choose_members(sizes)
    places = {member: place for place, member in enumerate(members)}
    # Of one with several members a profile may be twice among the others: it is one of them once.
    found = sorted({(profile, places.get(member, places.get(OTHER, -1))) for profile, member in pairs})
    array = np.array(found, dtype=np.int64).reshape(-1, 2)
    return Layer(dimension.name, members, array[:, 0], array[:, 1])


def choose_members(sizes: Mapping[str, int]) -> list[str]:
    """Return the 50 largest, and ``OTHER`` when there are more; the alphabet decides between equals."""
    largest = sorted(sizes, key=lambda member: (-sizes[member], member))
    kept = sorted(largest[:MOST_MEMBERS])
    return [*kept, OTHER] if len(largest) > MOST_MEMBERS else kept
