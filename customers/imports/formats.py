"""Decimal mark and date order of each column, decided over the whole file and never guessed.

A value is evidence (``12,50`` has a decimal comma, ``31-01-2025`` starts with the day), neutral (``12``) or
could be read in several ways (``1.234``, ``03-04-2025``, ``03-04-05``). Each narrows what the column may be:
when nothing is left, or more than one way, it is a question to the user.
Values against what was decided are rejected one by one in staging.
"""

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from customers.imports.columns import TYPED_NUMBER
from customers.imports.dates import ISO, find_orders

_SINGLE = re.compile(r"(\d+)([.,])(\d+)")
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")  # 1.234.567 or 1.234,50
_OTHER: Final = {".": ",", ",": "."}
_DIGITS = re.compile(r"\d[\d.,\s']*")
_SAMPLE: Final = 4096  # records after which a column without evidence is looked at through the whole file
_KNOWN: Final = 20_000  # values of a column that are not read again


@dataclass(slots=True)
class Evidence:
    """What the values of one column say. ``answer`` is ``""`` while nothing was seen that needs one."""

    #: first value that can be read in several ways, with its line
    ambiguous: str = ""
    ambiguous_line: int = 0
    answer: str = ""
    contradicted: bool = False
    #: what all values so far allow; [] while none needed one
    possible: list[str] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """True while more of the file could settle the column."""
        return len(self.possible) > 1 if self.possible else not self.answer

    @property
    def is_question(self) -> bool:
        """True when the user must say it."""
        return self.contradicted or len(self.possible) > 1

    def note(self, line: int, value: str, ways: tuple[str, ...]) -> None:
        """Take in the ways in which one value can be read, () when it is neutral."""
        if not ways:
            return
        if ways == ISO:
            self.answer = self.answer or "ymd"  # a year in front says nothing about days in front
            return
        left = [way for way in self.possible if way in ways] if self.possible else list(ways)
        if not left:
            if not self.contradicted:
                self.contradicted, self.ambiguous, self.ambiguous_line = True, value, line
            return
        self.settle(left)
        if len(left) > 1 and not self.ambiguous:
            self.ambiguous, self.ambiguous_line = value, line

    def settle(self, ways: list[str]) -> None:
        """Leave only these ways; one is the answer."""
        self.possible = ways
        if len(ways) == 1:
            self.answer = ways[0]


def read_amount(value: str) -> tuple[str, ...]:
    """Return the decimal marks with which this value can be read, where it makes a difference."""
    digits = _DIGITS.search(value)
    if digits is None:
        return ()
    text = re.sub(r"[\s']", "", digits[0]).rstrip(".,")
    single = _SINGLE.fullmatch(text)
    if single:
        whole, mark, rest = single.groups()
        if len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
            return (",", ".")
        return (mark,)
    grouped = _GROUPED.fullmatch(text)
    return (_OTHER[grouped[1]],) if grouped else ()


def read_typed_amount(value: str) -> tuple[str, ...]:
    """Return the same of a workbook's cell: the point of a number says nothing of the texts beside it."""
    return () if TYPED_NUMBER.fullmatch(value.strip()) else read_amount(value)


def decide(
    records: Iterable[tuple[int, Sequence[str]]],
    amounts: Sequence[int],
    dates: Sequence[int],
    ahead: Container[int] = (),
    *,
    typed: bool = False,
) -> dict[int, Evidence]:
    """Return the evidence of each column, by its index.

    ``ahead``: dates that may lie in the future. ``typed``: the cells are those of a workbook.

    Reads a sample; what that leaves open is looked for in the rest of the file, until nothing is open.
    """
    evidence = {index: Evidence() for index in (*amounts, *dates)}
    readers: dict[int, Callable[[str], tuple[str, ...]]] = dict.fromkeys(
        amounts, read_typed_amount if typed else read_amount
    )
    readers |= {index: partial(find_orders, may_lie_ahead=index in ahead) for index in dates}
    seen: dict[int, set[str]] = {index: set() for index in evidence}
    looking, records = list(evidence), iter(records)
    while looking and (block := list(islice(records, _SAMPLE))):
        for index in looking:
            known = seen[index]
            if len(known) > _KNOWN:
                known.clear()
            if {cells[index] for _line, cells in block if index < len(cells)} <= known:
                continue
            _take_in(block, index, known, readers[index], evidence[index])
        looking = [index for index in looking if evidence[index].is_open]
    return evidence


def _take_in(
    block: Sequence[tuple[int, Sequence[str]]],
    index: int,
    known: set[str],
    read: Callable[[str], tuple[str, ...]],
    evidence: Evidence,
) -> None:
    """Note what the values of one column say that were not seen before."""
    for line, cells in block:
        value = cells[index] if index < len(cells) else ""
        if value not in known:
            known.add(value)
            evidence.note(line, value.strip(), read(value))
