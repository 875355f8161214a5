"""The same Ibis expressions on DuckDB and PostgreSQL, on the same facts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from metrics.queries import facts
from metrics.workspace import PostgresWorkspace

pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")

Rows = list[dict[str, Any]]
Questions = Callable[[Any, Any], Mapping[str, Any]]


class DuckWorkspace:
    """Keeps the steps' tables in DuckDB."""

    def __init__(self) -> None:
        self.engine = ibis.duckdb.connect()
        self.engine.raw_sql("CREATE MACRO date_mi(later, earlier) AS later - earlier")

    def keep(self, name: str, expression: Any) -> Any:
        self.engine.create_table(f"calculation_{name}", expression)
        return ibis.table(expression.schema(), name=f"calculation_{name}")

    def load(self, name: str, schema: Any, rows: Any) -> Any:
        self.engine.create_table(f"calculation_{name}", schema=ibis.schema(schema))
        for row in rows:
            marks = ", ".join("?" for _cell in row)
            self.engine.con.execute(f"INSERT INTO calculation_{name} VALUES ({marks})", list(row))
        return ibis.table(ibis.schema(schema), name=f"calculation_{name}")

    def read(self, expression: Any) -> list[dict[str, Any]]:
        return self.engine.to_pyarrow(expression).to_pylist()

    def copy_facts(self) -> None:
        """Copy every table of facts out of PostgreSQL."""
        for table in vars(facts.FACTS).values():
            columns = ", ".join(table.columns)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns} FROM {table.get_name()}")
                rows = cursor.fetchall()
            self.engine.create_table(table.get_name(), schema=table.schema())
            marks = ", ".join("?" for _column in table.columns)
            for row in rows:
                self.engine.con.execute(f"INSERT INTO {table.get_name()} VALUES ({marks})", list(row))


def ask_both(list_questions: Questions, basis: Any) -> tuple[dict[str, Rows], dict[str, Rows]]:
    """Return what DuckDB answers and what PostgreSQL does, by the names that ``list_questions`` gives."""
    duck = DuckWorkspace()
    duck.copy_facts()
    in_duck = {name: read_sorted(duck, table) for name, table in list_questions(duck, basis).items()}
    with transaction.atomic():
        work = PostgresWorkspace()
        in_postgres = {name: read_sorted(work, table) for name, table in list_questions(work, basis).items()}
        work.clear()
    return in_duck, in_postgres


def read_sorted(work: Any, table: Any) -> Rows:
    """Return the rows of a table in one order, with equal cells alike."""
    rows = [{name: plain(cell) for name, cell in row.items()} for row in work.read(table)]
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def plain(cell: Any) -> Any:
    """Engines differ in how they hand over what is equal: 3 and Decimal(3), a day and its midnight."""
    if isinstance(cell, datetime):
        return cell.date()
    return (
        Decimal(cell).normalize() if isinstance(cell, int | Decimal) and not isinstance(cell, bool) else cell
    )
