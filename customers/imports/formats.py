"""Decimal mark and date order of each column, decided over the whole file and never guessed.

A value is evidence (``12,50`` has a decimal comma, ``31-01-2025`` starts with the day), neutral (``12``) or
could be read in two ways (``1.234``, ``03-04-2025``). Evidence for both in one column, or only values of the
last sort, is a question to the user. Values against what was decided are rejected one by one in staging.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

_SINGLE = re.compile(r"(\d+)([.,])(\d+)")
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")  # 1.234.567 or 1.234,50
_OTHER: Final = {".": ",", ",": "."}
_DIGITS = re.compile(r"\d[\d.,\s']*")
_DATE = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ]\d{4}\b")
_ISO = re.compile(r"\d{4}[-/.]?\d{2}[-/.]?\d{2}")
_SAMPLE: Final = 4096  # records after which a column without evidence is looked at through the whole file
_KNOWN: Final = 20_000  # values of a column that are not read again


@dataclass(slots=True)
class Evidence:
    """What the values of one column say. ``answer`` is ``""`` while nothing was seen that needs one."""

    #: first value that can be read in two ways, with its line
    ambiguous: str = ""
    ambiguous_line: int = 0
    answer: str = ""
    contradicted: bool = False

    @property
    def is_open(self) -> bool:
        """True while more of the file could settle the column."""
        return not self.answer or (self.answer == "ymd" and bool(self.ambiguous))

    @property
    def is_question(self) -> bool:
        """True when the user must say it."""
        return self.contradicted or (self.answer in {"", "ymd"} and bool(self.ambiguous))

    def note(self, line: int, value: str, answer: str, *, ambiguous: bool) -> None:
        """Take in what one value said."""
        if ambiguous and not self.ambiguous:
            self.ambiguous, self.ambiguous_line = value, line
        strong = {answer, self.answer} - {"", "ymd"}  # a year in front says nothing about days in front
        if len(strong) > 1 and not self.contradicted:
            self.contradicted, self.ambiguous, self.ambiguous_line = True, value, line
        if not self.answer or (self.answer == "ymd" and answer):
            self.answer = answer


def read_amount(value: str) -> tuple[str, bool]:
    """Return (decimal mark that this value proves or "", could be read in two ways)."""
    digits = _DIGITS.search(value)
    if digits is None:
        return "", False
    text = re.sub(r"[\s']", "", digits[0]).rstrip(".,")
    single = _SINGLE.fullmatch(text)
    if single:
        whole, mark, rest = single.groups()
        if len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
            return "", True
        return mark, False
    grouped = _GROUPED.fullmatch(text)
    return (_OTHER[grouped[1]], False) if grouped else ("", False)


def read_date(value: str) -> tuple[str, bool]:
    """Return ("dmy", "mdy" or "ymd" when this value proves it or "", could be read in two ways)."""
    match = _DATE.match(value)
    if match is None:
        return ("ymd" if _ISO.match(value) else ""), False
    first, second = int(match[1]), int(match[2])
    if first > 12 >= second:
        return "dmy", False
    if second > 12 >= first:
        return "mdy", False
    return "", first != second and first <= 12


def decide(
    records: Iterable[tuple[int, Sequence[str]]], amounts: Sequence[int], dates: Sequence[int]
) -> dict[int, Evidence]:
    """Return the evidence of each column, by its index.

    Reads a sample; what that leaves open is looked for in the rest of the file, until nothing is open.
    """
    evidence = {index: Evidence() for index in (*amounts, *dates)}
    readers = {**dict.fromkeys(amounts, read_amount), **dict.fromkeys(dates, read_date)}
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
    read: Callable[[str], tuple[str, bool]],
    evidence: Evidence,
) -> None:
    """Note what the values of one column say that were not seen before."""
    for line, cells in block:
        value = cells[index] if index < len(cells) else ""
        if value not in known:
            known.add(value)
            answer, ambiguous = read(value)
            evidence.note(line, value.strip(), answer, ambiguous=ambiguous)
