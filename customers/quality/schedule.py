"""When the facts are checked: by the worker, after anything changed. One check waits at a time."""

from typing import Any, Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

JOB: Final = "customers.measure_quality"


def request_measurement(**_signal: Any) -> None:
    """Have the facts checked once the open transaction is through: one that waits already will see them."""
    transaction.on_commit(_defer)


def is_waiting() -> bool:
    """Tell whether a worker has the check or will have it."""
    return ProcrastinateJob.objects.filter(task_name=JOB, status__in=["todo", "doing"]).exists()


def _defer() -> None:
    try:
        with transaction.atomic():
            app.configure_task(JOB, lock=JOB, queueing_lock=JOB).defer()
    except AlreadyEnqueued:
        return
