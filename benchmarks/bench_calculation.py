"""A calculation against what none can do without: one GROUP BY, and one COPY of its result.

The figure with that limit is of the main job alone: from the facts to ranked customers that readers see. What
a calculation concludes besides has budgets of its own: predictions and potential go by the step that adds up
orders (``bench_prediction``), months, segments and KPIs by a GROUP BY of customer and month
(``bench_monthly``). The whole calculation is held to the sum of all three. Steps are of the round in which
they took least together.

The shop is filled with SQL (`fill_shop.sql`): a million customers, three years, about six orders each.
``KLANTWAARDE_BENCH_CUSTOMERS`` makes it smaller or larger.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import IO, Final

from django.core.management import call_command
from django.db import connection, transaction

from benchmarks.bench_monthly import GROUP_BY as GROUP_BY_MONTH
from benchmarks.figures import Figure
from benchmarks.steps import time_steps
from customers.models import Upload
from metrics import publishing
from metrics.models import CalculationSettings, CustomerValue, Run

CUSTOMERS: Final = int(os.environ.get("KLANTWAARDE_BENCH_CUSTOMERS", "1000000"))
FILL: Final = Path(__file__).parent / "fill_shop.sql"
ROUNDS: Final = 2
PART: Final = 1 << 20
VALUES: Final = CustomerValue._meta.db_table
GROUP_BY: Final = """
    CREATE UNLOGGED TABLE bench_floor AS
    SELECT customer_id, count(*) AS orders, sum(net_revenue) AS revenue, sum(cost_of_goods) AS goods,
        sum(transaction_cost) AS transaction_cost, min(ordered_on) AS first_order,
        max(ordered_on) AS last_order
    FROM customers_order WHERE status = 'placed' GROUP BY customer_id
"""


#: What has a budget elsewhere; every other step is of the main job, whenever it was added.
FORESEEN: Final = ("predictions", "potential")
MONTHLY: Final = ("months", "segments", "kpis")
MOST_TIMES: Final = 3
MOST_TIMES_ROLL_UP: Final = 3
MOST_TIMES_MONTHLY: Final = 15


def measure() -> Iterator[Figure]:
    """Yield the seconds of every step, and the ratios of the main job and of all to their floors."""
    fill()
    CalculationSettings.objects.create(default_margin=Decimal("0.4"))
    try:
        rounds, groups, monthly, bare, keyed = [], [], [], [], []
        for _round in range(ROUNDS):
            groups.append(_time(_group))
            monthly.append(_time(_group_by_month))
            run, steps = time_steps()
            rounds.append(steps)
            with tempfile.TemporaryFile() as rows:
                _copy_out(run, rows)
                bare.append(_time(partial(_copy_in, rows)))
                keyed.append(_time(partial(_copy_in, rows, f", PRIMARY KEY {publishing.KEY}")))
        best = min(rounds, key=lambda steps: sum(steps.values()))
        yield Figure(f"calculation: bare GROUP BY customer, {CUSTOMERS:,} customers", min(groups), "s")
        yield Figure("calculation: bare GROUP BY customer, month", min(monthly), "s")
        yield Figure("calculation: COPY of the result, bare table", min(bare), "s")
        yield Figure("calculation: COPY of the result, keyed table", min(keyed), "s")
        for step, seconds in best.items():
            yield Figure(f"calculation: step {step}", seconds, "s")
        yield from _compare(best, min(groups), min(bare), min(keyed), min(monthly))
    finally:
        for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
        call_command("flush", interactive=False, verbosity=0)


def _compare(
    steps: dict[str, float], group: float, bare: float, keyed: float, monthly: float
) -> Iterator[Figure]:
    """Yield the main job and the whole against their budgets; the floor is GROUP BY and bare COPY.

    A result that can be read is keyed, and lists want their indexes on pages that are tidied: both are shown
    beside.
    """
    floor = group + bare
    whole = sum(steps.values())
    main = whole - sum(steps[step] for step in (*FORESEEN, *MONTHLY))
    budgets = MOST_TIMES * floor + MOST_TIMES_ROLL_UP * steps["orders"] + MOST_TIMES_MONTHLY * monthly
    yield Figure("calculation: main job, facts to ranked customers", main, "s")
    yield Figure("calculation: main job, ratio to GROUP BY + bare COPY", main / floor, "×", MOST_TIMES)
    yield Figure("calculation: main job, ratio to GROUP BY + keyed COPY", main / (group + keyed), "×")
    ready = group + bare + steps["indexes"]
    yield Figure("calculation: main job, ratio to GROUP BY + COPY + step indexes", main / ready, "×")
    yield Figure("calculation: whole, facts to published run", whole, "s")
    yield Figure("calculation: whole, ratio to GROUP BY + bare COPY", whole / floor, "×")
    yield Figure("calculation: whole, ratio to the sum of all budgets", whole / budgets, "×", 1)


def _time(action: Callable[[], None]) -> float:
    """Return the seconds of an action whose table is then thrown away."""
    with transaction.atomic():
        started = perf_counter()
        action()
        seconds = perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def fill() -> None:
    """Fill the empty database with the shop."""
    Upload.objects.create(file_name="benchmark", size=0, sha256="0" * 64, state=Upload.State.DONE)
    statements = FILL.read_text().replace(":customers", str(CUSTOMERS)).split(";\n")
    with connection.cursor() as cursor:
        for statement in filter(str.strip, statements):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")


def _group() -> None:
    with connection.cursor() as cursor:
        cursor.execute(GROUP_BY)


def _group_by_month() -> None:
    with connection.cursor() as cursor:
        cursor.execute(GROUP_BY_MONTH)


def _copy_out(run: Run, rows: IO[bytes]) -> None:
    """Write the run's rows to a file, columns as the whole table has them: a partition has another order."""
    with connection.cursor() as cursor:
        names = connection.introspection.get_table_description(cursor, VALUES)
    columns = ", ".join(column.name for column in names)
    source = f"COPY {publishing.name_partition(run.pk)} ({columns}) TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(source) as copy:
        for part in copy:
            rows.write(part)


def _copy_in(rows: IO[bytes], key: str = "") -> None:
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_result (LIKE {VALUES} INCLUDING DEFAULTS{key})")
        with cursor.copy("COPY bench_result FROM STDIN") as copy:
            while part := rows.read(PART):
                copy.write(part)
