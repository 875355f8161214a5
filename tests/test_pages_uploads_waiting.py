"""An import that waits or runs, as its page tells it."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from customers.imports import pipeline
from customers.models import Order, Upload
from tests.builders import make_upload
from tests.uploading import (
    ORDERS,
    UNSETTLED,
    address,
    confirm,
    send,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


def add_worker(seconds_ago: float = 0.0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def test_another_language_on_a_page_that_was_not_confirmed_shows_the_upload(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, UNSETTLED))
    assert "Not imported yet: first answer or mend what is marked below." in text_of(page)
    here = page.request["PATH_INFO"]
    page = marieke.post("/language/", {"language": "nl", "next": here}, follow=True)
    assert (page.status_code, page.request["PATH_INFO"]) == (200, here.removesuffix("confirm/"))
    assert "wat is ‘1.250’?" in text_of(page)


def test_confirming_queues_the_import_for_the_worker(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    upload = page.context["upload"]
    assert upload.state == Upload.State.QUEUED
    [job] = jobs.job_manager.list_jobs(task="customers.import_upload")
    assert json.loads(job.task_kwargs) == {"upload_id": upload.pk}
    assert "Waiting for its turn" in text_of(page)


def test_without_a_worker_the_page_says_so_and_what_to_do(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    for text in (text_of(page), text_of(marieke.get("/imports/"))):
        assert "No worker is running, so nothing moves." in text
        assert "python manage.py worker" in text


@pytest.mark.parametrize(("seconds_ago", "said"), [(3.0, False), (60.0, True)])
def test_a_worker_counts_while_it_gives_signs_of_life(
    marieke: Client, seconds_ago: float, said: bool
) -> None:
    add_worker(seconds_ago)
    page = confirm(marieke, send(marieke, ORDERS))
    assert ("No worker is running" in text_of(page)) is said


def test_a_second_import_says_which_one_it_waits_for(marieke: Client) -> None:
    add_worker()
    confirm(marieke, send(marieke, ORDERS, "first.csv"))
    second = confirm(marieke, send(marieke, UNSETTLED, "second.csv"), decimal_3=",", dates_2="dmy")
    assert "1 import goes before this one: first.csv" in text_of(second)


def test_a_running_import_shows_bytes_records_time_left_and_its_last_sign_of_life(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_worker()
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    upload = make_upload(
        state=Upload.State.RUNNING, size=1000, bytes_done=250, rows_done=12345, step="staging",
        started_at=now - timedelta(seconds=10), heartbeat=now,
    )  # fmt: skip
    page = marieke.get(f"/imports/{upload.uuid}/progress/")
    text = text_of(page)
    assert "250 bytes of 1.0 kB · 12,345 records" in text
    assert "about 30 s left for reading" in text
    assert "last sign of life 0.0 s ago" in text
    assert "HX-Refresh" not in page


def test_an_import_whose_worker_fell_silent_says_what_happens_next(marieke: Client) -> None:
    add_worker()
    silent = timezone.now() - timedelta(seconds=45)
    upload = make_upload(state=Upload.State.RUNNING, size=10, started_at=silent, heartbeat=silent)
    text = text_of(marieke.get(f"/imports/{upload.uuid}/progress/"))
    assert "another one takes the import up again within two minutes; nothing is imported twice" in text


def test_an_import_that_ended_has_its_page_load_again(marieke: Client) -> None:
    upload = make_upload()
    assert marieke.get(f"/imports/{upload.uuid}/progress/")["HX-Refresh"] == "true"


def test_a_queued_import_can_be_stopped(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    stopped = marieke.post(address(page, "cancel/"), follow=True)
    assert "The import of “orders.csv” was stopped. Nothing was imported." in text_of(stopped)
    pipeline.run(page.context["upload"].pk)
    assert not Order.objects.exists()


def test_stopping_what_has_ended_says_that_it_had(marieke: Client) -> None:
    page = marieke.post(f"/imports/{make_upload().uuid}/cancel/", follow=True)
    assert "“orders.csv” had already ended." in text_of(page)


def test_confirming_twice_imports_once(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    confirm(marieke, page)
    confirm(marieke, page)
    assert len(jobs.job_manager.list_jobs(task="customers.import_upload")) == 1
