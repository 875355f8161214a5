"""Raw files and what was copied from them are kept for a set time only: they hold people's data."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from customers.models import Upload, UploadReject


def delete_old_files(now: datetime | None = None) -> int:
    """Delete the raw files of uploads older than ``UPLOAD_KEEP_DAYS``; returns how many uploads that were.

    The records and values that were kept of their rejects go, too; where and why they were rejected stays. An
    upload that still waits for confirmation is cancelled; one that is queued or running is left alone.
    """
    limit = (now or timezone.now()) - timedelta(days=settings.UPLOAD_KEEP_DAYS)
    due = Upload.objects.filter(created_at__lt=limit, file_deleted_at=None).exclude(state__in=Upload.ACTIVE)
    return sum(_delete(pk) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _delete(pk: int) -> bool:
    """Delete one; False when it was queued meanwhile."""
    upload = Upload.objects.select_for_update().exclude(state__in=Upload.ACTIVE).filter(pk=pk).first()
    if upload is None:
        return False
    now = timezone.now()
    if upload.state == Upload.State.RECEIVED:
        upload.state, upload.finished_at = Upload.State.CANCELLED, now
    upload.file_deleted_at = now
    upload.save(update_fields=["state", "finished_at", "file_deleted_at"])
    UploadReject.objects.filter(upload=upload).update(record=[], value="")
    upload.path.unlink(missing_ok=True)
    return True
