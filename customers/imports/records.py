"""Records of a text file with the physical line on which each one starts, however damaged the file is."""

import codecs
import csv
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

from customers.imports.escapes import STAND_IN, make_translation
from customers.imports.headers import begins_a_table

READ_LIMIT: Final = 1 << 20  # characters in one line: a line of 300 MB must not become one string
FIELD_LIMIT: Final = 128 * 1024  # characters in one cell
RECORD_LIMIT: Final = 8 << 20  # characters in one record of several lines

csv.field_size_limit(FIELD_LIMIT)

#: UTF-8 that is read as Windows-1252: “Ã«” for “ë”, “â‚¬” for “€”. Nobody writes these.
MOJIBAKE: Final = re.compile("[ÂÃ][€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\xa0-¿]|â€[“”˜™œž¦¢]|â‚¬")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. ``header_line`` is physical, from 1; the lines before it are preamble.

    ``header_line`` 0: no row has the names of the columns. ``body_line``: where the records begin, if that is
    not the line after the header (it has several rows, or there is none). ``quote`` and ``escape`` may be
    blank, ``delimiter`` may have several characters. ``sheet``: of a workbook, which has none of these.
    """

    encoding: str
    delimiter: str
    quote: str = '"'
    header_line: int = 1
    escape: str = ""
    body_line: int = 0
    sheet: str = ""

    @property
    def first_line(self) -> int:
        """The first physical line on which a record may start."""
        return self.body_line or self.header_line + 1

    @property
    def is_plain(self) -> bool:
        """True where ``csv`` reads the text as it stands."""
        return len(self.delimiter) == 1 and not self.escape and not self.sheet


@dataclass(slots=True)
class Damage:
    """Why one record cannot be read as cells: a code of ``reasons.REASONS``, and the text as it stands."""

    code: str
    text: str
    #: what the sentence names: a cell of a workbook
    value: str = ""
    #: the record, where it can be told apart into cells
    cells: list[str] | None = None


class Records(Protocol):
    """What is iterated over as ``(line, cells)``; a workbook's rows are read like the lines of a file."""

    def __iter__(self) -> Iterator[tuple[int, list[str] | Damage]]: ...

    def tell(self) -> int:
        """Return how many bytes of the file have been read."""
        ...


def make_reader(lines: Iterable[str], dialect: Dialect) -> Any:
    """Return a strict ``csv.reader``; lines of an odd dialect must have been translated (see ``escapes``)."""
    return csv.reader(
        lines,
        delimiter=dialect.delimiter if len(dialect.delimiter) == 1 else STAND_IN,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape or None,
        strict=True,
    )


def has_bad_byte(text: str) -> bool:
    """Tell whether bytes were no character: they come through as lone surrogates (see ``open_text``)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class RecordReader:
    """Iterate over ``(line, cells)``; ``cells`` is a ``Damage`` where the record cannot be read.

    Nothing is skipped: after an open quote, reading goes on at the line below the one where the record
    started. A blank line gives an empty list. ``one_table``: the header of another table below a blank line,
    and all that follows, is ``Damage``.
    """

    def __init__(self, file: TextIO, dialect: Dialect, *, one_table: bool = False) -> None:
        self._file = file
        self._dialect = dialect
        self._translation = make_translation(dialect.delimiter, dialect.quote, dialect.escape)
        self._has_mixed_encodings = MOJIBAKE.search if dialect.encoding == "cp1252" else None
        self._one_table = one_table
        self._line = 0  # physical lines handed to csv so far
        self._pending: list[str] = []  # raw text of the record being read
        self._again: list[str] = []  # lines handed back after damage, last one first
        self._damage = ""

    @property
    def line(self) -> int:
        """The physical lines handed out so far."""
        return self._line

    @property
    def has_lines_again(self) -> bool:
        """True while lines wait that were handed back after damage."""
        return bool(self._again)

    def tell(self) -> int:
        """Return how many bytes of the file have been read."""
        return self._file.buffer.tell()

    def __iter__(self) -> Iterator[tuple[int, list[str] | Damage]]:
        translation, pending = self._translation, self._pending
        reader = self._read_csv()
        first_line = self._dialect.first_line if self._one_table else sys.maxsize
        above: list[str] = []  # the last record that was not blank
        below_blank = False
        while True:
            first = self._line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield first, self._recover(first, error)
                reader = self._read_csv()
                continue
            if self._damage:
                yield first, Damage(self._damage, "".join(pending))
                self._damage = ""
            elif not cells or not (cells[0] or any(cells)):
                below_blank = bool(above)
                yield first, cells
            elif below_blank and begins_a_table(cells, above):
                yield from self._refuse_from(first)
                return
            else:
                if first >= first_line:
                    below_blank, above = False, cells
                yield first, translation.restore(cells) if translation else cells
            pending.clear()

    def _refuse_from(self, first: int) -> Iterator[tuple[int, list[str] | Damage]]:
        """Yield every line from the header of another table on; blank ones are blank there, too."""
        yield first, Damage("second_table", "".join(self._pending))
        self._pending.clear()
        for chunk in self._feed():
            self._pending.clear()
            yield self._line, Damage("second_table", chunk) if chunk.strip() else []

    def _read_csv(self) -> Any:
        lines = self._feed()
        return make_reader(self._translation.translate(lines) if self._translation else lines, self._dialect)

    def _feed(self) -> Iterator[str]:
        readline, pending, again = self._file.readline, self._pending, self._again
        size = 0
        while True:
            if again:
                chunk = again.pop()
            else:
                chunk = readline(READ_LIMIT)
                if len(chunk) == READ_LIMIT:
                    self._finish_line(chunk)
            if not chunk:
                return
            if pending:
                size = (size if len(pending) > 1 else len(pending[0])) + len(chunk)
                if size > RECORD_LIMIT:
                    again.append(chunk)
                    raise csv.Error("record larger than its limit")
            if not chunk.isascii():
                self._look_at(chunk)
            if "\0" in chunk:
                self._damage = "nul"
            pending.append(chunk)
            self._line += 1
            if len(chunk) == READ_LIMIT and chunk[-1] not in "\r\n":
                self._damage, chunk = "line_too_long", "\n"
            yield chunk

    def _finish_line(self, chunk: str) -> None:
        """Read over the rest of a line of which ``chunk`` is as much as is taken."""
        readline = self._file.readline
        while len(chunk) == READ_LIMIT and chunk[-1] not in "\r\n":
            chunk = readline(READ_LIMIT)
        if len(chunk) == READ_LIMIT and chunk[-1] == "\r":
            after = readline(1)  # the other half of a line end, or the first character of the next line
            if after and after != "\n":
                self._again.insert(0, after if after == "\r" else after + readline(READ_LIMIT - 1))

    def _look_at(self, chunk: str) -> None:
        """Note what is no text: bytes that are no character come through as lone surrogates."""
        if has_bad_byte(chunk):
            self._damage = "bad_byte"
        if self._has_mixed_encodings and self._has_mixed_encodings(chunk):
            self._damage = "mixed_encodings"
        if self._translation and STAND_IN in chunk:
            self._damage = "bad_byte"

    def _recover(self, first: int, error: csv.Error) -> Damage:
        """Hand back all but the first line of the record, so that one lost quote costs one line."""
        lines = self._pending
        is_too_long = len(lines) == 1 and "field larger" in str(error)
        damage = Damage("too_long" if is_too_long else "open_quote", lines[0])
        self._again.extend(reversed(lines[1:]))
        self._line = first
        self._damage = ""
        lines.clear()
        return damage


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error("klantwaarde-mark", _mark_bad)


@contextmanager
def open_text(path: Path, dialect: Dialect) -> Iterator[TextIO]:
    """Open the file as text without translating its line ends.

    Bytes that are no character become lone surrogates, which ``RecordReader`` reports.
    """
    errors = "klantwaarde-mark" if dialect.encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    with path.open(encoding=dialect.encoding, errors=errors, newline="", buffering=1 << 18) as file:
        yield file


@contextmanager
def open_records(path: Path, dialect: Dialect) -> Iterator[Records]:
    """Open the file as its records, those of the preamble and the header included."""
    if dialect.sheet:
        from customers.imports.workbook import open_sheet  # openpyxl takes its time, and few files need it

        with open_sheet(path, dialect) as rows:
            yield rows
    else:
        with open_text(path, dialect) as file:
            yield RecordReader(file, dialect, one_table=True)


def read_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str] | Damage]]:
    """Iterate over the records below the header."""
    first_line = dialect.first_line
    with open_records(path, dialect) as records:
        for line, cells in records:
            if line >= first_line:
                yield line, cells


def count_above(path: Path, dialect: Dialect) -> tuple[int, int]:
    """Return how many records stand above the names of the columns, and how many rows these names take."""
    preamble = header = 0
    with open_records(path, dialect) as records:
        for line, _cells in records:
            if line >= dialect.first_line:
                break
            if dialect.header_line and line >= dialect.header_line:
                header += 1
            else:
                preamble += 1
    return preamble, header
