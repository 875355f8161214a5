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
from customers.models import Upload
from customers.pages.waiting import count_unattended
from customers.permissions import UPLOAD, VIEW, require
from customers.tables import UploadTable

PER_PAGE = 25


@require(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def list_uploads(request: HttpRequest) -> HttpResponse:
    """Take a file, and list what was imported before. An unusable file is an error at its field."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        if not request.user.has_perm(UPLOAD):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES)
        upload = receive(request, form) if form.is_valid() else None
        if upload:
            return go_to(request, reverse("upload", args=[upload.uuid]))
    table = UploadTable(Upload.objects.select_related("user"))
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    context = {
        "form": form,
        "table": table,
        "presets": [preset.label for preset in PRESETS.values() if preset.kind and not preset.unusable],
        "nobody_works": count_unattended(),
    }
    return render(request, "customers/uploads.html", context)


def receive(request: HttpRequest, form: UploadForm) -> Upload | None:
    """Hand the file to the import; None, and an error on the form, when it cannot be read at all."""
    file = form.cleaned_data["file"]
    user = request.user if request.user.is_authenticated else None
    try:
        upload = pipeline.receive(file, file.name, user)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        form.add_error("file", describe_file("disk_full", {"detail": error.strerror}))
        return None
    if upload.state == Upload.State.FAILED:
        form.add_error("file", upload.error)
        return None
    return upload


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser on: by a header when htmx asked, whose own redirect would stay inside the page."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)
