"""The page of imports: a new upload, and what was imported before."""

import errno

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_tables2 import RequestConfig

from customers.forms import UploadForm
from customers.imports import pipeline
from customers.imports.presets import PRESETS
from customers.imports.reasons import describe_file
from customers.models import Shop, Upload, UploadBatch
from customers.pages.upload_filter import UploadFilter
from customers.pages.waiting import count_unattended
from customers.permissions import UPLOAD, VIEW, require
from customers.tables import UploadTable

PER_PAGE = 25


@require(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def list_uploads(request: HttpRequest) -> HttpResponse:
    """Take files, and list what was imported before.

    A single file goes to its own page, or is an error at its field when it cannot be used; several go to the
    page of their batch.
    """
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not request.user.has_perm(UPLOAD):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES)
        url = receive(request, form) if form.is_valid() else None
        if url:
            return go_to(request, url)
    found = UploadFilter(request.GET, Upload.objects.select_related("user", "batch"))
    table = UploadTable(
        found.qs, keep_days=Shop.load().upload_keep_days, may_upload=request.user.has_perm(UPLOAD)
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "form": form,
        "table": table,
        "filter": found,
        "is_filtered": found.is_narrowing,
        "has_history": Upload.objects.exists(),
        "presets": [preset.label for preset in PRESETS.values() if preset.kind and not preset.unusable],
        "nobody_works": count_unattended(),
    }
    return render(request, "customers/uploads.html", context)


def receive(request: HttpRequest, form: UploadForm, batch: UploadBatch | None = None) -> str | None:
    """Hand the files to the import; returns the address of the page that follows them.

    None, and an error on the form, when there is no room for them or when the only one cannot be read.
    """
    files = form.cleaned_data["file"]
    user = request.user if request.user.is_authenticated else None
    if batch is None and len(files) > 1:
        batch = UploadBatch.objects.create(user=user)
    try:
        received = [pipeline.receive(file, file.name, user, batch=batch) for file in files]
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        form.add_error("file", describe_file("disk_full", {"detail": error.strerror}))
        return None
    if batch:
        return reverse("batch", args=[batch.uuid])
    [upload] = received
    if upload.state == Upload.State.FAILED:
        form.add_error("file", f"{upload.file_name}: {upload.error}")
        return None
    return reverse("upload", args=[upload.uuid])


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on: by a header when htmx asked, whose own redirect would stay inside the page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
