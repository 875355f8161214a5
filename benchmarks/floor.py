"""The least that an import can take: COPY of the same facts, clean and typed, into the same tables.

Two floors. *Keys*: into logged tables that have their primary and unique keys and nothing else. *State*: what
is there at the end is what the import leaves – the foreign keys are checked and the indexes are built, all of
them after the rows, which is the fastest way there is.
"""

from pathlib import Path
from typing import Any, Final

from django.db import connection

from benchmarks.processes import Cost, measured

#: In the order in which they may be filled.
FACTS: Final = ("customers_customer", "customers_order", "customers_orderline", "customers_refund")
_PART: Final = 1 << 18


def empty() -> None:
    """Take all facts and uploads away."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE customers_upload, customers_beforeimage, {', '.join(FACTS)} CASCADE")
        cursor.execute(f"VACUUM ANALYZE {', '.join(FACTS)}")
        cursor.execute("CHECKPOINT")


def copy_out(folder: Path) -> None:
    """Write the facts that are there to files of the folder, as COPY takes them."""
    with connection.cursor() as cursor:
        for table in FACTS:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy, (folder / table).open("wb") as file:
                for part in copy:
                    file.write(part)


def copy_with_keys(folder: Path) -> Cost:
    """Measure COPY of the files into tables with keys alone, which go away again."""
    with connection.cursor() as cursor:
        for table in FACTS:
            cursor.execute(
                f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            )
            for definition in _keys(cursor, table):
                cursor.execute(f"ALTER TABLE bench_{table} ADD {definition}")
        cursor.execute("CHECKPOINT")
        with measured() as cost:
            cursor.execute("BEGIN")
            _copy_in(cursor, folder, "bench_")
            cursor.execute("COMMIT")
        cursor.execute(f"DROP TABLE {', '.join(f'bench_{table}' for table in FACTS)}")
    return cost


def copy_to_state(folder: Path) -> Cost:
    """Measure COPY of the files into the emptied tables themselves, indexes and foreign keys afterwards."""
    empty()
    with connection.cursor() as cursor, measured() as cost:
        cursor.execute("BEGIN")
        after = []
        for table in FACTS:
            for name, definition in _foreign_keys(cursor, table):
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                after.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            for name, definition in _indexes(cursor, table):
                cursor.execute(f"DROP INDEX {name}")
                after.append(definition)
        _copy_in(cursor, folder, "")
        for statement in after:
            cursor.execute(statement)
        cursor.execute("COMMIT")
    return cost


def _copy_in(cursor: Any, folder: Path, prefix: str) -> None:
    for table in FACTS:
        with cursor.copy(f"COPY {prefix}{table} FROM STDIN") as copy, (folder / table).open("rb") as file:
            while part := file.read(_PART):
                copy.write(part)


def _keys(cursor: Any, table: str) -> list[str]:
    cursor.execute(
        """SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = %s::regclass AND contype IN ('p', 'u')""",
        [table],
    )
    return [definition for (definition,) in cursor.fetchall()]


def _foreign_keys(cursor: Any, table: str) -> list[tuple[str, str]]:
    cursor.execute(
        """SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = %s::regclass AND contype = 'f'""",
        [table],
    )
    return list(cursor.fetchall())


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    cursor.execute(
        """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = %s::regclass AND NOT indisunique""",
        [table],
    )
    return list(cursor.fetchall())
