"""What kind of file it is and how it is written: container, encoding, delimiter, quote, escape, header."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from customers.imports.containers import name_container, refuse_binary
from customers.imports.encodings import find_encoding, require_encoding
from customers.imports.header_rows import join_names
from customers.imports.headers import normalise
from customers.imports.layout import Fixed, find_layout
from customers.imports.reasons import UnusableFile
from customers.imports.records import READ_LIMIT, Damage, Dialect, open_records, open_text

__all__ = ["Fixed", "detect", "normalise", "read_header"]

_SAMPLE_LINES: Final = 120  # lines in which the header row must be
_SAMPLE_CHARACTERS: Final = 1 << 17

FOUND: Final = Fixed()


def detect(path: Path, known_headers: Iterable[str], fixed: Fixed = FOUND) -> Dialect:
    """Return how the file is written: as ``fixed`` says, and found where it does not say.

    ``known_headers``: normalised names that a header row is recognised by (see :func:`normalise`).
    Raises UnusableFile when it is empty, too large, another kind of file, or cannot be written as was said.
    """
    size = path.stat().st_size
    if size > settings.UPLOAD_MAX_BYTES:
        raise UnusableFile("too_many_bytes", size=size, limit=settings.UPLOAD_MAX_BYTES)
    start = _read_start(path)
    if refuse_container(path) == "xlsx":
        from customers.imports.workbook import detect_sheet  # openpyxl takes its time, and few files need it

        return detect_sheet(path, set(known_headers), fixed)
    encoding = require_encoding(fixed.encoding) if fixed.encoding else find_encoding(path, start)
    if encoding[:6] not in {"utf-16", "utf-32"}:
        refuse_binary(start)
    _check_marks(fixed)
    lines = _first_lines(path, encoding)
    if not any(line.strip() for line in lines):
        raise UnusableFile("empty")
    dialect, place = find_layout(lines, set(known_headers), encoding, fixed)
    return replace(dialect, header_line=place.header_line, body_line=place.body_line)


def refuse_container(path: Path) -> str:
    """Return "xlsx" for a workbook and "" for text; raise UnusableFile for another kind of file."""
    container = name_container(_read_start(path), path)
    if container not in {"", "xlsx"}:
        raise UnusableFile("container", container=container)
    return container


def is_workbook(path: Path) -> bool:
    """Tell whether a file is an Excel workbook, by what it holds."""
    return name_container(_read_start(path), path) == "xlsx"


def _read_start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def read_header(path: Path, dialect: Dialect) -> list[str]:
    """Return the names of the columns as they stand in the file; “column 1” and so on where it has none.

    Raises UnusableFile for too many columns.
    """
    rows: list[list[str]] = []
    with open_records(path, dialect) as records:
        for line, cells in records:
            if isinstance(cells, Damage) or line < (dialect.header_line or dialect.first_line):
                continue
            if line >= dialect.first_line and (rows or dialect.header_line):
                break
            if cells and any(cell.strip() for cell in cells):
                rows.append(cells)
            if rows and not dialect.header_line:
                break
    if not rows:
        raise UnusableFile("no_header_line", line=dialect.header_line or dialect.first_line)
    names = join_names(rows)
    if len(names) > settings.UPLOAD_MAX_COLUMNS:
        line = dialect.header_line or dialect.first_line
        raise UnusableFile("too_many_columns", line=line, found=len(names), limit=settings.UPLOAD_MAX_COLUMNS)
    if not dialect.header_line:
        return [_("column %(number)s") % {"number": number} for number in range(1, len(names) + 1)]
    return names


def _check_marks(fixed: Fixed) -> None:
    quote, escape = fixed.quote.replace("none", ""), fixed.escape.replace("none", "")
    marks = [mark for mark in (fixed.delimiter, quote, escape) if mark]
    if len(quote) > 1 or len(escape) > 1 or len(fixed.delimiter) > 8 or len(set(marks)) < len(marks):
        raise UnusableFile("impossible_marks")
    if any(character in "\r\n\0" for mark in marks for character in mark):
        raise UnusableFile("impossible_marks")


def _first_lines(path: Path, encoding: str) -> list[str]:
    lines: list[str] = []
    left = _SAMPLE_CHARACTERS
    with open_text(path, Dialect(encoding, ",")) as file:
        while left > 0 and len(lines) < _SAMPLE_LINES and (line := file.readline(READ_LIMIT)):
            lines.append(line)
            left -= len(line)
    return lines
