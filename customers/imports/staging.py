"""The one pass that touches every row: read, parse, COPY into a typed table; keep what is wrong.

Rows go to COPY as joined text in blocks. ``Copy.write_row`` of the same strings took 2.1 µs a row of nine
columns where joining takes 0.4 µs: with caching parsers the results are COPY text already.

The table is of the import's own transaction, which nobody else sees, and not a temporary one: those the
database joins with one processor only.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from psycopg import sql

from customers.imports.blocks import Block, open_blocks
from customers.imports.facts import join_in_parallel, run
from customers.imports.kinds import ATTRIBUTE, KINDS, Kind
from customers.imports.mapping import Plan
from customers.imports.presets import get_preset
from customers.imports.progress import Progress
from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, count_above
from customers.imports.rejects import Spool
from customers.imports.row_text import Cell, RowMaker, make_cells, name_staged

TABLE: Final = "import_stage"
_LOCK: Final = 0x4B57_5354  # one number for "the staging table" in this database
#: “Totaal”, “Grand total:”, “Totaal (3 orders)”, “Total: Account”; not “Total War” or “Totaal Wonen BV”.
_TOTAL = re.compile(
    r"\s*(sub|eind|grand |algemeen )?tota(a)?(l|len|ls)( generaal)?\s*([-:(=\d€].*)?", re.IGNORECASE
)


@dataclass(slots=True)
class Staged:
    """What the pass found: records read, of which skipped (preamble, blank, totals); rows in the staging
    table. ``header``: rows that the names of the columns take, which are no records; ``kept_out``: records of
    persons who were erased."""

    plan: Plan
    kind: Kind
    header: int = 0
    read: int = 0
    skipped: int = 0
    rows: int = 0
    kept_out: int = 0
    columns: list[str] = field(default_factory=list)

    @property
    def attributes(self) -> dict[str, str]:
        """The label of every staged column that is kept as an attribute."""
        return {
            name_staged(column.target, number): " ".join(column.target.removeprefix(ATTRIBUTE).split())
            for number, column in enumerate(self.plan.columns)
            if column.target.startswith(ATTRIBUTE)
        }


@contextmanager
def staging_table() -> Iterator[None]:
    """Have the name of the table to ourselves; at the end of the block the table goes.

    Needs an open transaction, around the block; when that fails there never was a table. Whatever kills the
    database leaves an empty file of an unlogged table.
    """
    run("SELECT pg_advisory_xact_lock(%(key)s)", {"key": _LOCK})
    join_in_parallel()
    yield
    run(f"DROP TABLE IF EXISTS {TABLE}")


def stage(path: Path, plan: Plan, rejects: Spool, progress: Progress) -> Staged:
    """Fill the table ``import_stage`` with the good rows of the file. Needs :func:`staging_table`.

    Its columns are ``record`` (1, 2, … of the good rows), ``line`` (physical), ``head`` (carries the order's
    own columns) and the mapped columns of the kind. Raises UnusableFile for too many rows, Cancelled.
    """
    kind = KINDS[plan.kind]
    cells = make_cells(plan, kind)
    staged = Staged(plan, kind, columns=[cell.column for cell in cells])
    staged.skipped, staged.header = count_above(path, plan.dialect)
    staged.read = staged.skipped
    maker = RowMaker(plan, kind, cells)
    rejects.keep_secret(get_preset(plan.preset).find_secrets(plan.header), maker.width)
    _create_table(cells)
    own = ("record", "line", "head") if maker.has_heads else ("record", "line")
    names = sql.SQL(", ").join(map(sql.Identifier, (*own, *staged.columns)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(TABLE), names)
    with open_blocks(path, plan.dialect) as blocks, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(_make_rows(block, maker, staged, rejects))
                progress.bytes_done, progress.rows_done = blocks.tell(), staged.read
                progress.check()
        progress.bytes_done, progress.rows_done = path.stat().st_size, staged.read
        cursor.execute("SET LOCAL default_statistics_target = 20")  # a small sample does
        cursor.execute(f"ANALYZE {TABLE}")
        cursor.execute("SET LOCAL default_statistics_target TO DEFAULT")
    return staged


def _create_table(cells: Sequence[Cell]) -> None:
    columns: list[sql.Composable] = [sql.SQL("record int, line bigint, head boolean NOT NULL DEFAULT true")]
    columns += [sql.SQL("{} {}").format(sql.Identifier(c.column), sql.SQL(c.parser.sql_type)) for c in cells]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        create = sql.SQL("CREATE UNLOGGED TABLE {} ({})")
        cursor.execute(create.format(sql.Identifier(TABLE), sql.SQL(", ").join(columns)))


def _make_rows(block: Block, maker: RowMaker, staged: Staged, rejects: Spool) -> str:
    """Return the COPY text of the good records of a block; count the rest. Raises UnusableFile."""
    staged.read += len(block.lines) + len(block.damaged)
    if staged.read > settings.UPLOAD_MAX_ROWS:
        raise UnusableFile("too_many_rows", limit=settings.UPLOAD_MAX_ROWS)
    for line, damage in block.damaged:
        _reject_damage(line, damage, staged.plan, rejects)
    widths = {*map(len, block.found)} if block.columns is None else {len(block.columns)}
    if widths - {maker.width}:
        block = _leave_out_ragged(block, maker.width, staged, rejects)
    made = maker.make(block)
    for line, found, bad, header in made.bad:
        if not any(cell.strip() for cell in found) or is_total(found, bad.code):
            staged.skipped += 1
        else:
            column, value = maker.find_column(bad, found) if header is None else (header, bad.value)
            rejects.add(line, column, value, bad.code, bad.data, found)
    staged.skipped += made.skipped
    staged.rows += made.good
    return made.text


def _leave_out_ragged(block: Block, width: int, staged: Staged, rejects: Spool) -> Block:
    """Return the records that have as many cells as the header; blank ones are skipped."""
    good: list[tuple[int, list[str]]] = []
    for line, found in zip(block.lines, block.rows, strict=True):
        if len(found) == width:
            good.append((line, found))
        elif any(cell.strip() for cell in found):
            rejects.add(line, "", "", "ragged", {"found": len(found), "expected": width}, found)
        else:
            staged.skipped += 1
    return Block([line for line, _found in good], [found for _line, found in good])


def is_total(found: Sequence[str], code: str) -> bool:
    """Tell a row “Totaal” under the data: its first filled cell says so, and what a row needs is not there.

    ``code``: what is wrong with the row.
    """
    first = next((cell for cell in found if cell.strip()), "")
    return bool(_TOTAL.fullmatch(first)) and code in {"missing", "not_date", "not_amount"}


def _reject_damage(line: int, damage: Damage, plan: Plan, rejects: Spool) -> None:
    data = {"encoding": plan.encoding, "limit": 131072}
    record = damage.cells or [damage.text.rstrip("\r\n")[:10_000]]
    rejects.add(line, "", damage.value, damage.code, data, record)
