"""Raw files and what was copied from them are kept for a set time only: they hold people's data."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.imports import batches, states
from customers.imports.arrival import PREFIX
from customers.models import Shop, Upload, UploadReject

#: A file that no upload knows may still be arriving; after so long it is what a killed process left.
_ARRIVES_WITHIN: Final = timedelta(days=1)


def delete_old_files(now: datetime | None = None) -> int:
    """Delete the raw files of uploads older than the shop keeps them; returns how many uploads that were.

    The records and values that were kept of their rejects go, too; where and why they were rejected stays. An
    upload that still waits for confirmation, or for a file that was not imported, is cancelled; one that is
    under way is left alone.
    """
    limit = (now or timezone.now()) - timedelta(days=Shop.load().upload_keep_days)
    for held in Upload.objects.filter(created_at__lt=limit, state=Upload.State.HELD).select_related("batch"):
        if held.batch and batches.list_lost(held, held.batch.uploads.all()):
            states.cancel(held)
    due = Upload.objects.filter(created_at__lt=limit, file_deleted_at=None).exclude(
        state__in=Upload.UNDER_WAY
    )
    return sum(_delete(pk) for pk in due.values_list("pk", flat=True))


def delete_strays(now: datetime | None = None) -> int:
    """Delete files that a killed process left behind before their upload was noted; returns how many."""
    limit = ((now or timezone.now()) - _ARRIVES_WITHIN).timestamp()
    files = {uuid: path for path, uuid in _list_files() if path.stat().st_mtime < limit}
    known = set(Upload.objects.filter(uuid__in=files).values_list("uuid", flat=True))
    strays = [files[uuid] for uuid in files.keys() - known]
    strays += [path for path in settings.UPLOAD_ROOT.glob(f"{PREFIX}*") if path.stat().st_mtime < limit]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _list_files() -> Iterator[tuple[Path, UUID]]:
    """Yield every raw file with the UUID that names it; whatever else lies there is none of ours."""
    for path in settings.UPLOAD_ROOT.glob("*"):
        try:
            yield path, UUID(path.name)
        except ValueError:
            continue


def keep_until(upload: Upload, days: int) -> datetime:
    """Return when the raw file of an upload becomes due, kept for ``days``."""
    return upload.created_at + timedelta(days=days)


@transaction.atomic
def _delete(pk: int) -> bool:
    """Delete one; False when it was queued meanwhile."""
    upload = Upload.objects.get(pk=pk)
    if upload.state == Upload.State.RECEIVED:
        states.cancel(upload)  # which lets go of the files that waited for it
    changed = (
        Upload.objects.filter(pk=pk)
        .exclude(state__in=Upload.UNDER_WAY)
        .update(file_deleted_at=timezone.now(), asked={}, passes={})
    )
    if not changed:
        return False
    UploadReject.objects.filter(upload=upload).update(record=[], value="")
    upload.path.unlink(missing_ok=True)
    return True
