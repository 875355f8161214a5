"""Every change of an upload's state: one statement that only the right former state lets through.

Where an upload came with others, the row of its batch is locked before its own, by everybody: see
``customers.imports.batches``.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from customers.imports import batches, queue
from customers.imports.mapping import Plan
from customers.imports.progress import Cancelled
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Reading
from customers.models import Upload
from customers.signals import facts_changed

State = Upload.State
_SILENCE: Final = timedelta(minutes=5)


@transaction.atomic
def enqueue(upload: Upload, plan: Plan, *, all_or_nothing: bool, by_worker: bool = True) -> None:
    """Confirm a waiting upload: it is queued, or held until a file of its batch that goes first is.

    ``by_worker`` False leaves doing it to the caller. Raises UnusableFile when it is no longer waiting.
    """
    batch = batches.lock(upload)
    changed = Upload.objects.filter(pk=upload.pk, state=State.RECEIVED).update(
        state=State.HELD,
        plan=plan.to_json(),
        kind=plan.kind,
        preset=plan.preset,
        all_or_nothing=all_or_nothing,
        errors=[],
    )
    upload.refresh_from_db()
    if not changed:
        raise UnusableFile("already_active", state=upload.get_state_display())
    if batch:
        batches.release(batch, by_worker=by_worker)
    else:
        batches.let_go(upload, by_worker=by_worker)
    upload.refresh_from_db()


@transaction.atomic
def ask_to_look(upload: Upload, asked: dict[str, Any]) -> None:
    """Leave it to the worker to look at a waiting upload as is asked.

    Raises UnusableFile when it is no longer waiting.
    """
    batches.lock(upload)
    changed = Upload.objects.filter(pk=upload.pk, state=State.RECEIVED).update(
        state=State.READING, asked=asked, started_at=None, heartbeat=None, step="", bytes_done=0, rows_done=0
    )
    upload.refresh_from_db()
    if not changed:
        raise UnusableFile("already_active", state=upload.get_state_display())
    queue.defer_look(upload.pk)


def claim_look(upload_id: int) -> Upload | None:
    """Take an upload that is to be looked at, also one whose worker died; None when it is not any more."""
    now = timezone.now()
    claimed = Upload.objects.filter(pk=upload_id, state=State.READING).update(
        started_at=now, heartbeat=now, step="", bytes_done=0, rows_done=0
    )
    return Upload.objects.get(pk=upload_id) if claimed else None


@transaction.atomic
def end_look(upload: Upload, reading: Reading, found: dict[str, Any]) -> None:
    """Let the upload wait for confirmation, with what was found in the whole file.

    Raises Cancelled when the user stopped it, or asked for another look meanwhile.
    """
    batch = batches.lock(upload)
    plan = reading.plan
    changed = Upload.objects.filter(pk=upload.pk, state=State.READING, asked=upload.asked).update(
        state=State.RECEIVED, plan=plan.to_json(), kind=plan.kind, preset=plan.preset, passes=found, step="",
        errors=[obstacle.to_json() for obstacle in reading.obstacles], asked={},
    )  # fmt: skip
    if not changed:
        raise Cancelled
    if batch:
        batches.release(batch)  # its kind may be none that others wait for


@transaction.atomic
def fail_look(upload: Upload, problem: UnusableFile) -> None:
    """End an upload that cannot be used; one that was read before stays as it was read, with the sentence."""
    if not upload.plan:
        fail(upload, problem)
        return
    Upload.objects.filter(pk=upload.pk, state=State.READING, asked=upload.asked).update(
        state=State.RECEIVED, asked={"problem": problem.to_json()}, step=""
    )


def stop_looking(upload: Upload) -> bool:
    """Let an upload wait for confirmation as it was read before; False: it never was, or it is too late."""
    changed = (
        Upload.objects.filter(pk=upload.pk, state=State.READING)
        .exclude(plan={})
        .update(state=State.RECEIVED, asked={}, step="")
    )
    upload.refresh_from_db()
    return bool(changed)


def claim(upload_id: int) -> Upload | None:
    """Take a queued upload, or one whose worker died while it ran; None when it has ended."""
    now = timezone.now()
    claimed = Upload.objects.filter(pk=upload_id, state__in=Upload.ACTIVE).update(
        state=State.RUNNING,
        started_at=now,
        heartbeat=now,
        staged_at=None,
        bytes_done=0,
        rows_done=0,
        errors=[],
    )
    return Upload.objects.get(pk=upload_id) if claimed else None


@transaction.atomic
def end(upload: Upload, state: Upload.State, *, changed_facts: bool = False, **values: Any) -> None:
    """Leave the running state, and tell the storey above when facts changed. Raises Cancelled when the user
    left that state first."""
    batch = batches.lock(upload)
    changed = Upload.objects.filter(pk=upload.pk, state=State.RUNNING).update(
        state=state, finished_at=timezone.now(), step="", **values
    )
    if not changed:
        raise Cancelled
    if batch:
        if state == State.REJECTED:
            batches.hold_back(batch, upload)
        batches.settle(batch, changed_facts=changed_facts)
    elif changed_facts:
        facts_changed.send(sender=Upload, reason=f"import {upload.file_name}", user=upload.user)


@transaction.atomic
def fail(upload: Upload, *problems: UnusableFile) -> None:
    """End an upload with the sentences why nothing was imported."""
    batch = batches.lock(upload)
    errors = [problem.to_json() for problem in problems]
    Upload.objects.filter(pk=upload.pk).update(
        state=State.FAILED, errors=errors, finished_at=timezone.now(), step=""
    )
    upload.refresh_from_db()
    if batch:
        batches.hold_back(batch, upload)
        batches.settle(batch)


@transaction.atomic
def go_without(upload: Upload) -> None:
    """Queue a held upload without the files before it that were not imported.

    Raises UnusableFile unless it is held, and by such files alone.
    """
    batch = batches.lock(upload)
    upload.refresh_from_db()
    uploads = list(batch.uploads.all()) if batch else []
    lost = batches.list_lost(upload, uploads)
    if upload.state != State.HELD or len(lost) < len(batches.list_blockers(upload, uploads)):
        raise UnusableFile("already_active", state=upload.get_state_display())
    batches.let_go(upload)


@transaction.atomic
def cancel(upload: Upload) -> bool:
    """Stop an import, its undoing, or a look at its file, that has not ended; False: too late.

    A running one stops at its next sign of life and takes back what it did; what was being undone stays.
    """
    batch = batches.lock(upload)
    one, now = Upload.objects.filter(pk=upload.pk), timezone.now()
    stoppable = (State.READING, State.RECEIVED, State.HELD, *Upload.ACTIVE)
    changed = one.filter(state__in=stoppable).update(
        state=State.CANCELLED, finished_at=now, errors=[], step=""
    ) or one.filter(state=State.UNDOING).update(state=State.DONE, step="")
    upload.refresh_from_db()
    if batch and changed:
        batches.settle(batch, reason="undo" if upload.state == State.DONE else "import")
    return bool(changed)


def close_abandoned(now: datetime | None = None) -> int:
    """End what nobody works on any more; returns how many uploads that were.

    A command that was killed leaves no job, and the job of an import that took the worker down with it too
    often is given up. A command at work gives a sign of life every second.
    """
    now = now or timezone.now()
    if Upload.objects.filter(heartbeat__gt=now - _SILENCE, state__in=Upload.UNDER_WAY).exists():
        return 0
    worked_on = (State.READING, *Upload.ACTIVE, State.UNDOING)
    left = Upload.objects.filter(state__in=worked_on, created_at__lt=now - _SILENCE)
    abandoned = list(left.exclude(pk__in=queue.list_deferred()))
    for upload in abandoned:
        if upload.state == State.UNDOING:
            cancel(upload)
        else:
            fail(upload, UnusableFile("interrupted"))
    return len(abandoned)


@transaction.atomic
def ask_to_undo(upload: Upload, user: User | None) -> None:
    """Queue the undoing of an import. Raises UnusableFile unless it is done."""
    changed = Upload.objects.filter(pk=upload.pk, state=State.DONE).update(
        state=State.UNDOING, heartbeat=None, step="", errors=[]
    )
    upload.refresh_from_db()
    if not changed:
        raise UnusableFile("already_active", state=upload.get_state_display())
    queue.defer_undo(upload.pk, user.pk if user else None)
