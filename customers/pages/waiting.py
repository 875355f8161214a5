"""How far an import is, and why it does not move when it does not."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Upload
from customers.worker_presence import SILENCE, worker_is_present

STEPS: Final = {
    "staging": gettext_lazy("reading and checking the records"),
    "merging": gettext_lazy("writing to the database"),
}
_ENOUGH: Final = 0.02  # share of the file that must be read before the rest can be estimated


def describe_progress(upload: Upload) -> dict[str, Any]:
    """Return what the page shows of a queued or running import."""
    running = upload.state == Upload.State.RUNNING
    silent = timezone.now() - upload.heartbeat if running and upload.heartbeat else timedelta(0)
    return {
        "title": _("Importing") if running else _("Waiting for its turn"),
        "step": STEPS.get(upload.step, ""),
        "is_reading": running and upload.step in {"", "staging"},
        "left": _estimate_left(upload) if running else None,
        "silent": silent,
        "ahead": None if running else _find_ahead(upload),
        "nobody": (silent > SILENCE if running else True) and not worker_is_present(),
        "stalled": silent > SILENCE,
    }


def count_unattended() -> int:
    """Return how many imports wait while no worker runs."""
    queued = Upload.objects.filter(state=Upload.State.QUEUED).count()
    return 0 if not queued or worker_is_present() else queued


def _estimate_left(upload: Upload) -> timedelta | None:
    """How long reading will take still, by how fast it went; None while that cannot be told."""
    if not upload.started_at or not upload.size or upload.step not in {"", "staging"}:
        return None
    share = upload.bytes_done / upload.size
    if not _ENOUGH <= share < 1:
        return None
    return (timezone.now() - upload.started_at) * ((1 - share) / share)


def _find_ahead(upload: Upload) -> Upload | None:
    """The import that this one waits for: the one that runs, else the first in the queue before it."""
    others = Upload.objects.filter(state__in=Upload.ACTIVE).exclude(pk=upload.pk)
    running = others.filter(state=Upload.State.RUNNING).first()
    return running or others.filter(pk__lt=upload.pk).order_by("pk").first()
