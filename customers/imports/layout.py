"""How the records of a text are written: delimiter, quote, escape and header, found in its first lines.

Each way of writing that the lines suggest is tried. The best one makes rows of one width out of most lines,
cells that need no explanation, and a header with names that we know. It is shown, and can be overruled.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from math import gcd
from typing import Final

from customers.imports.header_rows import Place, find_header, find_width
from customers.imports.headers import normalise
from customers.imports.records import Damage, Dialect, RecordReader

_USUAL: Final = (";", ",", "\t", "|")
_QUOTED: Final = re.compile('"[^"]{0,2000}"')
_NO_DELIMITER: Final = r"\w\"'.()@/\-\r\n\xa0€$£\\"
_RUN: Final = re.compile(f"[^{_NO_DELIMITER}]{{2,24}}")
_ONE: Final = re.compile(f"[^{_NO_DELIMITER} ]|[\x01-\x08\x0e-\x1f]")
_LONGEST: Final = 4  # characters of a delimiter
_MOST: Final = 8  # delimiters to try besides the usual ones
_CELLS: Final = 40  # of a row that are looked at
_ROWS: Final = 120
#: What a reading without quotes is worth where the text has some: a stray one is damage, many are none.
_UNQUOTED: Final = 0.5

_PLAIN: Final = re.compile(
    r"[\w .'’()/&%€$£+@?!*#–-]*|[-+(€$£ ]*[\d.,' \xa0\u202f]*\d[)%€$£ -]*|[\d:/. TZ+-]+"
)
_ODD: Final = re.compile(r"[;\t|~^\x00-\x08\x0e-\x1f]|[^\s],[^\s]|::|^[,:]|[,:]$")


@dataclass(frozen=True, slots=True)
class Fixed:
    """What the user said about how a file is written; blank is "find out", ``none`` is "has none"."""

    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    escape: str = ""
    header: str = ""  # a line, or 0: no row has the names
    sheet: str = ""


def find_layout(lines: Sequence[str], known: set[str], encoding: str, fixed: Fixed) -> tuple[Dialect, Place]:
    """Return the dialect of these lines and the place of their header."""
    announced = re.fullmatch(r'"?sep=(.{1,4}?)"?\s*', lines[0], re.IGNORECASE) if lines else None
    text = "".join(lines)
    skip = 1 if announced else 0
    said = [fixed.delimiter] if fixed.delimiter else []
    if announced and not said:
        said = [announced[1], announced[1][0]]
    column = _one_column(lines, known)
    tried = said or ([column] if column and normalise(lines[0].strip('"\r\n')) in known else [])
    best: tuple[float, Dialect] = (-1.0, Dialect(encoding, said[0] if said else column))
    for dialect in _dialects(text, lines, encoding, tried, fixed):
        rows = read_rows(text, dialect, skip)
        score = _score(rows, known) if rows else 0.0
        if not dialect.quote and not fixed.quote:
            score *= _UNQUOTED
        if score > best[0] and (said or tried or _is_table(rows, dialect.delimiter, known)):
            best = score, dialect
    dialect = best[1]
    return dialect, place_header(read_rows(text, dialect, skip), known, fixed.header)


def place_header(rows: "list[tuple[int, Sequence[str] | Damage]]", known: set[str], said: str) -> Place:
    """Return where the header is: as it was said, else as it was found."""
    readable = [(line, cells) for line, cells in rows if not isinstance(cells, Damage)]
    if said.isdigit() and int(said):
        return Place(int(said), 0)
    if said == "0":
        return Place(0, readable[0][0] if readable else 1)
    return find_header(readable, known) if readable else Place(0, 1)


def read_rows(text: str, dialect: Dialect, skip: int = 0) -> list[tuple[int, Sequence[str] | Damage]]:
    """Return the first records that are not blank, below ``skip`` lines."""
    rows: list[tuple[int, Sequence[str] | Damage]] = []
    for line, cells in RecordReader(StringIO(text, newline=""), dialect):
        if line > skip and (isinstance(cells, Damage) or any(cell.strip() for cell in cells)):
            rows.append((line, cells))
        if len(rows) == _ROWS:
            break
    return rows


def _dialects(
    text: str, lines: Sequence[str], encoding: str, said: Sequence[str], fixed: Fixed
) -> Iterator[Dialect]:
    quotes = [fixed.quote.replace("none", "")] if fixed.quote else ['"']
    if not fixed.quote:
        quotes += ["'"] if text.count("'") > 1 else []
        quotes += [""] if '"' in text else []
    for delimiter in said or _delimiters(lines):
        for quote in quotes:
            if quote == delimiter:
                continue
            escapes = ["" if fixed.escape == "none" else fixed.escape]
            if not fixed.escape and any(f"\\{mark}" in text for mark in (quote, delimiter) if mark):
                escapes.append("\\")
            for escape in escapes:
                yield Dialect(encoding, delimiter, quote, 0, escape)


def _delimiters(lines: Sequence[str]) -> list[str]:
    """Return the usual delimiters, and what else stands on a fifth of the lines."""
    bare = [line for line in re.split("[\r\n]+", _QUOTED.sub("Q", "".join(lines))) if line.strip()]
    seen: Counter[str] = Counter()
    lengths: dict[str, int] = {}
    for line in bare:
        runs = {_find_root(run) for run in _RUN.findall(line) if run.strip(" ")}
        single = set(_ONE.findall(line))
        for mark in single:
            repeated = [len(run) for run in re.findall(f"{re.escape(mark)}+", line)]
            lengths[mark] = gcd(lengths.get(mark, 0), *repeated)
            runs.add(mark * gcd(*(length for length in repeated if length > 1)))
        seen.update(single.union(run for run in runs if 1 < len(run) <= _LONGEST))
    doubled = {mark: mark * length for mark, length in lengths.items() if 1 < length <= _LONGEST}
    often = [mark for mark, count in seen.most_common() if 5 * count >= len(bare) and mark not in _USUAL]
    often = [doubled.get(mark, mark) for mark in often[:_MOST]] + [doubled[m] for m in _USUAL if m in doubled]
    marks = [
        *(m for m in _USUAL if m not in doubled),
        *sorted({*often}, key=lambda m: (-len(m), often.index(m))),
    ]
    return [*(mark for mark in marks if not _is_part(mark, marks, bare)), " "]


def _is_part(mark: str, marks: Sequence[str], lines: Sequence[str]) -> bool:
    """Tell whether a mark only stands where a longer one does: each comma before a blank is “, ”."""
    count = sum(line.count(mark) for line in lines)
    longer = (other for other in marks if mark in other and mark != other)
    return bool(count) and any(sum(line.count(other) for line in lines) == count for other in longer)


def _find_root(run: str) -> str:
    """Return what a run of punctuation repeats: blank cells between “, ” make “, , ”."""
    return next(run[:n] for n in range(1, len(run) + 1) if run[:n] * (len(run) // n) == run)


def _one_column(lines: Sequence[str], known: set[str]) -> str:
    """Return a delimiter that a file of one column does not hold."""
    text = "".join(lines)
    return next((mark for mark in (*_USUAL, "~", "^", "\x1f") if mark not in text), ";")


def _is_table(rows: Sequence[tuple[int, Sequence[str] | Damage]], delimiter: str, known: set[str]) -> bool:
    """Tell whether lines are a table of several columns; a blank between words makes none by itself."""
    readable = [(line, cells) for line, cells in rows if not isinstance(cells, Damage)]
    width = find_width(readable)
    share = sum(len(cells) == width for _line, cells in readable) / max(1, len(rows))
    names = find_header(readable, known).known if readable else 0
    if width < 2 or names > 1:
        return names > 1
    if delimiter == " ":
        return share == 1 and width > 2 and len(rows) > 2
    return share >= (0.5 if delimiter in _USUAL else 0.7)


def _score(rows: Sequence[tuple[int, Sequence[str] | Damage]], known: set[str]) -> float:
    """Return how well rows are a table: one width, plain cells, a header that we know."""
    widths = Counter(1 if isinstance(cells, Damage) else len(cells) for _line, cells in rows)
    regular = sum((count / len(rows)) ** 2 * (width - 1) / width for width, count in widths.items() if width)
    cells = [cell for _line, row in rows if not isinstance(row, Damage) for cell in row[:_CELLS]]
    plain = sum(map(_plainness, cells)) / max(1, len(cells))
    readable = [(line, row) for line, row in rows if not isinstance(row, Damage)]
    names = find_header(readable, known).known if readable else 0
    return regular * plain**2 * (1 + names)


def _plainness(cell: str) -> float:
    """Return 1 for a number, a date or words, less for what looks as if a delimiter or quote was missed."""
    if not cell:
        return 0.5
    if cell[0] == cell[-1] and cell[0] in "\"'":
        return 0.1 if len(cell) > 1 else 0.3
    if _ODD.search(cell):
        return 0.3
    if cell != cell.strip():
        return 0.8 * _plainness(cell.strip())
    if '"' in (cell[0], cell[-1]):
        return 0.3
    if _PLAIN.fullmatch(cell):
        return 1.0
    return 0.9
