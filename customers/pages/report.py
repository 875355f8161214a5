"""What the page of an import that ended shows: counts that add up, facts, control totals, rejects."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customers.imports import report
from customers.models import QualityMeasurement, Upload
from customers.pages.quality import list_findings, make_cards
from customers.pages.reconciliation import describe_reconciliation

#: Counts of file records in the order of the equation: read = the others.
COUNTS: Final = {
    "read": _("read"),
    "new": _("new"),
    "changed": _("changed"),
    "unchanged": _("the same as before"),
    "duplicate": _("duplicate within the file"),
    "held_back": _("right, and held back"),
    "rejected": _("rejected"),
    "skipped": _("skipped (titles, blank lines and totals)"),
}
#: Control totals: what they are called and in which unit they are written.
TOTALS: Final = {
    "orders": (_("orders"), "count"),
    "lines": (_("order lines"), "count"),
    "rows": (_("rows"), "count"),
    "customers": (_("customers"), "count"),
    "revenue": (_("revenue without VAT"), "money"),
    "amount": (_("amount"), "money"),
    "first_day": (_("first day"), "date"),
    "last_day": (_("last day"), "date"),
    "payments": (_("payments"), "count"),
    "paid": (_("paid, with VAT"), "money"),
    "transaction_cost": (_("transaction cost"), "money"),
    "refunds": (_("refunds"), "count"),
    "refunded": (_("refunded"), "money"),
}
#: Control totals that also come for what names no customer: the total, and that part of it.
SPLIT: Final = {
    "orders": "anonymous_orders",
    "revenue": "anonymous_revenue",
    "refunds": "anonymous_refunds",
    "refunded": "anonymous_refunded",
}
#: Findings of an import whose rows are listed, and the check that lists them.
_ROWS: Final = {
    "superseded": "duplicate",
    "revenue_differs": "orders_differ_from_lines",
    "negative_orders": "orders_below_zero",
    "no_revenue": "orders_without_revenue",
    "unknown_order": "refunds_of_unknown_orders",
}


def describe_report(upload: Upload) -> dict[str, Any]:
    """Return the context of the report, without the rejects."""
    measurement = QualityMeasurement.objects.filter(upload=upload).first()
    counts = _counts(upload)
    return {
        "error": upload.error,
        "counts": counts,
        "held_back": sum(row["count"] for row in counts if row["name"] == "held_back"),
        "header_rows": upload.counts.get("header", 0),
        "facts": _facts(upload),
        "findings": [_describe_finding(upload, measurement, found) for found in upload.findings],
        "split": _split(upload),
        "totals": _totals(upload),
        "reconciliation": describe_reconciliation(upload),
        "quality": _describe_quality(upload, measurement),
        "took": _took(upload),
    }


def _describe_finding(
    upload: Upload, measurement: QualityMeasurement | None, found: dict[str, Any]
) -> dict[str, str]:
    """Return the sentence, and where the rows that it is about are listed once they are kept."""
    key = _ROWS.get(found["code"], "")
    kept = measurement is not None and measurement.findings.get(key, {}).get("count")
    url = reverse("upload_quality", args=[upload.uuid, key]) if kept else ""
    return {"sentence": report.describe_finding(found), "url": url}


def _describe_quality(upload: Upload, measurement: QualityMeasurement | None) -> dict[str, Any] | None:
    """Return what the checks found in the rows of this file; None before a worker has looked."""
    if measurement is None or not measurement.totals or upload.state != Upload.State.DONE:
        return None
    return {
        "measured_at": measurement.measured_at,
        "findings": list_findings(measurement),
        "cards": make_cards(measurement),
    }


def _counts(upload: Upload) -> list[dict[str, Any]]:
    counts = dict(upload.counts)
    if counts and upload.state == Upload.State.REJECTED:
        counts["held_back"] = counts["read"] - counts["rejected"] - counts["skipped"]
    return [
        {"label": label, "count": counts[name], "name": name}
        for name, label in COUNTS.items()
        if name in counts
    ]


def _facts(upload: Upload) -> list[dict[str, Any]]:
    return [{"label": report.name_tables()[name], **rows} for name, rows in upload.facts.items()]


def _totals(upload: Upload) -> list[dict[str, Any]]:
    """Control totals that are not split."""
    totals = upload.control_totals
    return [
        {"label": label, "unit": unit, "value": _value(totals[name], unit)}
        for name, (label, unit) in TOTALS.items()
        if name in totals and SPLIT.get(name) not in totals
    ]


def _split(upload: Upload) -> list[dict[str, Any]]:
    """Control totals of customers, of nobody, and of both; with what is left of the revenue after refunds."""
    totals = upload.control_totals
    rows: dict[str, dict[str, Any]] = {}
    for name, anonymous in SPLIT.items():
        if anonymous in totals:
            label, unit = TOTALS[name]
            total, nobody = _value(totals[name], unit), _value(totals[anonymous], unit)
            rows[name] = {"label": label, "unit": unit, "values": [total - nobody, nobody, total]}
    if {"revenue", "refunded"} <= rows.keys():
        pairs = zip(rows["revenue"]["values"], rows["refunded"]["values"], strict=True)
        left = [revenue - refunded for revenue, refunded in pairs]
        rows["left"] = {"label": _("revenue after refunds"), "unit": "money", "values": left, "total": True}
    return list(rows.values())


def _value(value: Any, unit: str) -> Any:
    if unit == "money":
        return Decimal(value)
    if unit == "date":
        return date.fromisoformat(value) if value else None
    return value


def _took(upload: Upload) -> Any:
    return upload.finished_at - upload.started_at if upload.finished_at and upload.started_at else None
