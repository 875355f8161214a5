"""Sheets of an Excel workbook (.xlsx), read row by row as if they were records of a text file.

The line of a record is its row in the sheet. Rejects come back as CSV, for which the dialect has ``;``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile
from zlib import error as deflate_error

from openpyxl import load_workbook

from customers.imports.header_rows import Rows, count_known
from customers.imports.headers import begins_a_table
from customers.imports.layout import Fixed, place_header
from customers.imports.reasons import UnusableFile
from customers.imports.records import FIELD_LIMIT, Damage, Dialect
from customers.imports.workbook_cells import find_error, write_cell
from customers.imports.workbook_safety import check_sizes, find_formulas

ENCODING: Final = "xlsx"
_SAMPLE: Final = 120  # rows in which the header must be

#: What openpyxl raises for a file that is no workbook, or a broken one.
_BROKEN: Final = (
    BadZipFile, deflate_error, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, NotImplementedError, RuntimeError, OverflowError, RecursionError, AssertionError,
)  # fmt: skip


class SheetRows:
    """Iterates over ``(row, cells)``, each as wide as the header; a row that cannot be read is ``Damage``."""

    def __init__(
        self, file: IO[bytes], sheet: Any, formulas: dict[int, str], dialect: Dialect, one_table: bool
    ) -> None:
        self._file, self._sheet, self._formulas, self._dialect = file, sheet, formulas, dialect
        self._one_table = one_table

    def tell(self) -> int:
        """Return about how many bytes of the file have been read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[tuple[int, list[str] | Damage]]:
        with _named_damage():
            yield from self._read()

    def _read(self) -> Iterator[tuple[int, list[str] | Damage]]:
        first_line, width, above = self._dialect.first_line, self._find_width(), [""]
        below_blank = is_other = False
        for row, values in enumerate(self._sheet.iter_rows(values_only=True), start=1):
            cells = _trim([write_cell(value) for value in values])
            if row < first_line or not cells:
                below_blank = below_blank or (row > first_line and above != [""])
                yield row, cells + [""] * (width - len(cells)) if cells else cells
                continue
            cells += [""] * (width - len(cells))
            is_other = is_other or (
                below_blank and self._one_table and begins_a_table(_trim([*cells]), above)
            )
            damage = self._find_damage(row, values, cells, is_other)
            if damage is None:
                below_blank, above = False, cells
            yield row, damage or cells

    def _find_damage(
        self, row: int, values: Sequence[Any], cells: list[str], is_other: bool
    ) -> Damage | None:
        text = ";".join(cells)
        if is_other:
            return Damage("second_table", text, cells=cells)
        error = find_error(values, row)
        if error:
            return Damage("error_cell", text, error, cells)
        if row in self._formulas:
            return Damage("formula_without_value", text, self._formulas[row], cells)
        if len(text) > FIELD_LIMIT and any(len(cell) > FIELD_LIMIT for cell in cells):
            return Damage("too_long", text)
        if "\0" in text:
            return Damage("nul", text, cells=cells)
        return None

    def _find_width(self) -> int:
        """Return the number of columns of the header; without one, of the widest of the first rows."""
        dialect = self._dialect
        last = dialect.first_line - 1 if dialect.header_line else dialect.first_line + _SAMPLE
        start = dialect.header_line or dialect.first_line
        rows = self._sheet.iter_rows(min_row=start, max_row=last, values_only=True)
        return max((len(_trim(list(map(write_cell, values)))) for values in rows), default=0)


@contextmanager
def open_sheet(path: Path, dialect: Dialect, *, one_table: bool = True) -> Iterator[SheetRows]:
    """Open the sheet that the dialect names. Raises UnusableFile. ``one_table``: as for ``RecordReader``."""
    with _open(path) as (file, workbook):
        if dialect.sheet not in workbook.sheetnames:
            raise UnusableFile("no_sheet", sheet=dialect.sheet, sheets=", ".join(workbook.sheetnames))
        with _named_damage():
            sheet = workbook[dialect.sheet]
            sheet.reset_dimensions()
            formulas = find_formulas(path, sheet._worksheet_path)
        yield SheetRows(file, sheet, formulas, dialect, one_table)


def read_sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets that hold cells. Raises UnusableFile."""
    with _open(path) as (_file, workbook):
        return [sheet.title for sheet in workbook.worksheets]


def detect_sheet(path: Path, known: set[str], fixed: Fixed) -> Dialect:
    """Return the first sheet with a table, or the one that was said, and where its header is.

    Raises UnusableFile when there is none, or the workbook cannot be read.
    """
    names = read_sheet_names(path)
    if fixed.sheet and fixed.sheet not in names:
        raise UnusableFile("no_sheet", sheet=fixed.sheet, sheets=", ".join(names))
    filled: list[tuple[str, Rows]] = []
    for name in [fixed.sheet] if fixed.sheet else names:
        rows = _read_first(path, name)
        if rows:
            filled.append((name, rows))
        if _is_table(rows, known):
            break
    if not filled:
        raise UnusableFile("empty_workbook", sheets=", ".join(names))
    name, rows = filled[-1] if _is_table(filled[-1][1], known) else filled[0]
    place = place_header(list(rows), known, fixed.header)
    return Dialect(ENCODING, ";", '"', place.header_line, "", place.body_line, name)


def _read_first(path: Path, name: str) -> list[tuple[int, list[str]]]:
    with open_sheet(path, Dialect(ENCODING, ";", '"', 0, "", 1, name), one_table=False) as rows:
        first = islice(rows, 10 * _SAMPLE)
        found = [(row, cells) for row, cells in first if isinstance(cells, list) and cells]
    return found[:_SAMPLE]


def _is_table(rows: Rows, known: set[str]) -> bool:
    wide = sum(sum(bool(cell) for cell in cells) > 1 for _row, cells in rows)
    return wide > 1 or any(count_known(_trim(list(cells)), known) for _row, cells in rows)


def _trim(cells: list[str]) -> list[str]:
    """Return the cells without blank ones at the end."""
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


@contextmanager
def _open(path: Path) -> Iterator[tuple[IO[bytes], Any]]:
    with path.open("rb") as file:
        with _named_damage():
            with ZipFile(file) as archive:
                check_sizes(archive)
            file.seek(0)
            workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            yield file, workbook
        finally:
            workbook.close()


@contextmanager
def _named_damage() -> Iterator[None]:
    """Turn what openpyxl makes of a broken workbook into a sentence."""
    try:
        yield
    except _BROKEN as error:
        detail = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise UnusableFile("damaged_workbook", detail=detail) from error
