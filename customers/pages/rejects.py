"""What an import refused: looked through by reason and column, and downloaded in the layout of the file."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import get_valid_filename
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from customers.imports.rejects import reject_rows
from customers.models import Upload, UploadReject
from customers.pages.reasons_named import name_reason
from customers.permissions import VIEW, require
from customers.tables import RejectTable

PER_PAGE: Final = 25
_MOST_COLUMNS: Final = 100
#: What stands in an address for a record as a whole, where a blank means every column.
_RECORD: Final = "∅"


def describe_rejects(request: HttpRequest, upload: Upload) -> dict[str, Any]:
    """Return the context of the rejects: how many, by what they can be chosen, and one page of them."""
    chosen = _read_choice(request, upload)
    rejects = choose(upload, chosen)
    table = RejectTable(rejects)
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    return {
        "rejected": upload.rejects.count(),
        "chosen": table.page.paginator.count,
        "reasons": _list_reasons(upload, chosen["reason"]),
        "columns": _list_columns(upload, chosen["column"]),
        "is_chosen": any(chosen.values()),
        "query": request.GET.urlencode(),
        "table": table,
    }


@require(VIEW)
@require_safe
def download_rejects(request: HttpRequest, uuid: UUID) -> StreamingHttpResponse:
    """The rejected records in the layout of the upload and a column with the reason; UTF-8 with a mark.

    All of them in the order of the file, or those that the same address shows on the page.
    """
    upload = get_object_or_404(Upload, uuid=uuid)
    rejects = choose(upload, _read_choice(request, upload))
    lines = _stream(upload, rejects, get_language())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    stem = get_valid_filename(upload.file_name.rpartition(".")[0] or "import")
    response["Content-Disposition"] = f'attachment; filename="{_ascii(stem)}-rejects.csv"'
    return response


def choose(upload: Upload, chosen: dict[str, str]) -> QuerySet[UploadReject]:
    """Return the rejects of the chosen reason and column in the order of the file; blank chooses all."""
    rejects = upload.rejects.order_by("line", "id")
    if chosen["reason"]:
        rejects = rejects.filter(reason_code=chosen["reason"])
    if chosen["column"]:
        rejects = rejects.filter(column="" if chosen["column"] == _RECORD else chosen["column"])
    return rejects


def _read_choice(request: HttpRequest, upload: Upload) -> dict[str, str]:
    """Return what the address chooses; whatever the upload does not have chooses nothing."""
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ("reason", "column")}
    if asked["reason"] and not upload.rejects.filter(reason_code=asked["reason"]).exists():
        asked["reason"] = ""
    column = "" if asked["column"] == _RECORD else asked["column"]
    if asked["column"] and not upload.rejects.filter(column=column).exists():
        asked["column"] = ""
    return asked


def _list_reasons(upload: Upload, chosen: str) -> list[dict[str, Any]]:
    counted = upload.rejects.values("reason_code").annotate(n=Count("id")).order_by("-n", "reason_code")
    return [_option(row["reason_code"], name_reason(row["reason_code"]), row["n"], chosen) for row in counted]


def _list_columns(upload: Upload, chosen: str) -> list[dict[str, Any]]:
    counted = upload.rejects.values("column").annotate(n=Count("id")).order_by("-n", "column")[:_MOST_COLUMNS]
    return [_option(row["column"] or _RECORD, row["column"], row["n"], chosen) for row in counted]


def _option(value: str, label: Any, count: int, chosen: str) -> dict[str, Any]:
    return {"value": value, "label": label, "count": count, "chosen": value == chosen}


def _stream(upload: Upload, rejects: QuerySet[UploadReject], language: str | None) -> Iterator[bytes]:
    """The language is set again: the middleware's has ended by the time the rows are sent."""
    if not upload.plan:
        return
    yield "\ufeff".encode()
    with override(language):
        for row in reject_rows(upload, rejects):
            yield row.encode()


def _ascii(name: str) -> str:
    return name.encode("ascii", "ignore").decode() or "import"
