"""The whole calculation against what no calculation can do without: one GROUP BY, and one COPY of its result.

The shop is filled with SQL (`fill_shop.sql`): a million customers, three years, about six orders each.
``KLANTWAARDE_BENCH_CUSTOMERS`` makes it smaller or larger.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import IO, Final

from django.core.management import call_command
from django.db import connection, transaction

from benchmarks.figures import Figure
from customers.models import Upload
from metrics import pipeline, publishing
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


def measure() -> Iterator[Figure]:
    """Yield seconds, and the ratio to the floor twice: with a COPY into an indexed table and a bare one."""
    fill()
    CalculationSettings.objects.create(default_margin=Decimal("0.4"))
    try:
        runs, groups, bare, indexed = [], [], [], []
        for _round in range(ROUNDS):
            groups.append(_time(_group))
            started = perf_counter()
            run = pipeline.recalculate(pipeline.start_run("benchmark").pk)
            runs.append(perf_counter() - started)
            with tempfile.TemporaryFile() as rows:
                _copy_out(run, rows)
                bare.append(_time(lambda rows=rows: _copy_in(rows, "INCLUDING DEFAULTS")))
                indexed.append(_time(lambda rows=rows: _copy_in(rows, "INCLUDING ALL")))
        yield Figure(f"calculation: bare GROUP BY customer, {CUSTOMERS:,} customers", min(groups), "s")
        yield Figure("calculation: COPY of the result, bare table", min(bare), "s")
        yield Figure("calculation: COPY of the result, with the indexes of lists", min(indexed), "s")
        yield Figure("calculation: facts to published run", min(runs), "s")
        yield Figure("calculation: ratio to GROUP BY + COPY, indexed", _ratio(runs, groups, indexed), "×", 3)
        yield Figure("calculation: ratio to GROUP BY + COPY, bare", _ratio(runs, groups, bare), "×")
    finally:
        for run_id in Run.objects.filter(state=Run.State.PUBLISHED).values_list("pk", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {publishing.name_partition(run_id)}")
        call_command("flush", interactive=False, verbosity=0)


def _ratio(runs: list[float], groups: list[float], copies: list[float]) -> float:
    return min(runs) / (min(groups) + min(copies))


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


def _copy_out(run: Run, rows: IO[bytes]) -> None:
    source = f"COPY {publishing.name_partition(run.pk)} TO STDOUT"
    with connection.cursor() as cursor, cursor.copy(source) as copy:
        for part in copy:
            rows.write(part)


def _copy_in(rows: IO[bytes], including: str) -> None:
    rows.seek(0)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_result (LIKE {VALUES} {including})")
        with cursor.copy("COPY bench_result FROM STDIN") as copy:
            while part := rows.read(PART):
                copy.write(part)
