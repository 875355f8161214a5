"""A million orders as a Dutch shop exports them (``orders_file``), against COPY of the same facts.

The file also makes a quarter of a million customers. Ratios are against the floor that ends in the same state
(``floor``); those against the tables with their keys alone are shown beside. ``KLANTWAARDE_BENCH_ORDERS``
makes the file smaller, ``KLANTWAARDE_BENCH_ROUNDS`` the rounds fewer; with ``KLANTWAARDE_BENCH_LONG=1`` one
of ten times the size is imported as well, which takes some 15 GB of the disk for as long as it lasts.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import floor
from benchmarks.figures import Figure
from benchmarks.orders_file import write_orders
from benchmarks.processes import Cost, measured
from customers.imports import pipeline, undo
from customers.models import Shop, Upload

ORDERS: Final = int(os.environ.get("KLANTWAARDE_BENCH_ORDERS", "1000000"))
IS_LONG: Final = os.environ.get("KLANTWAARDE_BENCH_LONG", "") == "1"
ROUNDS: Final = int(os.environ.get("KLANTWAARDE_BENCH_ROUNDS", "3"))
_BYTES: Final = 1500  # of the disk for an order: its file, upload, staged row, facts, indexes, log
_LIMITS: Final = {"first import": 1.5, "same file again": 1.2, "10 % changed": 1.5, "1 % bad rows": 1.9}


def measure() -> Iterator[Figure]:
    """Yield seconds and ratios: medians of three rounds in which floors and imports alternate."""
    Shop.objects.update_or_create(id=1, defaults={"currency": "EUR", "time_zone": "Europe/Amsterdam"})
    costs: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain, changed, bad = (folder / f"{what}.csv" for what in ("plain", "changed", "bad"))
        write_orders(plain, ORDERS)
        write_orders(changed, ORDERS, changed=0.1)
        write_orders(bad, ORDERS, bad=0.01)
        for _round in range(ROUNDS):
            for what, cost in _do_round(folder, plain, changed, bad):
                costs.setdefault(what, []).append(cost)
        yield from _compare(costs)
        for file in folder.iterdir():
            file.unlink()  # room for the long one
        if IS_LONG:
            yield from _measure_long(folder, median(cost.seconds for cost in costs["first import"]))


def _do_round(folder: Path, plain: Path, changed: Path, bad: Path) -> Iterator[tuple[str, Cost]]:
    floor.empty()
    yield "1 % bad rows", _import(bad)[1]
    floor.empty()
    yield "first import", _import(plain)[1]
    floor.copy_out(folder)
    yield "floor, keys alone", floor.copy_with_keys(folder)
    yield "floor, same state", floor.copy_to_state(folder)
    yield "same file again", _import(plain)[1]
    upload, cost = _import(changed)
    yield "10 % changed", cost
    with measured() as cost:
        undone = undo.undo(upload)
    if undone.touched != upload.counts["changed"]:
        raise RuntimeError(f"{undone.touched} of {upload.counts} rows were restored")
    yield "undo of the changes", cost


def _import(file: Path) -> tuple[Upload, Cost]:
    with measured() as cost:
        upload = pipeline.import_file(file)
    if upload.state != Upload.State.DONE:
        raise RuntimeError(upload.error)
    upload.path.unlink()
    return upload, cost


def _compare(costs: dict[str, list[Cost]]) -> Iterator[Figure]:
    for what, found in costs.items():
        seconds = median(cost.seconds for cost in found)
        limit = 2 * ORDERS / 1_000_000 if what == "undo of the changes" else None
        yield Figure(f"orders: {what}", seconds, "s", limit)
        yield Figure(f"orders: {what}, client's processor", median(cost.client for cost in found), "s")
        yield Figure(f"orders: {what}, server's processor", median(cost.server for cost in found), "s")
    for what, limit in _LIMITS.items():
        for name, most in (("same state", limit), ("keys alone", None)):
            pairs = zip(costs[what], costs[f"floor, {name}"], strict=True)
            ratio = median(cost.seconds / least.seconds for cost, least in pairs)
            yield Figure(f"orders: {what}, times the floor, {name}", ratio, "×", most)
    memory = max(cost.memory for found in costs.values() for cost in found)
    yield Figure("orders: client memory over start-up", memory, "MB", 64)


def _measure_long(folder: Path, million: float) -> Iterator[Figure]:
    free, needed = shutil.disk_usage(folder).free // 10**9, 10 * ORDERS * _BYTES // 10**9
    if free < needed:
        raise RuntimeError(f"The long file needs {needed} GB of the disk, of which {free} are free")
    file = folder / "long.csv"
    write_orders(file, 10 * ORDERS)
    floor.empty()
    cost = _import(file)[1]
    yield Figure("orders: ten times as many", cost.seconds, "s")
    yield Figure("orders: ten times as many, times the first", cost.seconds / million, "×", 14)
    yield Figure("orders: ten times as many, client memory", cost.memory, "MB", 64)
