"""Undo files that were imported together: the one that was written last goes first.

So what a file refers to is still there while it is undone, and nothing is kept for the sake of a file that
goes, too.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction

from customers.imports import batches, states
from customers.imports.merge import lock, try_lock
from customers.imports.reasons import UnusableFile
from customers.imports.undo import UndoReport, take_back, undo
from customers.models import Upload, UploadBatch
from customers.persons.joining import stand_apart


def sort_for_undoing(uploads: Iterable[Upload]) -> list[Upload]:
    """Return uploads that were imported, the last one first."""
    return sorted(uploads, key=lambda one: (one.finished_at or one.created_at, one.pk), reverse=True)


def list_undoable(batch: UploadBatch) -> list[Upload]:
    """Return the files of a batch that can be undone, in the order in which they would be."""
    return sort_for_undoing(batch.uploads.filter(state=Upload.State.DONE))


def preview(batch: UploadBatch) -> list[tuple[Upload, UndoReport]] | None:
    """Return what undoing the files one after the other would do, or None while an import writes.

    It is done, and taken back: nothing else knows what each leaves for the next.
    """
    with transaction.atomic():
        if not try_lock():
            return None
        with stand_apart():
            found = [(upload, take_back(upload)) for upload in list_undoable(batch)]
        transaction.set_rollback(True)
    return found


@transaction.atomic
def ask(batch: UploadBatch, user: User | None) -> int:
    """Queue the undoing of all files that were imported; returns how many. Raises UnusableFile for none."""
    UploadBatch.objects.select_for_update().get(pk=batch.pk)
    uploads = list_undoable(batch)
    if not uploads:
        raise UnusableFile("nothing_to_undo")
    for upload in uploads:
        states.ask_to_undo(upload, user)
    return len(uploads)


@transaction.atomic
def undo_now(batch: UploadBatch, user: User | None = None) -> list[tuple[Upload, UndoReport]]:
    """Undo all files that were imported, here and now: all of them or none.

    Raises UnusableFile when there is none.
    """
    lock()
    uploads = list_undoable(batch)
    if not uploads:
        raise UnusableFile("nothing_to_undo")
    batches.begin_undoing(batch, uploads)
    return [(upload, undo(upload, user)) for upload in uploads]
