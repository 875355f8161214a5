"""How far an import is, and why it does not move when it does not."""

from datetime import timedelta
from statistics import median
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.imports import batches, encodings, preview, queue
from customers.models import Upload
from customers.worker_presence import SILENCE, worker_is_present

STEPS: Final = {
    encodings.STEP: gettext_lazy("finding out its encoding"),
    preview.STEP: gettext_lazy("looking through its amounts and dates"),
    "staging": gettext_lazy("reading and checking the records"),
    "waiting": gettext_lazy("waiting until another import has written"),
    "merging": gettext_lazy("writing to the database"),
    "reporting": gettext_lazy("adding up what became of the records"),
    "undoing": gettext_lazy("putting back what was there"),
}
_READING: Final = ("", "staging")
_ENOUGH: Final = 0.02  # share of the file that must be read before the rest can be estimated
_LONG_ENOUGH: Final = timedelta(seconds=3)  # nor is it before: the first second is no measure
_SOON: Final = timedelta(seconds=10)
_EARLIER: Final = 5  # imports of the same kind by which writing is estimated
_FEW: Final = 1000  # records of which writing takes no time that says anything


def describe_progress(upload: Upload) -> dict[str, Any]:
    """Return what the page shows of a file that is looked at, or an import that waits, runs or is undone."""
    looks = upload.state == Upload.State.READING and upload.heartbeat is not None
    works = looks or upload.state in (Upload.State.RUNNING, Upload.State.UNDOING)
    silent = timezone.now() - upload.heartbeat if works and upload.heartbeat else timedelta(0)
    stalled = silent > SILENCE
    waits = not works and upload.state in (Upload.State.READING, Upload.State.QUEUED)
    ahead = queue.list_ahead(upload) if waits else []
    reading = looks or (upload.state == Upload.State.RUNNING and upload.step in _READING)
    return {
        "title": _TITLES.get(Upload.State(upload.state), _("Ended")),
        "step": STEPS.get(upload.step, ""),
        "works": works,
        "waits": waits,
        "is_reading": reading,
        **(_estimate(upload) if works else {}),
        "silent": silent,
        "ahead": ahead,
        "held_by": list_holders(upload),
        "lost": list_lost(upload),
        "nobody": upload.state != Upload.State.HELD and (stalled or not works) and not worker_is_present(),
        "stalled": stalled,
    }


_TITLES: Final = {
    Upload.State.READING: gettext_lazy("Looking through the file"),
    Upload.State.HELD: gettext_lazy("Waiting for another file"),
    Upload.State.QUEUED: gettext_lazy("Waiting for its turn"),
    Upload.State.RUNNING: gettext_lazy("Importing"),
    Upload.State.UNDOING: gettext_lazy("Undoing"),
}


def list_holders(upload: Upload) -> list[Upload]:
    """Return the files of its batch that a held upload waits for."""
    if upload.state != Upload.State.HELD or upload.batch is None:
        return []
    return batches.list_blockers(upload, batches.sort_by_loading(upload.batch.uploads.all()))


def list_lost(upload: Upload) -> list[Upload]:
    """Return the files of its batch that were not imported and that a held upload refers to."""
    if upload.state != Upload.State.HELD or upload.batch is None:
        return []
    return batches.list_lost(upload, upload.batch.uploads.all())


def count_unattended() -> int:
    """Return how many imports, and files to be looked at, wait while no worker runs."""
    queued = Upload.objects.filter(state__in=(Upload.State.READING, Upload.State.QUEUED)).count()
    return 0 if not queued or worker_is_present() else queued


def _estimate(upload: Upload) -> dict[str, Any]:
    """How long it will take still: ``left``, whether of reading only, whether it is a matter of seconds;
    {} while nobody can tell.

    Reading, by how fast this file went; writing, by how long it took for earlier files of its kind.
    """
    now = timezone.now()
    if upload.state == Upload.State.UNDOING:
        return {}
    if upload.state == Upload.State.READING:
        looking = _estimate_reading(upload, now - upload.started_at) if upload.started_at else None
        return _describe_left(looking) if looking else {}
    if upload.step in _READING:
        reading = _estimate_reading(upload, now - upload.started_at) if upload.started_at else None
        if reading is None:
            return {}
        records = upload.rows_done * upload.size / max(upload.bytes_done, 1)
        writing = _estimate_writing(upload, records)
        return _describe_left(reading + (writing or timedelta(0)), of_reading=writing is None)
    writing = _estimate_writing(upload, upload.rows_done)
    if writing is None or upload.staged_at is None:
        return {}
    left = writing - (now - upload.staged_at)
    return _describe_left(left) if left > timedelta(0) else {}


def _describe_left(left: timedelta, *, of_reading: bool = False) -> dict[str, Any]:
    """In whole seconds, and few of them as such: more would be more than can be known."""
    seconds = timedelta(seconds=max(1, round(left.total_seconds())))
    return {"left": seconds, "of_reading": of_reading, "soon": seconds < _SOON}


def _estimate_reading(upload: Upload, elapsed: timedelta) -> timedelta | None:
    share = upload.bytes_done / upload.size if upload.size else 0
    if elapsed < _LONG_ENOUGH or not _ENOUGH <= share < 1:
        return None
    return elapsed * ((1 - share) / share)


def _estimate_writing(upload: Upload, records: float) -> timedelta | None:
    """By the median time a record took in the last imports of this kind; None when there were none."""
    earlier = Upload.objects.filter(
        kind=upload.kind, state=Upload.State.DONE, rows_done__gte=_FEW, staged_at__isnull=False
    ).order_by("-pk")[:_EARLIER]
    seconds = [
        (other.finished_at - other.staged_at).total_seconds() / other.rows_done
        for other in earlier
        if other.finished_at and other.staged_at and other.finished_at > other.staged_at
    ]
    return timedelta(seconds=median(seconds) * records) if seconds else None
