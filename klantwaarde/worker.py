"""The worker: does the queued jobs, and those that a killed worker left behind.

Built to be killed. Every job is idempotent, so whatever takes the ground from under a job (no database any
more, ``kill -9``, power cut) ends the process; whoever supervises it starts another, which takes the job up.

Two ways to find an abandoned job:

- Each worker holds a shared advisory lock in the database. One that starts and finds no holder is alone, so
  every job marked as running is abandoned, and is queued again at once.
- Beside other workers it looks at their heartbeats, twice in a row (a laptop that slept wakes with old
  heartbeats and live jobs): an abandoned job is queued again within about a minute.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, cast

import psycopg
from django.core.management import CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection
from procrastinate import App, exceptions
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import utils as procrastinate_django
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from klantwaarde import preparation

log = logging.getLogger(__name__)

PRESENCE_LOCK = 0x6B6C616E7477  # any number that nothing else in this database locks
HEARTBEAT_SECONDS = 5.0
STALLED_SECONDS = 20.0
SWEEP_SECONDS = 20.0
MOST_ATTEMPTS = 5  # a job that takes the worker down with it is not tried for ever
EXIT_LOST_DATABASE = 75  # EX_TEMPFAIL: start me again


def require_tables() -> None:
    """Raise CommandError while the database lacks migrations; end with code 75 when it does not answer."""
    try:
        lacking = preparation.count_unapplied()
    except OperationalError as error:
        _end_process(f"The database does not answer: {error}")
    connection.close()
    if lacking:
        raise CommandError("The database is not up to date. Run first: manage.py migrate")


async def work(when_ready: Callable[[], None] | None = None) -> None:
    """Do jobs until SIGINT or SIGTERM; the running job is finished first.

    Ends the process with code 75 when the database does not answer, or goes away: from then on another worker
    may hold the jobs.
    """
    async with await _connect() as presence:
        connector = cast(DjangoConnector, django_app.connector).get_worker_connector()
        with django_app.replace_connector(connector) as app:
            async with app.open_async():
                await _arrive(presence, app)
                sweeper = asyncio.create_task(_sweep(presence, app))
                sweeper.add_done_callback(_end_with_the_sweeper)
                if when_ready:
                    when_ready()
                try:
                    await app.run_worker_async(
                        concurrency=1,  # jobs are heavy, and later ones build on earlier ones
                        delete_jobs="successful",  # uploads and runs keep the history
                        update_heartbeat_interval=HEARTBEAT_SECONDS,
                        stalled_worker_timeout=STALLED_SECONDS,
                        task_middleware=[run_with_fresh_connection],
                    )
                finally:
                    await _require(presence)  # it also ends, or breaks off, when it can no longer listen
                    sweeper.remove_done_callback(_end_with_the_sweeper)
                    sweeper.cancel()


def run_with_fresh_connection(call: Callable[[], Any], context: JobContext, worker: Worker) -> Any:
    """Run one job in a thread with a working database connection, and leave none open behind it.

    When the connection broke under the job, its own failure could not be written down either: the process
    ends, and the job, still marked as running, is taken up again.
    """
    close_old_connections()
    try:
        return call()
    except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
        if _is_connected() or context.job.attempts + 1 >= MOST_ATTEMPTS:
            raise
        _end_process(f"The database went away during {context.job.call_string}: {error}")
    finally:
        close_old_connections()


async def requeue_abandoned(app: App, jobs: Iterable[Job]) -> int:
    """Queue abandoned jobs again; returns how many. One that was tried too often, or replaced, is closed."""
    queued = 0
    for job in jobs:
        if job.attempts + 1 >= MOST_ATTEMPTS:
            log.error("Giving up on %s: it was abandoned %d times.", job.call_string, job.attempts + 1)
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            continue
        try:
            await app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:
            # The same work was queued again meanwhile, and may wait for the lock that this job still holds.
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
            continue
        log.warning("Taking up %s, which another worker left behind.", job.call_string)
        queued += 1
    return queued


async def _connect() -> psycopg.AsyncConnection[Any]:
    parameters = procrastinate_django.connector_params()
    try:
        return await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
    except psycopg.OperationalError as error:
        _end_process(f"The database does not answer: {error}")


async def _require(presence: psycopg.AsyncConnection[Any]) -> None:
    try:
        await presence.execute("SELECT 1")
    except psycopg.OperationalError as error:
        _end_process(f"The database went away: {error}")


async def _arrive(presence: psycopg.AsyncConnection[Any], app: App) -> None:
    cursor = await presence.execute("SELECT pg_try_advisory_lock(%s)", [PRESENCE_LOCK])
    row = await cursor.fetchone()
    alone = row is not None and row[0]
    if alone:
        await requeue_abandoned(app, await app.job_manager.list_jobs_async(status=Status.DOING.value))
    await presence.execute("SELECT pg_advisory_lock_shared(%s)", [PRESENCE_LOCK])
    if alone:
        await presence.execute("SELECT pg_advisory_unlock(%s)", [PRESENCE_LOCK])


async def _sweep(presence: psycopg.AsyncConnection[Any], app: App) -> None:
    suspects: set[int | None] = set()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        await presence.execute("SELECT 1")  # raises when the lock that says "I am here" is gone
        stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
        await requeue_abandoned(app, [job for job in stalled if job.id in suspects])
        suspects = {job.id for job in stalled}


def _end_with_the_sweeper(sweeper: asyncio.Task[None]) -> None:
    error = None if sweeper.cancelled() else sweeper.exception()
    if error:
        _end_process(f"The database went away: {error}")


def _is_connected() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError):
        # Also an aborted transaction lands here, but by now Django has rolled the job's own back.
        return False
    return True


def _end_process(reason: str) -> NoReturn:
    log.error("%s. This worker ends; the next one takes up what it leaves.", reason.rstrip(".\n"))
    logging.shutdown()
    os._exit(EXIT_LOST_DATABASE)
