"""How a file was read is kept for the next one with the same columns, and proposed again.

A file is known by the names of its columns; where no row has them, by what its columns look like. A file
whose header row was said by hand is known by the row that was found at first, too.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.utils import timezone

from customers.imports.detect import normalise, read_header
from customers.imports.kinds import KINDS
from customers.imports.mapping import REJECT_MARKER, ColumnPlan, Plan, map_by_preset, shift_made
from customers.imports.presets import get_preset
from customers.imports.presets.generic import GENERIC
from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, Dialect, read_records
from customers.models import RememberedMapping

_LOOKED_AT: Final = 20  # records that say what the columns of a file without names look like
_SHAPES: Final = (
    (re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"), "day"),
    (re.compile(r"[-+€$£\s]*[\d.,']+[-\s]*"), "number"),
    (re.compile(r"[^@\s]+@[^@\s]+"), "address"),
)


def fingerprint(header: Sequence[str]) -> str:
    """Return what files with the same columns in the same order share, our own reject marker left out."""
    return _digest(normalise(name) for name in header if name != REJECT_MARKER)


def _digest(parts: Any) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def describe_shapes(path: Path, dialect: Dialect) -> str:
    """Return what files without names of columns share when their columns look alike."""
    nameless = replace(dialect, header_line=0)
    shapes: list[set[str]] = []
    for _line, cells in islice(read_records(path, nameless), _LOOKED_AT):
        if isinstance(cells, Damage):
            continue
        shapes += [set() for _more in range(len(cells) - len(shapes))]
        for cell, found in zip(cells, shapes, strict=False):
            if cell.strip():
                found.add(next((name for like, name in _SHAPES if like.fullmatch(cell.strip())), "text"))
    return _digest(["", *("+".join(sorted(found)) for found in shapes)])


def remember(plan: Plan, path: Path) -> None:
    """Keep how a file was read, without what was found in the file itself.

    An export that is read as it is known to be read is not kept: a better preset must be able to come.
    """
    plan = _without_marker(plan)
    columns = [replace(column, decimal="", dates="") for column in plan.columns]
    if plan.preset != GENERIC.key and columns == map_by_preset(get_preset(plan.preset), plan.header):
        return
    mark = fingerprint(plan.header) if plan.header_line else describe_shapes(path, plan.dialect)
    kept = replace(plan, columns=columns, found="", remembered_on="").to_json()
    for key in {mark, plan.found or mark}:
        RememberedMapping.objects.update_or_create(fingerprint=key, defaults={"plan": kept})


def recall(path: Path, dialect: Dialect, header: Sequence[str], preset: str) -> Plan | None:
    """Return how such a file was read last time, for this file; ``remembered_on`` says when that was."""
    kept = _find(path, dialect, header)
    if kept is None:
        return None
    plan = Plan.from_json(kept.plan)
    if plan.kind not in KINDS or (preset != GENERIC.key and plan.preset != preset):
        return None
    return _for_file(path, dialect, header, plan, timezone.localdate(kept.updated_at))


def _find(path: Path, dialect: Dialect, header: Sequence[str]) -> RememberedMapping | None:
    """By its names, else by what its columns look like when they turned out to have none."""
    known = RememberedMapping.objects.filter(fingerprint=fingerprint(header)).first()
    if known and dialect.header_line:
        return known
    alike = RememberedMapping.objects.filter(fingerprint=describe_shapes(path, dialect)).first()
    return alike if alike and not alike.plan["header_line"] else None


def _for_file(path: Path, dialect: Dialect, header: Sequence[str], before: Plan, day: date) -> Plan | None:
    """The plan with this file's own encoding and names; None when it has other columns than it seemed."""
    own = [name for name in header if name != REJECT_MARKER]
    if before.header_line != dialect.header_line and not _are_same(own, before.header):
        encoding = before.encoding if dialect.encoding == "cp1252" else dialect.encoding
        dialect = replace(before.dialect, encoding=encoding, sheet=dialect.sheet)
        try:
            header = read_header(path, dialect)
        except UnusableFile:
            return None
        own = [name for name in header if name != REJECT_MARKER]
    if len(own) != before.width or (before.header_line and not _are_same(own, before.header)):
        return None
    names = iter(own)
    columns = [replace(column, header=next(names)) for column in before.columns[: before.width]]
    marker = [ColumnPlan(name) for name in header if name == REJECT_MARKER]
    columns += [*marker, *shift_made(before, len(marker))]
    written = {name: getattr(dialect, name) for name in Dialect.__dataclass_fields__}
    return replace(before, columns=columns, remembered_on=day.isoformat(), **written)


def _are_same(header: Sequence[str], other: Sequence[str]) -> bool:
    return list(map(normalise, header)) == list(map(normalise, other))


def _without_marker(plan: Plan) -> Plan:
    """The plan for the file of which this is our own file of rejects: the column of reasons comes last."""
    if not plan.header or plan.header[-1] != REJECT_MARKER:
        return plan
    return replace(plan, columns=[*plan.columns[: plan.width - 1], *shift_made(plan, -1)])
