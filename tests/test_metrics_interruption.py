"""A calculation that is killed with -9 leaves the last good run and no half data, and is done again.

To stop it at a known step, a test holds a lock that this step needs, waits until the calculation waits for
it, and kills the process.
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics import pipeline, publishing
from metrics.jobs import calculate as calculate_job
from metrics.models import (
    CohortCell,
    CustomerValue,
    DissatisfiedCustomer,
    KpiValue,
    PeerGroup,
    Run,
    SegmentMonth,
    SegmentMoves,
)
from tests.builders import make_customer
from tests.kpi_builders import make_kpi
from tests.value_builders import make_run
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60

BLOCKED_BY = {
    "orders": "LOCK TABLE customers_refund IN ACCESS EXCLUSIVE MODE",
    "costs": "LOCK TABLE customers_acquisitioncost IN ACCESS EXCLUSIVE MODE",
    "values being written": "LOCK TABLE metrics_customervalue IN ACCESS EXCLUSIVE MODE",
    "the pointer about to flip": "SELECT 1 FROM metrics_publication FOR UPDATE",
}


@contextmanager
def another_connection():
    """A transaction of somebody else, rolled back in the end."""
    parameters = connection.get_connection_params()
    parameters = {key: value for key, value in parameters.items() if key not in {"cursor_factory", "context"}}
    with psycopg.connect(**parameters) as other:
        yield other
        other.rollback()


def start_process(run):
    """Calculate in a process of its own, on the tests' database."""
    database = connection.settings_dict
    place = f"host={database['HOST']}&port={database['PORT']}"
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?{place}",
        "DJANGO_SETTINGS_MODULE": "klantwaarde.settings",
    }
    code = f"import django; django.setup(); from metrics.jobs import calculate; calculate({run.pk})"
    return subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment)


def wait_until(met):
    deadline = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_waiting(other, process):
    assert process.poll() is None, "the calculation ended before it came to the lock"
    waiting = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return waiting[0] > 0


def has_left(other):
    """The killed process' session is gone: the server noticed."""
    found = other.execute(
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [pipeline.LOCK]
    )
    return found.fetchone() is None


def list_run_tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'metrics_customervalue_%%'"
        )
        return sorted((name for (name,) in cursor.fetchall()), key=lambda name: int(name.rpartition("_")[2]))


@pytest.mark.parametrize("step", BLOCKED_BY)
def test_killed_at_a_step_it_leaves_the_last_good_run_and_is_done_again(tmp_path, step):
    import_worked_example(tmp_path)
    good = calculate(date(2025, 5, 31))
    before = list(CustomerValue.objects.filter(run=good).order_by("pk").values())
    run = pipeline.start_run("killed", date(2025, 12, 31))

    with another_connection() as other:
        other.execute(BLOCKED_BY[step])
        process = start_process(run)
        wait_until(lambda: is_waiting(other, process))
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until(lambda: has_left(other))

    assert publishing.current_run() == good
    assert list(CustomerValue.objects.filter(run=good).order_by("pk").values()) == before
    assert not CustomerValue.objects.filter(run=run).exists()
    assert not KpiValue.objects.filter(run=run).exists()
    assert not PeerGroup.objects.filter(run=run).exists()

    calculate_job(run.pk)

    assert publishing.current_run() == run
    assert CustomerValue.objects.filter(run=run).count() == 5
    assert list_run_tables() == [publishing.name_partition(good.pk), publishing.name_partition(run.pk)]


def test_what_a_killed_run_left_is_dropped_by_the_next_one(tmp_path):
    """Killed between writing the values and publishing them, a table stays that no run owns."""
    import_worked_example(tmp_path)
    killed = pipeline.start_run("killed")
    publishing.make_partition(killed.pk)

    run = calculate()

    assert list_run_tables() == [publishing.name_partition(run.pk)]
    killed.refresh_from_db()
    assert (killed.state, killed.error) == (Run.State.FAILED, "interrupted")


def test_a_published_run_stands_when_tidying_up_after_it_fails(tmp_path, monkeypatch):
    """Taken for a failed one, its values would be dropped by the next calculation while pages read them."""
    import_worked_example(tmp_path)
    run = pipeline.start_run("tidied badly")
    with monkeypatch.context() as broken:
        broken.setattr(publishing, "drop_old_partitions", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pipeline.recalculate(run.pk)
    failed = pipeline.start_run("failed")
    with monkeypatch.context() as broken:
        broken.setattr("metrics.calculation.find_peers", lambda *_tables: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pipeline.recalculate(failed.pk)

    run.refresh_from_db()
    failed.refresh_from_db()
    assert (run.state, run.error) == (Run.State.PUBLISHED, "")
    assert (failed.state, failed.error) == (Run.State.FAILED, "division by zero")
    assert publishing.current_run() == run
    assert CustomerValue.objects.filter(run=run).count() == 5


def test_a_published_run_is_not_calculated_again(tmp_path):
    import_worked_example(tmp_path)
    run = calculate()
    finished = run.finished_at

    calculate_job(run.pk)

    run.refresh_from_db()
    assert run.finished_at == finished


def test_only_the_values_of_the_last_three_runs_are_kept(tmp_path):
    import_worked_example(tmp_path)
    runs = [calculate() for _time in range(5)]

    assert list_run_tables() == [publishing.name_partition(run.pk) for run in runs[-3:]]
    assert KpiValue.objects.filter(run=runs[0]).exists()


def test_rows_that_go_with_the_values_of_a_run_go_when_they_do():
    """Of five runs the last three are kept, and the first, which readers were pointed back to."""
    runs = [make_run() for _time in range(5)]
    publishing.flip(runs[0])
    ada, day = make_customer("A"), date(2025, 12, 1)
    for run in runs:
        make_kpi(run, "revenue", day, KpiValue.Window.MONTH, 10)
        CohortCell.objects.create(
            run=run, cohort=day, age=0, customers=1, active=1, repurchased=0, revenue=10, complete=True
        )
        SegmentMonth.objects.create(
            run=run, scheme="rfm", month=day, segment="new", customers=1, revenue_12m=10
        )
        SegmentMoves.objects.create(run=run, scheme="rfm", before=day, after=day, counts=[[1]])
        DissatisfiedCustomer.objects.create(
            run=run, customer=ada, family="nps", scale="nps", score=0, answered_on=day, value=10
        )
    with CaptureQueriesContext(connection) as asked:
        publishing.drop_old_partitions()
    kept = [runs[0].pk, *(run.pk for run in runs[2:])]
    for kind in (CohortCell, SegmentMonth, SegmentMoves, DissatisfiedCustomer):
        assert sorted(kind.objects.values_list("run_id", flat=True)) == kept, kind
    assert sum(query["sql"].startswith("DELETE") for query in asked) == len(publishing.GO_WITH_VALUES)
    assert KpiValue.objects.filter(run=runs[1]).exists()


def test_an_old_partition_in_use_is_left_for_the_next_calculation(tmp_path, monkeypatch):
    import_worked_example(tmp_path)
    runs = [calculate() for _time in range(3)]
    with another_connection() as reader, monkeypatch.context() as impatient:
        impatient.setattr(publishing, "LOCK_TIMEOUT", "200ms")
        reader.execute(f"SELECT 1 FROM {publishing.name_partition(runs[0].pk)}")
        runs.append(calculate())
        assert publishing.name_partition(runs[0].pk) in list_run_tables()

    runs.append(calculate())

    assert list_run_tables() == [publishing.name_partition(run.pk) for run in runs[-3:]]


def test_a_second_calculation_waits_for_the_first(tmp_path):
    import_worked_example(tmp_path)
    run = pipeline.start_run("second")
    with another_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [pipeline.LOCK])
        process = start_process(run)
        wait_until(lambda: is_waiting(other, process))
        run.refresh_from_db()
        assert run.started_at is None
        other.execute("SELECT pg_advisory_unlock(%s)", [pipeline.LOCK])
    assert process.wait(timeout=PATIENCE) == 0
    assert publishing.current_run() == run
