"""What kinds of faults are called where the whole sentence is too long."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

#: The whole sentence stands in ``customers.imports.reasons``.
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
    "too_long_a_name": _("number or name too long"),
    "orphan_line": _("line without an order"),
    "unknown_order": _("unknown order"),
    "unknown_customer": _("unknown customer"),
    "negative_cost": _("negative cost"),
    "last_before_first": _("last day before the first"),
    "two_scopes": _("more than one bearer"),
    "segment": _("not a segment"),
    "segment_of_value": _("segment by value"),
    "unknown_segment": _("unknown segment"),
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
    "vat_missing": _("VAT missing"),
    "not_vat_rate": _("not a rate of VAT"),
    "formula_without_value": _("formula without a result"),
    "error_cell": _("error of the spreadsheet"),
    "line_too_long": _("line too long"),
    "mixed_encodings": _("two encodings"),
    "second_table": _("a second table"),
    "no_number": _("no customer number"),
    "head_rejected": _("first row of the order refused"),
}


def name_reason(code: str) -> Any:
    """Return what a reason is called; a code that is not known any more stands for itself."""
    return REASONS.get(code, code)
