"""One upload: its proposed reading, then how far it is, then the report; and what can be done with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.imports import passes, pipeline, states
from customers.imports.reasons import UnusableFile, describe_file
from customers.imports.recognise import Reading
from customers.models import Upload
from customers.pages import plans
from customers.pages.reading import describe_reading
from customers.pages.rejects import describe_rejects
from customers.pages.report import describe_report
from customers.pages.said import read, read_as_said
from customers.pages.uploads import go_to
from customers.pages.waiting import describe_progress
from customers.permissions import UPLOAD, VIEW, require


@require(VIEW)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show_upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page of an upload, by its state. A POST reads the file again as the form says."""
    upload = get_object_or_404(Upload.objects.select_related("user", "batch", "rerun_of"), uuid=uuid)
    if request.method == "POST":
        if not request.user.has_perm(UPLOAD):
            raise PermissionDenied
        if upload.state != Upload.State.RECEIVED:
            return go_to(request, reverse("upload", args=[uuid]))
        try:
            return _show_reading(request, upload, *read_as_said(upload, request.POST))
        except passes.TooLong:
            return go_to(request, reverse("upload", args=[uuid]))
    if upload.state == Upload.State.RECEIVED:
        try:
            found, notes = read(upload)
        except passes.TooLong:
            return redirect("upload", uuid=uuid)
        return _show_reading(request, upload, found, [*_recall_problem(upload), *notes])
    if upload.is_active:
        context = {"upload": upload, "progress": describe_progress(upload)}
        return render(request, "customers/upload_active.html", context)
    return _show_report(request, upload)


@require(VIEW)
@never_cache
@require_safe
def show_progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The part of the page that moves; asks for the whole page once the import has ended."""
    upload = get_object_or_404(Upload, uuid=uuid)
    context = {"upload": upload, "progress": describe_progress(upload)}
    response = render(request, "customers/upload_progress.html", context)
    if not upload.is_active:
        response["HX-Refresh"] = "true"
    return response


@require(UPLOAD)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Queue the import as the form says; with something left to say or to mend, show the reading again.

    Whoever comes back to that address, from another language or from signing in, gets the page of the upload.
    """
    if request.method != "POST":
        return redirect("upload", uuid=uuid)
    upload = get_object_or_404(Upload.objects.select_related("user"), uuid=uuid)
    if upload.state != Upload.State.RECEIVED:
        return redirect("upload", uuid=uuid)
    seen = plans.read_plan(upload) if upload.plan else None
    try:
        found, notes = read_as_said(upload, request.POST)
    except passes.TooLong:
        messages.info(request, _("Not imported yet: the file is looked through first. Then confirm again."))
        return redirect("upload", uuid=uuid)
    if found and not notes and not found.obstacles and not (seen and plans.is_read_alike(seen, found.plan)):
        notes = [_("The file is read in another way now. Look whether this is right, and confirm again.")]
    if found and not notes:
        try:
            all_or_nothing = request.POST.get("rejects") == "nothing"
            pipeline.confirm(upload, found.plan, all_or_nothing=all_or_nothing)
        except pipeline.Unconfirmed:
            notes = [_("Not imported yet: first answer or mend what is marked below.")]
        except UnusableFile as problem:
            notes = [str(problem)]
        else:
            return (
                redirect("batch", uuid=upload.batch.uuid) if upload.batch else redirect("upload", uuid=uuid)
            )
    return _show_reading(request, upload, found, notes)


@require(UPLOAD)
@require_POST
def cancel_upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Discard an upload that waits for confirmation; stop one that is queued or running, or being undone.

    One that is looked through again for something that was chosen waits for confirmation as before.
    """
    upload = get_object_or_404(Upload.objects.select_related("batch"), uuid=uuid)
    waited, undoing = (upload.state == state for state in (Upload.State.RECEIVED, Upload.State.UNDOING))
    if upload.state == Upload.State.READING and states.stop_looking(upload):
        messages.success(request, _("Stopped. The file is read as it was before."))
        return redirect("upload", uuid=uuid)
    if not pipeline.cancel(upload):
        messages.info(request, _("“%(file)s” had already ended.") % {"file": upload.file_name})
        return redirect("upload", uuid=uuid)
    if undoing:
        messages.success(request, _("Undoing was stopped. The import is as it was."))
        return redirect("upload", uuid=uuid)
    said = _("“%(file)s” was discarded.") if waited else _("The import of “%(file)s” was stopped.")
    messages.success(request, said % {"file": upload.file_name} + " " + _("Nothing was imported."))
    return redirect("batch", uuid=upload.batch.uuid) if upload.batch else redirect("uploads")


def _show_reading(
    request: HttpRequest, upload: Upload, found: Reading | None, notes: list[str]
) -> HttpResponse:
    context: dict[str, Any] = {"upload": upload, "notes": notes, "rejects": request.POST.get("rejects", "")}
    if found:
        pipeline.propose(upload, found)  # a batch asks what is still in the way, without reading the file
        context |= describe_reading(upload, found, request.POST)
    return render(request, "customers/upload_reading.html", context)


def _recall_problem(upload: Upload) -> list[str]:
    """Return why the file could not be looked at as was asked last."""
    problem = upload.asked.get("problem")
    return [describe_file(problem["code"], problem["data"])] if problem else []


def _show_report(request: HttpRequest, upload: Upload) -> HttpResponse:
    context = {"upload": upload, **describe_report(upload), **describe_rejects(request, upload)}
    return render(request, "customers/upload_report.html", context)
