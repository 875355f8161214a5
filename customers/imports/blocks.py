"""Records in blocks of hundreds, for the pass that touches every row.

A text file is read as fast as ``csv`` can for as long as it is plain; from the first thing that is not – a
blank row, a cell of two lines, an odd byte – ``RecordReader`` reads the rest, one record at a time, so that
every record is what it makes of it. Measured over 1,000,000 records: 0.6 s plain, 1.0 s by the reader.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from typing import Any, Final, TextIO, cast

from customers.imports.escapes import make_translation
from customers.imports.records import MOJIBAKE, Damage, Dialect, RecordReader, open_records, open_text

_CHARACTERS: Final = 1 << 15  # read at a time: a block that stays in the cache of the processor
_RECORDS: Final = 500  # in a block that is read one by one


@dataclass(slots=True)
class Block:
    """Records with the physical line on which each starts; ``damaged`` ones are beside the others."""

    lines: Sequence[int]
    rows: list[list[str]]
    damaged: list[tuple[int, Damage]] = field(default_factory=list)


class Blocks:
    """Iterate over the records below the header, in blocks."""

    def __init__(self, blocks: Iterable[Block], source: Any) -> None:
        self._blocks, self._source = blocks, source

    def __iter__(self) -> Iterator[Block]:
        return iter(self._blocks)

    def tell(self) -> int:
        """Return how many bytes of the file have been read."""
        return int(self._source.tell())


@contextmanager
def open_blocks(path: Path, dialect: Dialect) -> Iterator[Blocks]:
    """Open a file as blocks of the records that ``records.read_records`` yields."""
    if dialect.sheet or make_translation(dialect.delimiter, dialect.quote, dialect.escape):
        with open_records(path, dialect) as records:
            yield Blocks(_group(_below(records, dialect.first_line)), records)
    else:
        with open_text(path, dialect) as file:
            yield Blocks(_read(file, dialect), cast("Any", file).buffer)


def _below(records: Iterable[tuple[int, Any]], first_line: int) -> Iterator[tuple[int, Any]]:
    return (record for record in records if record[0] >= first_line)


def _group(records: Iterable[tuple[int, list[str] | Damage]]) -> Iterator[Block]:
    lines: list[int] = []
    block = Block(lines, [])
    for line, found in records:
        if isinstance(found, Damage):
            block.damaged.append((line, found))
        else:
            lines.append(line)
            block.rows.append(found)
        if len(lines) + len(block.damaged) >= _RECORDS:
            yield block
            lines = []
            block = Block(lines, [])
    yield block


def _read(file: TextIO, dialect: Dialect) -> Iterator[Block]:
    """Read plain blocks of lines, then the rest; the reader looks back by one line, so it gets that again."""
    first_line, rest, above, before = dialect.first_line, "", "", 0
    while more := file.read(_CHARACTERS):
        text = rest + more
        if text[-1] == "\r":
            text += file.read(1)  # the two halves of a line end stay together
        end = text.rfind("\n") + 1
        plain, rest = text[:end], text[end:]
        rows = _read_plain(plain, dialect, first_line - before) if plain else None
        if rows is None:
            rest = text
            break
        skipped = max(0, first_line - before - 1)  # lines of the preamble and the header
        yield Block(range(before + skipped + 1, before + len(rows) + 1), rows[skipped:] if skipped else rows)
        before += len(rows)
        above = plain[plain.rfind("\n", 0, -1) + 1 :]
    if before:
        before -= 1
        dialect = replace(dialect, header_line=0, body_line=max(1, first_line - before))
    reader = RecordReader(cast("TextIO", _Again(above + rest, file)), dialect, one_table=True)
    first_line = max(first_line, before + 2) if above else first_line
    yield from _group(_below(((before + line, found) for line, found in reader), first_line))


def _read_plain(text: str, dialect: Dialect, first: int) -> list[list[str]] | None:
    """Return the records of these lines; None where there is more to them than a record a line.

    ``first``: the line of the text from which on a blank record counts.
    """
    if not _is_clean(text, dialect):
        return None
    reader = csv.reader(
        StringIO(text, newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        strict=True,
    )
    try:
        rows = list(reader)
    except csv.Error:
        return None
    if len(rows) != reader.line_num:
        return None
    below = rows[first - 1 :] if first > 1 else rows
    return rows if all(row and (row[0] or any(row)) for row in below) else None


def _is_clean(text: str, dialect: Dialect) -> bool:
    """Tell whether every byte was a character, and none of another encoding."""
    if "\0" in text or text.count("\r") != text.count("\r\n"):
        return False  # lines that end in \r alone are lines to csv, and none where a block is cut
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    is_wary = dialect.encoding == "cp1252" and any(mark in text for mark in "ÂÃâ")
    return not (is_wary and MOJIBAKE.search(text))


class _Again:
    """Hands out text that was read ahead, then the file it came from."""

    def __init__(self, text: str, file: TextIO) -> None:
        self._text, self._file = StringIO(text, newline=""), file
        self.buffer = cast("Any", file).buffer

    def readline(self, limit: int) -> str:
        """Return at most so many characters of the next line, "" at the end of the file."""
        line = self._text.readline(limit)
        if len(line) == limit or line.endswith(("\r", "\n")):
            return line
        return line + self._file.readline(limit - len(line))
