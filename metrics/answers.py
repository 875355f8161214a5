"""Answers of customers, counted by the members that they belong to."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from customers.models import SurveyAnswer
from metrics.basis import Basis
from metrics.core.histories import Whole
from metrics.dimensions import Families, Layer, add_up
from metrics.members import CHANNEL, SHOP, Member
from metrics.queries.facts import FACTS
from metrics.queries.feedback import count_answers, list_channels, number_scales
from metrics.workspace import PostgresWorkspace

if TYPE_CHECKING:
    from metrics.calculation import Gathered

SCALES: Final = tuple(SurveyAnswer.Scale.values)
Row = dict[str, Any]


def count_by_members(
    work: PostgresWorkspace, basis: Basis, found: "Gathered", families: Families
) -> Iterator[tuple[list[Member], Row]]:
    """Yield the rows of ``queries.feedback.count_answers``, each with the members it counts for."""
    channels = list_channels(FACTS, found.customers)
    for row in work.read(count_answers(FACTS, channels, basis)):
        yield [SHOP, families.channels.name(row["member"])], row
    for profiles in families.profiles:
        owners = profiles.owners.rename(member="profile")
        rows = work.read_arrays(number_scales(count_answers(FACTS, owners, basis), SCALES), "member")
        profile, n = rows.pop("member"), rows.pop("n")
        for layer in profiles.layers:
            if layer.dimension != CHANNEL:  # whoever answered has one, with a profile or without
                for member, row in _count_in_layer(layer, profile, rows, n):
                    yield [member], {**row, "scale": SCALES[row["scale"]]}


def _count_in_layer(
    layer: Layer, profile: Whole, columns: Mapping[str, Whole], n: Whole
) -> Iterator[tuple[Member, Row]]:
    """Yield every member's different rows of these columns, and how many there are of each."""
    member = layer.member[profile]
    place = np.flatnonzero(member >= 0)
    key = member[place]
    for column in columns.values():
        low, high = int(column.min(initial=0)), int(column.max(initial=0))
        key = key * (high - low + 1) + column[place] - low
    _keys, first, number = np.unique(key, return_index=True, return_inverse=True)
    counted = add_up(number.reshape(-1), n[place], len(first))
    for one, count in zip(place[first], counted, strict=True):
        row = {name: int(column[one]) for name, column in columns.items()}
        yield layer.names[member[one]], {**row, "n": int(count)}
