"""What prediction and potential add to a calculation: seconds of each step against those of the roll-up.

The shop is that of ``bench_calculation``, with order lines (`fill_lines.sql`), so that every estimate of
potential is made. ``KLANTWAARDE_BENCH_CUSTOMERS`` makes it smaller or larger. Memory is that of the process
that calculates; the database has its own, bounded by its settings.
"""

import resource
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection

from benchmarks import bench_calculation
from benchmarks.bench_calculation import CUSTOMERS
from benchmarks.figures import Figure
from benchmarks.steps import time_steps
from metrics import publishing
from metrics.models import CalculationSettings, Prediction, Run

LINES: Final = Path(__file__).parent / "fill_lines.sql"
ROUNDS: Final = 2
ROLL_UP: Final = "orders"
ADDED: Final = ("predictions", "potential")
MOST_TIMES: Final = 3
MOST_MEBIBYTES: Final = 2048


def measure() -> Iterator[Figure]:
    """Yield the seconds of the steps in the round in which they added least, their ratio, and peak memory."""
    bench_calculation.fill()
    with connection.cursor() as cursor:
        cursor.execute(LINES.read_text())
        cursor.execute("VACUUM ANALYZE customers_orderline")
    CalculationSettings.objects.create(default_margin=Decimal("0.4"))
    try:
        rounds = [_time_steps() for _round in range(ROUNDS)]
        best = min(rounds, key=_find_ratio)
        model = Prediction.objects.latest("run_id").model or "none"
        yield Figure(f"prediction: roll-up, {CUSTOMERS:,} customers", best[ROLL_UP], "s")
        yield Figure(f"prediction: hold-out, forecasts, intervals ({model})", best["predictions"], "s")
        yield Figure("prediction: potential and its back-test", best["potential"], "s")
        yield Figure("prediction: whole calculation", sum(best.values()), "s")
        yield Figure("prediction: ratio to the roll-up", _find_ratio(best), "×", MOST_TIMES)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        yield Figure("prediction: peak memory", peak, "MiB", MOST_MEBIBYTES)
    finally:
        for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
        call_command("flush", interactive=False, verbosity=0)


def _find_ratio(seconds: dict[str, float]) -> float:
    return sum(seconds[step] for step in ADDED) / seconds[ROLL_UP]


def _time_steps() -> dict[str, float]:
    return time_steps()[1]
