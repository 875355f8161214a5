"""A calculation that is newer than the figures on the page: under way, or failed."""

from typing import Any

from metrics.models import Run
from metrics.pages.runs import ACTIVE, describe_progress


def describe_newer_run(current: Run | None) -> dict[str, Any]:
    """Return `progress` for metrics/run_progress.html (None: nothing is under way), and whether it `failed`.

    What was calculated before the figures on the page is no news.
    """
    newer = list(Run.objects.filter(pk__gt=current.pk if current else 0).order_by("pk"))
    active = next((run for run in newer if run.state in ACTIVE), None)
    return {
        "progress": {"run": active, **describe_progress(active)} if active else None,
        "failed": bool(not active and newer and newer[-1].state == Run.State.FAILED),
    }
