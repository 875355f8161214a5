"""Undoing an import: first what that would touch, then doing it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from customers.imports import report, states, undo
from customers.imports.reasons import UnusableFile
from customers.models import Upload
from customers.permissions import UPLOAD, require


@require(UPLOAD)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def undo_upload(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Show what undoing does to each kind of row; a POST leaves it to the worker."""
    upload = get_object_or_404(Upload.objects.select_related("user"), uuid=uuid)
    if upload.state != Upload.State.DONE:
        return redirect("upload", uuid=uuid)
    if request.method != "POST":
        found = undo.preview(upload)
        tables = _tables(found) if found else []
        context = {"upload": upload, "found": found, "tables": tables, "is_busy": found is None}
        return render(request, "customers/upload_undo.html", context)
    try:
        states.ask_to_undo(upload, request.user if request.user.is_authenticated else None)
    except UnusableFile as problem:
        messages.error(request, str(problem))
    return redirect("upload", uuid=uuid)


def _tables(found: undo.UndoReport) -> list[dict[str, Any]]:
    return [{"label": label, "undo": found.tables[name]}
            for name, label in report.name_tables().items() if name in found.tables]  # fmt: skip


def tell_kept(found: undo.UndoReport) -> list[dict[str, Any]]:
    """Return the tables of which rows are left alone: label, examples, whether there are more."""
    return [
        {"label": table["label"], "examples": table["undo"].examples,
         "is_cut": table["undo"].kept > len(table["undo"].examples)}
        for table in _tables(found) if table["undo"].kept
    ]  # fmt: skip
