"""A calculation that is newer than the figures on the page: under way, or failed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from customers.permissions import VIEW, require
from customers.worker_presence import worker_is_present
from metrics.models import Publication, Run

ACTIVE = (Run.State.QUEUED, Run.State.RUNNING)


def find_newer_run(current: Run | None) -> Run | None:
    """Return the newest calculation when it is not the one on the page, else None."""
    newest = Run.objects.order_by("-id").first()
    return newest if newest and (current is None or newest.pk > current.pk) else None


def describe_progress(run: Run | None) -> dict[str, Any] | None:
    """Return a calculation under way for components/progress.html; None when there is none."""
    if run is None or run.state not in ACTIVE:
        return None
    running = run.state == Run.State.RUNNING
    waiting = gettext("Nothing is being calculated, because no worker is running. Start it with: make run")
    return {
        "id": "newer-run",
        "title": gettext("A new calculation is under way") if running else gettext("A new calculation waits"),
        "step": gettext("the figures below stay until it is done"),
        "done": run.done,
        "total": run.total,
        "unit": gettext("steps"),
        "finished": False,
        "waiting": "" if running or worker_is_present() else waiting,
        "url": reverse("overview_progress"),
    }


@require_safe
@require(VIEW)
def show_progress(request: HttpRequest) -> HttpResponse:
    """Answer how far the newer calculation is; once it is no longer under way, have the page load again."""
    publication = Publication.objects.select_related("run").first()
    progress = describe_progress(find_newer_run(publication.run if publication else None))
    if progress is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "components/progress.html", {"progress": progress})
