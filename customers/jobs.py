"""Work for the worker: importing a file that was confirmed, deleting files that were kept long enough."""

import psycopg
from django.db import InterfaceError, OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from customers.imports import pipeline, retention


@app.task(
    name=pipeline.JOB,
    lock=pipeline.JOB_LOCK,
    retry=RetryStrategy(
        max_attempts=10,
        wait=5,
        retry_exceptions=[OperationalError, InterfaceError, psycopg.OperationalError],
    ),
)
def import_upload(upload_id: int) -> None:
    """Do a queued import; again after a crash, because it leaves nothing half done."""
    pipeline.run(upload_id)


@app.periodic(cron="23 * * * *")
@app.task(name="customers.delete_old_files", pass_context=False)
def delete_old_files(timestamp: int) -> None:
    """Once an hour: a worker on a desk is not there at night."""
    retention.delete_old_files()
    retention.delete_strays()
