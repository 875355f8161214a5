"""Where a calculation keeps its intermediate tables.

Unlogged tables made and dropped inside the calculation's one transaction: nobody else ever sees them, and a
kill rolls them back. Temporary ones would keep the work of several processors to one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import ibis
import numpy as np
from django.db import connection
from ibis.expr.types import Table

PREFIX = "calculation_"
# PostgreSQL's binary COPY: signature, no flags, no extension; at the end a row of -1 columns.
_BINARY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_BINARY_END = b"\xff\xff"
_ROWS_AT_ONCE = 20_000
_VALUES_AT_ONCE = 8_192
# An array of one dimension: how many dimensions, whether NULLs, type of the elements, length, lower bound.
_ARRAY_HEAD = 20
_ARRAY_ELEMENT = np.dtype([("size", ">i4"), ("value", ">i8")])


class Workspace(Protocol):
    """What the steps of a calculation need from an engine."""

    def keep(self, name: str, expression: Table) -> Table:
        """Store the rows of an expression under a name, and return them as a table."""

    def load(self, name: str, schema: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Table:
        """Store rows that were made in Python under a name, and return them as a table."""

    def read(self, expression: Table) -> list[dict[str, Any]]:
        """Return the rows of an expression that has few."""


class PostgresWorkspace:
    """Runs on Django's own connection, so that it sees what the surrounding transaction sees."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def keep(self, name: str, expression: Table) -> Table:
        self.keep_sql(name, to_sql(expression))
        return ibis.table(expression.schema(), name=PREFIX + name)

    def keep_sql(self, name: str, sql: str) -> None:
        """Store the rows of a query that is not an Ibis expression."""
        self._execute(f"CREATE UNLOGGED TABLE {PREFIX}{name} AS {sql}")
        self._finish(name)

    def load(self, name: str, schema: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Table:
        types = ibis.schema(schema)
        columns = ", ".join(f'"{column}" {_name_type(types[column])}' for column in types.names)
        self._execute(f"CREATE UNLOGGED TABLE {PREFIX}{name} ({columns})")
        with connection.cursor() as cursor, cursor.copy(f"COPY {PREFIX}{name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self._finish(name)
        return ibis.table(types, name=PREFIX + name)

    def read(self, expression: Table) -> list[dict[str, Any]]:
        return self.read_sql(to_sql(expression))

    def read_sql(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query that is not an Ibis expression."""
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def read_numbers(self, sql: str, names: Sequence[str]) -> dict[str, Any]:
        """Return columns of whole numbers (bigint, none NULL) as arrays, rows in the query's order."""
        columns = ", ".join(f'"{name}"' for name in names)
        numbered = (
            f"SELECT *, row_number() OVER () / {_VALUES_AT_ONCE} AS block FROM ({sql}) AS rows ({columns})"
        )
        return self._read_blocks(numbered, "block", names)

    def read_arrays(self, expression: Table, by: str) -> dict[str, Any]:
        """Return columns of whole numbers (bigint, none NULL) as arrays, rows in the expression's order.

        ``by``: a column the rows are sorted by.
        """
        return self._read_blocks(to_sql(expression), f'"{by}" / {_VALUES_AT_ONCE}', expression.columns)

    def stream_arrays(self, expression: Table, by: str) -> Iterator[dict[str, Any]]:
        """Yield the columns of ``read_arrays`` a block at a time, so that memory does not grow with the rows.

        A block has all rows of some values of ``by`` (at most 8,192 of them), in any order. Nothing else can
        be asked of the database until the last one is taken.
        """
        names = expression.columns
        for arrays in self._stream_blocks(to_sql(expression), f'"{by}" / {_VALUES_AT_ONCE}', names):
            yield dict(zip(names, arrays, strict=True))

    def _read_blocks(self, sql: str, block: str, names: Sequence[str]) -> dict[str, Any]:
        parts: list[list[Any]] = [[np.zeros(0, dtype=np.int64)] for _name in names]
        for arrays in self._stream_blocks(sql, block, names):
            for part, array in zip(parts, arrays, strict=True):
                part.append(array)
        return {name: np.concatenate(part) for name, part in zip(names, parts, strict=True)}

    def _stream_blocks(self, sql: str, block: str, names: Sequence[str]) -> Iterator[list[Any]]:
        """Yield columns as arrays. Rows with the same ``block`` travel together, as one array a column.

        A message per row would cost more than the query (measured: 6 million rows in a third of the time).
        """
        columns = ", ".join(f'array_agg("{name}")' for name in names)
        sql = f"SELECT {columns} FROM ({sql}) AS rows GROUP BY {block} ORDER BY {block}"
        with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
            for place, row in enumerate(copy):
                view = memoryview(row)[0 if place else len(_BINARY_HEAD) :]
                if len(view) > len(_BINARY_END):
                    yield list(_read_row_of_arrays(view))

    def load_numbers(self, name: str, columns: Mapping[str, Any]) -> None:
        """Store columns of whole numbers under a name."""
        fields = [pair for column in columns for pair in ((f"size_{column}", ">i4"), (column, ">i8"))]
        rows = np.empty(len(next(iter(columns.values()))), dtype=np.dtype([("columns", ">i2"), *fields]))
        rows["columns"] = len(columns)
        for column, values in columns.items():
            rows[f"size_{column}"], rows[column] = 8, values
        types = ", ".join(f"{column} bigint" for column in columns)
        self._execute(f"CREATE UNLOGGED TABLE {PREFIX}{name} ({types})")
        target = f"COPY {PREFIX}{name} FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(target) as copy:
            copy.write(_BINARY_HEAD)
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                copy.write(rows[start : start + _ROWS_AT_ONCE].tobytes())
            copy.write(_BINARY_END)
        self._finish(name)

    def clear(self) -> None:
        """Drop everything that was kept."""
        for name in sorted(self._names):
            self._execute(f"DROP TABLE IF EXISTS {PREFIX}{name}")
        self._names.clear()

    def _finish(self, name: str) -> None:
        self._names.add(name)
        # Autovacuum does not see them; without statistics the planner takes them for tiny.
        self._execute(f"ANALYZE {PREFIX}{name}")

    def _execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def _read_row_of_arrays(view: memoryview) -> Iterator[Any]:
    """Yield the columns of a row of bigint arrays: each a size, a header, and a size before every element."""
    start = 2
    while start < len(view):
        size = int.from_bytes(view[start : start + 4], "big")
        start += 4
        body = view[start + _ARRAY_HEAD : start + size]
        yield np.frombuffer(body, dtype=_ARRAY_ELEMENT)["value"].astype(np.int64)
        start += size


def to_sql(expression: Table) -> str:
    """Compile an expression for PostgreSQL."""
    return str(ibis.to_sql(expression, dialect="postgres", pretty=False))


def _name_type(dtype: Any) -> str:
    if dtype.is_decimal():
        return f"numeric({dtype.precision}, {dtype.scale})"
    names = {"string": 'text COLLATE "C"', "int64": "bigint", "int32": "integer", "date": "date"}
    names |= {"boolean": "boolean"}
    return names[str(dtype).removeprefix("!")]
