"""The worker: a job survives whatever is killed, and a job that kills is not tried for ever."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django import app
from psycopg import sql

from klantwaarde import preparation
from klantwaarde.worker import EXIT_LOST_DATABASE, MOST_ATTEMPTS
from tests.worker_process import ROOT, worker_process

pytestmark = pytest.mark.django_db(transaction=True)

# A worker that also knows a job of these tests: it notes each attempt, and hangs during the first.
WORKER = """
import asyncio, os, pathlib, sys, time
import django
django.setup()
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django import app
from klantwaarde import worker

@app.task(name="tests.note")
def note(path):
    notes = pathlib.Path(path)
    attempts = len(notes.read_text()) if notes.exists() else 0
    notes.write_text("x" * (attempts + 1))
    if attempts == 0:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

asyncio.run(worker.work(lambda: print("ready", flush=True)))
"""


@pytest.fixture
def start_worker() -> Iterator[Callable[[], "subprocess.Popen[str]"]]:
    """Start a worker process on the test database; returns once it is ready."""
    with ExitStack() as started:
        yield lambda: started.enter_context(worker_process("-c", WORKER, when_ready="ready"))


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """One character for each attempt at the job."""
    return tmp_path / "notes"


def defer_note(notes: Path) -> int:
    return app.configure_task("tests.note", allow_unknown=True).defer(path=str(notes))


def attempts(notes: Path) -> int:
    return len(notes.read_text()) if notes.exists() else 0


def ask(query: str, *parameters: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


@contextmanager
def database_shut() -> Iterator[None]:
    """Let nobody into the test's database meanwhile, and end who is in it."""
    place = connection.settings_dict
    login = {
        "host": place["HOST"],
        "port": place["PORT"],
        "user": place["USER"],
        "password": place["PASSWORD"],
    }
    connection.close()
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    name = sql.Identifier(place["NAME"])
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(**login, dbname="postgres", autocommit=True) as other:
        other.execute(allow.format(name, False))
        try:
            other.execute(end, [place["NAME"]])
            yield
        finally:
            other.execute(allow.format(name, True))


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"it did not happen within {seconds:.0f} seconds"
        time.sleep(0.05)


def test_a_job_of_a_killed_worker_is_taken_up_at_once_by_the_next(
    notes: Path, start_worker: Callable[[], "subprocess.Popen[str]"]
) -> None:
    defer_note(notes)
    killed = start_worker()
    wait_for(lambda: attempts(notes) == 1)
    killed.kill()
    killed.wait()
    start_worker()
    wait_for(lambda: attempts(notes) == 2, seconds=10.0)
    wait_for(lambda: ask("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.note'") == [(0,)])


def test_a_second_worker_leaves_the_job_of_a_living_one_alone(
    notes: Path, start_worker: Callable[[], "subprocess.Popen[str]"]
) -> None:
    defer_note(notes)
    start_worker()
    wait_for(lambda: attempts(notes) == 1)
    start_worker()
    assert ask("SELECT status, attempts FROM procrastinate_jobs WHERE task_name = 'tests.note'") == [
        ("doing", 0)
    ]


def test_a_worker_that_loses_the_database_ends_and_the_next_takes_up_its_job(
    notes: Path, start_worker: Callable[[], "subprocess.Popen[str]"]
) -> None:
    defer_note(notes)
    worker = start_worker()
    wait_for(lambda: attempts(notes) == 1)
    ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid()"
    )
    assert worker.wait(30) == EXIT_LOST_DATABASE
    start_worker()
    wait_for(lambda: attempts(notes) == 2)


def test_a_worker_that_can_no_longer_listen_ends_with_the_same_code(
    start_worker: Callable[[], "subprocess.Popen[str]"],
) -> None:
    worker = start_worker()
    with database_shut():
        time.sleep(2)  # it tries to listen again, in vain
    assert worker.wait(60) == EXIT_LOST_DATABASE


def test_a_worker_that_finds_no_tables_names_the_command_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(preparation, "count_unapplied", lambda: 3)

    with pytest.raises(CommandError, match=r"The database is not up to date. Run first: manage.py migrate"):
        call_command("worker")


def test_a_worker_that_finds_no_database_says_so_in_a_line_and_ends(tmp_path: Path) -> None:
    started = subprocess.run(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": f"postgresql://nobody@/klantwaarde?host={tmp_path}"},
        capture_output=True,
        text=True,
    )
    assert started.returncode == EXIT_LOST_DATABASE
    assert "The database does not answer" in started.stderr
    assert "Traceback" not in started.stderr


def test_a_job_that_was_abandoned_too_often_is_given_up(
    notes: Path, start_worker: Callable[[], "subprocess.Popen[str]"]
) -> None:
    job = defer_note(notes)
    ask(
        "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s RETURNING id",
        MOST_ATTEMPTS,
        job,
    )
    start_worker()
    wait_for(lambda: ask("SELECT status FROM procrastinate_jobs WHERE id = %s", job) == [("failed",)])
    assert attempts(notes) == 0


def test_an_abandoned_job_gives_way_to_the_same_work_queued_again(
    notes: Path, start_worker: Callable[[], "subprocess.Popen[str]"]
) -> None:
    one_at_a_time = app.configure_task("tests.note", allow_unknown=True, lock="note", queueing_lock="note")
    notes.write_text("x")  # so that no attempt hangs
    abandoned = one_at_a_time.defer(path=str(notes))
    ask("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s RETURNING id", abandoned)
    one_at_a_time.defer(path=str(notes))
    start_worker()
    wait_for(lambda: attempts(notes) == 2)
    assert ask("SELECT status FROM procrastinate_jobs WHERE id = %s", abandoned) == [("failed",)]
