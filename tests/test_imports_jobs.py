"""Confirming, queueing, running in the worker, cancelling; an import that died is done again without harm."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from customers import jobs
from customers.imports import pipeline, queue, states
from customers.imports.mapping import Plan
from customers.imports.reasons import UnusableFile
from customers.models import Order, Upload
from customers.signals import facts_changed
from tests.builders import make_upload, write_csv

ORDERS = (
    "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;31-01-2025;1.219,95\n2;K1;30-01-2025;5,00\n"
)


def receive(folder: Path, text: str = ORDERS) -> Upload:
    """Upload a file, as the form does."""
    with write_csv(folder, text).open("rb") as file:
        return pipeline.receive(file, "orders.csv", None)


@pytest.mark.django_db
def test_a_received_file_waits_with_its_reading(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    assert (upload.state, upload.kind, upload.preset) == (Upload.State.RECEIVED, "orders", "generic")
    reading = pipeline.recognise(upload)
    assert (reading.problems, reading.questions) == ([], [])
    line, cells = reading.preview[0]
    assert (line, [cell.understood for cell in cells]) == (2, ["1", "K1", "2025-01-31", "1219.95"])
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_confirming_queues_one_job_in_the_same_transaction(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    assert upload.state == Upload.State.QUEUED
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.lock) == (queue.IMPORT, {"upload_id": upload.pk}, queue.LOCK)
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_second_upload_waits_in_the_queue_behind_the_first(tmp_path: Path) -> None:
    first, second = receive(tmp_path), receive(tmp_path, ORDERS.replace("1;K1", "3;K1"))
    for upload in (first, second):
        pipeline.confirm(upload, Plan.from_json(upload.plan))
    assert {upload.state for upload in (first, second)} == {Upload.State.QUEUED}
    assert ProcrastinateJob.objects.filter(lock=queue.LOCK).count() == 2  # one lock: one at a time


@pytest.mark.django_db
def test_a_confirmed_upload_cannot_be_confirmed_again(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    with pytest.raises(UnusableFile):
        pipeline.confirm(upload, Plan.from_json(upload.plan))
    assert ProcrastinateJob.objects.count() == 1


@pytest.mark.django_db
def test_an_open_question_is_not_confirmed(tmp_path: Path) -> None:
    upload = receive(tmp_path, "Ordernummer;Besteldatum;Omzet\n1;03-04-2025;5,00\n")
    with pytest.raises(pipeline.Unconfirmed, match="03-04-2025"):
        pipeline.confirm(upload, Plan.from_json(upload.plan))
    upload.refresh_from_db()
    assert upload.state == Upload.State.RECEIVED


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_it_and_tells_the_storey_above_once(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    told: list[str] = []

    def listen(reason: str, **_rest: object) -> None:
        told.append(reason)

    facts_changed.connect(listen)
    try:
        worker = app.with_connector(app.connector.get_worker_connector())
        with worker.open():
            worker.run_worker(
                wait=False, install_signal_handlers=False, listen_notify=False, queues=["default"]
            )  # fmt: skip
    finally:
        facts_changed.disconnect(listen)
    upload.refresh_from_db()
    assert (upload.state, upload.counts["new"], upload.rows_done) == (Upload.State.DONE, 2, 2)
    assert told == ["import orders.csv"]


@pytest.mark.django_db
def test_an_import_that_died_while_running_is_done_again(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    Upload.objects.filter(pk=upload.pk).update(state=Upload.State.RUNNING)  # as kill -9 leaves it
    jobs.import_upload.func(upload_id=upload.pk)
    jobs.import_upload.func(upload_id=upload.pk)  # and once more: it has ended
    upload.refresh_from_db()
    assert (upload.state, Order.objects.count()) == (Upload.State.DONE, 2)


@pytest.mark.django_db
def test_a_cancelled_upload_is_not_imported(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    assert pipeline.cancel(upload)
    assert pipeline.run(upload.pk).state == Upload.State.CANCELLED
    assert not pipeline.cancel(upload)
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_cancel_in_the_last_moment_takes_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = pipeline.merge_upload

    def merge_and_cancel(staged: object, upload: Upload) -> object:
        merged = merge(staged, upload)  # type: ignore[arg-type]
        pipeline.cancel(upload)
        return merged

    monkeypatch.setattr(pipeline, "merge_upload", merge_and_cancel)
    pipeline.import_file(write_csv(tmp_path, ORDERS))
    assert not Order.objects.exists()


@pytest.mark.django_db
def test_a_raw_file_that_is_gone_is_said(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    upload.path.unlink()
    assert pipeline.run(upload.pk).error.startswith(("The uploaded file is no longer there", "Het"))


# Left alone ------------------------------------------------------------------------------------------------


def silent_for(minutes: int, **values: Any) -> Upload:
    """An upload whose last sign of life was so long ago."""
    then = timezone.now() - timedelta(minutes=minutes)
    upload = make_upload(heartbeat=then, **values)
    Upload.objects.filter(pk=upload.pk).update(created_at=then)
    return upload


@pytest.mark.django_db
def test_an_import_whose_command_was_killed_is_ended_and_says_so() -> None:
    upload = silent_for(6, state=Upload.State.RUNNING)
    assert states.close_abandoned() == 1
    upload.refresh_from_db()
    assert (upload.state, upload.errors[0]["code"]) == (Upload.State.FAILED, "interrupted")


@pytest.mark.django_db
def test_an_undo_that_was_given_up_leaves_the_import_as_it_was() -> None:
    upload = silent_for(6, state=Upload.State.UNDOING)
    assert states.close_abandoned() == 1
    upload.refresh_from_db()
    assert upload.state == Upload.State.DONE


@pytest.mark.django_db
def test_files_that_wait_for_a_command_at_work_are_left_alone() -> None:
    silent_for(0, state=Upload.State.RUNNING)
    silent_for(60, state=Upload.State.QUEUED)
    assert states.close_abandoned() == 0


@pytest.mark.django_db
def test_an_import_that_a_worker_will_take_up_is_left_alone(tmp_path: Path) -> None:
    upload = receive(tmp_path)
    pipeline.confirm(upload, Plan.from_json(upload.plan))
    long_ago = timezone.now() - timedelta(hours=9)
    Upload.objects.filter(pk=upload.pk).update(created_at=long_ago, heartbeat=long_ago)
    assert states.close_abandoned() == 0
