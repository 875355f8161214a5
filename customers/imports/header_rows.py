"""Where the header of a table is, and how many rows it has; or that it has none."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from customers.imports.headers import looks_like_data, normalise

#: What a name does not begin or end with, unless a delimiter or a quote was missed.
_MARKS = frozenset(";,:|~^\"'")

#: Records with the line on which each starts, blank ones and damage left out.
Rows = Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of the header (0: there is none) and of the first record; ``known``: names that we know."""

    header_line: int
    body_line: int
    known: int = 0


def find_width(rows: Rows) -> int:
    """Return the width that most rows have; of two as common, the larger."""
    widths = Counter(len(cells) for _line, cells in rows)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def find_header(rows: Rows, known: set[str]) -> Place:
    """Return where the header is: the row with most of the names we know, else the first that reads as one.

    A row reads as a header when its cells are words where the records below hold numbers, dates and the like.
    """
    width = find_width(rows)
    best, place = _find_known(rows, known, width)
    if not best:
        place = next((i for i, (_l, cells) in enumerate(rows) if _is_filled(cells, width)), 0)
        if not _reads_as_header(rows, place):
            first = next((line for line, cells in rows if len(cells) == width), rows[0][0])
            return Place(0, first)
    last = place
    while last < place + 3 and _goes_on(rows, last + 1, len(rows[place][1])):
        last += 1
    line = rows[place][0]
    return Place(line, rows[last][0] + 1 if last > place else 0, best)


def _find_known(rows: Rows, known: set[str], width: int) -> tuple[int, int]:
    """Return (names that we know, index) of the row with most of them, in the first of several tables."""
    best, place = 0, 0
    for index, (_line, cells) in enumerate(rows):
        count = count_known(cells, known)
        if count <= best or (count == 1 and len(cells) != width):
            continue
        between = [row for _l, row in rows[place + 1 : index]]
        if best and any(len(row) == len(rows[place][1]) for row in between):
            break
        best, place = count, index
    return best, place


def count_known(cells: Sequence[str], known: set[str]) -> int:
    """Return how many of the names in a row we know; 0 for a row of values."""
    names = [cell.strip() for cell in cells]
    filled = [name for name in names if name]
    if not filled or 2 * len(filled) < len(names):
        return 0
    clean = (name for name in filled if not _MARKS.intersection((name[0], name[-1])))
    count = len(known.intersection(map(normalise, clean)))  # names differ; a value comes again and again
    data = sum(map(looks_like_data, filled))
    return count if not data or count > data + 1 else 0


def join_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one name for each column from the rows of a header: “Bedrag” above “EUR” is “Bedrag EUR”."""
    width = len(rows[0])
    parts = [[cells[i].strip() if i < len(cells) else "" for cells in rows] for i in range(width)]
    return [" ".join(filter(None, column)) for column in parts]


def _is_filled(cells: Sequence[str], width: int) -> bool:
    return len(cells) == width and 2 * sum(bool(cell.strip()) for cell in cells) >= width


def _reads_as_header(rows: Rows, place: int) -> bool:
    head = [cell.strip() for cell in rows[place][1]]
    votes = 0
    for index in _columns_of_data(rows, place + 1, len(head)):
        if head[index]:
            votes += -1 if looks_like_data(head[index]) else 1
    return votes > 0 or (votes == 0 and not any(map(looks_like_data, filter(None, head))))


def _goes_on(rows: Rows, place: int, width: int) -> bool:
    """Tell whether a row below the header belongs to it: words without digits where records have data."""
    if place + 1 >= len(rows) or len(rows[place][1]) != width:
        return False
    cells = [cell.strip() for cell in rows[place][1]]
    if any(character.isdigit() for cell in cells for character in cell) or "@" in "".join(cells):
        return False
    data = _columns_of_data(rows, place + 1, width)
    return len(data) >= 2 and 2 * sum(bool(cells[index]) for index in data) >= len(data)


def _columns_of_data(rows: Rows, start: int, width: int) -> list[int]:
    """Return the columns that hold numbers, dates or addresses in most of the records from ``start`` on."""
    found = []
    body = [cells for _line, cells in rows[start:] if len(cells) == width]
    for index in range(width):
        values = [cells[index].strip() for cells in body]
        filled = [value for value in values if value]
        if filled and 2 * sum(map(looks_like_data, filled)) > len(filled):
            found.append(index)
    return found
