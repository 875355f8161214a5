"""The rows behind one finding: looked through by what they share, and downloaded."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KT
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_tables2 import RequestConfig

from customers.imports.rejects import guard
from customers.models import Evidence, QualityMeasurement, Shop, Upload
from customers.pages.quality import describe_finding
from customers.pages.reasons_named import name_reason
from customers.permissions import VIEW, require
from customers.quality.checks import Check, Field
from customers.quality.measure import MOST_ROWS, latest, read_rows
from customers.quality.register import CHECKS
from customers.quality.set_aside import SET_ASIDE
from klantwaarde import formats
from klantwaarde.table_columns import DateColumn, MoneyColumn, NumberColumn, PercentColumn

PER_PAGE: Final = 25
_MOST_CHOICES: Final = 60
_BLANK: Final = "∅"  # stands for "nothing filled in" in an address, where an empty choice means all
_COLUMNS: Final = {"money": MoneyColumn, "count": NumberColumn, "date": DateColumn, "percent": PercentColumn}


@require(VIEW)
@never_cache
@require_safe
def show_rows(request: HttpRequest, key: str, uuid: UUID | None = None) -> HttpResponse:
    """Show one page of the rows that were kept behind a finding."""
    check, upload = _find(key, uuid)
    measurement = upload_measurement(upload) if upload else latest()
    if measurement is None:
        raise Http404
    kept = measurement.evidence.filter(finding=key).order_by("position")
    facets = _describe_facets(check, kept, request)
    chosen = {facet["name"]: facet["value"] for facet in facets if facet["chosen"]}
    page = Paginator(_choose(check, kept, chosen), PER_PAGE).get_page(request.GET.get("page"))
    table = _make_table(check)([_read(check, row.cells) for row in page])
    RequestConfig(request, paginate=False).configure(table)
    found = describe_finding(check, measurement)
    context = {
        "check": check,
        "upload": upload,
        "measurement": measurement,
        "found": found,
        "facets": facets,
        "table": table,
        "page": page,
        "first": MOST_ROWS if found and found["count"] > MOST_ROWS else None,
        "export_url": _export_url(key, upload, request),
        "back_url": reverse("upload", args=[upload.uuid]) if upload else reverse("quality"),
    }
    return render(request, "customers/quality_rows.html", context)


@require(VIEW)
@require_safe
def export_rows(request: HttpRequest, key: str, uuid: UUID | None = None) -> StreamingHttpResponse:
    """Stream all rows behind a finding as they are now, by the same choices as the page."""
    check, upload = _find(key, uuid)
    chosen: dict[str, str | None] = {facet.name: _meaning(request.GET[facet.name])
              for facet in check.facets if request.GET.get(facet.name)}  # fmt: skip
    language = get_language() or "en"
    lines = _write_lines(check, upload, chosen, language, [str(field.label) for field in _exported(check)])
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"klantwaarde-{key}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def upload_measurement(upload: Upload) -> QualityMeasurement | None:
    """Return what was found in one upload's rows, once a worker has looked."""
    return QualityMeasurement.objects.filter(upload=upload).first()


def _find(key: str, uuid: UUID | None) -> tuple[Check, Upload | None]:
    upload = get_object_or_404(Upload, uuid=uuid) if uuid else None
    if upload and key in SET_ASIDE:
        return SET_ASIDE[key], upload
    if key not in CHECKS or (upload and upload.kind not in CHECKS[key].of_file):
        raise Http404
    return CHECKS[key], upload


def _read(check: Check, cells: list[str | None]) -> dict[str, Any]:
    pairs = zip(check.fields, cells, strict=True)
    return {field.name: _value(text, field.unit) for field, text in pairs}


def _value(text: str | None, unit: str) -> Any:
    if text is None or text == "":
        return None
    if unit in {"money", "count", "percent"}:
        return Decimal(text)
    if unit in {"date", "month"}:
        return date.fromisoformat(text)
    if unit == "flag":
        return formats.yes_or_no(text == "true", get_language() or "en")
    return str(name_reason(text)) if unit == "reason" else text


def _make_table(check: Check) -> type[tables.Table]:
    """Return a table with a column for each field that is shown."""
    columns = {field.name: _make_column(field) for field in check.shown}
    meta = type("Meta", (), {"orderable": False, "attrs": {"class": "table sticky-first"}})
    body = {**columns, "Meta": meta, "caption": check.title, "row_header": check.shown[0].name}
    return type("EvidenceTable", (tables.Table,), body)


def _make_column(field: Field) -> tables.Column:
    if field.link:
        return _LinkColumn(field)
    column: tables.Column = _COLUMNS.get(field.unit, tables.Column)(verbose_name=_capitalise(field.label))
    return column


class _LinkColumn(tables.Column):
    """A text that leads to the page of what it names."""

    def __init__(self, field: Field) -> None:
        super().__init__(verbose_name=_capitalise(field.label))
        self._name, self._argument = field.link.split(":")

    def render(self, value: str, record: dict[str, Any]) -> str:
        url = reverse(self._name, args=[record[self._argument]])
        return format_html('<a href="{}">{}</a>', url, value)


def _capitalise(label: Any) -> str:
    text = str(label)
    return text[:1].upper() + text[1:]


def _choose(check: Check, kept: QuerySet[Evidence], chosen: dict[str, str | None]) -> QuerySet[Evidence]:
    for name, value in chosen.items():
        kept = kept.filter(**{f"cells__{_place(check, name)}": value})
    return kept


def _place(check: Check, name: str) -> int:
    return [field.name for field in check.fields].index(name)


def _meaning(value: str) -> str:
    return "" if value == _BLANK else value


def _describe_facets(check: Check, kept: QuerySet[Evidence], request: HttpRequest) -> list[dict[str, Any]]:
    """Return what the rows can be chosen by, with the most frequent values; none where all are alike."""
    found = []
    for field in check.facets:
        values = kept.annotate(value=KT(f"cells__{_place(check, field.name)}")).order_by().values("value")
        counted = values.annotate(n=Count("*")).order_by("-n", "value")[:_MOST_CHOICES]
        asked = request.GET.get(field.name, "")
        options = [(row["value"] or _BLANK, _name(row["value"], field), row["n"]) for row in counted]
        known = asked in {value for value, _label, _n in options}
        if field.unit == "month":
            options.sort(reverse=True)
        if len(options) > 1 or known:
            found.append({
                "name": field.name, "label": _capitalise(field.label), "options": options,
                "chosen": asked if known else "", "value": _meaning(asked),
            })  # fmt: skip
    return found


def _name(text: str | None, field: Field) -> str:
    if not text:
        return _("not filled in")
    if field.unit == "month":
        return formats.month(date.fromisoformat(text), get_language() or "en")
    return str(_value(text, field.unit))


def _export_url(key: str, upload: Upload | None, request: HttpRequest) -> str:
    url = (
        reverse("upload_quality_export", args=[upload.uuid, key])
        if upload
        else reverse("quality_export", args=[key])
    )
    query = request.GET.copy()
    query.pop("page", None)
    return f"{url}?{query.urlencode()}" if query else url


def _exported(check: Check) -> list[Field]:
    return [field for field in check.fields if field.unit != "hidden"]


def _write_lines(
    check: Check, upload: Upload | None, chosen: dict[str, str | None], language: str, head: list[str]
) -> Iterator[str]:
    """Yield the lines as the reader's spreadsheet expects them; ``head`` is in the request's language."""
    dutch = language.startswith("nl")
    write = csv.writer(_Echo(), delimiter=";" if dutch else ",").writerow
    places = [(place, field) for place, field in enumerate(check.fields) if field.unit != "hidden"]
    currency = Shop.load().currency
    marked = [f"{label} ({currency})" if field.unit == "money" else label
              for label, (_place, field) in zip(head, places, strict=True)]  # fmt: skip
    yield "\N{BYTE ORDER MARK}" + write(marked)
    with override(language):  # that of the request has ended by now
        for cells in _read_all(check, upload, chosen):
            yield write([_write_cell(cells[place], field, dutch) for place, field in places])


def _write_cell(text: str | None, field: Field, dutch: bool) -> str:
    if text is None:
        return ""
    if field.unit in {"money", "count", "percent"}:
        return text.replace(".", ",") if dutch else text
    return str(name_reason(text)) if field.unit == "reason" else guard(text)


def _read_all(
    check: Check, upload: Upload | None, chosen: dict[str, str | None]
) -> Iterator[list[str | None]]:
    """Return the rows as they are now; what an import set aside is known from its own moment only."""
    if upload is None or check.key not in SET_ASIDE:
        return read_rows(check, upload, chosen)
    kept = Evidence.objects.filter(measurement__upload=upload, finding=check.key).order_by("position")
    return _choose(check, kept, chosen).values_list("cells", flat=True).iterator(chunk_size=2_000)


class _Echo:
    """A file that hands back what csv writes to it."""

    def write(self, line: str) -> str:
        return line
