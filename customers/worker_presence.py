"""Whether somebody does the queued work, so that a page can say plainly when nobody does."""

from datetime import timedelta
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

#: A living worker gives a sign every few seconds; after this long without one, nobody is there.
SILENCE: Final = timedelta(seconds=20)


def worker_is_present() -> bool:
    """Tell whether a worker gave a sign of life within ``SILENCE``."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=timezone.now() - SILENCE).exists()
