"""A million records that cannot be imported: each is kept with its reason, in bounded memory and time."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.db import connection

from benchmarks import floor
from benchmarks.figures import Figure
from benchmarks.orders_file import write_orders
from benchmarks.processes import measured
from customers.imports import pipeline
from customers.imports.rejects import reject_rows
from customers.models import Shop, Upload

ORDERS: Final = int(os.environ.get("KLANTWAARDE_BENCH_REJECTS", "1000000"))
_SECONDS: Final = 240.0  # of a million: a quarter of a millisecond a record


def measure() -> Iterator[Figure]:
    """Yield seconds and memory: of an import that refuses nine in ten records, and of their download."""
    Shop.objects.update_or_create(id=1, defaults={"currency": "EUR", "time_zone": "Europe/Amsterdam"})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bad.csv"
        write_orders(file, ORDERS * 10 // 9, bad=0.9)
        floor.empty()
        with measured() as cost:
            upload = pipeline.import_file(file)
    if upload.state != Upload.State.DONE:
        raise RuntimeError(upload.error)
    with measured() as download:
        size = sum(map(len, reject_rows(upload)))
    share = upload.counts["rejected"] / 1_000_000
    yield Figure("rejects: records refused", upload.counts["rejected"], "records")
    yield Figure("rejects: imported and kept", cost.seconds, "s", _SECONDS * share)
    yield Figure("rejects: client's processor", cost.client, "s")
    yield Figure("rejects: client memory over start-up", cost.memory, "MB", 64)
    yield Figure("rejects: download", download.seconds, "s")
    yield Figure("rejects: characters of the download", size / 1_000_000, "million")
    yield Figure("rejects: client memory of the download", download.memory, "MB", 64)
    upload.path.unlink()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_upload CASCADE")
