"""What a preset declares."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: One record → the rows it stands for, each with whether it carries the order's own columns.
Expander = Callable[[list[str]], Iterable[tuple[bool, list[str]]]]


@dataclass(frozen=True, slots=True)
class Preset:
    """An export whose header row is known.

    ``columns``: header as it stands in the file → column of the kind. ``needs``: headers it is recognised by.
    ``decimal`` and ``dates`` are given where the export always writes them alike, else they are decided from
    the file. ``expander`` makes rows out of records that are not one row each; ``virtual`` names the columns
    it adds at the end (they map like any other). ``credit_notes``: orders whose number starts so are refunds.
    """

    key: str
    label: Any
    kind: str
    needs: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    decimal: str = ""
    dates: str = ""
    credit_notes: str = ""
    virtual: tuple[str, ...] = ()
    expander: Callable[[Sequence[str]], Expander] | None = None
    #: reason why such a file is of no use, a key of reasons.FILE_REASONS
    unusable: str = ""

    def recognises(self, header: Sequence[str]) -> bool:
        """Tell whether a file with this header is such an export."""
        return bool(self.needs) and set(self.needs) <= set(header)
