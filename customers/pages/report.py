"""What the page of an import that ended shows: counts that add up, facts, control totals, rejects."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.imports import report
from customers.models import Upload, UploadReject

#: Counts of file records in the order of the equation: read = the others.
COUNTS: Final = {
    "read": _("read"),
    "new": _("new"),
    "changed": _("changed"),
    "unchanged": _("the same as before"),
    "duplicate": _("duplicate within the file"),
    "held_back": _("right, and held back"),
    "rejected": _("rejected"),
    "skipped": _("skipped (blank lines and totals)"),
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
#: File revenue − tax − … = imported revenue, in this order, with the sign of each.
RECONCILIATION: Final = {
    "revenue_with_tax": (_("Revenue in the file, with VAT"), ""),
    "tax": (_("VAT"), "−"),
    "discount": (_("Discount"), "−"),
    "refunds": (_("Refunds"), "−"),
    "difference": (_("Difference: rounding, or records that another one replaced"), "−"),
    "imported": (_("Imported revenue, without VAT"), "="),
}
#: What kinds of faults are called in the filter; the whole sentence stands in the table.
REASONS: Final = {
    "missing": _("value missing"),
    "not_amount": _("not an amount"),
    "too_large": _("amount too large"),
    "not_date": _("not a date"),
    "impossible_date": _("date does not exist"),
    "scientific_id": _("digits lost"),
    "unknown_status": _("unknown status"),
    "not_yes_no": _("neither yes nor no"),
    "foreign_currency": _("another currency"),
    "ragged": _("wrong number of cells"),
    "bad_byte": _("unreadable character"),
    "nul": _("damaged record"),
    "open_quote": _("open quote"),
    "too_long": _("cell too long"),
    "orphan_line": _("line without an order"),
    "unknown_order": _("unknown order"),
    "unknown_customer": _("unknown customer"),
    "negative_cost": _("negative cost"),
    "last_before_first": _("last day before the first"),
    "two_scopes": _("more than one bearer"),
    "segment": _("not a segment"),
    "segment_of_value": _("segment by value"),
    "unknown_attribute": _("unknown attribute"),
    "unknown_scale": _("unknown scale"),
    "not_score": _("not a score"),
    "off_scale": _("outside the scale"),
    "email_of_several": _("e-mail address of several"),
    "refers_to_himself": _("brought in by himself"),
    "not_whole": _("not a whole number"),
    "not_a_choice": _("not one of the choices"),
    "not_period": _("not a period"),
    "percent_unclear": _("percentage unclear"),
    "not_percent": _("not a percentage"),
    "target_of_two": _("channel and segment"),
    "not_everyone": _("unclear whose cost"),
    "head_rejected": _("first row of the order refused"),
}


def describe_report(upload: Upload, reason: str) -> dict[str, Any]:
    """Return the context of the report; ``reason`` is the code by which the rejects are filtered."""
    reasons = _reasons(upload, reason)
    return {
        "error": upload.error,
        "counts": _counts(upload),
        "facts": _facts(upload),
        "findings": [report.describe_finding(found) for found in upload.findings],
        "split": _split(upload),
        "totals": _totals(upload),
        "reconciliation": _reconciliation(upload),
        "reasons": reasons,
        "rejected": sum(item["count"] for item in reasons),
        "reason": reason,
        "took": _took(upload),
    }


def rejects_of(upload: Upload, reason: str) -> QuerySet[UploadReject]:
    """Return the rejected records in the order of the file, all or of one reason."""
    rejects = upload.rejects.order_by("line", "id")
    return rejects.filter(reason_code=reason) if reason else rejects


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


def _reconciliation(upload: Upload) -> list[dict[str, Any]]:
    """The lines of the equation; a difference of nothing, or a part the file does not have, is left out."""
    parts = upload.control_totals.get("reconciliation", {})
    lines = []
    for name, (label, sign) in RECONCILIATION.items():
        if name not in parts:
            continue
        amount = Decimal(parts[name])
        if name == "difference" and not amount:
            continue
        lines.append({"label": label, "sign": sign, "amount": amount, "total": name == "imported"})
    return lines


def _reasons(upload: Upload, chosen: str) -> list[dict[str, Any]]:
    counted = upload.rejects.values("reason_code").annotate(n=Count("id")).order_by("-n", "reason_code")
    return [
        {
            "code": item["reason_code"],
            "label": REASONS.get(item["reason_code"], item["reason_code"]),
            "count": item["n"],
            "current": item["reason_code"] == chosen,
        }
        for item in counted
    ]


def _value(value: Any, unit: str) -> Any:
    if unit == "money":
        return Decimal(value)
    if unit == "date":
        return date.fromisoformat(value) if value else None
    return value


def _took(upload: Upload) -> Any:
    return upload.finished_at - upload.started_at if upload.finished_at and upload.started_at else None
