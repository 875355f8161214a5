"""A workbook of 200,000 orders, looked at and imported: what takes long is reading it, not the database."""

import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks import floor
from benchmarks.figures import Figure
from benchmarks.processes import measured
from customers.imports import pipeline
from customers.models import Shop, Upload

ROWS: Final = int(os.environ.get("KLANTWAARDE_BENCH_WORKBOOK_ROWS", "200000"))
_HEADER: Final = ("Ordernummer", "Klantnummer", "Besteldatum", "Omzet excl. btw", "Verzendkosten", "Status")
_FIRST: Final = datetime(2022, 1, 1, 9)
_STATUS: Final = ("Voltooid", "Verzonden", "Voltooid", "Voltooid", "Geannuleerd")


def measure() -> Iterator[Figure]:
    """Yield seconds from the file's arrival to the report, rows a second and the client's memory."""
    Shop.objects.update_or_create(id=1, defaults={"currency": "EUR", "time_zone": "Europe/Amsterdam"})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.xlsx"
        _write_workbook(file)
        floor.empty()
        with measured() as cost:
            upload = pipeline.import_file(file)
    if upload.state != Upload.State.DONE or upload.counts["new"] != ROWS:
        raise RuntimeError(upload.error or str(upload.counts))
    upload.path.unlink()
    yield Figure("workbook: rows", ROWS, "rows")
    yield Figure("workbook: looked at and imported", cost.seconds, "s", 60 * ROWS / 200_000)
    yield Figure("workbook: client's processor", cost.client, "s")
    yield Figure("workbook: rows a second", ROWS / cost.seconds, "rows/s")
    yield Figure("workbook: client memory over start-up", cost.memory, "MB", 64)


def _write_workbook(path: Path) -> None:
    """Write typed cells, as Excel saves them: texts shared, moments and amounts as numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Orders")
    sheet.append(_HEADER)
    for number in range(ROWS):
        sheet.append(
            (
                f"2024-{number:08}",
                f"K{number * 7919 % (ROWS // 4 + 1):07}",
                _FIRST + timedelta(minutes=number * 7),
                (number * 104_729 % 200_000 + 1) / 100,
                4.95 if number % 3 else 0,
                _STATUS[number % len(_STATUS)],
            )
        )
    book.save(path)
