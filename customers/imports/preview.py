"""The first records as they will be read: each value as it stands, and as it was understood or why not."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.imports import passes
from customers.imports.blocks import open_blocks
from customers.imports.columns import NULL
from customers.imports.kinds import Kind
from customers.imports.mapping import REJECT_MARKER, Plan
from customers.imports.parsers import make_parsers
from customers.imports.presets import get_preset
from customers.imports.reasons import BadValue, describe
from customers.imports.rejects import strip_guard
from customers.imports.staging import is_total
from customers.imports.transforms import arrange
from customers.models import Shop

#: What a pass over the values is called; see ``passes.tell``.
STEP: Final = "looking"
ROWS: Final = 20
_HIDDEN: Final = "•••"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the preview: as it stands and as it was understood, or why it was not and its code."""

    text: str
    understood: str
    problem: str = ""
    code: str = ""


def read_cells(path: Path, plan: Plan) -> Iterator[tuple[int, list[str]]]:
    """Iterate over ``(line, cells)`` of the records that can be read as cells, guards taken off."""
    is_ours, records = REJECT_MARKER in plan.header, 0
    with open_blocks(path, plan.dialect) as blocks:
        for block in blocks:
            records += len(block.rows)
            passes.tell(STEP, blocks.tell(), records)
            for line, cells in zip(block.lines, block.rows, strict=True):
                yield line, [strip_guard(cell) for cell in cells] if is_ours else cells


def read_with_made(path: Path, plan: Plan) -> Iterator[tuple[int, list[Any]]]:
    """Iterate over ``(line, cells)`` with the columns that were made; those of a preset are blank."""
    extend, _places = arrange(plan)
    blank = [""] * (plan.made_from - plan.width)
    for line, cells in read_cells(path, plan):
        if extend is None:
            yield line, cells
        elif len(cells) == plan.width:
            yield line, extend([*cells, *blank])


def preview_rows(path: Path, plan: Plan, kind: Kind) -> Iterator[tuple[int, list[Cell]]]:
    """Yield ``(line, cells in the order of plan.columns)`` of the first records, rows of totals left out.

    Cells are shown as they stand in the file, whatever a preset makes of them, but for those of which nothing
    is to be kept.
    """
    preset = get_preset(plan.preset)
    header = plan.header
    secrets = preset.find_secrets(header)
    expand = preset.expander(header) if preset.expander else None
    extend, places = arrange(plan)
    parsers = make_parsers(plan, kind, Shop.load())
    for line, cells in islice(read_cells(path, plan), ROWS):
        if len(cells) != len(header):
            continue
        shown = [_HIDDEN if index in secrets and cell else cell for index, cell in enumerate(cells)]
        try:
            rows = expand(list(cells)) if expand else ((True, cells),)
            for _head, row in rows:
                full = extend(row) if extend else row
                found = [
                    _understand(shown[index] if index < len(shown) else full[index], full[place], parser)
                    for index, (place, parser) in enumerate(zip(places, parsers, strict=True))
                ]
                if not any(is_total(cells, cell.code) for cell in found):
                    yield line, found
        except BadValue:
            continue


def _understand(text: str, cell: Any, parser: Any) -> Cell:
    if parser is None:
        return Cell(text, "")
    try:
        result = parser[cell]
    except BadValue as bad:
        return Cell(text, "", describe(bad.code, bad.data, bad.value), bad.code)
    return Cell(text, _("(blank)") if result == NULL else result)
