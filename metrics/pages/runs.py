"""The page of calculations: what was calculated when and why, how far the present one is, and a button."""

from datetime import timedelta
from typing import Any, Final

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_tables2 import RequestConfig

from customers.permissions import RECALCULATE, VIEW, require
from customers.tables import name_of
from customers.worker_presence import SILENCE, worker_is_present
from klantwaarde import formats
from klantwaarde.table_columns import DateColumn, MomentColumn, NumberColumn
from metrics import pipeline
from metrics.models import Run

PER_PAGE: Final = 25
ACTIVE: Final = (Run.State.QUEUED, Run.State.RUNNING)
BY_BUTTON: Final = "button"
#: Why a calculation was asked for, as the code that asks says it; anything else is shown as it stands.
REASONS: Final = {
    BY_BUTTON: gettext_lazy("asked for on this page"),
    "settings": gettext_lazy("settings changed"),
    "segments": gettext_lazy("segments changed"),
    "command": gettext_lazy("asked for by command"),
}
#: "import orders.csv": why, and the name of the file.
FILE_REASONS: Final = {
    "import": gettext_lazy("import of %(file)s"),
    "undo": gettext_lazy("import of %(file)s undone"),
}
_TONES: Final = {
    Run.State.QUEUED: "info",
    Run.State.RUNNING: "info",
    Run.State.PUBLISHED: "good",
    Run.State.FAILED: "bad",
}


class RunTable(tables.Table):
    """Calculations, newest first."""

    caption = gettext_lazy("Calculations, newest first")
    row_header = "id"

    id = NumberColumn(verbose_name=gettext_lazy("Number"))
    created_at = MomentColumn(verbose_name=gettext_lazy("Requested"))
    requested_by = tables.Column(verbose_name=gettext_lazy("By"), empty_values=())
    reason = tables.Column(verbose_name=gettext_lazy("Why"))
    as_of = DateColumn(verbose_name=gettext_lazy("As of"))
    customers = NumberColumn(verbose_name=gettext_lazy("Customers"))
    took = tables.Column(
        verbose_name=gettext_lazy("Took"), empty_values=(), accessor="pk",
        attrs={"th": {"class": "number"}, "td": {"class": "number"}},
    )  # fmt: skip
    state = tables.Column(verbose_name=gettext_lazy("State"))

    class Meta:
        model = Run
        fields = ("id", "state", "created_at", "requested_by", "reason", "as_of", "customers", "took")
        orderable = False

    def render_requested_by(self, record: Run) -> str:
        return name_of(record.requested_by)

    def render_reason(self, value: str) -> str:
        return describe_reason(value)

    def render_customers(self, record: Run) -> str:
        counted = record.customers if record.state == Run.State.PUBLISHED else None
        return formats.number(counted, get_language() or "en")

    def render_took(self, record: Run) -> str:
        finished, started = record.finished_at, record.started_at
        return formats.duration(finished - started if finished and started else None, get_language() or "en")

    def render_state(self, record: Run) -> SafeString:
        label: Any = record.get_state_display()
        current = self.context.get("current_run")
        if current and current.pk == record.pk:
            label = _("in use")
        state = format_html('<span class="badge badge-{}">{}</span>', _TONES[Run.State(record.state)], label)
        if record.error:
            return format_html('{} <span class="small muted">{}</span>', state, describe_error(record.error))
        return state


@require(VIEW)
@never_cache
@require_safe
def list_runs(request: HttpRequest) -> HttpResponse:
    """All calculations, and how far the present one is."""
    active = list(Run.objects.filter(state__in=ACTIVE).order_by("pk"))
    table = RunTable(Run.objects.select_related("requested_by"))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "table": table,
        "run": active[0] if active else None,
        "failed": _find_failed() if not active else None,
        "queued": active[1:],
        **(describe_progress(active[0]) if active else {}),
    }
    return render(request, "metrics/runs.html", context)


@require(VIEW)
@never_cache
@require_safe
def show_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves; asks for the whole page once the calculation has ended."""
    run = get_object_or_404(Run, pk=pk)
    response = render(request, "metrics/run_progress.html", {"run": run, **describe_progress(run)})
    if run.state not in ACTIVE:
        response["HX-Refresh"] = "true"
    return response


@require(RECALCULATE)
@require_POST
def recalculate(request: HttpRequest) -> HttpResponse:
    """Ask for a calculation; when one is queued already, that one will do."""
    run = pipeline.request_run(BY_BUTTON, request.user if request.user.is_authenticated else None)
    said = _("Calculation %(number)s is queued.") % {"number": run.pk}
    messages.success(request, said + " " + _("Until it is done, all pages show the figures there are now."))
    return redirect("runs")


def describe_reason(reason: str) -> str:
    """Return why a calculation was asked for, in the reader's language where the site itself asked."""
    if reason in REASONS:
        return str(REASONS[reason])
    what, _space, file = reason.partition(" ")
    return str(FILE_REASONS[what]) % {"file": file} if what in FILE_REASONS and file else reason


def describe_error(error: str) -> str:
    """Return why a calculation ended without figures; the machine's own words where only those say it."""
    return _("the worker stopped; the next calculation replaced it") if error == "interrupted" else error


def _find_failed() -> Run | None:
    """The newest calculation when it failed: the figures in use are older than what it should have added."""
    newest = Run.objects.order_by("-pk").first()
    return newest if newest and newest.state == Run.State.FAILED else None


def describe_progress(run: Run) -> dict[str, Any]:
    """Return what metrics/run_progress.html shows besides the run itself."""
    running = run.state == Run.State.RUNNING
    silent = timezone.now() - run.heartbeat if running and run.heartbeat else timedelta(0)
    stalled = silent > SILENCE
    number = {"number": formats.number(run.pk, get_language() or "en")}
    title = _("Calculation %(number)s") if running else _("Calculation %(number)s waits for its turn")
    return {
        "title": title % number,
        "step": pipeline.STEPS.get(run.step, ""),
        "silent": silent,
        "stalled": stalled,
        "nobody": (stalled or not running) and not worker_is_present(),
        "active": run.state in ACTIVE,
        "url": reverse("run_progress", args=[run.pk]),
    }
