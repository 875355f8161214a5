"""Import of Online Retail (541,909 invoice lines) against a bare COPY of the same facts, clean and typed."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final

from django.db import connection

from benchmarks.figures import Figure
from customers.imports import pipeline
from customers.models import Shop, Upload

DATA: Final = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
LINES: Final = 541_909
ROUNDS: Final = 3
_FACTS: Final = ("customers_customer", "customers_order", "customers_orderline", "customers_refund")


def measure() -> Iterator[Figure]:
    """Yield lines a second, the ratio to the floor and the client's memory; the best of three rounds."""
    if not DATA.exists():
        print(f"Online Retail is not here ({DATA.name}): import is not measured")
        return
    Shop.objects.update_or_create(id=1, defaults={"currency": "GBP", "time_zone": "Europe/London"})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "online_retail.csv"
        with gzip.open(DATA) as source, file.open("wb") as target:
            shutil.copyfileobj(source, target)
        imports, floors, memory = [], [], []
        for _round in range(ROUNDS):
            _empty()
            seconds, megabytes = _import(file)
            imports.append(seconds)
            memory.append(megabytes)
            floors.append(_copy_again(Path(folder)))
    yield Figure("import: floor, bare COPY of the same facts", min(floors), "s")
    yield Figure("import: Online Retail, end to end", min(imports), "s")
    yield Figure("import: lines a second", LINES / min(imports), "lines/s", 60_000, at_least=True)
    yield Figure("import: times the floor", min(imports) / min(floors), "×", 4)
    yield Figure("import: client memory over start-up", max(memory), "MB", 64)


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE customers_upload, customers_beforeimage, {', '.join(_FACTS)} CASCADE")


def _import(file: Path) -> tuple[float, float]:
    """Return (seconds, megabytes of memory above what the process had)."""
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts here
    before = _memory("VmRSS")
    start = perf_counter()
    upload = pipeline.import_file(file)
    seconds = perf_counter() - start
    if upload.state != Upload.State.DONE:
        raise RuntimeError(upload.error)
    upload.path.unlink()
    return seconds, (_memory("VmHWM") - before) / 1024


def _memory(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def _copy_again(folder: Path) -> float:
    """Take the facts out, empty the tables, and return the seconds that putting them back takes."""
    with connection.cursor() as cursor:
        for table in _FACTS:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy, (folder / table).open("wb") as file:
                for block in copy:
                    file.write(block)
        cursor.execute(f"TRUNCATE {', '.join(_FACTS)} CASCADE")
        start = perf_counter()
        cursor.execute("BEGIN")
        for table in _FACTS:
            with cursor.copy(f"COPY {table} FROM STDIN") as copy, (folder / table).open("rb") as file:
                while block := file.read(1 << 18):
                    copy.write(block)
        cursor.execute("COMMIT")
        return perf_counter() - start
