"""The queue of imports: one at a time, in the order in which they were confirmed."""

from typing import Final

from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.models import Upload

IMPORT: Final = "customers.import_upload"
UNDO: Final = "customers.undo_upload"
LOOK: Final = "customers.look_at_upload"
ERASE: Final = "customers.erase_customer"
LOCK: Final = "imports"  # one import runs, or is undone, at a time; the next one waits in the queue
LOOK_LOCK: Final = "looking"  # so is one file looked at at a time
_SOONER: Final = 10  # somebody waits for what to do next: before imports and calculations that wait
_WAITING: Final = ("todo", "doing")


def defer_import(upload_id: int) -> None:
    """Leave an import to the worker; part of the caller's transaction."""
    jobs.configure_task(IMPORT, lock=LOCK).defer(upload_id=upload_id)


def defer_undo(upload_id: int, user_id: int | None) -> None:
    """Leave undoing an import to the worker; part of the caller's transaction."""
    jobs.configure_task(UNDO, lock=LOCK).defer(upload_id=upload_id, user_id=user_id)


def defer_look(upload_id: int) -> None:
    """Leave looking at a file to the worker; part of the caller's transaction."""
    jobs.configure_task(LOOK, lock=LOOK_LOCK, priority=_SOONER).defer(upload_id=upload_id)


def defer_erasure(erasure_id: int) -> None:
    """Leave erasing a person to the worker, between two imports; part of the caller's transaction."""
    jobs.configure_task(ERASE, lock=LOCK).defer(erasure_id=erasure_id)


def list_deferred() -> set[int]:
    """Return the numbers of the uploads that a worker has or will have."""
    waiting = ProcrastinateJob.objects.filter(lock__in=(LOCK, LOOK_LOCK), status__in=_WAITING)
    return {args["upload_id"] for args in waiting.values_list("args", flat=True) if "upload_id" in args}


def list_ahead(upload: Upload) -> list[Upload]:
    """Return the imports, or the looks at files, that a queued one waits for, the one that runs first."""
    lock = LOOK_LOCK if upload.state == Upload.State.READING else LOCK
    queued = ProcrastinateJob.objects.filter(lock=lock, status__in=_WAITING).order_by("id")
    numbers = [args["upload_id"] for args in queued.values_list("args", flat=True) if "upload_id" in args]
    before = numbers[: numbers.index(upload.pk)] if upload.pk in numbers else []
    others = Upload.objects.exclude(pk=upload.pk)
    running = list(others.filter(state=Upload.State.RUNNING).order_by("started_at"))
    found = {other.pk: other for other in others.filter(pk__in=before)}
    first = [other.pk for other in running]  # one that a command runs has no job
    return running + [found[number] for number in before if number in found and number not in first]
