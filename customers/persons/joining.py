"""Let customers go on as one, and let them stand apart again exactly as they were.

Joining moves what belongs to a customer to the one who is kept, notes every row that moved, and keeps the
customer's own row as an image: from then on there is one customer for every query. While a file is read in or
an import undone everybody stands apart for a moment (:func:`stand_apart`), so that a file meets the
customers that the shop itself knows: the same file changes nothing, and a later row of the old number goes to
the person.

Which columns refer to customers is read from the models, so a new kind of fact is included by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import models

from customers.imports.facts import run
from customers.models import Customer, JoinedCustomer, JoinedFact, PersonDecision

#: What the kept customer takes over where its own row says nothing.
_FILLED: Final = ("name", "email", "country", "city", "acquisition_channel", "campaign")
_CUSTOMER: Final = Customer._meta.db_table
_JOINED: Final = JoinedCustomer._meta.db_table
_FACT: Final = JoinedFact._meta.db_table
_DECISION: Final = PersonDecision._meta.db_table


@contextmanager
def stand_apart() -> Iterator[None]:
    """Have every joined customer apart inside the block. Needs an open transaction and the imports' lock."""
    decisions = list_in_force()
    if decisions:
        separate(decisions)
    yield
    if decisions:
        join(decisions)


def list_in_force() -> list[int]:
    """Return the decisions by which customers are one person now."""
    in_force = PersonDecision.objects.filter(verdict=PersonDecision.Verdict.SAME, withdrawn_at=None)
    return list(in_force.values_list("pk", flat=True))


def join(decisions: list[int]) -> None:
    """Let the customers of these decisions go on as the kept ones; who is not there (any more) is left out.

    A customer may be in one decision in force only. Needs an open transaction.
    """
    _find_pairs(decisions)
    run(f"""
        UPDATE {_JOINED} j SET image = to_jsonb(c)
        FROM join_pairs p JOIN {_CUSTOMER} c ON c.id = p.merged_id WHERE j.id = p.joined_id
    """)
    for table, columns in _find_references(tangled=False):
        for column in columns:
            _move(table, column)
    for table, columns in _find_references(tangled=True):
        _rewrite(table, columns)
    _complete_kept()
    run(f"DELETE FROM {_CUSTOMER} c USING join_pairs p WHERE c.id = p.merged_id")
    run("DROP TABLE join_pairs")


def separate(decisions: list[int]) -> None:
    """Put back every row of these decisions as it was before :func:`join`. Needs an open transaction."""
    which = {"decisions": decisions}
    apart = f"{_JOINED} j WHERE j.decision_id = ANY(%(decisions)s) AND j.image IS NOT NULL"
    run(
        f"""
        INSERT INTO {_CUSTOMER} SELECT r.* FROM {_JOINED} j
        JOIN {_DECISION} d ON d.id = j.decision_id JOIN {_CUSTOMER} k ON k.external_id = d.kept
        CROSS JOIN LATERAL jsonb_populate_record(k, j.image) r
        WHERE j.decision_id = ANY(%(decisions)s) AND j.image IS NOT NULL
    """,
        which,
    )
    names = ", ".join((*_FILLED, "objects_to_profiling", "acquired_on"))
    values = ", ".join(f"old.{name}" for name in (*_FILLED, "objects_to_profiling", "acquired_on"))
    run(
        f"""
        UPDATE {_CUSTOMER} k SET ({names}) = ({values})
        FROM {_DECISION} d JOIN {_CUSTOMER} now ON now.external_id = d.kept
        CROSS JOIN LATERAL jsonb_populate_record(now, d.kept_before) old
        WHERE d.id = ANY(%(decisions)s) AND k.id = now.id AND d.kept_before <> '{{}}'::jsonb
    """,
        which,
    )
    for table, columns in _find_references(tangled=False):
        for column in columns:
            _move_back(table, column, which)
    for table, _columns in _find_references(tangled=True):
        _put_back(table, which)
    run(f"DELETE FROM {_FACT} f USING {apart} AND f.joined_id = j.id", which)
    run(f"UPDATE {_JOINED} SET image = NULL WHERE decision_id = ANY(%(decisions)s)", which)
    run(f"UPDATE {_DECISION} SET kept_before = '{{}}'::jsonb WHERE id = ANY(%(decisions)s)", which)


def _find_pairs(decisions: list[int]) -> None:
    run("DROP TABLE IF EXISTS pg_temp.join_pairs")
    run(
        f"""
        CREATE TEMP TABLE join_pairs ON COMMIT DROP AS
        SELECT j.id AS joined_id, d.id AS decision_id, c.id AS merged_id, k.id AS kept_id
        FROM {_JOINED} j JOIN {_DECISION} d ON d.id = j.decision_id
        JOIN {_CUSTOMER} c ON c.external_id = j.number JOIN {_CUSTOMER} k ON k.external_id = d.kept
        WHERE d.id = ANY(%(decisions)s) AND c.id <> k.id
    """,
        {"decisions": decisions},
    )
    run("ANALYZE join_pairs")


def _find_references(*, tangled: bool) -> Iterator[tuple[str, list[str]]]:
    """Yield tables of facts with their columns that refer to a customer.

    Tangled ones cannot simply be given another customer: two rows may become one, or a row its own mirror.
    """
    columns: dict[type[models.Model], list[str]] = {}
    for relation in Customer._meta.related_objects:
        model, field = relation.related_model, relation.field
        if isinstance(model, type) and model._meta.app_label == Customer._meta.app_label and field.column:
            columns.setdefault(model, []).append(field.column)
    for model, names in columns.items():
        if tangled == (len(names) > 1 or _is_unique_by(model, names[0])):
            yield model._meta.db_table, sorted(names)


def _is_unique_by(model: type[models.Model], column: str) -> bool:
    field = next(field for field in model._meta.concrete_fields if field.column == column)
    return field.unique or any(field.name in found.fields for found in model._meta.total_unique_constraints)


def _move(table: str, column: str) -> None:
    run(f"""
        INSERT INTO {_FACT} (joined_id, "table", "column", "row")
        SELECT p.joined_id, '{table}', '{column}', t.id
        FROM join_pairs p JOIN {table} t ON t.{column} = p.merged_id
    """)
    run(f"UPDATE {table} t SET {column} = p.kept_id FROM join_pairs p WHERE t.{column} = p.merged_id")


def _move_back(table: str, column: str, which: dict[str, Any]) -> None:
    run(
        f"""
        UPDATE {table} t SET {column} = (j.image->>'id')::bigint
        FROM {_JOINED} j JOIN {_FACT} f ON f.joined_id = j.id
        WHERE j.decision_id = ANY(%(decisions)s) AND f."table" = '{table}' AND f."column" = '{column}'
          AND t.id = f."row"
    """,
        which,
    )


def _rewrite(table: str, columns: list[str]) -> None:
    """Take the rows out, keep them whole, put in what they become: without doubles and mirrors."""
    touches = " OR ".join(f"t.{column} = p.merged_id" for column in columns)
    run(f"""
        INSERT INTO {_FACT} (joined_id, "table", "column", "row", image)
        SELECT DISTINCT ON (t.id) p.joined_id, '{table}', '', t.id, to_jsonb(t)
        FROM join_pairs p JOIN {table} t ON {touches} ORDER BY t.id, p.joined_id
    """)
    mine = f"""{_FACT} f JOIN join_pairs mine ON mine.joined_id = f.joined_id AND f."table" = '{table}'"""
    run(f"""DELETE FROM {table} t USING {mine} WHERE t.id = f."row" """)
    joins = " ".join(
        f"LEFT JOIN join_pairs p{place} ON p{place}.merged_id = (f.image->>'{column}')::bigint"
        for place, column in enumerate(columns)
    )
    new = ", ".join(
        f"'{column}', coalesce(p{place}.kept_id, (f.image->>'{column}')::bigint)"
        for place, column in enumerate(columns)
    )
    differ = " AND ".join(f"r.{columns[0]} IS DISTINCT FROM r.{other}" for other in columns[1:]) or "true"
    run(f"""
        INSERT INTO {table}
        SELECT r.* FROM {mine} {joins}
        CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, f.image || jsonb_build_object({new})) r
        WHERE {differ} ORDER BY f."row" ON CONFLICT DO NOTHING
    """)


def _put_back(table: str, which: dict[str, Any]) -> None:
    mine = f"""{_JOINED} j JOIN {_FACT} f ON f.joined_id = j.id"""
    only = f"""j.decision_id = ANY(%(decisions)s) AND f."table" = '{table}'"""
    run(f"""DELETE FROM {table} t USING {mine} WHERE {only} AND t.id = f."row" """, which)
    run(
        f"""
        INSERT INTO {table} SELECT r.* FROM {mine}
        CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, f.image) r WHERE {only}
    """,
        which,
    )


def _complete_kept() -> None:
    """Fill what the kept row leaves open; an objection of one is the person's, the first day counts."""
    kept = ", ".join(f"'{name}', k.{name}" for name in (*_FILLED, "objects_to_profiling", "acquired_on"))
    run(f"""
        UPDATE {_DECISION} d SET kept_before = jsonb_build_object({kept})
        FROM {_CUSTOMER} k WHERE k.external_id = d.kept AND d.id IN (SELECT decision_id FROM join_pairs)
    """)
    first = ", ".join(
        f"(array_agg(m.{name} ORDER BY m.external_id) FILTER (WHERE m.{name} <> ''))[1] AS {name}"
        for name in _FILLED
    )
    filled = ", ".join(f"{name} = coalesce(nullif(k.{name}, ''), found.{name}, '')" for name in _FILLED)
    run(f"""
        UPDATE {_CUSTOMER} k
        SET {filled}, objects_to_profiling = k.objects_to_profiling OR found.objects,
            acquired_on = least(k.acquired_on, found.acquired_on)
        FROM (SELECT p.kept_id, {first}, bool_or(m.objects_to_profiling) AS objects,
                     min(m.acquired_on) AS acquired_on
              FROM join_pairs p JOIN {_CUSTOMER} m ON m.id = p.merged_id GROUP BY p.kept_id) found
        WHERE k.id = found.kept_id
    """)
