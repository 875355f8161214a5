"""The register of kinds: what a file can hold, each with its columns and the names they go by in exports.

Names are compared as :func:`customers.imports.detect.normalise` leaves them. A kind names the table its
facts go to; a storey above may add kinds of its own with :func:`register`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Column:
    """One thing a kind can hold. ``type`` is one of ``columns``: text, id, email, amount, date, moment, …"""

    name: str
    label: Any
    type: str
    names: tuple[str, ...] = ()
    #: every file of the kind has it
    required: bool = False
    #: where the file has it, every record has a value in it
    filled: bool = False
    #: "line" or "order": whose it is, where a record is part of an order and carries columns of both
    part: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one record is. ``one_of``: at least one column of each group must be in the file.

    ``after`` names the kinds whose facts it refers to: of several files, theirs are loaded first.
    """

    name: str
    label: Any
    columns: Mapping[str, Column]
    one_of: tuple[tuple[str, ...], ...] = ()
    after: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[Column, ...]:
        """Columns that every file of this kind has."""
        return tuple(column for column in self.columns.values() if column.required)

    def part(self, name: str) -> set[str]:
        """Return the names of the columns that belong to the ``line`` or to the ``order``."""
        return {column.name for column in self.columns.values() if column.part == name}


KINDS: Final[dict[str, Kind]] = {}


def register(kind: Kind) -> Kind:
    """Add a kind of file."""
    KINDS[kind.name] = kind
    return kind


def make_column(
    name: str, label: Any, type: str, names: str = "", *, required: bool = False, filled: bool | None = None
) -> Column:
    """Make a column from its ``names``, separated by bars; a required one is filled unless said otherwise."""
    filled = required if filled is None else filled
    return Column(name, label, type, tuple(filter(None, names.split("|"))), required, filled)


def make_kind(
    name: str,
    label: Any,
    *columns: Column,
    one_of: tuple[tuple[str, ...], ...] = (),
    after: tuple[str, ...] = (),
) -> Kind:
    """Make a kind of file, which :func:`register` adds."""
    return Kind(name, label, {column.name: column for column in columns}, one_of, after)


def loading_order() -> list[str]:
    """Return the names of all kinds, each after those it refers to."""
    graph = {name: [other for other in kind.after if other in KINDS] for name, kind in KINDS.items()}
    return list(TopologicalSorter(graph).static_order())


def find_earlier_kinds(name: str) -> set[str]:
    """Return every kind that a file of this kind is loaded after, also by way of another."""
    found: set[str] = set()
    waiting = list(KINDS[name].after) if name in KINDS else []
    while waiting:
        other = waiting.pop()
        if other in KINDS and other not in found:
            found.add(other)
            waiting += KINDS[other].after
    return found


def known_headers() -> set[str]:
    """Return every name that a column goes by, normalised."""
    return {name for kind in KINDS.values() for column in kind.columns.values() for name in column.names}
