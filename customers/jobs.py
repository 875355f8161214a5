"""Work for the worker: looking at files, importing and undoing, deleting files that were kept long enough."""

from typing import Final

import psycopg
from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from customers.imports import looking, pipeline, queue, retention, states, takeback
from customers.privacy import erasing, traces
from customers.quality import measure, schedule

_AGAIN: Final = RetryStrategy(
    max_attempts=10,
    wait=5,
    retry_exceptions=[OperationalError, InterfaceError, psycopg.OperationalError],
)


@app.task(name=queue.LOOK, lock=queue.LOOK_LOCK, retry=_AGAIN)
def look_at_upload(upload_id: int) -> None:
    """Look through a large file; again after a crash, because nothing is kept before the end."""
    looking.run(upload_id)


@app.task(name=queue.IMPORT, lock=queue.LOCK, retry=_AGAIN)
def import_upload(upload_id: int) -> None:
    """Do a queued import; again after a crash, because it leaves nothing half done."""
    pipeline.run(upload_id)


@app.task(name=queue.UNDO, lock=queue.LOCK, retry=_AGAIN)
def undo_upload(upload_id: int, user_id: int | None) -> None:
    """Undo an import; again after a crash, because it is one transaction."""
    takeback.run(upload_id, user_id)


@app.task(name=queue.ERASE, lock=queue.LOCK, retry=_AGAIN)
def erase_customer(erasure_id: int) -> None:
    """Erase a person; again after a crash, because it is one transaction."""
    erasing.erase(erasure_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="customers.close_abandoned", pass_context=False)
def close_abandoned(timestamp: int) -> None:
    """Every few minutes, so that nobody waits for what does not come."""
    states.close_abandoned()


@app.periodic(cron="23 * * * *")
@app.task(name="customers.delete_old_files", pass_context=False)
def delete_old_files(timestamp: int) -> None:
    """Once an hour: a worker on a desk is not there at night."""
    retention.delete_old_files()
    retention.delete_strays()
    traces.delete_left_files()


@app.task(name=schedule.JOB, lock=schedule.JOB, queueing_lock=schedule.JOB, retry=_AGAIN)
def measure_quality() -> None:
    """Check what was imported last, then all facts; again after a crash, because each replaces the last."""
    measure.measure_uploads()
    measure.measure_all()
