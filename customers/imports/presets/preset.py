"""What a preset declares."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: One record → the rows it stands for, each with whether it carries the order's own columns. None: skip it.
Expander = Callable[[list[str]], Iterable[tuple[bool, list[str]]]]


@dataclass(frozen=True, slots=True)
class Preset:
    """An export whose header row is known.

    ``columns``: header as it stands in the file → column of the kind. ``needs``: headers it is recognised by,
    in any order. In both, ``*`` stands for what differs between files: ``Amount spent (*)``.

    ``fixed``: column of the kind → what it is in every record of such a file. ``joined``: column of the kind
    → headers whose cells make it, with a space between. Both can be changed like any other column.

    ``decimal`` and ``dates`` are given where the export always writes them alike, else they are decided from
    the file. ``expander`` makes rows out of records that are not one row each, yields nothing for one that is
    no fact (a total, a test), and brings cells that only this export writes so into a form that every parser
    reads; ``virtual`` names the columns it adds at the end (they map like any other).

    ``credit_notes``: orders whose number starts so are refunds. ``adds_up``: records with the same key are
    parts of one fact (a campaign's day by advertisement), not the same record twice. ``secret``: columns of
    which nothing is kept, not even in a record that is rejected (bank accounts, cards). ``note``: what the
    export cannot tell, to be said after each import; a key of the findings in ``customers.imports.report``.
    """

    key: str
    label: Any
    kind: str
    needs: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    joined: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    decimal: str = ""
    dates: str = ""
    credit_notes: str = ""
    adds_up: bool = False
    secret: tuple[str, ...] = ()
    note: str = ""
    virtual: tuple[str, ...] = ()
    expander: Callable[[Sequence[str]], Expander] | None = None
    #: reason why such a file is of no use, a key of reasons.FILE_REASONS
    unusable: str = ""

    def recognises(self, header: Sequence[str]) -> bool:
        """Tell whether a file with this header is such an export."""
        return bool(self.needs) and not self.find_lacking(header)

    def find_lacking(self, header: Sequence[str]) -> list[str]:
        """Return the headers that it is recognised by and the file does not have."""
        return [name for name in self.needs if find_header(name, header) is None]

    def find_secrets(self, header: Sequence[str]) -> set[int]:
        """Return the places of columns of which nothing is kept."""
        return {
            index
            for index, name in enumerate(header)
            if any(find_header(wanted, [name]) for wanted in self.secret)
        }

    def map(self, header: Sequence[str]) -> dict[str, str]:
        """Return header of the file → column of the kind; of several for one column the first declared."""
        found: dict[str, str] = {}
        for wanted, target in self.columns.items():
            name = find_header(wanted, (*header, *self.virtual))
            if name is not None and name not in found and target not in found.values():
                found[name] = target
        return found


def find_header(wanted: str, header: Sequence[str]) -> str | None:
    """Return the header of the file that is ``wanted``, in which ``*`` stands for anything; None: none is."""
    if "*" not in wanted:
        return wanted if wanted in header else None
    pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.IGNORECASE)
    return next((name for name in header if pattern.fullmatch(name)), None)
