"""Changing the plan by which a file is read, as the form says, and keeping it.

Stateless between requests but for ``Upload.plan``: what is sent makes a new plan, which is settled over the
file and kept, so that a closed tab loses nothing.
"""

from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports import files, mapping
from customers.imports.detect import read_header
from customers.imports.kinds import KINDS, Column
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.presets import get_preset, recognise_preset
from customers.imports.presets.generic import GENERIC
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Reading, settle
from customers.imports.records import Dialect
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


@dataclass(frozen=True, slots=True)
class Layout:
    """What the form says about the file as a whole."""

    kind: str
    preset: str
    encoding: str
    delimiter: str
    header_line: int


def change_layout(upload: Upload, plan: Plan, layout: Layout) -> Plan:
    """Return the plan for a file that is read in another way, its columns proposed afresh.

    Raises UnusableFile when the file cannot be read so.
    """
    dialect = Dialect(layout.encoding, layout.delimiter, plan.quote, layout.header_line)
    if dialect == plan.dialect:
        header = plan.header
        preset = get_preset(layout.preset)
    else:
        header = read_header(upload.path, dialect)
        preset = recognise_preset(header)
    if layout.kind != plan.kind and preset.kind not in {"", layout.kind} and layout.preset == plan.preset:
        preset = GENERIC
    lacking = [name for name in preset.needs if name not in header]
    if lacking:
        raise UnusableFile(
            "not_this_preset", preset=str(preset.label), column=lacking[0], columns=", ".join(header)
        )
    fresh = replace(
        plan, encoding=dialect.encoding, delimiter=dialect.delimiter, header_line=dialect.header_line
    )
    if preset.kind:
        columns = mapping.map_by_preset(preset, header)
        return replace(fresh, preset=preset.key, kind=preset.kind, columns=columns)
    kind = KINDS.get(layout.kind) or mapping.propose_kind(header)
    columns = mapping.map_by_name(kind, header) if kind else [ColumnPlan(name) for name in header]
    return replace(fresh, preset=preset.key, kind=kind.name if kind else "", columns=columns)


def change_columns(plan: Plan, chosen: list[ColumnPlan]) -> Plan:
    """Return the plan with the columns as chosen; a column that became something else is looked at anew."""
    columns = [
        new if new.target == old.target else ColumnPlan(new.header, new.target)
        for old, new in zip(plan.columns, chosen, strict=True)
    ]
    return replace(plan, columns=columns)


def read_plan(upload: Upload) -> Plan:
    """Return the plan that is proposed, or was confirmed."""
    return Plan.from_json(upload.plan)


def read_file(upload: Upload, plan: Plan) -> Reading:
    """Return the reading by ``plan``, with decimal marks and date orders found in the file.

    Raises UnusableFile when the raw file is no longer there.
    """
    files.require(upload)
    return settle(upload.path, plan)


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
