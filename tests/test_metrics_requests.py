"""Asking for a calculation: one waits at a time, with a job, and it sees the facts it was asked for."""

import threading

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.signals import facts_changed
from metrics import jobs, pipeline, upkeep
from metrics.models import CalculationSettings, CustomerValue, Run
from tests.builders import make_customer, make_order

pytestmark = pytest.mark.django_db(transaction=True)


def list_jobs():
    return list(ProcrastinateJob.objects.filter(task_name=jobs.NAME).values_list("args", flat=True))


def test_changes_of_facts_ask_for_one_calculation():
    make_order(make_customer("anna"), "2025-03-01", "100")
    for reason in ("orders.csv", "refunds.csv"):
        facts_changed.send(sender=None, reason=reason, user=None)

    run = Run.objects.get()

    assert (run.state, run.reason, list_jobs()) == (Run.State.QUEUED, "orders.csv", [{"run_id": run.pk}])
    jobs.calculate(run.pk)
    assert CustomerValue.objects.get(run=run).revenue == 100


def test_while_one_runs_another_may_wait():
    first = pipeline.request_run("first")
    Run.objects.filter(pk=first.pk).update(state=Run.State.RUNNING)

    second = pipeline.request_run("second")

    assert second.pk != first.pk
    assert list_jobs() == [{"run_id": first.pk}, {"run_id": second.pk}]


def test_a_waiting_run_that_lost_its_job_gets_another():
    run = pipeline.request_run("first")
    ProcrastinateJob.objects.all().delete()

    assert pipeline.request_run("second") == run
    assert list_jobs() == [{"run_id": run.pk}]


def test_what_is_rolled_back_asks_for_nothing():
    with transaction.atomic():
        facts_changed.send(sender=None, reason="orders.csv", user=None)
        transaction.set_rollback(True)

    assert (Run.objects.count(), list_jobs()) == (0, [])


def test_a_run_begins_only_when_the_facts_it_waits_for_are_committed():
    """Otherwise it would be calculated without them, and nothing would ask again."""
    run = pipeline.request_run("first import")
    begun = threading.Event()

    def work():
        jobs.calculate(run.pk)
        begun.set()
        connection.close()

    with transaction.atomic():
        make_order(make_customer("anna"), "2025-03-01", "100")
        assert pipeline.request_run("second import") == run
        worker = threading.Thread(target=work)
        worker.start()
        assert not begun.wait(1.5)
    worker.join(timeout=60)

    assert CustomerValue.objects.get(run=run).revenue == 100


def test_a_run_begins_only_when_the_settings_it_waits_for_are_committed():
    """Otherwise it would be calculated by those of before, and nothing would ask again."""
    make_order(make_customer("anna"), "2025-03-01", "100")
    run = pipeline.request_run("first import")
    begun = threading.Event()

    def work():
        jobs.calculate(run.pk)
        begun.set()
        connection.close()

    with transaction.atomic():
        wanted = CalculationSettings.objects.create(default_margin="0.25")
        assert pipeline.request_run("settings") == run
        worker = threading.Thread(target=work)
        worker.start()
        assert not begun.wait(1.5)
    worker.join(timeout=60)

    run.refresh_from_db()
    assert run.settings == wanted
    assert CustomerValue.objects.get(run=run).contribution == 25


def test_a_small_table_of_orders_needs_no_upkeep():
    make_order(make_customer("anna"), "2025-03-01", "100")
    assert upkeep.freshen_orders() is False


def test_a_large_import_is_vacuumed_before_it_is_read(monkeypatch):
    monkeypatch.setattr(upkeep, "FEW_PAGES", 1)
    make_order(make_customer("anna"), "2025-03-01", "100")
    assert upkeep.freshen_orders() is True
    assert upkeep.freshen_orders() is False
