"""Changing the plan by which a file is read, as the form says, and keeping it.

Stateless between requests but for ``Upload.plan``: what is sent makes a new plan, which is settled over the
file and kept, so that a closed tab loses nothing.
"""

from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports import mapping
from customers.imports.detect import read_header
from customers.imports.kinds import KINDS, Column
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.presets import get_preset, recognise_preset
from customers.imports.presets.generic import GENERIC
from customers.imports.reasons import UnusableFile
from customers.imports.records import Damage, Dialect, read_records
from customers.models import Upload

ENCODINGS: Final = {
    "utf-8": _("UTF-8"),
    "utf-8-sig": _("UTF-8 with a byte-order mark"),
    "utf-16": _("UTF-16 (“Unicode text”)"),
    "cp1252": _("Windows-1252 (Western European)"),
}
DELIMITERS: Final = {
    ";": _("semicolon  ;"),
    ",": _("comma  ,"),
    "\t": _("tab"),
    "|": _("bar  |"),
}
QUOTES: Final = {
    '"': _('double  "'),
    "'": _("single  '"),
    "": _("none"),
}
ESCAPES: Final = {
    "": _("written twice, or not at all"),
    "\\": _("preceded by a backslash  \\"),
}
_FIRST_LINES: Final = 60  # records that may be the header
_LINE_LENGTH: Final = 60  # characters of each that are shown
_WITH_VAT_ANYHOW: Final = frozenset({"tax", "gross_revenue"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What the form says about the file as a whole."""

    kind: str
    preset: str
    encoding: str
    delimiter: str
    quote: str
    escape: str
    header_line: int


def change_layout(upload: Upload, plan: Plan, layout: Layout) -> Plan:
    """Return the plan for a file that is read in another way, its columns proposed afresh.

    Raises UnusableFile when the file cannot be read so.
    """
    dialect = replace(
        plan.dialect,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        quote=layout.quote,
        escape=layout.escape,
        header_line=layout.header_line,
    )
    if dialect.header_line != plan.header_line:
        dialect = replace(dialect, body_line=0)
    header = plan.header if dialect == plan.dialect else read_header(upload.path, dialect)
    if _reads_alike(plan, layout) and len(header) == plan.width:
        names = [*header, *(column.header for column in plan.columns[plan.width :])]
        columns = [replace(column, header=name) for name, column in zip(names, plan.columns, strict=True)]
        return replace(with_dialect(plan, dialect), columns=columns)
    preset = get_preset(layout.preset) if dialect == plan.dialect else recognise_preset(header)
    if layout.kind != plan.kind and preset.kind not in {"", layout.kind} and layout.preset == plan.preset:
        preset = GENERIC
    lacking = preset.find_lacking(header)
    if lacking:
        raise UnusableFile(
            "not_this_preset", preset=str(preset.label), column=lacking[0], columns=", ".join(header)
        )
    fresh = replace(with_dialect(plan, dialect), remembered_on="")
    if preset.kind:
        columns = mapping.map_by_preset(preset, header)
        return replace(fresh, preset=preset.key, kind=preset.kind, columns=columns)
    kind = KINDS.get(layout.kind) or mapping.propose_kind(header)
    columns = mapping.map_by_name(kind, header) if kind else [ColumnPlan(name) for name in header]
    return replace(fresh, preset=preset.key, kind=kind.name if kind else "", columns=columns)


def with_dialect(plan: Plan, dialect: Dialect) -> Plan:
    """Return the plan for a file that is written so."""
    return replace(plan, **asdict(dialect))


def _reads_alike(plan: Plan, layout: Layout) -> bool:
    """Tell whether only how the text is written was changed, so that every column is what it was."""
    before = (plan.kind, plan.preset, plan.delimiter, plan.header_line)
    return before == (layout.kind, layout.preset, layout.delimiter, layout.header_line)


def change_columns(plan: Plan, chosen: list[ColumnPlan]) -> Plan:
    """Return the plan with the columns as chosen; a column that became something else is looked at anew."""
    columns = [
        new if new.target == old.target else ColumnPlan(new.header, new.target, made=new.made)
        for old, new in zip(plan.columns, chosen, strict=True)
    ]
    return replace(plan, columns=columns)


def assign(plan: Plan, index: int, target: str) -> Plan:
    """Return the plan in which one column becomes ``target``, and no other does any more."""
    columns = [
        ColumnPlan(column.header, made=column.made) if column.target == target else column
        for column in plan.columns
    ]
    columns[index] = ColumnPlan(columns[index].header, target, made=columns[index].made)
    return replace(plan, columns=columns)


def add_made(plan: Plan, column: ColumnPlan) -> Plan:
    """Return the plan with a column that was made, which takes over what another one was."""
    longer = replace(plan, columns=[*plan.columns, column])
    return assign(longer, len(plan.columns), column.target)


def remove_made(plan: Plan, index: int) -> Plan:
    """Return the plan without a column that was made; any other stays."""
    columns = [column for i, column in enumerate(plan.columns) if i != index or column.made is None]
    return replace(plan, columns=columns)


def is_read_alike(plan: Plan, other: Plan) -> bool:
    """Tell whether two plans read the file as a whole in the same way, whatever its columns become."""
    return (plan.dialect, plan.kind, plan.preset) == (other.dialect, other.kind, other.preset)


def read_plan(upload: Upload) -> Plan:
    """Return the plan that is proposed, or was confirmed."""
    return Plan.from_json(upload.plan)


def keep_plan(upload: Upload, plan: Plan) -> None:
    """Keep the plan as it stands now, for the next time the page is opened."""
    upload.plan, upload.kind, upload.preset = plan.to_json(), plan.kind, plan.preset
    Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVED).update(
        plan=upload.plan, kind=plan.kind, preset=plan.preset
    )


def target_of(plan: Plan, index: int) -> Column | None:
    """Return the column of the kind that a column of the file becomes, None when it is ignored."""
    kind = KINDS.get(plan.kind)
    return kind.columns.get(plan.columns[index].target) if kind else None


def can_hold_vat(target: Column | None) -> bool:
    """Tell whether amounts of a column may hold VAT that has to come off."""
    return target is not None and target.type in {"amount", "cost"} and target.name not in _WITH_VAT_ANYHOW


def first_lines(upload: Upload, plan: Plan) -> list[tuple[int, str]]:
    """Return the first lines that hold anything, each with its number and how it begins."""
    dialect = replace(plan.dialect, header_line=0, body_line=0)
    found = []
    for line, cells in islice(read_records(upload.path, dialect), _FIRST_LINES):
        if isinstance(cells, Damage):
            cells = cells.text.split(dialect.delimiter)
        filled = [cell.strip() for cell in cells if cell.strip()]
        if filled:
            text = " · ".join(filled).encode("utf-8", "replace").decode()
            found.append((line, text if len(text) <= _LINE_LENGTH else text[: _LINE_LENGTH - 1] + "…"))
    return found
