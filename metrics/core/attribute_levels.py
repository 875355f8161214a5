"""Labels of customers as levels of an attribute: the large ones by name, the small ones together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metrics.core.grouped_histories import Floats, Indices

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute with its levels; None as level stands for the small ones taken together.

    If even together these are too few, they count as the reference.

    ``codes`` gives each customer's level by its place in ``levels``; ``reference`` is the place of the level
    that others are compared with: the one with most customers, of equal ones the first in the alphabet.
    """

    name: str
    levels: tuple[str | None, ...]
    customers: tuple[int, ...]
    reference: int
    codes: Codes

    @property
    def effects(self) -> int:
        """How many levels are compared with the reference."""
        return max(len(self.levels) - 1, 0)

    def place_of(self, code: int) -> int | None:
        """Return which effect a level has; None for the reference."""
        if code == self.reference:
            return None
        return code - (code > self.reference)

    def find_codes(self, labels: ArrayLike) -> Codes:
        """Return the codes of labels; one that is not known counts as small, or else as the reference."""
        other = self.levels.index(None) if None in self.levels else self.reference
        known = {level: code for code, level in enumerate(self.levels) if level is not None}
        different, own = np.unique(np.asarray(labels), return_inverse=True)
        found = np.array([known.get(str(label), other) for label in different], dtype=np.int64)
        return found[own.ravel()]


def read_attributes(
    attributes: Mapping[str, ArrayLike], frequency: Floats, smallest: int, returned: int, most: int
) -> tuple[Attribute, ...]:
    """Return the attributes with their levels.

    A level of its own has at least ``smallest`` customers of whom ``returned`` came back, and is among the
    ``most`` largest.

    Raises
    ------
    ValueError : when there is not one label for each customer.
    """
    return tuple(
        _read_attribute(name, np.asarray(labels), frequency, smallest, returned, most)
        for name, labels in attributes.items()
    )


def find_cells(codes: list[Codes]) -> Iterator[tuple[Indices, tuple[int, ...]]]:
    """Yield the customers of each combination of levels that occurs, and that combination."""
    if not codes:
        return
    table = np.stack(codes, axis=1)
    different, own = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(own.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(own.ravel(), minlength=len(different)))
    for cell, rows in zip(different.tolist(), np.split(order, ends[:-1]), strict=True):
        yield rows, tuple(cell)


def _read_attribute(
    name: str, labels: NDArray[np.generic], frequency: Floats, smallest: int, returned: int, most: int
) -> Attribute:
    if labels.shape != frequency.shape:
        raise ValueError(
            f"{name} must be one label for each of {frequency.size} customers, got {labels.shape}."
        )
    different, own = np.unique(labels, return_inverse=True)
    customers = np.bincount(own, minlength=different.size)
    came_back = np.bincount(own, weights=frequency > 0, minlength=different.size)
    names = [str(label) for label in different]
    large = [
        place
        for place in sorted(range(different.size), key=lambda place: (-customers[place], names[place]))
        if customers[place] >= smallest and came_back[place] >= returned
    ][:most]
    large.sort(key=lambda place: names[place])
    reference = max(range(len(large)), key=lambda code: (customers[large[code]], -code)) if large else 0
    small = np.setdiff1d(np.arange(different.size), large)
    levels: list[str | None] = [names[place] for place in large]
    stands_alone = not large or (customers[small].sum() >= smallest and came_back[small].sum() >= returned)
    if small.size and stands_alone:
        levels.append(None)
    codes = np.full(different.size, len(large) if stands_alone else reference, dtype=np.int64)
    codes[large] = np.arange(len(large))
    counts = np.bincount(codes[own], minlength=len(levels)).tolist()
    return Attribute(name, tuple(levels), tuple(counts), reference, codes[own])
