"""How the money of a file became what was imported, a line a difference, each with the way to its records."""

from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Upload
from customers.pages.reasons_named import name_reason
from customers.quality.set_aside import SET_ASIDE

#: What is taken off (or, below 0, put on) is written with a sign; a result with "=".
_TAKEN: Final = {
    "duplicate": gettext_lazy("a later record has the same key"),
    "repeated": gettext_lazy("repeated on further rows of the same order"),
    "vat": gettext_lazy("VAT"),
    "credit_notes": gettext_lazy("credit notes, imported as refunds"),
    "from_lines": gettext_lazy("orders without an amount of their own, worth the sum of their lines"),
    "rest": gettext_lazy("rounding, and VAT that lines hold"),
    "cancelled": gettext_lazy("cancelled"),
    "test": gettext_lazy("test orders"),
    "refunded": gettext_lazy("refunded"),
}
_RESULTS: Final = {
    "counted": gettext_lazy("Revenue that counts"),
    "left": gettext_lazy("Left after refunds"),
}
_IMPORTED: Final = {
    "orders": gettext_lazy("Imported revenue, without VAT"),
    "order_lines": gettext_lazy("Imported revenue, without VAT"),
}


def describe_reconciliation(upload: Upload) -> list[dict[str, Any]]:
    """Return the lines of the equation: label, sign, amount, count, url of the records, note, total."""
    parts = upload.control_totals.get("reconciliation", [])
    return [_describe(upload, part) for part in parts]


def _describe(upload: Upload, part: dict[str, Any]) -> dict[str, Any]:
    key, amount = part["key"], Decimal(part["amount"])
    line = {"key": key, "amount": amount, "count": part.get("count"), "sign": "", "note": "", "url": ""}
    if key == "file" and "times" in part:
        names = {"quantity": part["times"], "price": part["column"]}
        return line | {"label": _("In the file, “%(quantity)s” × “%(price)s”") % names}
    if key == "file":
        return line | {"label": _("In the file, column “%(column)s”") % {"column": part["column"]}}
    if key == "imported":
        label = _IMPORTED.get(upload.kind, gettext_lazy("Imported"))
        return line | {"label": label, "sign": "=", "total": True}
    if key in _RESULTS:
        return line | {"label": _RESULTS[key], "sign": "=", "total": True}
    taken = line | {"sign": "+" if amount < 0 else "−", "amount": abs(amount)}
    if key == "rejected":
        return taken | _describe_rejects(upload, part)
    url = reverse("upload_quality", args=[upload.uuid, key]) if key in SET_ASIDE else ""
    return taken | {"label": _TAKEN[key], "url": url}


def _describe_rejects(upload: Upload, part: dict[str, Any]) -> dict[str, Any]:
    note: str = ""
    amount: Decimal | None = Decimal(part["amount"])
    if part["reason"] == "foreign_currency":
        note = _("not added up")
    elif part["without"] == part["count"]:
        note = _("amount not known")
    elif part["without"]:
        note = _("in %(without)s of them the amount is not known") % {"without": part["without"]}
    label = _("refused: %(reason)s") % {"reason": name_reason(part["reason"])}
    if part["without"] == part["count"]:
        amount = None
    url = f"{reverse('upload', args=[upload.uuid])}?reason={part['reason']}#rejects"
    return {"label": label, "note": note, "url": url, "amount": amount}
