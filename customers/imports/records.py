"""Records of a CSV file with the physical line on which each one starts, however damaged the file is."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

READ_LIMIT = 1 << 20  # characters fed at a time: a line of 300 MB must not become one string
FIELD_LIMIT = 128 * 1024  # characters in one cell

csv.field_size_limit(FIELD_LIMIT)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written. ``header_line`` is physical, from 1; the lines before it are preamble."""

    encoding: str
    delimiter: str
    quote: str = '"'
    header_line: int = 1


@dataclass(slots=True)
class Damage:
    """Why one record cannot be read as cells: a code of ``reasons.REASONS``, and the text as it stands."""

    code: str
    text: str


class RecordReader:
    """Iterate over ``(line, cells)``; ``cells`` is a ``Damage`` where the record cannot be read.

    Nothing is skipped: after an open quote, reading goes on at the line below the one where the record
    started. A blank line gives an empty list.
    """

    def __init__(self, file: TextIO, dialect: Dialect) -> None:
        self._file = file
        self._dialect = dialect
        self._line = 0  # physical lines handed to csv so far
        self._pending: list[str] = []  # raw text of the record being read
        self._again: list[str] = []  # lines handed back after damage, last one first
        self._damage = ""

    def __iter__(self) -> Iterator[tuple[int, list[str] | Damage]]:
        reader = csv.reader(
            self._feed(), delimiter=self._dialect.delimiter, quotechar=self._dialect.quote, strict=True
        )
        pending = self._pending
        while True:
            first = self._line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield first, self._recover(first, error)
                reader = csv.reader(
                    self._feed(),
                    delimiter=self._dialect.delimiter,
                    quotechar=self._dialect.quote,
                    strict=True,
                )
                continue
            if self._damage:
                yield first, Damage(self._damage, "".join(pending))
                self._damage = ""
            else:
                yield first, cells
            pending.clear()

    def _feed(self) -> Iterator[str]:
        readline, pending, again = self._file.readline, self._pending, self._again
        while True:
            chunk = again.pop() if again else readline(READ_LIMIT)
            if not chunk:
                return
            if not chunk.isascii() and self._has_bad_byte(chunk):
                self._damage = "bad_byte"
            if "\0" in chunk:
                self._damage = "nul"
            pending.append(chunk)
            if len(chunk) < READ_LIMIT or chunk[-1] in "\r\n":  # else the rest of this line comes next
                self._line += 1
            yield chunk

    @staticmethod
    def _has_bad_byte(chunk: str) -> bool:
        """Bytes that are no character come through as lone surrogates or as U+FFFD (see ``open_text``)."""
        try:
            chunk.encode()
        except UnicodeEncodeError:
            return True
        return "�" in chunk

    def _recover(self, first: int, error: csv.Error) -> Damage:
        """Hand back all but the first line of the record, so that one lost quote costs one line."""
        lines = self._pending
        damage = Damage("too_long" if len(lines) == 1 and "limit" in str(error) else "open_quote", lines[0])
        self._again.extend(reversed(lines[1:]))
        self._line = first
        self._damage = ""
        lines.clear()
        return damage


@contextmanager
def open_text(path: Path, dialect: Dialect) -> Iterator[TextIO]:
    """Open the file as text without translating its line ends.

    A byte that is no character becomes a lone surrogate (in UTF-16: U+FFFD), which ``RecordReader`` reports.
    """
    errors = "replace" if dialect.encoding.startswith("utf-16") else "surrogateescape"
    with path.open(encoding=dialect.encoding, errors=errors, newline="", buffering=1 << 18) as file:
        yield file


def read_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str] | Damage]]:
    """Iterate over the records below the header."""
    with open_text(path, dialect) as file:
        for line, cells in RecordReader(file, dialect):
            if line > dialect.header_line:
                yield line, cells
