"""Files that came in together: which goes first, what waits for what, and one calculation in the end.

The register of kinds says which kind is loaded before which. A file that needs an answer holds back the files
of kinds that refer to its own, and no others; so does one that was not imported, until it is read again or
somebody says to go on without it.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils import timezone

from customers.imports import queue
from customers.imports.kinds import KINDS, find_earlier_kinds, loading_order
from customers.imports.reasons import UnusableFile
from customers.models import Upload, UploadBatch
from customers.signals import facts_changed

State = Upload.State
#: States in which it is not certain yet that an upload will be imported.
_OPEN = (State.READING, State.RECEIVED, State.HELD)
#: States in which it was to be imported, and was not.
_LOST = (State.FAILED, State.REJECTED)


def lock(upload: Upload) -> UploadBatch | None:
    """Lock the batch of an upload to the end of the transaction; None when it came alone.

    Always before the upload itself is changed: two files of a batch may end at the same moment.
    """
    if upload.batch_id is None:
        return None
    return UploadBatch.objects.select_for_update(of=("self",)).select_related("user").get(pk=upload.batch_id)


def sort_by_loading(uploads: Iterable[Upload]) -> list[Upload]:
    """Return uploads in the order of their kinds, then as they came; those of unknown kind at the end."""
    place = {name: number for number, name in enumerate(loading_order())}
    return sorted(uploads, key=lambda upload: (place.get(upload.kind, len(place)), upload.pk))


def list_blockers(upload: Upload, uploads: Iterable[Upload]) -> list[Upload]:
    """Return the files of the batch that go before this one and are not confirmed, or were not imported.

    A file that is still being looked at may turn out to be of any kind.
    """
    uploads = list(uploads)
    refers = bool(find_earlier_kinds(upload.kind))
    unknown = [other for other in uploads if refers and other.state == State.READING and not other.kind]
    waiting = [other for other in list_earlier(upload, uploads) if other.state in _OPEN]
    return unknown + waiting + list_lost(upload, uploads)


def list_lost(upload: Upload, uploads: Iterable[Upload]) -> list[Upload]:
    """Return the files that go before this one, were not imported, and are not being read again.

    Of a file that was read again, more than once perhaps, the reading that came last.
    """
    uploads = list(uploads)
    readings: dict[int, list[Upload]] = {}
    for other in sorted(uploads, key=lambda one: one.pk):
        readings.setdefault(_find_first(other, uploads), []).append(other)
    lost = []
    for found in readings.values():
        tried = [other for other in found if other.state != State.CANCELLED]
        if tried and all(other.state in _LOST for other in tried):
            lost.append(tried[-1])
    return list_earlier(upload, lost)


def _find_first(upload: Upload, uploads: Iterable[Upload]) -> int:
    """Return the first of the batch that was the same file: each reading names the one that it repeats."""
    repeated = {other.pk: other.rerun_of_id for other in uploads}
    first = upload.pk
    while (before := repeated.get(first)) in repeated and before is not None:
        first = before
    return first


def hold_back(batch: UploadBatch, lost: Upload) -> None:
    """Take out of the queue what refers to a file that was not imported. Needs :func:`lock`."""
    queued = batch.uploads.filter(state=State.QUEUED)
    behind = [upload.pk for upload in queued if list_earlier(upload, [lost])]
    batch.uploads.filter(pk__in=behind, state=State.QUEUED).update(state=State.HELD)


def list_earlier(upload: Upload, uploads: Iterable[Upload]) -> list[Upload]:
    """Return the files among these whose facts this one may refer to."""
    earlier = find_earlier_kinds(upload.kind)
    return [other for other in uploads if other.kind in earlier]


def find_clear(batch: UploadBatch) -> list[Upload]:
    """Return the files that wait for nothing but to be confirmed, in the order of loading."""
    waiting = batch.uploads.filter(state=State.RECEIVED, errors=[])
    return [upload for upload in sort_by_loading(waiting) if upload.kind in KINDS]


def note_confirmed(batch: UploadBatch, *, all_or_nothing: bool) -> None:
    """Remember that everything that is clear was to be imported."""
    batch.confirmed_at, batch.all_or_nothing = timezone.now(), all_or_nothing
    batch.save(update_fields=["confirmed_at", "all_or_nothing"])


def release(batch: UploadBatch, *, by_worker: bool = True) -> None:
    """Queue the held files that nothing holds back any more, in the order of loading. Needs :func:`lock`."""
    uploads = sort_by_loading(batch.uploads.all())
    for upload in uploads:
        if upload.state == State.HELD and not list_blockers(upload, uploads):
            let_go(upload, by_worker=by_worker)


def let_go(upload: Upload, *, by_worker: bool = True) -> None:
    """Queue a held upload."""
    upload.state = State.QUEUED
    upload.save(update_fields=["state"])
    if by_worker:
        queue.defer_import(upload.pk)


def begin_undoing(batch: UploadBatch, uploads: Iterable[Upload]) -> None:
    """Mark files as being undone, by the caller and now."""
    batch.uploads.filter(pk__in=[upload.pk for upload in uploads]).update(state=State.UNDOING)


def stop_undoing(batch: UploadBatch, failed: Upload) -> None:
    """Leave the other files of a batch as they are, because one could not be undone. Needs :func:`lock`."""
    problem = UnusableFile("undo_held", file=failed.file_name).to_json()
    batch.uploads.filter(state=State.UNDOING).update(state=State.DONE, step="", errors=[problem])
    settle(batch, reason="undo")


def settle(
    batch: UploadBatch, *, changed_facts: bool = False, reason: str = "import", user: User | None = None
) -> None:
    """Draw the consequences of a file's end: release others; after the last one, tell the storey above once.

    ``reason``: what was done, import or undo. Needs :func:`lock`, so that of two last files one sees that it
    is.
    """
    release(batch)
    changed = batch.has_changes or changed_facts
    more_to_come = batch.uploads.filter(state__in=(*Upload.ACTIVE, State.UNDOING)).exists()
    if changed and not more_to_come:
        state = State.UNDONE if reason == "undo" else State.DONE
        names = ", ".join(batch.uploads.filter(state=state).values_list("file_name", flat=True))
        facts_changed.send(sender=UploadBatch, reason=f"{reason} {names}", user=user or batch.user)
    if batch.has_changes != (changed and more_to_come):
        batch.has_changes = changed and more_to_come
        batch.save(update_fields=["has_changes"])
