"""Runs become readable all at once: a partition is filled, indexed and attached, then one pointer flips.

What a killed calculation leaves behind is a table that no run owns; the next one drops it.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from metrics.models import (
    BuyingRhythm,
    CohortCell,
    CustomerValue,
    DissatisfiedCustomer,
    GroupValue,
    KpiValue,
    ModelFit,
    PeerGroup,
    Publication,
    Run,
    SegmentMonth,
    SegmentMoves,
)

if TYPE_CHECKING:
    from metrics.calculation import Findings
    from metrics.members import Figure

log = logging.getLogger(__name__)

TABLE = CustomerValue._meta.db_table
KEY = "(run_id, customer_id)"
RUNS_KEPT = 3
#: What goes with the values of a run, in tables without partitions.
GO_WITH_VALUES = (CohortCell, BuyingRhythm, SegmentMonth, SegmentMoves, DissatisfiedCustomer)
#: As ``metrics.members.Figure`` has them.
KPI_COLUMNS = (
    "run_id", "kpi", "period", '"window"', "dimension", "member", "numerator", "denominator", "n",
    "complete",
)  # fmt: skip
INDEXES_AT_ONCE = 2
LOCK_TIMEOUT = "5s"
_OF_WHOLE_TABLE = re.compile(r" ON ONLY \S+ ")


def name_partition(run_id: int) -> str:
    """Return the name of the table that holds one run's values."""
    return f"{TABLE}_run_{int(run_id)}"


def current_run() -> Run | None:
    """Return the run that readers see, with its settings; None before the first one."""
    publication = Publication.objects.select_related("run__settings").first()
    return publication.run if publication else None


def make_partition(run_id: int) -> str:
    """Make the bare table of a run, empty."""
    name = name_partition(run_id)
    _execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS)")
    _prove_rows(run_id, [])
    return name


def write_partition(run_id: int, values: Mapping[str, str], source: str) -> None:
    """Make the bare table of a run with its rows: SQL of every column over ``source``; the rest by default.

    Written in the transaction that makes it, it need not go to the log, and a table made from a query is
    worked out by several processors where an INSERT keeps to one. Columns of indexes stand first: to build
    one, PostgreSQL takes every row apart up to the last column it needs.
    """
    columns = _list_columns()
    unknown = set(values) - {column.name for column in columns}
    if unknown:
        raise ValueError(f"{TABLE} has no column {', '.join(sorted(unknown))}.")
    given = {"run_id": str(int(run_id)), **values}
    selected = ", ".join(
        f"({given.get(column.name, column.default)})::{column.type} AS {column.name}" for column in columns
    )
    _execute(f"CREATE TABLE {name_partition(run_id)} AS SELECT {selected} FROM {source}")
    _prove_rows(run_id, [column.name for column in columns if column.required])


def _prove_rows(run_id: int, required: Sequence[str]) -> None:
    """Prove to ATTACH that every row belongs, in one pass, so that it does not read them all again."""
    name = name_partition(run_id)
    proofs = [f"ALTER COLUMN {column} SET NOT NULL" for column in required]
    proofs.append(f"ADD CONSTRAINT {name}_rows CHECK (run_id = {int(run_id)})")
    _execute(f"ALTER TABLE {name} {', '.join(proofs)}")


def tidy_partition(run_id: int) -> None:
    """Make a filled partition readable through its indexes alone, before it has them. Not in a transaction.

    The planner is told of what lists are searched and sorted by, so that readers need not wait for all
    columns, which take five times as long; PostgreSQL's own upkeep adds those afterwards.
    """
    partition = name_partition(run_id)
    searched = [column.name for column in _list_columns() if column.searched]
    _execute(f"VACUUM (FREEZE) {partition}")
    _execute(f"ANALYZE {partition} ({', '.join(searched)})")


def index_partition(run_id: int) -> None:
    """Give a filled partition the indexes of the whole table, two at a time. Not in a transaction."""
    partition = name_partition(run_id)
    definitions = [_OF_WHOLE_TABLE.sub(f" ON {partition} ", text) for text in _list_index_definitions()]
    with ThreadPoolExecutor(INDEXES_AT_ONCE) as pool:
        key = pool.submit(_execute_apart, f"CREATE UNIQUE INDEX {partition}_key ON {partition} {KEY}")
        for _done in pool.map(_execute_apart, definitions):
            pass
        key.result()
    # As the constraint that the whole table has: ATTACH would build another beside a mere index.
    _execute(f"ALTER TABLE {partition} ADD PRIMARY KEY USING INDEX {partition}_key")


def _execute_apart(sql: str) -> None:
    """Run a statement on a connection of its own."""
    own = connection.copy()
    try:
        notice_a_lost_client(own)
        with own.cursor() as cursor:
            cursor.execute(sql)
    finally:
        own.close()


def notice_a_lost_client(own: BaseDatabaseWrapper) -> None:
    """Have the server end what this connection does when its client is killed, not at the statement's end.

    A server on a system that cannot tell is left as it is.
    """
    try:
        with own.cursor() as cursor:
            cursor.execute("SET client_connection_check_interval = '1s'")
    except DatabaseError as error:
        log.debug("This server does not notice lost clients: %s", error)


def attach_partition(run_id: int) -> None:
    """Make the partition part of the table; readers that look for this run find it from here on."""
    name = name_partition(run_id)
    _execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES IN ({int(run_id)})")
    _execute(f"ALTER TABLE {name} DROP CONSTRAINT {name}_rows")


def flip(run: Run) -> None:
    """Point all readers at ``run``. The one write that publishing is."""
    Publication.objects.update_or_create(id=1, defaults={"run": run})


def drop_orphans() -> list[str]:
    """Drop tables of runs that were never published: what a killed calculation left. Returns their names."""
    published = set(Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True))
    orphans = [name for run_id, name in _list_partitions().items() if run_id not in published]
    for name in orphans:
        log.warning("Dropping %s, which an interrupted calculation left behind.", name)
        _drop(name)
    return orphans


def drop_old_partitions() -> None:
    """Keep the values of the last three runs, and the rows that go with them.

    An older partition that is in use waits for the next calculation.
    """
    current = current_run()
    published = Run.objects.filter(state=Run.State.PUBLISHED).order_by("-pk").values_list("pk", flat=True)
    kept = {*published[:RUNS_KEPT], *([current.pk] if current else [])}
    for run_id, name in _list_partitions().items():
        if run_id not in kept:
            _drop(name)
    with connection.cursor() as cursor:
        for kind in GO_WITH_VALUES:
            cursor.execute(f"DELETE FROM {kind._meta.db_table} WHERE run_id <> ALL(%s)", [sorted(kept)])


def _drop(partition: str) -> None:
    """Detach without blocking readers, then drop; a table in use now is left for the next calculation."""
    try:
        _execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        if _is_attached(partition):
            _execute(f"ALTER TABLE {TABLE} DETACH PARTITION {partition} {_finish_or_start(partition)}")
        _execute(f"DROP TABLE IF EXISTS {partition}")
    except DatabaseError as error:
        log.warning("%s is in use and will be dropped later: %s", partition, error)
    finally:
        _execute("RESET lock_timeout")


def _finish_or_start(partition: str) -> str:
    """A detachment that was cut off half-way can only be finished."""
    pending = _read("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass(%s)", partition)
    return "FINALIZE" if pending and pending[0][0] else "CONCURRENTLY"


def _is_attached(partition: str) -> bool:
    return bool(_read("SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass(%s)", partition))


def _list_partitions() -> dict[int, str]:
    prefix = f"{TABLE}_run_"
    # A detachment that was cut off half-way comes first: until it is finished no other can begin.
    rows = _read(
        "SELECT relname FROM pg_class LEFT JOIN pg_inherits ON inhrelid = pg_class.oid"
        " WHERE relkind = 'r' AND starts_with(relname, %s)"
        " ORDER BY coalesce(inhdetachpending, false) DESC, pg_class.oid",
        prefix,
    )
    return {int(name.removeprefix(prefix)): name for (name,) in rows if name.removeprefix(prefix).isdigit()}


@dataclass(frozen=True)
class _Column:
    """A column of the whole table; ``type`` with its collation, ``default`` as SQL; ``searched``: indexed."""

    name: str
    type: str
    default: str
    required: bool
    searched: bool


def _list_columns() -> list[_Column]:
    """Return the columns in the order in which a partition has them: those of indexes first, then the rest.

    Of both, those of a fixed width come first: what stands before one need then not be measured in each row.
    """
    rows = _read(
        "SELECT attname, format_type(atttypid, atttypmod)"
        " || CASE WHEN attcollation <> typcollation THEN format(' COLLATE %%I', collname) ELSE '' END,"
        " coalesce(pg_get_expr(adbin, adrelid), 'NULL'), attnotnull, searched"
        " FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid"
        " LEFT JOIN pg_collation ON pg_collation.oid = attcollation"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_index"
        " WHERE indrelid = attrelid AND attnum = ANY (indkey)) AS searched) AS indexes"
        " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"
        " ORDER BY searched DESC, attlen < 0, attnum",
        TABLE,
    )
    return [_Column(*row) for row in rows]


def _list_index_definitions() -> list[str]:
    """Return CREATE INDEX statements without a name: PostgreSQL finds one per partition. Not of the key.

    What takes longest comes first, so that no processor waits at the end.
    """
    rows = _read(
        "SELECT pg_get_indexdef(indexrelid), relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        " WHERE indrelid = to_regclass(%s) AND NOT indisprimary ORDER BY indnkeyatts DESC, relname",
        TABLE,
    )
    return [definition.replace(f" INDEX {name} ON ", " INDEX ON ") for definition, name in rows]


def _read(sql: str, parameter: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [parameter])
        return cursor.fetchall()


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def number_peers(groups: Sequence[PeerGroup]) -> None:
    """Give peer groups their numbers before they are stored: the customers' rows refer to them."""
    sequence = f"{PeerGroup._meta.db_table}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [sequence, len(groups)],
        )
        for group, (number,) in zip(groups, cursor.fetchall(), strict=True):
            group.pk = number


def write_kpis(figures: "Iterable[Figure]") -> None:
    """Store KPIs; there may be a hundred thousand."""
    columns = ", ".join(KPI_COLUMNS)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {KpiValue._meta.db_table} ({columns}) FROM STDIN") as copy,
    ):
        for figure in figures:
            copy.write_row(figure)


def publish(run: Run, findings: "Findings") -> None:
    """Store what was concluded, attach the partition and flip the pointer: all of it or nothing."""
    with transaction.atomic():
        PeerGroup.objects.bulk_create(findings.peers)
        write_kpis(findings.kpis)
        CohortCell.objects.bulk_create(findings.cells, batch_size=2_000)
        BuyingRhythm.objects.bulk_create(findings.rhythms)
        GroupValue.objects.bulk_create(findings.groups)
        ModelFit.objects.bulk_create(findings.fits)
        if findings.segments:
            findings.segments.store()
        findings.prediction.save(force_insert=True)
        if findings.satisfaction:
            findings.satisfaction.store()
        attach_partition(run.pk)
        run.state, run.as_of = Run.State.PUBLISHED, findings.as_of
        run.customers, run.totals, run.curves = findings.customers, findings.totals, findings.curves
        run.finished_at = run.heartbeat = timezone.now()
        run.step, run.done, run.total = "", 0, 0
        run.save()
        flip(run)
