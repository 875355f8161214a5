"""Where a calculation keeps its intermediate tables.

Unlogged tables made and dropped inside the calculation's one transaction: nobody else ever sees them, and a
kill rolls them back. Temporary ones would keep the work of several processors to one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import ibis
from django.db import connection
from ibis.expr.types import Table

PREFIX = "calculation_"


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


def to_sql(expression: Table) -> str:
    """Compile an expression for PostgreSQL."""
    return str(ibis.to_sql(expression, dialect="postgres", pretty=False))


def _name_type(dtype: Any) -> str:
    if dtype.is_decimal():
        return f"numeric({dtype.precision}, {dtype.scale})"
    names = {"string": 'text COLLATE "C"', "int64": "bigint", "int32": "integer", "date": "date"}
    names |= {"boolean": "boolean"}
    return names[str(dtype).removeprefix("!")]
