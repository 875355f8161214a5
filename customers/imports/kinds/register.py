"""The register of kinds: what a file can hold, each with its columns and the names they go by in exports.

Names are compared as :func:`customers.imports.detect.normalise` leaves them. A kind names the table its
facts go to; a storey above may add kinds of its own with :func:`register`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final

#: What a target starts with that keeps a further column of the file under the label after it.
ATTRIBUTE: Final = "attribute:"


@dataclass(frozen=True, slots=True)
class Column:
    """One thing a kind can hold. ``type`` is one of ``columns``: text, label, id, email, amount, date, …"""

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
    #: of type "choice": the words that may stand in it, in lower case, each with what it means
    words: Callable[[], Mapping[str, str]] | None = None


class FurtherColumns(dict[str, Column]):
    """The columns of a kind that keeps others, too: ``attribute:Branche`` is text by that label.

    Iteration gives the columns that every file of the kind may have.
    """

    def __missing__(self, target: str) -> Column:
        label = target.removeprefix(ATTRIBUTE)
        if label == target or not label:
            raise KeyError(target)
        return Column(target, label, "text")

    def __contains__(self, target: object) -> bool:
        is_further = isinstance(target, str) and target.startswith(ATTRIBUTE) and target != ATTRIBUTE
        return is_further or super().__contains__(target)

    def get(self, target: str, default: Any = None) -> Any:
        """Return the column of a target, the default when there is none."""
        return self[target] if target in self else default  # noqa: SIM401  dict.get knows no further ones


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

    @property
    def keeps_others(self) -> bool:
        """Tell whether further columns of a file can be kept, as ``attribute:<label>``."""
        return isinstance(self.columns, FurtherColumns)

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
    keeps_others: bool = False,
) -> Kind:
    """Make a kind of file, which :func:`register` adds.

    ``keeps_others``: further columns of a file can be kept as attributes.
    """
    make = FurtherColumns if keeps_others else dict
    return Kind(name, label, make((column.name, column) for column in columns), one_of, after)


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


#: What the choices of a column are called, by what is stored of them; a kind with such a column adds them.
CHOICES: Final[dict[str, Any]] = {}


def name_choices(stored: str) -> str:
    """Return choices, as a reject holds them ("a, b"), as people call them, in the reader's language."""
    return ", ".join(f"“{CHOICES[one]}”" if one in CHOICES else one for one in stored.split(", "))
