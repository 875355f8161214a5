"""By what customers are told apart: the dimensions of KPIs, and how sums of profiles become sums of members.

A new dimension is one line in ``list_dimensions``. Every customer has a *profile*: a number for all members
it is one of (``metrics.profiles`` gives them out); what is added up by profile is folded into members here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from ibis.expr.types import Table
from psycopg import sql

from metrics.core.histories import Flags, Whole
from metrics.core.segments import SCHEMES
from metrics.members import CHANNEL, MOST_MEMBERS, OTHER, Member
from metrics.models import CalculationSettings

ATTRIBUTE: Final = "attribute:"
LONGEST_MEMBER: Final = 200  # letters of a value of a further column


@dataclass(frozen=True)
class Dimension:
    """Of which everybody is one member: ``column`` is an SQL expression of which.

    '' is a member of its own, unless there are ``known`` members: then one is one of those or none.
    """

    name: str
    column: str
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """Members of a dimension, and for every profile the place of the one that it belongs to, -1 for none.

    A dimension of which one may be several members has a layer for each.
    """

    dimension: str
    members: Sequence[str]
    member: Whole

    def name(self, member: str) -> Member:
        """Return the member under which one is counted that may have no customers."""
        known = member in self.members or len(self.members) < MOST_MEMBERS
        return self.dimension, member if known else OTHER

    @property
    def names(self) -> list[Member]:
        """The members as KPIs name them."""
        return [(self.dimension, member) for member in self.members]

    def fold(self, by_profile: Whole) -> Whole:
        """Add up what every profile came to (whole numbers, the first axis) by member."""
        return add_up(self.member, by_profile, len(self.members))

    def fold_months(self, profile: Whole, month: Whole, amounts: Whole, months: int) -> Whole:
        """Add up rows of profile and month by member (first axis) and month (second)."""
        member = self.member[profile]
        cell = np.where(member < 0, -1, member * months + month)
        folded = add_up(cell, amounts, len(self.members) * months)
        return folded.reshape(len(self.members), months, *amounts.shape[1:])


def add_up(place: Whole, amounts: Whole, places: int) -> Whole:
    """Add up whole numbers (rows on the first axis) by the place each row has; those below 0 have none."""
    has_one: Flags = place >= 0
    if not has_one.all():
        place, amounts = place[has_one], amounts[has_one]
    folded = np.zeros((places, *amounts.shape[1:]), dtype=np.int64)
    np.add.at(folded, place, amounts)
    return folded


@dataclass(frozen=True)
class Profiles:
    """How many there are, who has which (``owners``: customer_id, profile), and what they tell apart."""

    n: int
    owners: Table
    layers: Sequence[Layer]


@dataclass(frozen=True)
class Families:
    """Every layer is in one family. ``owners``: customer_id, and the profile in each: profile_0, …"""

    owners: Table
    profiles: Sequence[Profiles]

    @property
    def layers(self) -> list[Layer]:
        """All layers."""
        return [layer for profiles in self.profiles for layer in profiles.layers]

    @property
    def channels(self) -> Layer:
        """The layer of channels."""
        return next(layer for layer in self.layers if layer.dimension == CHANNEL)


def list_dimensions(settings: CalculationSettings) -> list[Dimension]:
    """Return the dimensions of a calculation with these settings, all but that of own segments.

    Columns are of ``valued`` (the table of values), ``placed`` (segments) and ``known`` (customers).
    """
    told = [Dimension(name, f"valued.{name}") for name in (CHANNEL, "country", "first_category")]
    placed = [Dimension(name, f"placed.{name}", scheme.shown) for name, scheme in SCHEMES.items()]
    chosen = [Dimension(ATTRIBUTE + name, _read_attribute(name)) for name in settings.kpi_attributes]
    return [*told, *placed, *chosen]


def _read_attribute(name: str) -> str:
    """A further column may hold whole stories: those that begin alike are one member."""
    told = f"known.attributes ->> {sql.Literal(name).as_string()}"
    return f"coalesce(left({told}, {LONGEST_MEMBER}), '')"
