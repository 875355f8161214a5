"""CSV as Dutch Excel writes it: ``;``, decimal comma, dd-mm-yyyy, Windows-1252, CRLF.

A column is a block of bytes with one fixed-width, NUL-padded field a row. Columns laid side by side, with the
padding taken out, are the file: no Python object per cell, which is what makes a million customers cheap.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from customers.demo.process import Integers

ENCODING = "cp1252"
Column = NDArray[np.uint8]
_ZERO = ord("0")
_UNSAFE = frozenset(';"\r\n\0')


class Texts:
    """A vocabulary in the file's encoding, from which columns are taken by position."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Encode ``texts``; raises ValueError for one that would need quoting, as nothing here quotes."""
        known = list(texts)
        for text in known:
            if _UNSAFE & set(text):
                raise ValueError(f"{text!r} must not hold a semicolon, a quote or a line break")
        self.encoded = np.array([text.encode(ENCODING) for text in known], dtype=bytes)

    def column(self, positions: Integers) -> Column:
        """Return the texts at ``positions`` as a column."""
        return as_column(self.encoded[positions])


def as_column(encoded: NDArray[np.bytes_]) -> Column:
    """Turn an array of byte strings into a column."""
    packed = np.ascontiguousarray(encoded)
    return packed.view(np.uint8).reshape(packed.size, packed.dtype.itemsize)


def empty_where(empty: NDArray[np.bool_], column: Column) -> Column:
    """Blank the fields of ``column`` where ``empty``."""
    return np.where(empty[:, None], np.uint8(0), column)


def whole_numbers(values: Integers) -> Column:
    """Write whole numbers of at least 0 as digits, without leading zeros."""
    width = len(str(int(values.max(initial=0))))
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    digits = (values[:, None] // powers) % 10 + _ZERO
    leading = (values[:, None] < powers) & (powers > 1)
    return np.where(leading, 0, digits).astype(np.uint8)


def amounts(cents: Integers) -> Column:
    """Write amounts of at least 0, given in whole cents, as ``1.234,56``."""
    euros = whole_numbers(cents // 100)
    parts: list[Column] = []
    width = euros.shape[1]
    for position in range(width):
        left = width - position
        if position and left % 3 == 0:
            # The point stands only where a digit stands before it.
            parts.append(np.where(euros[:, position - 1] > 0, np.uint8(ord(".")), np.uint8(0))[:, None])
        parts.append(euros[:, position : position + 1])
    rest = cents % 100
    parts.append(np.full((cents.size, 1), ord(","), dtype=np.uint8))
    parts.append(np.stack((rest // 10, rest % 10), axis=1).astype(np.uint8) + np.uint8(_ZERO))
    return np.concatenate(parts, axis=1)


def days(first_day: date, offsets: Integers) -> Column:
    """Write ``first_day`` plus each offset in days as dd-mm-yyyy."""
    if not offsets.size:
        return np.zeros((0, 10), dtype=np.uint8)
    low = int(offsets.min())
    span = int(offsets.max()) - low + 1
    known = Texts(f"{first_day + timedelta(days=low + k):%d-%m-%Y}" for k in range(span))
    return known.column(offsets - low)


def moments(first_day: date, offsets: Integers, minutes: Integers) -> Column:
    """Write a day and the minutes since its midnight as dd-mm-yyyy HH:MM."""
    clock = Texts(f" {minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60))
    return np.concatenate((days(first_day, offsets), clock.column(minutes)), axis=1)


class CsvFile:
    """A file that is written block by block; use as a context manager."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        """Name the file and its header row; nothing is written before ``with``."""
        self.path = path
        self.header = header
        self.rows = 0

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        self._file.write(";".join(self.header).encode(ENCODING) + b"\r\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, *columns: Column) -> None:
        """Write one row for each row of the columns, which come in the order of the header."""
        if len(columns) != len(self.header):
            raise ValueError(f"{self.path.name} has {len(self.header)} columns, got {len(columns)}")
        rows = columns[0].shape[0]
        semicolon = np.full((rows, 1), ord(";"), dtype=np.uint8)
        parts: list[Column] = []
        for column in columns:
            parts += [column, semicolon]
        line_end = np.broadcast_to(np.frombuffer(b"\r\n", dtype=np.uint8), (rows, 2))
        parts[-1] = line_end
        block = np.concatenate(parts, axis=1)
        self._file.write(block[block != 0].tobytes())
        self.rows += rows
