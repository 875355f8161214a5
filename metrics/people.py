"""Unique customers: how many bought in which windows, by profile. Counting them is bits and arrays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core.calendar import DAYS_IN_WINDOW
from metrics.core.histories import Flags, Whole
from metrics.dimensions import Families
from metrics.queries.days import MONTHS_PER_MASK
from metrics.queries.profiles import FIRST_DAY, NEVER, list_people
from metrics.workspace import PostgresWorkspace

BOUGHT: Final = "bought"
ACTIVE: Final = "active"


@dataclass(frozen=True)
class People:
    """Everyone with a valid order, one element each: the columns of ``list_people``.

    ``masks``: per kind one array for every 62 months.
    """

    profiles: int
    profile: Whole
    first: Whole
    second: Whole
    new_month: Whole
    masks: Mapping[str, Sequence[Whole]]

    def list_masks(self, kind: str) -> list[str]:
        """Return the names of the columns of one kind of mask."""
        return [f"{kind}_{chunk}" for chunk in range(len(self.masks[kind]))]

    def count(self, wanted: Flags) -> Whole:
        """Return how many of each profile are meant."""
        return np.bincount(self.profile[wanted], minlength=self.profiles).astype(np.int64)

    def find_in(self, kind: str, months: Iterable[int]) -> Flags:
        """Return who bought (or was active) in any of the months, given by their places."""
        bits = [0] * len(self.masks[kind])
        for number in months:
            bits[number // MONTHS_PER_MASK] |= 1 << number % MONTHS_PER_MASK
        found = np.zeros(len(self.profile), dtype=bool)
        for mask, wanted in zip(self.masks[kind], bits, strict=True):
            if wanted:
                found |= (mask & np.int64(wanted)) != 0
        return found

    def count_new(self) -> tuple[Whole, Whole]:
        """Return profile and month (a place in ``basis.months``) of everyone who was new."""
        new = self.new_month != NEVER
        return self.profile[new], self.new_month[new]

    def judge_repeats(self, basis: Basis) -> tuple[Whole, Whole, Flags]:
        """Return of everyone whose day 365 has come: profile, month of that day, and who had bought again."""
        day_365 = self.first + DAYS_IN_WINDOW
        due = day_365 <= (basis.as_of - FIRST_DAY).days
        starts = np.array([(month - FIRST_DAY).days for month in basis.months], dtype=np.int64)
        month = np.searchsorted(starts, day_365[due], side="right") - 1
        again = (self.second[due] != NEVER) & (self.second[due] <= day_365[due])
        return self.profile[due], month, again


def read_people(work: PostgresWorkspace, customers: Table, families: Families) -> list[People]:
    """Return who bought, by the profiles of each family."""
    expression = list_people(customers, families.owners)
    read = work.read_arrays(expression, "profile_0")
    masks = {
        kind: [read[name] for name in expression.columns if name.startswith(f"{kind}_")]
        for kind in (BOUGHT, ACTIVE)
    }
    everyone = People(0, read["profile_0"], read["first"], read["second"], read["new_month"], masks)
    return [
        replace(everyone, profiles=profiles.n, profile=read[f"profile_{place}"])
        for place, profiles in enumerate(families.profiles)
    ]
