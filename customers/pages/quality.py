"""The page of data quality: what the checks found over all facts, the worst first."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customers.models import QualityMeasurement, Upload
from customers.permissions import UPLOAD, VIEW, require
from customers.quality import schedule
from customers.quality.checks import GROUPS, SEVERITIES, Check
from customers.quality.measure import latest
from customers.quality.register import CHECKS, checks_of
from customers.worker_presence import worker_is_present

TONES = {"error": "bad", "warning": "warning", "info": "info"}


@require(VIEW)
@never_cache
@require_safe
def show_quality(request: HttpRequest) -> HttpResponse:
    """Show every finding of the last measurement, with its share, its money and the way to its rows."""
    measurement = latest()
    waiting = schedule.is_waiting()
    context: dict[str, Any] = {
        "measurement": measurement,
        "waiting": waiting,
        "nobody": waiting and not worker_is_present(),
        "empty": measurement is None or not any(_subjects(measurement).values()),
    }
    if measurement:
        findings = list_findings(measurement)
        context |= {
            "cards": make_cards(measurement),
            "groups": _group(findings),
            "in_order": [CHECKS[key].title for key in CHECKS if key not in {f["key"] for f in findings}],
            "changed": Upload.objects.filter(finished_at__gt=measurement.measured_at).exists(),
        }
    return render(request, "customers/quality.html", context)


@require(UPLOAD)
@require_POST
def measure_quality(request: HttpRequest) -> HttpResponse:
    """Have the worker check all facts again."""
    schedule.request_measurement()
    messages.success(request, _("The facts are being checked. This page shows the outcome in a moment."))
    return redirect("quality")


def list_findings(measurement: QualityMeasurement) -> list[dict[str, Any]]:
    """Return the findings of a measurement that have rows, the worst first within each group."""
    order = list(SEVERITIES)
    described = (describe_finding(check, measurement) for check in checks_of(measurement.upload))
    found = [item for item in described if item]
    return sorted(found, key=lambda item: order.index(item["severity"]))


def describe_finding(check: Check, measurement: QualityMeasurement) -> dict[str, Any] | None:
    """Return what a page shows of one finding; None when nothing was found."""
    found = measurement.findings.get(check.key)
    if not found or not found["count"]:
        return None
    total = measurement.totals.get(check.subject) if check.subject else None
    return {
        "key": check.key,
        "group": check.group,
        "severity": check.severity,
        "severity_label": SEVERITIES[check.severity],
        "tone": TONES[check.severity],
        "title": check.title,
        "why": check.why,
        "advice": check.advice,
        "count": found["count"],
        "share": Decimal(found["count"]) / total if total else None,
        "amount": Decimal(found["amount"]) if found["amount"] is not None else None,
        "amount_label": check.amount_label,
        "url": _rows_url(check, measurement.upload),
        "action_url": reverse(check.action[0]) if check.action else "",
        "action": check.action[1] if check.action else "",
    }


def _rows_url(check: Check, upload: Upload | None) -> str:
    if upload is None:
        return reverse("quality_rows", args=[check.key])
    return reverse("upload_quality", args=[upload.uuid, check.key])


def _group(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups = [
        {"label": label, "key": key, "findings": [f for f in findings if f["group"] == key]}
        for key, label in GROUPS.items()
    ]
    return [group for group in groups if group["findings"]]


def _subjects(measurement: QualityMeasurement) -> dict[str, int]:
    return {name: count for name, count in measurement.totals.items() if name not in {"sold", "revenue"}}


def make_cards(measurement: QualityMeasurement) -> list[dict[str, Any]]:
    """Return how complete the facts are in a few figures; what was not asked of one file is left out."""
    totals, findings = measurement.totals, measurement.findings
    sold = "sold" if "sold" in totals else "orders"  # as it was counted before
    asked = (
        (_("Orders with a customer"), "orders", "orders_without_customer"),
        (_("Orders with a known cost"), sold, "orders_without_cost"),
        (_("Customers with a channel"), "customers", "customers_without_channel"),
    )
    whole = measurement.upload_id is None
    cards = [
        _card(label, totals[subject], findings[key]["count"])
        for label, subject, key in asked
        if key in findings and (whole or totals[subject])
    ]
    if "orders_without_cost" in findings and (whole or totals["orders"]):
        cards.append(
            _make_revenue_card(Decimal(totals["revenue"]), findings["orders_without_cost"]["amount"])
        )
    return cards


def _make_revenue_card(revenue: Decimal, unknown: str | None) -> dict[str, Any]:
    share = (revenue - Decimal(unknown or 0)) / revenue if revenue > 0 else None
    return {"label": _("Revenue with a known cost"), "unit": "share", "value": share}


def _card(label: str, total: int, without: int) -> dict[str, Any]:
    """Return a card: which share of ``total`` is not among those ``without``."""
    share = Decimal(total - without) / total if total else None
    return {"label": label, "value": share, "unit": "share", "without": without, "total": total}
