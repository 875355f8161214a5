"""Several files on one page: what each holds and needs, how far it is, one button for all that is clear."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.forms import UploadForm
from customers.imports import batches, pipeline, states, undo_batch
from customers.imports.reasons import UnusableFile
from customers.models import Upload, UploadBatch
from customers.pages.undo import tell_kept
from customers.pages.uploads import receive
from customers.pages.waiting import count_unattended, describe_progress
from customers.permissions import UPLOAD, VIEW, SignedInRequest, require
from customers.tables import badge, kind_label, what_it_did

State = Upload.State


@require(UPLOAD)
@require_POST
def start_batch(request: SignedInRequest) -> JsonResponse:
    """Make an empty batch for a page that sends its files one by one; answers its addresses."""
    batch = UploadBatch.objects.create(user=request.user)
    return JsonResponse(
        {"page": reverse("batch", args=[batch.uuid]), "files": reverse("batch_files", args=[batch.uuid])}
    )


@require(UPLOAD)
@require_POST
def add_file(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Take one file of a batch. A file that cannot be used is taken too: the batch's page says why."""
    batch = get_object_or_404(UploadBatch, uuid=uuid)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid() and receive(request, form, batch):
        return JsonResponse({})
    return JsonResponse({"error": " ".join(map(str, form.errors["file"]))}, status=400)


@require(VIEW)
@never_cache
@require_safe
def show_batch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page of a batch; asked by htmx, the part of it that moves."""
    batch = get_object_or_404(UploadBatch.objects.select_related("user"), uuid=uuid)
    template = "batch_files.html" if request.headers.get("HX-Request") else "batch.html"
    return render(request, f"customers/{template}", describe_batch(batch))


@require(UPLOAD)
@require_POST
def confirm_batch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Import everything that is clear; what waits for it or for an answer follows by itself."""
    batch = get_object_or_404(UploadBatch, uuid=uuid)
    all_or_nothing = request.POST.get("rejects") == "nothing"
    count = pipeline.confirm_clear(batch, all_or_nothing=all_or_nothing)
    if not count:
        messages.info(request, _("There is no file that is clear and waits."))
    return redirect("batch", uuid=uuid)


@require(UPLOAD)
@require_POST
def cancel_batch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Stop whatever of the batch has not ended."""
    batch = get_object_or_404(UploadBatch, uuid=uuid)
    # Those that wait for others first: none of them is queued because what it waited for was stopped.
    stopped = sum(map(pipeline.cancel, reversed(batches.sort_by_loading(batch.uploads.filter(
        state__in=(State.READING, State.RECEIVED, State.HELD, *Upload.ACTIVE))))))  # fmt: skip
    said = ngettext(
        "%(count)s file was stopped. Nothing of it was imported.",
        "%(count)s files were stopped. Nothing of them was imported.",
        stopped,
    )
    messages.success(request, said % {"count": stopped})
    return redirect("batch", uuid=uuid)


@require(UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo_files(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Show what undoing all files of a batch does; a POST leaves it to the worker."""
    batch = get_object_or_404(UploadBatch, uuid=uuid)
    if request.method != "POST":
        if not undo_batch.list_undoable(batch):
            return redirect("batch", uuid=uuid)
        return render(request, "customers/batch_undo.html", _describe_undoing(batch))
    try:
        undo_batch.ask(batch, request.user)
    except UnusableFile as problem:
        messages.error(request, str(problem))
    return redirect("batch", uuid=uuid)


def _describe_undoing(batch: UploadBatch) -> dict[str, Any]:
    found = undo_batch.preview(batch)
    rows = [
        {"upload": upload, "kind": kind_label(upload.kind), "undo": told, "kept": tell_kept(told)}
        for upload, told in found or []
    ]
    return {"batch": batch, "rows": rows, "is_busy": found is None}


@require(UPLOAD)
@require_POST
def go_without(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Import a held file without those before it that were not imported."""
    upload = get_object_or_404(Upload.objects.select_related("batch"), uuid=uuid)
    try:
        states.go_without(upload)
    except UnusableFile as problem:
        messages.error(request, str(problem))
    return redirect("batch", uuid=upload.batch.uuid) if upload.batch else redirect("upload", uuid=uuid)


def describe_batch(batch: UploadBatch) -> dict[str, Any]:
    """Return the context of the page: the files in the order of loading, and how many are where."""
    uploads = batches.sort_by_loading(batch.uploads.select_related("batch"))
    clear = {upload.pk for upload in batches.find_clear(batch)}
    rows = [_describe_file(upload, uploads, clear) for upload in uploads]
    waiting = [upload for upload in uploads if upload.state == State.RECEIVED]
    return {
        "batch": batch,
        "rows": rows,
        "clear": len(clear),
        "clear_held": sum(1 for row in rows if row["is_clear"] and row["waits_for"]),
        "unclear": len(waiting) - len(clear),
        "looked_at": sum(upload.state == State.READING for upload in uploads),
        "imports": any(upload.state in (*Upload.ACTIVE, State.UNDOING) for upload in uploads),
        "moves": any(upload.is_active and upload.state != State.HELD for upload in uploads),
        "stoppable": any(upload.is_active or upload.state == State.RECEIVED for upload in uploads),
        "done": sum(upload.state == State.DONE for upload in uploads),
        "failed": sum(upload.state in (State.FAILED, State.REJECTED) for upload in uploads),
        "nobody_works": count_unattended(),
    }


def _describe_file(upload: Upload, uploads: list[Upload], clear: set[int]) -> dict[str, Any]:
    """What one row shows. ``waits_for``: the files that somebody must do something about before it starts;
    ``lost``: those that were not imported."""
    waits = upload.pk in clear or upload.state == State.HELD
    blockers = batches.list_blockers(upload, uploads) if waits else []
    settled = clear if upload.pk in clear else set()  # confirmed together, they go one after the other
    return {
        "is_clear": upload.pk in clear,
        "waits_for": [
            other
            for other in blockers
            if other.state in (State.READING, State.RECEIVED) and other.pk not in settled
        ],
        "lost": batches.list_lost(upload, uploads) if upload.state == State.HELD else [],
        "upload": upload,
        "kind": kind_label(upload.kind),
        "badge": badge(upload),
        "needs": upload.error.splitlines() if upload.state == State.RECEIVED else [],
        "problem": upload.error if upload.state in (State.FAILED, State.REJECTED) else "",
        "progress": describe_progress(upload) if upload.is_active else None,
        "did": what_it_did(upload),
        "rejected": upload.counts.get("rejected", 0),
    }
