"""An opened Excel workbook: the names of its sheets and their rows as text, one row in memory at a time.

openpyxl reads the list of parts, the shared texts, and which styles are dates. Its own reader of rows is left
out: it goes over a sheet without declared size twice, and takes five times as long a cell.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from xml.etree.ElementTree import Element, ParseError, iterparse
from zipfile import BadZipFile
from zlib import error as deflate_error

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from customers.imports.reasons import UnusableFile
from customers.imports.workbook_cells import write_cell
from customers.imports.workbook_safety import check_parts, check_sheet

_ROW, _SHEET_DATA, _VALUE, _FORMULA, _INLINE = (
    f"{{{SHEET_MAIN_NS}}}{name}" for name in ("row", "sheetData", "v", "f", "is")
)
_TEXTS: Final = f"./{{{SHEET_MAIN_NS}}}t", f"./{{{SHEET_MAIN_NS}}}r/{{{SHEET_MAIN_NS}}}t"  # plain, or in runs
_COLUMNS: Final = 16_384
_ZEROS: Final = re.compile(r"0{2,}")

#: What openpyxl raises for a file that is no workbook, or a broken one.
_BROKEN: Final = (
    BadZipFile, deflate_error, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    EOFError, NotImplementedError, RuntimeError, OverflowError, RecursionError, AssertionError, OSError,
)  # fmt: skip


@dataclass(slots=True)
class Row:
    """The cells of a row; ``problem`` is a code of ``reasons.REASONS`` for the cell ``place``, such as B7."""

    number: int
    cells: list[str]
    problem: str = ""
    place: str = ""


class Book:
    """A workbook that is open. ``sheets``: name → part of the archive, those that are shown first."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file
        self._reader = ExcelReader(file, read_only=True, data_only=True, keep_links=False)
        self._archive = self._reader.archive
        check_parts(self._archive)
        self._reader.read_manifest()
        self._reader.read_workbook()
        found = [
            (sheet.state != "visible", sheet.name, relation.target)
            for sheet, relation in self._reader.parser.find_sheets()
            if "chartsheet" not in relation.Type and relation.target in self._reader.valid_files
        ]
        self.sheets = {name: part for _hidden, name, part in sorted(found, key=lambda sheet: sheet[0])}

    def tell(self) -> int:
        """Return about how many bytes of the file have been read."""
        return self._file.tell()

    def rows(self, sheet: str) -> Iterator[Row]:
        """Yield the rows of a sheet that are there, in their order. Raises UnusableFile."""
        part = self.sheets[sheet]
        check_sheet(self._path, part)
        with named_damage():
            self._reader.read_strings()
            apply_stylesheet(self._archive, self._reader.wb)
            reader = _RowReader(self._reader.wb, self._reader.shared_strings)
            with self._archive.open(part) as source:
                for _event, element in iterparse(source):  # noqa: S314  looked at by workbook_safety
                    if element.tag == _ROW:
                        yield reader.read(element)
                        element.clear()
                    elif element.tag == _SHEET_DATA:
                        return

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


class _RowReader:
    """From the XML of a row to its cells."""

    def __init__(self, workbook: Any, strings: list[str]) -> None:
        self._strings, self._epoch = strings, workbook.epoch
        self._dates, self._spans = workbook._date_formats, workbook._timedelta_formats
        self._padded = _find_padded(workbook)
        self._columns: dict[str, int] = {}
        self._number = 0

    def read(self, element: Element) -> Row:
        """Return the row. Raises ValueError for what is no row."""
        number = int(element.get("r") or self._number + 1)
        if number <= self._number:
            raise ValueError(f"row {number} stands below row {self._number}")
        self._number = number
        row = Row(number, [])
        cells = row.cells
        for cell in element:
            place = cell.get("r") or ""
            index = self._find_column(place) if place else len(cells)
            text, problem = self._read_cell(cell)
            if problem and not row.problem:
                row.problem, row.place = problem, place or str(number)
            if index < len(cells) or index >= _COLUMNS:
                raise ValueError(f"cell {place} is out of its order")
            cells += [""] * (index - len(cells))
            cells.append(text)
        return row

    def _find_column(self, place: str) -> int:
        letters = place.rstrip("0123456789")
        index = self._columns.get(letters)
        if index is None:
            index = self._columns[letters] = column_index_from_string(letters) - 1
        return index

    def _read_cell(self, cell: Element) -> tuple[str, str]:
        """Return (text, code of what is wrong or "")."""
        kind, raw, has_formula, has_value = cell.get("t", "n"), "", False, False
        for child in cell:
            if child.tag == _VALUE:
                raw, has_value = child.text or "", True
            elif child.tag == _FORMULA:
                has_formula = True
            elif child.tag == _INLINE:
                return "".join(text.text or "" for place in _TEXTS for text in child.iterfind(place)), ""
        if not raw:
            is_blank = not has_formula or (has_value and kind == "str")
            return "", "" if is_blank else "formula_without_value"
        if kind == "s":
            return self._strings[int(raw)], ""
        if kind == "n":
            return self._read_number(raw, cell.get("s")), ""
        if kind == "b":
            return write_cell(raw not in {"0", "false"}), ""
        if kind == "d":
            return write_cell(from_ISO8601(raw)), ""
        return raw, "error_cell" if kind == "e" else ""

    def _read_number(self, raw: str, style: str | None) -> str:
        number = int(style) if style else 0
        if number in self._dates:
            moment = from_excel(float(raw), self._epoch, timedelta=number in self._spans)
            return write_cell(moment)
        if raw.isdecimal() and len(raw) <= 15:
            return raw.zfill(self._padded[number]) if number in self._padded else raw
        return write_cell(float(raw))


def _find_padded(workbook: Any) -> dict[int, int]:
    """Return the styles that show a whole number with zeros in front, each with how many digits: 00123."""
    customs, padded = workbook._number_formats, {}
    for index, style in enumerate(workbook._cell_styles):
        code = customs[style.numFmtId - 164] if 164 <= style.numFmtId < 164 + len(customs) else ""
        if _ZEROS.fullmatch(code):
            padded[index] = len(code)
    return padded


@contextmanager
def open_book(path: Path) -> Iterator[Book]:
    """Open a workbook. Raises UnusableFile for one that is damaged or would not fit in memory."""
    with path.open("rb") as file:
        with named_damage():
            book = Book(path, file)
        try:
            yield book
        finally:
            book.close()


@contextmanager
def named_damage() -> Iterator[None]:
    """Turn what a broken workbook raises into a sentence."""
    try:
        yield
    except _BROKEN as error:
        detail = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise UnusableFile("damaged_workbook", detail=detail) from error
