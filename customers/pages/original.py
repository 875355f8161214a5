"""The uploaded file itself, while it is kept: taken back as it came, or read again."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from customers.imports import pipeline
from customers.imports.reasons import UnusableFile
from customers.models import Upload
from customers.permissions import UPLOAD, require


@require(UPLOAD)
@require_safe
def download_original(request: HttpRequest, uuid: UUID) -> FileResponse:
    """The file byte for byte, as a download whatever it holds; 404 once it has been deleted."""
    upload = get_object_or_404(Upload, uuid=uuid)
    if upload.file_deleted_at or not upload.path.exists():
        raise Http404(_("The uploaded file is no longer there. Upload it again."))
    return FileResponse(
        upload.path.open("rb"),
        as_attachment=True,
        filename=upload.file_name,
        content_type="application/octet-stream",
    )


@require(UPLOAD)
@require_POST
def read_again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Make a new upload of the kept file, to be looked at and confirmed like any other."""
    upload = get_object_or_404(Upload, uuid=uuid)
    if upload.is_active or upload.state == Upload.State.RECEIVED:
        return redirect("upload", uuid=uuid)
    try:
        again = pipeline.read_again(upload, request.user if request.user.is_authenticated else None)
    except UnusableFile as problem:
        messages.error(request, str(problem))
        return redirect("upload", uuid=uuid)
    return redirect("upload", uuid=again.uuid)
