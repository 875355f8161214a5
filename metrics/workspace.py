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
# A field of a row: its size, then so many bytes.
_SIZE = 4
_WHOLE_TYPES = {4: "integer", 8: "bigint"}


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
        return self._read_blocks([numbered], "block", names, names[0])

    def read_arrays(self, expression: Table, by: str) -> dict[str, Any]:
        """Return columns of whole numbers (bigint, none NULL) as arrays, rows in the expression's order.

        ``by``: a column the rows are sorted by. Rows of an expression without an order come in none, and
        several processors take part.
        """
        return self.read_parts([expression], by)

    def read_parts(self, expressions: Sequence[Table], by: str) -> dict[str, Any]:
        """Return what ``read_arrays`` does of expressions that go on where the one before ends.

        PostgreSQL cannot spread rows in order over processors, but parts of a union it can.
        """
        names = expressions[0].columns
        sqls = [to_sql(expression) for expression in expressions]
        return self._read_blocks(sqls, f'("{by}" / {_VALUES_AT_ONCE})', names, by)

    def stream_arrays(self, expression: Table, by: str) -> Iterator[dict[str, Any]]:
        """Yield the columns of ``read_arrays`` a block at a time, so that memory does not grow with the rows.

        A block has all rows of some values of ``by`` (at most 8,192 of them), in any order; so do the blocks
        come. Nothing else can be asked of the database until the last one is taken.
        """
        names = expression.columns
        blocks = self._stream_groups([to_sql(expression)], f'("{by}" / {_VALUES_AT_ONCE})', names)
        for _block, arrays in blocks:
            yield dict(zip(names, arrays, strict=True))

    def read_groups(self, expression: Table, label: str) -> dict[str, dict[str, Any]]:
        """Return for each value of the text column ``label`` the other columns, as arrays, rows in any order.

        Several processors take part; meant for few labels.
        """
        names = [name for name in expression.columns if name != label]
        groups = self._stream_groups([to_sql(expression)], f'"{label}"', names)
        return {group: dict(zip(names, arrays, strict=True)) for group, arrays in groups}

    def _read_blocks(self, sqls: Sequence[str], block: str, names: Sequence[str], by: str) -> dict[str, Any]:
        """Return the columns of all blocks, in the order of their numbers and of ``by``.

        They are put in order here: PostgreSQL would write what outgrows its working memory to disk for it.
        """
        place = names.index(by)
        blocks = sorted(
            self._stream_groups(sqls, block, names), key=lambda found: (int(found[0]), found[1][place][0])
        )
        nothing = np.zeros(0, dtype=np.int64)
        return {
            name: np.concatenate([nothing, *(arrays[place] for _block, arrays in blocks)])
            for place, name in enumerate(names)
        }

    def _stream_groups(
        self, sqls: Sequence[str], group: str, names: Sequence[str]
    ) -> Iterator[tuple[str, list[Any]]]:
        """Yield every group as text and its columns: rows that travel together, one field a column.

        A message per row would cost more than the query (measured: 6 million rows in a third of the time),
        arrays half as much again as strings of bytes.
        """
        columns = ", ".join(f"string_agg(int8send(\"{name}\"), '')" for name in names)
        sql = " UNION ALL ".join(
            f"SELECT {group}::text, count(*), {columns} FROM ({sql}) AS rows GROUP BY {group}" for sql in sqls
        )
        with connection.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
            for place, row in enumerate(copy):
                view = memoryview(row)[0 if place else len(_BINARY_HEAD) :]
                if len(view) > len(_BINARY_END):
                    text, *fields = _cut_fields(view)
                    count, *arrays = (np.frombuffer(field, dtype=">i8").astype(np.int64) for field in fields)
                    if any(len(array) != count[0] for array in arrays):
                        raise ValueError(f"{', '.join(names)} must be whole numbers, one of them is NULL.")
                    yield str(text, "utf-8"), arrays

    def load_numbers(self, name: str, columns: Mapping[str, Any]) -> None:
        """Store columns of whole numbers under a name; the first is the one to join on.

        Columns are bigint, or integer where all their numbers fit.
        """
        key, *_others = columns
        sizes = {column: 8 if column == key else _find_size(values) for column, values in columns.items()}
        types = ", ".join(f"{column} {_WHOLE_TYPES[size]}" for column, size in sizes.items())
        self._execute(f"CREATE UNLOGGED TABLE {PREFIX}{name} ({types})")
        target = f"COPY {PREFIX}{name} FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(target) as copy:
            copy.write(_BINARY_HEAD)
            for start in range(0, len(columns[key]), _ROWS_AT_ONCE):
                part = {column: values[start : start + _ROWS_AT_ONCE] for column, values in columns.items()}
                copy.write(_pack_rows(part, sizes))
            copy.write(_BINARY_END)
        self._finish(name, key)

    def clear(self) -> None:
        """Drop everything that was kept."""
        for name in sorted(self._names):
            self._execute(f"DROP TABLE IF EXISTS {PREFIX}{name}")
        self._names.clear()

    def _finish(self, name: str, column: str = "") -> None:
        """Have the planner know a table, of its columns all or one."""
        self._names.add(name)
        # Autovacuum does not see them; without statistics the planner takes them for tiny.
        self._execute(f"ANALYZE {PREFIX}{name}" + (f" ({column})" if column else ""))

    def _execute(self, sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)


def _find_size(values: Any) -> int:
    """Return how many bytes the largest and smallest of whole numbers need: 4 or 8."""
    small = np.iinfo(np.int32)
    return 4 if len(values) and small.min <= values.min() and values.max() <= small.max else 8


def _pack_rows(columns: Mapping[str, Any], sizes: Mapping[str, int]) -> bytes:
    """Return rows as binary COPY wants them: the number of fields, then the size of each and itself."""
    fields = [
        pair for column, size in sizes.items() for pair in ((f"size_{column}", ">i4"), (column, f">i{size}"))
    ]
    rows = np.empty(len(next(iter(columns.values()))), dtype=np.dtype([("columns", ">i2"), *fields]))
    rows["columns"] = len(columns)
    for column, values in columns.items():
        rows[f"size_{column}"], rows[column] = sizes[column], values
    return rows.tobytes()


def _cut_fields(view: memoryview) -> Iterator[memoryview]:
    """Yield the fields of a row of binary COPY, nothing for NULL (whose size is -1)."""
    start = 2
    while start < len(view):
        size = int.from_bytes(view[start : start + _SIZE], "big", signed=True)
        end = start + _SIZE + max(size, 0)
        yield view[start + _SIZE : end]
        start = end


def to_sql(expression: Table) -> str:
    """Compile an expression for PostgreSQL."""
    return str(ibis.to_sql(expression, dialect="postgres", pretty=False))


def _name_type(dtype: Any) -> str:
    if dtype.is_decimal():
        return f"numeric({dtype.precision}, {dtype.scale})"
    names = {"string": 'text COLLATE "C"', "int64": "bigint", "int32": "integer", "date": "date"}
    names |= {"boolean": "boolean"}
    return names[str(dtype).removeprefix("!")]
