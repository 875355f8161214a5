"""Monthly facts, KPIs of every dimension, cohorts and segments against one bare GROUP BY customer and month.

Two shops on one database, the second ten times the first: ten orders a customer over three years
(``fill_shop.sql``, with more orders). ``KLANTWAARDE_BENCH_CUSTOMERS`` is the size of the larger one.
"""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Final
from unittest.mock import patch

from django.core.management import call_command
from django.db import connection

from benchmarks.figures import Figure
from customers.models import Upload
from metrics import pipeline, publishing
from metrics.models import CalculationSettings, Run
from metrics.progress import Progress

CUSTOMERS: Final = int(os.environ.get("KLANTWAARDE_BENCH_CUSTOMERS", "1000000"))
FILL: Final = Path(__file__).parent / "fill_shop.sql"
#: In the file a returning customer has 2 orders and 10 more on average; with 19.6 the mean of all is 10.
FEW_ORDERS, MANY_ORDERS = "-ln(1 - random()) * 10)", "-ln(1 - random()) * 19.6)"
ROUNDS: Final = 2
STEPS: Final = ("months", "segments", "kpis")
GROUP_BY: Final = """
    SELECT count(*) FROM (
        SELECT customer_id, date_trunc('month', ordered_on) AS month, count(*) AS orders,
            sum(net_revenue) AS revenue, sum(cost_of_goods) AS goods
        FROM customers_order WHERE status = 'placed' GROUP BY 1, 2 OFFSET 0
    ) AS months
"""


class Stopwatch(Progress):
    """Notes when each step began."""

    seconds: dict[str, float]
    _step, _since = "", 0.0

    def begin(self, step: str) -> None:
        """Say which step starts now; the one before is done."""
        now = perf_counter()
        if self._step:
            type(self).seconds[self._step] = now - self._since
        self._step, self._since = step, now
        super().begin(step)


def measure() -> Iterator[Figure]:
    """Yield the seconds of the steps and of the bare GROUP BY, their ratio, and how the steps grow."""
    taken = {}
    for customers in (CUSTOMERS // 10, CUSTOMERS):
        _fill(customers)
        try:
            group, steps = _measure_one()
        finally:
            _empty()
        total = taken[customers] = sum(steps.values())
        yield Figure(f"monthly: bare GROUP BY customer, month, {customers:,} customers", group, "s")
        for step, seconds in steps.items():
            yield Figure(f"monthly: step {step}, {customers:,} customers", seconds, "s")
        limit = 15 if customers == CUSTOMERS else None
        yield Figure(f"monthly: ratio of the steps, {customers:,} customers", total / group, "×", limit)
    yield Figure("monthly: steps at ten times the orders", taken[CUSTOMERS] / taken[CUSTOMERS // 10], "×", 11)


def _measure_one() -> tuple[float, dict[str, float]]:
    """Return the best of two rounds: seconds of the bare GROUP BY, and of every step."""
    groups, rounds = [], []
    for _round in range(ROUNDS):
        started = perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(GROUP_BY)
            cursor.fetchall()
        groups.append(perf_counter() - started)
        Stopwatch.seconds = {}
        with patch.object(pipeline, "Progress", Stopwatch):
            pipeline.recalculate(pipeline.start_run("benchmark").pk)
        rounds.append({step: Stopwatch.seconds[step] for step in STEPS})
    return min(groups), min(rounds, key=lambda steps: sum(steps.values()))


def _fill(customers: int) -> None:
    Upload.objects.create(file_name="benchmark", size=0, sha256="0" * 64, state=Upload.State.DONE)
    text = FILL.read_text().replace(":customers", str(customers)).replace(FEW_ORDERS, MANY_ORDERS)
    with connection.cursor() as cursor:
        for statement in filter(str.strip, text.split(";\n")):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    # Predictions are no part of this: a shop with fewer buyers than it takes has none.
    CalculationSettings.objects.create(default_margin=Decimal("0.4"), least_buyers=10 * customers)


def _empty() -> None:
    for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
    call_command("flush", interactive=False, verbosity=0)
