"""Bring incoming rows into a fact table: one comparison, before-images, and what differs is written.

Table and column names come from the models and from constants in this package, never from a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models

from customers.models import BeforeImage, Upload

NEW: Final = "n"
CHANGED: Final = "c"
UNCHANGED: Final = "u"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows by what became of them."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> "Outcome":
        """Read ``{"n": 1, "c": 2, "u": 3}``."""
        return cls(counts.get(NEW, 0), counts.get(CHANGED, 0), counts.get(UNCHANGED, 0))


def run(statement: str, parameters: Mapping[str, Any] | None = None) -> int:
    """Execute one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def make_temporary(name: str, query: str) -> None:
    """Make a temporary table of the query's rows, in place of one that an earlier import left."""
    drop_temporary(name)
    run(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}")


def drop_temporary(name: str) -> None:
    """Drop the temporary table or view of this name, if there is one."""
    for (kind,) in rows("SELECT relkind::text FROM pg_class WHERE oid = to_regclass(%(name)s)",
                        {"name": f"pg_temp.{name}"}):  # fmt: skip
        run(f"DROP {'VIEW' if kind == 'v' else 'TABLE'} pg_temp.{name}")


def is_empty(table: str) -> bool:
    """Tell whether a table has no rows."""
    return bool(rows(f"SELECT NOT EXISTS (SELECT FROM {table})")[0][0])


def analyse(name: str) -> None:
    """Tell the planner of a table; a small sample does (measured: 0.05 s instead of 0.4)."""
    run("SET LOCAL default_statistics_target = 20")
    run(f"ANALYZE {name}")
    run("SET LOCAL default_statistics_target TO DEFAULT")


def join_in_parallel() -> None:
    """Have the planner share joins of large tables among processors until the transaction ends.

    It cannot tell how few rows come out of a comparison, and by itself thinks them too many to hand over.
    """
    run("SET LOCAL parallel_setup_cost = 100")
    run("SET LOCAL parallel_tuple_cost = 0.005")


def rows(statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return all rows of a query whose result is small."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def compare(
    model: type[models.Model],
    name: str,
    source: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    kept: Sequence[str] = (),
    told: str = "true",
) -> Outcome:
    """Make the temporary table ``name``: the source, the row it belongs to and whether that differs.

    ``source`` is a query with unique ``keys``. ``columns`` gives the value to be written for each column, as
    an expression over ``s`` (source) and ``t`` (the row that is there, or NULLs). The table has
    ``target_id``, ``outcome`` (n, c or u), the values under ``to_<column>``, what was there under
    ``old_<column>`` (and ``old_upload_id``), and what is ``kept``: expressions over both, by default all of
    the source. Of rows that are unchanged it has those for which ``told`` holds, an expression over its own
    columns, and no other is counted.
    """
    on = " AND ".join(f"t.{key} = s.{key}" for key in keys)
    values = ", ".join(
        f"({value})::{sql_type(model, column)} AS to_{column}" for column, value in columns.items()
    )
    before = ", ".join(f"t.{column} AS old_{column}" for column in (*columns, "upload_id"))
    old = ", ".join(f"t.{column}" for column in columns)
    new = ", ".join(f"({value})::{sql_type(model, column)}" for column, value in columns.items())
    differs = f"ROW({old}) IS DISTINCT FROM ROW({new})" if columns else "false"
    make_temporary(
        name,
        f"""
        SELECT * FROM (
            SELECT {", ".join(filter(None, (*(kept or ("s.*",)), values, before)))}, t.id AS target_id,
                   CASE WHEN t.id IS NULL THEN '{NEW}' WHEN {differs} THEN '{CHANGED}' ELSE '{UNCHANGED}' END
                       AS outcome
            FROM ({source}) s LEFT JOIN {model._meta.db_table} t ON {on}
        ) compared WHERE outcome <> '{UNCHANGED}' OR ({told})
    """,
    )
    analyse(name)
    return Outcome.of(dict(rows(f"SELECT outcome, count(*) FROM {name} GROUP BY outcome")))


def add(
    model: type[models.Model],
    source: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    upload: Upload,
    number: str = "",
) -> int:
    """Write rows of which none is there yet; return how many.

    Arguments as of :func:`compare`, but no expression looks at a row that is there. ``number``: a column of
    the source that numbers its rows from 1; the new ids follow it, which takes a quarter off the time.
    """
    table = model._meta.db_table
    defaults = _defaults(model, (*keys, *columns))
    values = [f"({value})::{sql_type(model, column)}" for column, value in columns.items()]
    names = [*keys, *columns, *defaults, "upload_id"]
    selected = [*(f"s.{key}" for key in keys), *values, *defaults.values(), "%(upload)s"]
    parameters = {"upload": upload.pk}
    if number:
        names, selected = ["id", *names], [f"%(before)s + s.{number}", *selected]
        parameters["before"] = _reserve_ids(table, f"SELECT max({number}) FROM ({source}) s")
    return run(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(selected)} FROM ({source}) s", parameters
    )


def _reserve_ids(table: str, highest: str) -> int:
    """Take as many ids at once as the query says; return the one before them."""
    run(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")  # nobody else takes one meanwhile
    before, _last = rows(
        f"""
        SELECT before, setval(sequence, before + ({highest}))
        FROM (SELECT nextval(sequence) AS before, sequence
              FROM (SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass AS sequence) s) taken
    """,
        {"table": table},
    )[0]
    return int(before)


def write(
    model: type[models.Model],
    name: str,
    keys: tuple[str, ...],
    columns: Mapping[str, str],
    upload: Upload,
    condition: str = "true",
) -> None:
    """Write what :func:`compare` found to be new or changed, keeping what was there before.

    One upload writes each row at most once. ``condition``: an expression over ``s``, which rows.
    """
    changed = _find_changed(name, columns, condition)
    if changed is not None:
        _change(model, name, changed, upload, condition)
    defaults = _defaults(model, (*keys, *columns))
    values = (*(f"s.{key}" for key in keys), *(f"s.to_{column}" for column in columns), *defaults.values())
    run(
        f"""
        INSERT INTO {model._meta.db_table} ({", ".join((*keys, *columns, *defaults, "upload_id"))})
        SELECT {", ".join((*values, "%(upload)s"))} FROM {name} s
        WHERE s.outcome = '{NEW}' AND {condition}
    """,
        {"upload": upload.pk},
    )


def _change(
    model: type[models.Model], name: str, columns: Sequence[str], upload: Upload, condition: str
) -> None:
    """Write these columns of the rows that are changed; their images hold what these columns held."""
    table, parameters = model._meta.db_table, {"upload": upload.pk}
    chosen = f"s.outcome = '{CHANGED}' AND {condition}"
    image = ", ".join(f"'{column}', s.old_{column}" for column in ("upload_id", *columns))
    run(
        f"""
        INSERT INTO {BeforeImage._meta.db_table} (upload_id, "table", "row", image)
        SELECT %(upload)s, '{table}', s.target_id, jsonb_build_object({image})
        FROM {name} s WHERE {chosen}
    """,
        parameters,
    )
    changes = ", ".join((*(f"{column} = s.to_{column}" for column in columns), "upload_id = %(upload)s"))
    run(f"UPDATE {table} t SET {changes} FROM {name} s WHERE t.id = s.target_id AND {chosen}", parameters)


def _find_changed(name: str, columns: Mapping[str, str], condition: str) -> list[str] | None:
    """Return the columns in which any changed row differs; None where no row is changed."""
    differing = (f"bool_or(s.old_{column} IS DISTINCT FROM s.to_{column})" for column in columns)
    found = rows(f"""
        SELECT {", ".join(("count(*)", *differing))}
        FROM {name} s WHERE s.outcome = '{CHANGED}' AND {condition}
    """)[0]
    if not found[0]:
        return None
    return [column for column, differs in zip(columns, found[1:], strict=True) if differs]


def sql_type(model: type[models.Model], column: str) -> str:
    """Return the type of a column as PostgreSQL names it."""
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return str(kind)


def _defaults(model: type[models.Model], filled: Sequence[str]) -> dict[str, str]:
    """Return what a new row holds in columns that the file does not fill, as SQL."""
    found: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.column in {None, "upload_id", *filled} or field.null:
            continue
        default = field.get_default()
        if isinstance(default, bool):
            found[str(field.column)] = str(default).lower()
        elif isinstance(default, dict):
            found[str(field.column)] = "'{}'::jsonb"
        elif isinstance(default, str):
            found[str(field.column)] = f"'{default}'"
    return found
