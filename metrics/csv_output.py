"""CSV for analysts and cron: a point as decimal mark, ISO days, nothing for what is not available."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from metrics import publishing
from metrics.models import Run


class Writable(Protocol):
    """What the commands write to."""

    def write(self, text: str) -> Any:
        """Take some text."""


class NoRunError(LookupError):
    """Nothing has been published yet."""


def require_run() -> Run:
    """Return the published run. Raises NoRunError before the first one."""
    run = publishing.current_run()
    if run is None:
        raise NoRunError(
            "There is nothing to export yet: no calculation has been published. Run recalculate first."
        )
    return run


def write_rows(output: Writable, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a header and rows as they come."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([format_cell(cell) for cell in row])


def format_cell(cell: Any) -> str:
    """Return a value as text that every program reads alike."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)
