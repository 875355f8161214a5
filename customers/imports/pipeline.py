"""An import from beginning to end: receive, recognise, confirm; stage, merge, report.

The first three answer the user at once; :func:`run` does the work, in a worker or in a command. What goes
wrong with the data is a sentence on the upload; what goes wrong with the machine is raised, so that the job
is retried.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from customers.imports import batches, failures, files, looking, memory, passes, report, states
from customers.imports.facts import drop_temporary
from customers.imports.mapping import Plan
from customers.imports.merge import Merged, lock, merge_upload
from customers.imports.order_sums import OrderSums, add_up_orders, makes_orders
from customers.imports.progress import Cancelled, Progress
from customers.imports.reasons import UnusableFile
from customers.imports.recognise import Choices, Reading, recognise_file, settle
from customers.imports.reconcile import find_money, reconcile
from customers.imports.refuse import refuse_impossible
from customers.imports.rejects import Spool
from customers.imports.staging import Staged, stage, staging_table
from customers.models import Shop, Upload, UploadBatch
from customers.persons.joining import stand_apart
from customers.privacy.kept_out import clear_rejects, keep_objecting, keep_out
from customers.privacy.traces import delete_file, delete_left_files
from customers.quality.set_aside import keep_set_aside

logger = logging.getLogger(__name__)

NO_CHOICES: Final = Choices()
State = Upload.State


class Unconfirmed(Exception):  # noqa: N818
    """A plan with questions or problems left; the message says which."""


def receive(
    file: IO[bytes],
    file_name: str,
    user: User | None,
    choices: Choices = NO_CHOICES,
    batch: UploadBatch | None = None,
) -> Upload:
    """Store the file under a UUID and recognise it; the plan that was found waits for confirmation.

    A large file is left to the worker to be recognised. An unusable file is kept as a failed upload that says
    why. Raises OSError when it cannot be stored.
    """
    upload = _store(file, file_name, user, batch)
    if upload.size > looking.find_limit(upload.path):
        looking.leave_to_worker(upload, looking.Look(choices))
    else:
        _recognise(upload, choices)
    return upload


def read_again(upload: Upload, user: User | None) -> Upload:
    """Return a new upload of a file that is still kept, to be imported with the same reading or another.

    The file may have been imported, refused, stopped or undone; one that other files of its batch wait for
    stays in the batch. Raises UnusableFile when it is gone.
    """
    files.require(upload)
    batch = upload.batch if upload.state in (State.FAILED, State.REJECTED) else None
    again = Upload(user=user, file_name=upload.file_name, size=upload.size, sha256=upload.sha256,
                   rerun_of=upload, passes=upload.passes, batch=batch)  # fmt: skip
    files.share(upload.path, again.path)
    again.save()
    try:
        reading = looking.look_at_once(
            again, looking.Look(plan=Plan.from_json(upload.plan) if upload.plan else None)
        )
    except UnusableFile as problem:
        states.fail(again, problem)
    except passes.TooLong:
        return again
    else:
        propose(again, reading)
    return again


def recognise(upload: Upload, choices: Choices | None = None) -> Reading:
    """Return the reading of a stored upload by its plan, or a new one when the user chose otherwise.

    Raises UnusableFile.
    """
    files.require(upload)
    if choices is not None:
        reading = recognise_file(upload.path, choices)
        propose(upload, reading)
        return reading
    return settle(upload.path, Plan.from_json(upload.plan))


def propose(upload: Upload, reading: Reading) -> None:
    """Keep a reading for confirmation, with what stands in its way."""
    plan = reading.plan
    upload.plan, upload.kind, upload.preset = plan.to_json(), plan.kind, plan.preset
    upload.errors = [obstacle.to_json() for obstacle in reading.obstacles]
    Upload.objects.filter(pk=upload.pk, state=State.RECEIVED).update(
        plan=upload.plan, kind=upload.kind, preset=upload.preset, errors=upload.errors
    )


def confirm(upload: Upload, plan: Plan, *, all_or_nothing: bool = False) -> Upload:
    """Queue the import by this plan; the job is deferred in the same transaction.

    Raises Unconfirmed when the plan has a question or a problem left, UnusableFile when the upload is no
    longer waiting.
    """
    files.require(upload)
    reading = settle(upload.path, plan)
    if reading.obstacles:
        raise Unconfirmed("\n".join(map(str, reading.obstacles)))
    states.enqueue(upload, reading.plan, all_or_nothing=all_or_nothing)
    return upload


@transaction.atomic
def confirm_clear(batch: UploadBatch, *, all_or_nothing: bool = False) -> int:
    """Confirm every file of a batch that leaves nothing to ask, as it was read; returns how many."""
    batch = UploadBatch.objects.select_for_update().get(pk=batch.pk)  # two may click at once
    clear = batches.find_clear(batch)
    batches.note_confirmed(batch, all_or_nothing=all_or_nothing)
    for upload in clear:
        states.enqueue(upload, Plan.from_json(upload.plan), all_or_nothing=all_or_nothing)
    return len(clear)


def cancel(upload: Upload) -> bool:
    """Stop an import, or its undoing, that has not ended; a running one stops within seconds. False: too
    late."""
    return states.cancel(upload)


def run(upload_id: int) -> Upload:
    """Do a queued import. Safe to call again: an import that ended is left alone.

    Raises what the machine does wrong (database gone); the data's faults end as state and sentence.
    """
    upload = states.claim(upload_id)
    if upload is None:
        return Upload.objects.get(pk=upload_id)
    try:
        with Spool() as rejects, Progress(upload, stopped=(State.CANCELLED,)) as progress, _session():
            _import(upload, rejects, progress)
    except Cancelled:
        logger.info("Import %s was cancelled", upload.pk)
    except UnusableFile as problem:
        states.fail(upload, problem)
    except Exception as error:
        failures.explain(upload, error)
    finally:
        _drop_temporary()
    delete_left_files()
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
    """Import one file here and now: :func:`import_files` of one."""
    choices = Choices(kind or "", preset or "", decimal or "", dates or "")
    return import_files([path], choices, all_or_nothing=all_or_nothing, user=user)[0]


def import_files(
    paths: Sequence[Path | str],
    choices: Choices = NO_CHOICES,
    *,
    all_or_nothing: bool = False,
    user: User | None = None,
) -> list[Upload]:
    """Receive, confirm and run in one go, for commands and tests; returns the uploads in the order given.

    Several files are loaded in the order of their kinds, with one calculation in the end. What is wrong with
    a file ends as a failed upload with its sentence, and so do the files that refer to what it holds. Raises
    UnusableFile when there is no such file.
    """
    for path in paths:
        files.require_local(Path(path))
    batch = UploadBatch.objects.create(user=user) if len(paths) > 1 else None
    received = [_receive_local(Path(path), user, choices, batch) for path in paths]
    for upload, reading in received:
        if reading and reading.obstacles:
            states.fail(upload, *reading.obstacles)
        elif reading:
            states.enqueue(upload, reading.plan, all_or_nothing=all_or_nothing, by_worker=False)
    failed: list[Upload] = []
    for upload in batches.sort_by_loading(upload for upload, _reading in received):
        upload.refresh_from_db()  # it was held until the files before it were confirmed
        if lost := batches.list_earlier(upload, failed):
            states.fail(upload, UnusableFile("held_back", files=", ".join(map(str, lost))))
        elif upload.state == State.QUEUED:
            upload.state = run(upload.pk).state
        if upload.state != State.DONE:
            failed.append(upload)
    for upload, _reading in received:
        upload.refresh_from_db()
    return [upload for upload, _reading in received]


def _import(upload: Upload, rejects: Spool, progress: Progress) -> None:
    """The whole way of the data, one step a line."""
    files.require(upload)
    progress.step = "waiting"
    with transaction.atomic(), staging_table():
        progress.step = "staging"
        staged = stage(upload.path, Plan.from_json(upload.plan), rejects, progress)
        progress.note_staged()
        progress.step = "waiting"
        lock()
        with stand_apart():
            staged.kept_out = keep_out(staged)
            progress.step = "merging"
            refuse_impossible(staged, upload.path, rejects)
            rejects.store(upload)
            names_erased = bool(staged.kept_out + clear_rejects(upload))
            if rejects.count and (upload.all_or_nothing or not staged.rows):
                _refuse_all(upload, staged, rejects.count)
            else:
                merged = merge_upload(staged, upload)
                if staged.kept_out:
                    keep_objecting()
                progress.step = "reporting"
                _finish(upload, staged, merged, rejects)
    if names_erased:
        delete_file(upload)


def _receive_local(
    path: Path, user: User | None, choices: Choices, batch: UploadBatch | None
) -> tuple[Upload, Reading | None]:
    with files.open_local(path) as file:
        upload = _store(file, path.name, user, batch)
    return upload, _recognise(upload, choices)


def _store(file: IO[bytes], file_name: str, user: User | None, batch: UploadBatch | None) -> Upload:
    """Return a new upload, not saved yet, of a file that is stored."""
    upload = Upload(user=user, file_name=file_name[:255], size=0, batch=batch)
    upload.size, upload.sha256 = files.store(file, upload.path)
    return upload


def _recognise(upload: Upload, choices: Choices) -> Reading | None:
    """Save a new upload with what was found, or with why nothing was."""
    upload.save()
    try:
        files.require_size(upload)
        reading = recognise_file(upload.path, choices)
    except UnusableFile as problem:
        states.fail(upload, problem)
        return None
    propose(upload, reading)
    return reading


def _finish(upload: Upload, staged: Staged, merged: Merged, rejects: Spool) -> None:
    """Write the report and tell the storey above. Raises Cancelled: then nothing of this import stays."""
    sums = merged.sums
    if sums is None and makes_orders(staged):
        sums = add_up_orders(staged, merged.named_customers)
    findings = report.find_findings(staged, merged, sums)
    earlier = Upload.objects.filter(sha256=upload.sha256, state=State.DONE).exclude(pk=upload.pk).first()
    if earlier and earlier.finished_at and not merged.has_changes:
        findings.insert(0, report.finding("already_imported", 1, [timezone.localdate(earlier.finished_at)]))
    values = {
        "counts": report.count_records(staged, merged, rejects.count),
        "facts": report.count_facts(merged),
        "findings": findings,
        "control_totals": _find_totals(upload, staged, merged, rejects, sums),
        "bytes_done": upload.size,
        "rows_done": staged.read,
    }
    memory.remember(staged.plan, upload.path)
    states.end(upload, State.DONE, changed_facts=merged.has_changes, **values)


def _find_totals(
    upload: Upload, staged: Staged, merged: Merged, rejects: Spool, sums: OrderSums | None
) -> dict[str, Any]:
    """Return the totals and how the file's money became them; keep the records behind each difference."""
    totals = report.find_control_totals(staged, sums)
    parts = reconcile(staged, merged, rejects, sums)
    money = find_money(staged)
    set_aside = [part["key"] for part in parts] or (["duplicate"] if merged.duplicates.count else [])
    keep_set_aside(upload, staged, money.as_written if money else "NULL", set_aside)
    return totals | {"reconciliation": parts} if parts else totals


def _refuse_all(upload: Upload, staged: Staged, rejected: int) -> None:
    code = "rejected" if staged.rows else "all_rejected"
    error = UnusableFile(code, rejected=rejected, read=staged.read).to_json()
    counts = {"header": staged.header, "read": staged.read, "rejected": rejected, "skipped": staged.skipped}
    states.end(upload, State.REJECTED, errors=[error], counts=counts, rows_done=staged.read)


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


def _drop_temporary() -> None:
    if connection.is_usable():
        drop_temporary("import_order")
