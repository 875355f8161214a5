"""Sheets of an Excel workbook (.xlsx), read row by row as if they were records of a text file.

The line of a record is its row in the sheet. Rejects come back as CSV, for which the dialect has ``;``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from customers.imports.header_rows import Rows, count_known
from customers.imports.headers import begins_a_table
from customers.imports.layout import Fixed, place_header
from customers.imports.reasons import UnusableFile
from customers.imports.records import FIELD_LIMIT, Damage, Dialect
from customers.imports.workbook_book import Book, Row, open_book

ENCODING: Final = "xlsx"
_SAMPLE: Final = 120  # rows in which the header must be


class SheetRows:
    """Iterates over ``(row, cells)``, each as wide as the header; a row that cannot be read is ``Damage``.

    The header, and what stands above it, comes as it is. Blank rows give empty lists, also those that the
    workbook leaves out.
    """

    def __init__(self, book: Book, dialect: Dialect) -> None:
        self._book, self._dialect = book, dialect

    def tell(self) -> int:
        """Return about how many bytes of the file have been read."""
        return self._book.tell()

    def __iter__(self) -> Iterator[tuple[int, list[str] | Damage]]:
        first_line, header_line = self._dialect.first_line, self._dialect.header_line
        above: list[str] = []
        width, before, below_blank, is_other = 0, 0, False, False
        for row in self._book.rows(self._dialect.sheet):
            yield from ((number, []) for number in range(before + 1, row.number))
            below_blank = below_blank or (bool(above) and row.number > before + 1)
            before, cells = row.number, _trim(row.cells)
            if row.number < first_line or not cells:
                if header_line and row.number >= header_line:
                    width = max(width, len(cells)) if row.number < first_line else width
                below_blank = below_blank or bool(above)
                yield row.number, cells
                continue
            width = width or self._find_width()
            is_other = is_other or (below_blank and begins_a_table(cells, above))
            below_blank, above = False, cells
            cells += [""] * (width - len(cells))
            yield row.number, _find_damage(row, cells, is_other) or cells

    def _find_width(self) -> int:
        """Return the number of columns of a sheet without header: those of the widest of the first rows."""
        first = islice(self._book.rows(self._dialect.sheet), self._dialect.first_line + _SAMPLE)
        return max(
            (len(_trim(row.cells)) for row in first if row.number >= self._dialect.first_line), default=0
        )


def _find_damage(row: Row, cells: list[str], is_other: bool) -> Damage | None:
    text = ";".join(cells)
    if is_other:
        return Damage("second_table", text, cells=cells)
    if row.problem:
        return Damage(row.problem, text, row.place, cells)
    if len(text) > FIELD_LIMIT and any(len(cell) > FIELD_LIMIT for cell in cells):
        return Damage("too_long", text)
    return None


@contextmanager
def open_sheet(path: Path, dialect: Dialect) -> Iterator[SheetRows]:
    """Open the sheet that the dialect names. Raises UnusableFile."""
    with open_book(path) as book:
        _require_sheet(dialect.sheet, list(book.sheets))
        yield SheetRows(book, dialect)


def read_sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets that hold cells. Raises UnusableFile."""
    with open_book(path) as book:
        return list(book.sheets)


def detect_sheet(path: Path, known: set[str], fixed: Fixed) -> Dialect:
    """Return the first sheet with a table, or the one that was said, and where its header is.

    Raises UnusableFile when there is none, or the workbook cannot be read.
    """
    with open_book(path) as book:
        names = list(book.sheets)
        if fixed.sheet:
            _require_sheet(fixed.sheet, names)
            names = [fixed.sheet]
        filled = ((name, _read_first(book, name)) for name in names)
        tables = [(name, rows) for name, rows in filled if rows]
    if not tables:
        raise UnusableFile("empty_workbook", sheets=", ".join(names))
    name, rows = next((table for table in tables if _is_table(table[1], known)), tables[0])
    place = place_header(list(rows), known, fixed.header)
    return Dialect(ENCODING, ";", '"', place.header_line, "", place.body_line, name)


def _require_sheet(name: str, names: list[str]) -> None:
    if name not in names:
        raise UnusableFile("no_sheet", sheet=name, sheets=", ".join(names))


def _read_first(book: Book, name: str) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, all as wide as the widest."""
    rows = [(row.number, _trim(row.cells)) for row in islice(book.rows(name), 10 * _SAMPLE)]
    rows = [(number, cells) for number, cells in rows if cells][:_SAMPLE]
    width = max((len(cells) for _number, cells in rows), default=0)
    return [(number, cells + [""] * (width - len(cells))) for number, cells in rows]


def _is_table(rows: Rows, known: set[str]) -> bool:
    wide = sum(sum(bool(cell) for cell in cells) > 1 for _row, cells in rows)
    return wide > 1 or any(count_known(_trim(list(cells)), known) for _row, cells in rows)


def _trim(cells: list[str]) -> list[str]:
    """Return the cells without blank ones at the end."""
    while cells and not cells[-1].strip():
        cells.pop()
    return cells
