"""An import from beginning to end: receive, recognise, confirm; stage, merge, report.

The first three answer the user at once; :func:`run` does the work, in a worker or in a command. What goes
wrong with the data is a sentence on the upload; what goes wrong with the machine is raised, so that the job
is retried.
"""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from django.conf import settings
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from customers.imports import files, mapping, report
from customers.imports.mapping import Plan
from customers.imports.merge import Merged, lock, merge_upload
from customers.imports.presets.generic import GENERIC
from customers.imports.progress import Cancelled, Progress
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Choices, Reading, recognise_file, settle
from customers.imports.refuse import refuse_impossible
from customers.imports.rejects import Spool
from customers.imports.staging import TABLE, Staged, stage
from customers.models import Shop, Upload
from customers.signals import facts_changed

logger = logging.getLogger(__name__)

NO_CHOICES: Final = Choices()
JOB: Final = "customers.import_upload"
JOB_LOCK: Final = "imports"  # one import runs at a time; the next one waits in the queue


class Unconfirmed(Exception):  # noqa: N818
    """A plan with questions or problems left; the message says which."""


def receive(file: IO[bytes], file_name: str, user: User | None, choices: Choices = NO_CHOICES) -> Upload:
    """Store the file under a UUID and recognise it; the plan that was found waits for confirmation.

    An unusable file is kept as a failed upload that says why. Raises OSError when it cannot be stored.
    """
    return _receive(file, file_name, user, choices)[0]


def recognise(upload: Upload, choices: Choices | None = None) -> Reading:
    """Return the reading of a stored upload by its plan, or a new one when the user chose otherwise.

    Raises UnusableFile.
    """
    files.require(upload)
    if choices is not None:
        reading = recognise_file(upload.path, choices)
        _propose(upload, reading.plan)
        return reading
    return settle(upload.path, Plan.from_json(upload.plan))


def confirm(upload: Upload, plan: Plan, *, all_or_nothing: bool = False) -> Upload:
    """Queue the import by this plan; the job is deferred in the same transaction.

    Raises UnusableFile when the plan has a question or a problem left, or the upload is no longer waiting.
    """
    files.require(upload)
    reading = settle(upload.path, plan)
    if reading.obstacles:
        raise Unconfirmed("\n".join(map(str, reading.obstacles)))
    with transaction.atomic():
        _queue(upload, reading.plan, all_or_nothing)
        jobs.configure_task(JOB, lock=JOB_LOCK).defer(upload_id=upload.pk)
    return upload


def cancel(upload: Upload) -> bool:
    """Stop an import that has not ended; a running one stops at its next sign of life. False: too late."""
    stoppable = (Upload.State.RECEIVED, *Upload.ACTIVE)
    changed = Upload.objects.filter(pk=upload.pk, state__in=stoppable).update(
        state=Upload.State.CANCELLED, finished_at=timezone.now()
    )
    upload.refresh_from_db()
    return bool(changed)


def run(upload_id: int) -> Upload:
    """Do a queued import. Safe to call again: an import that ended is left alone.

    Raises what the machine does wrong (database gone); the data's faults end as state and sentence.
    """
    upload = _claim(upload_id)
    if upload is None:
        return Upload.objects.get(pk=upload_id)
    try:
        with Spool() as rejects, Progress(upload) as progress, _session():
            _import(upload, rejects, progress)
    except Cancelled:
        logger.info("Import %s was cancelled", upload.pk)
    except UnusableFile as problem:
        _fail(upload, problem)
    except Exception as error:
        _explain(upload, error)
    finally:
        _drop_stage()
    upload.refresh_from_db()
    return upload


def import_file(
    path: Path | str,
    *,
    kind: str | None = None,
    preset: str | None = None,
    decimal: str | None = None,
    dates: str | None = None,
    all_or_nothing: bool = False,
    user: User | None = None,
) -> Upload:
    """Receive, confirm and run in one go, for commands and tests.

    What is wrong with the file ends as a failed upload with its sentence. Raises UnusableFile when there is
    no such file.
    """
    path = Path(path)
    choices = Choices(kind or "", preset or "", decimal or "", dates or "")
    with files.open_local(path) as file:
        upload, reading = _receive(file, path.name, user, choices)
    if reading is None:
        return upload
    if reading.obstacles:
        _fail(upload, *reading.obstacles)
        return upload
    _queue(upload, reading.plan, all_or_nothing)
    return run(upload.pk)


def _explain(upload: Upload, error: Exception) -> None:
    """Turn what the data or the disk is to blame for into a sentence; raise everything else.

    When the database went away the upload stays as it is, for the job that is tried again.
    """
    if _is_caused_by(error, psycopg.errors.QueryCanceled):
        _fail(upload, UnusableFile("too_slow", minutes=settings.UPLOAD_TIMEOUT_MINUTES))
        return
    if _is_caused_by(error, psycopg.errors.NumericValueOutOfRange):
        _fail(upload, UnusableFile("overflow"))
        return
    if _is_disk_full(error):
        _fail(upload, UnusableFile("disk_full", detail=_first_line(error)))
        return
    if not isinstance(error, OperationalError | InterfaceError | psycopg.OperationalError):
        _fail(upload, UnusableFile("unexpected", detail=_first_line(error)))
    raise error


def _import(upload: Upload, rejects: Spool, progress: Progress) -> None:
    """The whole way of the data, one step a line."""
    files.require(upload)
    progress.step = "staging"
    with transaction.atomic():
        staged = stage(upload.path, Plan.from_json(upload.plan), rejects, progress)
    progress.step = "merging"
    with transaction.atomic():
        lock()
        refuse_impossible(staged, upload.path, rejects)
        rejects.store(upload)
        if rejects.count and (upload.all_or_nothing or not staged.rows):
            _refuse_all(upload, staged, rejects.count)
            return
        merged = merge_upload(staged, upload)
        _finish(upload, staged, merged, rejects.count)


def _receive(
    file: IO[bytes], file_name: str, user: User | None, choices: Choices
) -> tuple[Upload, Reading | None]:
    upload = Upload(user=user, file_name=file_name[:255], size=0)
    upload.size, upload.sha256 = files.store(file, upload.path)
    upload.save()
    try:
        reading = recognise_file(upload.path, choices)
    except UnusableFile as problem:
        _fail(upload, problem)
        return upload, None
    _propose(upload, reading.plan)
    return upload, reading


def _propose(upload: Upload, plan: Plan) -> None:
    upload.plan, upload.kind, upload.preset = plan.to_json(), plan.kind, plan.preset
    upload.save(update_fields=["plan", "kind", "preset"])


def _queue(upload: Upload, plan: Plan, all_or_nothing: bool) -> None:
    """Move a waiting upload to the queue. Raises UnusableFile when it is no longer waiting."""
    changed = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVED).update(
        state=Upload.State.QUEUED,
        plan=plan.to_json(),
        kind=plan.kind,
        preset=plan.preset,
        all_or_nothing=all_or_nothing,
    )
    upload.refresh_from_db()
    if not changed:
        raise UnusableFile("already_active", state=upload.get_state_display())


def _claim(upload_id: int) -> Upload | None:
    """Take a queued upload, or one whose worker died while it ran; None when it has ended."""
    now = timezone.now()
    claimed = Upload.objects.filter(pk=upload_id, state__in=Upload.ACTIVE).update(
        state=Upload.State.RUNNING, started_at=now, heartbeat=now, bytes_done=0, rows_done=0, errors=[]
    )
    return Upload.objects.get(pk=upload_id) if claimed else None


def _finish(upload: Upload, staged: Staged, merged: Merged, rejected: int) -> None:
    """Write the report and tell the storey above. Raises Cancelled: then nothing of this import stays."""
    findings = report.find_findings(staged, merged)
    earlier = (
        Upload.objects.filter(sha256=upload.sha256, state=Upload.State.DONE).exclude(pk=upload.pk).first()
    )
    if earlier and earlier.finished_at and not merged.has_changes:
        findings.insert(0, report.finding("already_imported", 1, [timezone.localdate(earlier.finished_at)]))
    _end(
        upload,
        Upload.State.DONE,
        counts=report.count_records(staged, merged, rejected),
        facts=report.count_facts(merged),
        findings=findings,
        control_totals=report.find_control_totals(staged),
        bytes_done=upload.size,
        rows_done=staged.read,
    )
    if upload.preset == GENERIC.key:
        mapping.remember(staged.plan)
    if merged.has_changes:
        facts_changed.send(sender=Upload, reason=f"import {upload.file_name}", user=upload.user)


def _refuse_all(upload: Upload, staged: Staged, rejected: int) -> None:
    code = "rejected" if staged.rows else "all_rejected"
    error = UnusableFile(code, rejected=rejected, read=staged.read).to_json()
    counts = {"read": staged.read, "rejected": rejected, "skipped": staged.skipped}
    _end(upload, Upload.State.REJECTED, errors=[error], counts=counts, rows_done=staged.read)


def _end(upload: Upload, state: Upload.State, **values: Any) -> None:
    """Leave the running state. Raises Cancelled when the user left it first."""
    changed = Upload.objects.filter(pk=upload.pk, state=Upload.State.RUNNING).update(
        state=state, finished_at=timezone.now(), step="", **values
    )
    if not changed:
        raise Cancelled


def _fail(upload: Upload, *problems: UnusableFile) -> None:
    errors = [problem.to_json() for problem in problems]
    Upload.objects.filter(pk=upload.pk).update(
        state=Upload.State.FAILED, errors=errors, finished_at=timezone.now(), step=""
    )
    upload.refresh_from_db()


@contextmanager
def _session() -> Iterator[None]:
    """Moments without an offset are shop time, as is the day of every moment; no statement runs for ever."""
    with transaction.atomic():  # under the lock that a change of zone holds: this one, or the next
        zone = Shop.objects.select_for_update().get(id=Shop.load().id).time_zone
    limit = f"{settings.UPLOAD_TIMEOUT_MINUTES}min"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()[0]
        _configure(cursor, zone, limit)
        try:
            yield
        finally:
            if connection.is_usable():
                _configure(cursor, connection.timezone_name, before)


def _configure(cursor: Any, zone: str, limit: str) -> None:
    cursor.execute(
        "SELECT set_config('TimeZone', %s, false), set_config('statement_timeout', %s, false)", [zone, limit]
    )


def _drop_stage() -> None:
    if connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def _is_disk_full(error: BaseException) -> bool:
    return _is_caused_by(error, psycopg.errors.DiskFull) or (
        isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
    )


def _is_caused_by(error: BaseException, kind: type[Exception]) -> bool:
    return isinstance(error, kind) or isinstance(error.__cause__, kind)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
