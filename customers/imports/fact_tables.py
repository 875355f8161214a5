"""A register of what the steps of an import need to know of the tables it fills beside orders and customers.

A storey above adds tables of its own with :func:`register`, and its kind of file with ``kinds.register``:
then they are checked, merged, reported and undone like any other, and nothing here knows who lives above.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import models

from customers.imports.merged import Merged
from customers.imports.staging import Staged
from customers.models import Upload


@dataclass(frozen=True, slots=True)
class Check:
    """Staged rows ``s`` of ``kind`` for which ``condition`` holds are refused with ``code`` at ``column``.

    ``data``: SQL for what the sentence names beside the value.
    """

    kind: str
    code: str
    column: str
    needs: tuple[str, ...]
    condition: str
    data: str = "'{}'::jsonb"
    #: a mapped column that makes the check superfluous
    unless: str = ""


@dataclass(frozen=True, slots=True)
class FactTable:
    """The table of one kind of file: a row a record. SQL sees staged rows as ``s``, the table's as ``t``.

    ``prepare`` completes the staged rows before the ``checks`` and ``merge`` see them. ``name`` is how a row
    is called in the report of an undo. ``find_totals`` gives the control totals, ``queries`` what each
    finding is found with, by its code.
    """

    kind: str
    model: type[models.Model]
    merge: Callable[[Staged, Upload], Merged]
    name: str = "t.external_id"
    prepare: Callable[[Staged], None] | None = None
    checks: tuple[Check, ...] = ()
    find_totals: Callable[[Staged], dict[str, Any]] | None = None
    queries: Callable[[Staged], Mapping[str, str]] | None = None

    def list_references(self, model: type[models.Model]) -> list[tuple[str, str]]:
        """Return table and column of every foreign key from this table to the model's."""
        return [
            (self.model._meta.db_table, str(field.column))
            for field in self.model._meta.concrete_fields
            if field.is_relation and field.related_model is model
        ]


FACT_TABLES: Final[dict[str, FactTable]] = {}


def register(*tables: FactTable) -> None:
    """Add tables, each under its kind."""
    FACT_TABLES.update({table.kind: table for table in tables})


def find_table(staged: Staged) -> FactTable | None:
    """Return the table that the staged file fills, None for customers, orders, their lines and refunds."""
    return FACT_TABLES.get(staged.kind.name)
