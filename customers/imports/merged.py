"""What a merge comes to, and the one way in which staged rows become rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import models

from customers.imports.bulk import foreign_keys_set_aside, indexes_set_aside
from customers.imports.dedupe import Duplicates
from customers.imports.facts import Outcome, add, compare, write
from customers.imports.order_sums import OrderSums
from customers.models import Upload


@dataclass(slots=True)
class Merged:
    """``records``: what became of the file's records; ``facts``: rows written, by table.

    ``named_customers``: how many customers the file names, where that was counted. ``sums``: of its orders,
    where the merge added them up.
    """

    records: Outcome
    duplicates: Duplicates = field(default_factory=Duplicates)
    facts: dict[str, Outcome] = field(default_factory=dict)
    created_customers: int = 0
    named_customers: int | None = None
    sums: OrderSums | None = None

    @property
    def has_changes(self) -> bool:
        """True when any row was written."""
        return any(outcome.new or outcome.changed for outcome in self.facts.values())


def merge_table(
    model: type[models.Model],
    source: str,
    keys: tuple[str, ...],
    columns: dict[str, str],
    upload: Upload,
    kept: Sequence[str] = (),
    told: str = "true",
) -> Outcome:
    """Write what is new or differs; leaves the temporary table ``import_<model>`` of ``facts.compare``."""
    name, table = f"import_{model._meta.model_name}", model._meta.db_table
    outcome = compare(model, name, source, keys, columns, kept, told)
    if outcome.new or outcome.changed:
        written = outcome.new + outcome.changed
        with foreign_keys_set_aside(table, outcome.new), indexes_set_aside(table, written):
            write(model, name, keys, columns, upload)
    return outcome


def add_rows(
    model: type[models.Model],
    source: str,
    keys: tuple[str, ...],
    columns: dict[str, str],
    upload: Upload,
    expected: int,
    number: str = "",
) -> Outcome:
    """Write rows of which none is there yet, some ``expected`` ones; ``number`` as of ``facts.add``."""
    table = model._meta.db_table
    with foreign_keys_set_aside(table, expected), indexes_set_aside(table, expected):
        return Outcome(new=add(model, source, keys, columns, upload, number))
