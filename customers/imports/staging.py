"""The one pass that touches every row: read, parse, COPY into a typed temporary table; keep what is wrong.

Rows go to COPY as joined text in blocks. ``Copy.write_row`` of the same strings took 2.1 µs a row of nine
columns where joining takes 0.4 µs: with caching parsers the results are COPY text already.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from psycopg import sql

from customers.imports.columns import NULL, Parser
from customers.imports.kinds import KINDS, Kind
from customers.imports.mapping import REJECT_MARKER, Plan
from customers.imports.parsers import make_parsers
from customers.imports.presets import get_preset
from customers.imports.progress import Progress
from customers.imports.reasons import BadValue, UnusableFile
from customers.imports.records import Damage, Records, open_records
from customers.imports.rejects import Spool, strip_guard
from customers.imports.transforms import arrange
from customers.models import Shop

TABLE: Final = "import_stage"
_BLOCK: Final = 2000  # rows handed to COPY at once
_TOTAL = re.compile(r"\s*(sub|eind|grand )?tota(a)?(l|len|ls)?\b", re.IGNORECASE)


@dataclass(slots=True)
class Staged:
    """What the pass found: records read, of which skipped (blank, totals); rows in the temporary table."""

    plan: Plan
    kind: Kind
    read: int = 0
    skipped: int = 0
    rows: int = 0
    columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cell:
    index: int
    column: str
    header: str
    parser: Parser


def stage(path: Path, plan: Plan, rejects: Spool, progress: Progress) -> Staged:
    """Fill the temporary table ``import_stage`` with the good rows of the file.

    Its columns are ``record`` (1, 2, … of the good rows), ``line`` (physical), ``head`` (carries the order's
    own columns) and the mapped columns of the kind. Raises UnusableFile for too many rows, Cancelled.
    """
    kind = KINDS[plan.kind]
    cells = _make_cells(plan, kind)
    staged = Staged(plan, kind, columns=[cell.column for cell in cells])
    _create_table(cells)
    names = sql.SQL(", ").join(map(sql.Identifier, ("record", "line", "head", *staged.columns)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(TABLE), names)
    with open_records(path, plan.dialect) as records, connection.cursor() as cursor:
        rows = _rows(records, cells, staged, rejects)
        with cursor.copy(statement) as copy:
            block: list[str] = []
            for row in rows:
                block.append(row)
                if len(block) == _BLOCK:
                    copy.write("".join(block))
                    block.clear()
                    progress.bytes_done, progress.rows_done = records.tell(), staged.read
                    progress.check()
            copy.write("".join(block))
        progress.bytes_done, progress.rows_done = path.stat().st_size, staged.read
        cursor.execute(f"ANALYZE {TABLE}")
    return staged


def _make_cells(plan: Plan, kind: Kind) -> list[_Cell]:
    _extend, places = arrange(plan)
    parsers = make_parsers(plan, kind, Shop.load())
    return [
        _Cell(place, column.target, column.header, parser)
        for column, place, parser in zip(plan.columns, places, parsers, strict=True)
        if parser is not None
    ]


def _create_table(cells: Sequence[_Cell]) -> None:
    columns: list[sql.Composable] = [sql.SQL("record int, line bigint, head boolean")]
    columns += [sql.SQL("{} {}").format(sql.Identifier(c.column), sql.SQL(c.parser.sql_type)) for c in cells]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        create = sql.SQL("CREATE TEMP TABLE {} ({})")
        cursor.execute(create.format(sql.Identifier(TABLE), sql.SQL(", ").join(columns)))


class _RowMaker:
    """From a record to the COPY text of the rows it stands for. ``records`` counts the rows made."""

    def __init__(self, plan: Plan, kind: Kind, cells: list[_Cell]) -> None:
        preset = get_preset(plan.preset)
        header = plan.header
        self.width = len(header)
        self._expand = preset.expander(header) if preset.expander else None
        self._extend, _places = arrange(plan)
        self._is_ours = REJECT_MARKER in header
        self._parse_head, self._parse_line = _make_parse(cells), _make_parse(_line_cells(cells, kind))
        self.records = 0

    def with_made(self, found: list[str]) -> list[str]:
        """Return the cells of a record and those that are made of them, where no preset stands between."""
        return self._extend(found) if self._extend and not self._expand else found

    def make(self, line: int, found: list[str]) -> str:
        """Return the lines for COPY. Raises BadValue."""
        row = [strip_guard(cell) for cell in found] if self._is_ours else found
        if self._expand is None:
            text = self._parse_head(self._extend(row) if self._extend else row)
            self.records += 1
            return f"{self.records}\t{line}\tt\t{text}\n"
        parts = []
        for is_head, part in self._expand(list(row)):
            row = self._extend(part) if self._extend else part
            text = (self._parse_head if is_head else self._parse_line)(row)
            self.records += 1
            parts.append(f"{self.records}\t{line}\t{'t' if is_head else 'f'}\t{text}\n")
        return "".join(parts)


def _rows(records: Records, cells: list[_Cell], staged: Staged, rejects: Spool) -> Iterator[str]:
    """Yield the COPY text of each good record; count the rest."""
    plan = staged.plan
    maker = _RowMaker(plan, staged.kind, cells)
    make, width = maker.make, maker.width
    first_line, limit = plan.dialect.first_line, settings.UPLOAD_MAX_ROWS
    for line, found in records:
        if line < first_line:
            continue
        staged.read += 1
        if staged.read > limit:
            raise UnusableFile("too_many_rows", limit=limit)
        if isinstance(found, Damage):
            _reject_damage(line, found, plan, rejects)
        elif len(found) != width and any(cell.strip() for cell in found):
            rejects.add(line, "", "", "ragged", {"found": len(found), "expected": width}, found)
        elif len(found) != width:
            staged.skipped += 1
        else:
            try:
                text = make(line, found)
            except BadValue as bad:
                if not any(cell.strip() for cell in found) or _is_total(found, bad):
                    staged.skipped += 1
                else:
                    column, value = _find_column(bad, cells, maker.with_made(found))
                    rejects.add(line, column, value, bad.code, bad.data, found)
                continue
            staged.rows += 1
            yield text


def _line_cells(cells: list[_Cell], kind: Kind) -> list[_Cell | None]:
    """Columns that a further row of an order carries: its lines, and the order it belongs to."""
    carried = kind.part("line") | {"external_id"}
    return [cell if cell.column in carried else None for cell in cells]


def _make_parse(cells: Sequence[_Cell | None]) -> Callable[[list[str]], str]:
    """Return the function from the cells of a record to COPY text. Raises BadValue."""
    pairs = [(cell.parser, cell.index) if cell else ({"": NULL}, None) for cell in cells]
    if all(cell is not None for cell in cells):

        def parse_all(row: list[str], pairs: list = pairs) -> str:  # fmt: skip
            return "\t".join([parser[row[index]] for parser, index in pairs])

        return parse_all

    def parse_some(row: list[str]) -> str:
        return "\t".join([NULL if index is None else parser[row[index]] for parser, index in pairs])

    return parse_some


def _is_total(found: Sequence[str], bad: BadValue) -> bool:
    """A row “Totaal” under the data: its first filled cell says so, and what a row needs is not there."""
    first = next((cell for cell in found if cell.strip()), "")
    return bool(_TOTAL.match(first)) and bad.code in {"missing", "not_date", "not_amount"}


def _reject_damage(line: int, damage: Damage, plan: Plan, rejects: Spool) -> None:
    data = {"encoding": plan.encoding, "limit": 131072}
    record = damage.cells or [damage.text.rstrip("\r\n")[:10_000]]
    rejects.add(line, "", damage.value, damage.code, data, record)


def _find_column(bad: BadValue, cells: list[_Cell], row: list[str]) -> tuple[str, str]:
    """Return which column it was, and its value: the fast pass does not know."""
    for cell in cells:
        if cell.index >= len(row):
            continue  # a column that the preset adds
        try:
            cell.parser[row[cell.index]]
        except BadValue as again:
            if again.code == bad.code:
                return cell.header, again.value
    return "", bad.value
