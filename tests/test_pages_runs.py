"""The page of calculations: what was calculated when and why, how far the present one is, and the button."""

import html
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from procrastinate.contrib.django import app as jobs

from customers.signals import facts_changed
from metrics.models import CalculationSettings, Publication, Run
from metrics.pages.runs import describe_reason
from tests.builders import make_user
from tests.page_reading import read_tables, read_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def make_run(**values: Any) -> Run:
    return Run.objects.create(settings=CalculationSettings.current(), **values)


def text_of(page: Any) -> str:
    return html.unescape(read_text(page))


def add_worker() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_before_the_first_calculation_the_page_says_how_one_comes_about(marieke: Client) -> None:
    text = text_of(marieke.get("/calculations/"))
    assert "Nothing has been calculated yet. It happens by itself after your first import." in text


def test_the_button_queues_a_calculation_for_the_worker(marieke: Client) -> None:
    page = marieke.post("/calculations/recalculate/", follow=True)
    run = Run.objects.get()
    assert str(run.requested_by) == "marieke"
    assert f"Calculation {run.pk} is queued." in text_of(page)
    assert f"Calculation {run.pk} waits for its turn" in text_of(page)
    assert len(jobs.job_manager.list_jobs(task="metrics.calculate")) == 1


def test_the_button_twice_queues_one_calculation(marieke: Client) -> None:
    marieke.post("/calculations/recalculate/")
    marieke.post("/calculations/recalculate/")
    assert Run.objects.count() == 1


def test_a_link_cannot_ask_for_a_calculation(marieke: Client) -> None:
    assert marieke.get("/calculations/recalculate/").status_code == 405
    assert not Run.objects.exists()


def test_a_calculation_is_listed_with_who_why_as_of_and_how_long(marieke: Client) -> None:
    started = timezone.now()
    run = make_run(
        state=Run.State.PUBLISHED, as_of=date(2025, 1, 31), reason="import orders.csv", customers=4372,
        requested_by=make_user("joost", first_name="Joost"), started_at=started,
        finished_at=started + timedelta(seconds=125),
    )  # fmt: skip
    Publication.objects.create(run=run)
    [header, row] = read_tables(marieke.get("/calculations/"))[0]
    assert header == ["Number", "State", "Requested", "By", "Why", "As of", "Customers", "Took"]
    assert [row[1], *row[3:]] == [
        "in use", "Joost", "import of orders.csv", "31 Jan 2025", "4,372", "2 min 5 s",
    ]  # fmt: skip


def test_a_calculation_that_waits_has_counted_nobody_yet(marieke: Client) -> None:
    make_run()
    row = read_tables(marieke.get("/calculations/"))[0][1]
    assert row[5:] == ["n/a", "n/a", "n/a"]


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("settings", "settings changed"),
        ("import my orders.csv", "import of my orders.csv"),
        ("undo orders.csv", "import of orders.csv undone"),
        ("important", "important"),
        ("import", "import"),
    ],
)
def test_a_reason_is_told_in_words(reason: str, said: str) -> None:
    with override("en"):
        assert describe_reason(reason) == said


def test_without_a_worker_the_page_says_so_and_what_to_do(marieke: Client) -> None:
    make_run()
    text = text_of(marieke.get("/calculations/"))
    assert "No worker is running, so nothing moves." in text
    assert "python manage.py worker" in text


def test_with_a_worker_there_is_nothing_to_warn_of(marieke: Client) -> None:
    add_worker()
    make_run()
    assert "No worker" not in text_of(marieke.get("/calculations/"))


def test_a_running_calculation_shows_its_step(marieke: Client) -> None:
    now = timezone.now()
    run = make_run(state=Run.State.RUNNING, step="values", done=3, total=8, started_at=now, heartbeat=now)
    page = marieke.get(f"/calculations/{run.pk}/progress/")
    text = text_of(page)
    assert f"Calculation {run.pk} Valuing customers step 3 of 8" in text
    assert "Last sign of life 0.0 s ago" in text
    assert "HX-Refresh" not in page


def test_a_calculation_that_fell_silent_says_what_happens_next(marieke: Client) -> None:
    add_worker()
    run = make_run(state=Run.State.RUNNING, heartbeat=timezone.now() - timedelta(seconds=45))
    text = text_of(marieke.get(f"/calculations/{run.pk}/progress/"))
    assert "another one takes the calculation up again within two minutes" in text


def test_a_calculation_that_follows_the_present_one_is_said(marieke: Client) -> None:
    make_run(state=Run.State.RUNNING, heartbeat=timezone.now())
    following = make_run()
    text = text_of(marieke.get("/calculations/"))
    assert f"Calculation {following.pk} follows, because something changed meanwhile." in text


def test_a_calculation_that_ended_has_its_page_load_again(marieke: Client) -> None:
    run = make_run(state=Run.State.PUBLISHED)
    assert marieke.get(f"/calculations/{run.pk}/progress/")["HX-Refresh"] == "true"


def test_a_failed_calculation_says_that_the_last_figures_stay(marieke: Client) -> None:
    run = make_run(state=Run.State.FAILED, error="no room left on the disk")
    page = marieke.get("/calculations/")
    assert f"Calculation {run.pk} failed. The last good figures stay in use." in text_of(page)
    assert read_tables(page)[0][1][1] == "failed no room left on the disk"


def test_a_failure_that_was_made_good_is_no_alarm(marieke: Client) -> None:
    make_run(state=Run.State.FAILED, error="interrupted")
    make_run(state=Run.State.PUBLISHED)
    page = marieke.get("/calculations/")
    assert "The last good figures stay in use." not in text_of(page)
    assert read_tables(page)[0][2][1] == "failed the worker stopped; the next calculation replaced it"


def test_changed_facts_show_up_as_a_queued_calculation(marieke: Client) -> None:
    facts_changed.send(sender=None, reason="import orders.csv", user=None)
    row = read_tables(marieke.get("/calculations/"))[0][1]
    assert [row[1], row[3], row[4]] == ["waiting", "command line", "import of orders.csv"]


def test_the_list_is_paged(marieke: Client) -> None:
    runs = [make_run(state=Run.State.PUBLISHED) for _number in range(27)]
    rows = read_tables(marieke.get("/calculations/?page=2"))[0][1:]
    assert [row[0] for row in rows] == [str(runs[1].pk), str(runs[0].pk)]


def test_the_number_of_queries_does_not_grow_with_the_calculations(marieke: Client) -> None:
    make_run(state=Run.State.PUBLISHED, requested_by=make_user("joost"))
    marieke.get("/calculations/")
    with CaptureQueriesContext(connection) as few:
        marieke.get("/calculations/")
    for number in range(20):
        make_run(state=Run.State.PUBLISHED, requested_by=make_user(f"user{number}"))
    with CaptureQueriesContext(connection) as many:
        marieke.get("/calculations/")
    assert len(many) == len(few)
