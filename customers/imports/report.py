"""What an import tells afterwards: counts that add up, findings, totals to hold against the shop's own."""

from datetime import date
from typing import Any, Final

from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from customers.imports.fact_tables import FACT_TABLES, find_table
from customers.imports.facts import rows
from customers.imports.kinds import KINDS
from customers.imports.merge import Merged
from customers.imports.order_sums import NOTEWORTHY, OrderSums
from customers.imports.presets import get_preset
from customers.imports.staging import Staged
from klantwaarde import formats

_EXAMPLES: Final = 20

#: What becomes of file records, in the order in which it is told; the others add up to the first. Beside them
#: ``header`` is kept: rows that hold the names of the columns.
COUNTS: Final = ("read", "new", "changed", "unchanged", "duplicate", "rejected", "skipped")

#: Findings that are said after an import, by code.
_FINDINGS: Final = {
    "superseded": ngettext_lazy(
        "%(count)s record has the key of a later one with other content; the later one counts: "
        "line %(examples)s.",
        "%(count)s records have the key of a later one with other content; the later ones count: "
        "lines %(examples)s.",
        "count",
    ),
    "customers_created": ngettext_lazy(
        "%(count)s customer was not known and was created from this file.",
        "%(count)s customers were not known and were created from this file.",
        "count",
    ),
    "revenue_differs": ngettext_lazy(
        "%(count)s order has a net revenue other than the sum of its lines; its own figure counts: "
        "%(examples)s.",
        "%(count)s orders have a net revenue other than the sum of their lines; their own figure counts: "
        "%(examples)s.",
        "count",
    ),
    "unknown_order": ngettext_lazy(
        "%(count)s refund names an order that is not known; it counts on its own day: %(examples)s.",
        "%(count)s refunds name an order that is not known; they count on their own day: %(examples)s.",
        "count",
    ),
    "negative_orders": ngettext_lazy(
        "%(count)s order is worth less than 0 and counts as a refund without an order: %(examples)s.",
        "%(count)s orders are worth less than 0 and count as refunds without an order: %(examples)s.",
        "count",
    ),
    "no_revenue": ngettext_lazy(
        "%(count)s order has no net revenue and no lines yet; it is worth 0 until its lines are imported: "
        "%(examples)s.",
        "%(count)s orders have no net revenue and no lines yet; they are worth 0 until their lines are "
        "imported: %(examples)s.",
        "count",
    ),
    "segment_empty": ngettext_lazy(
        "%(count)s segment has no customer at present, and its costs stay unallocated: %(examples)s.",
        "%(count)s segments have no customer at present, and their costs stay unallocated: %(examples)s.",
        "count",
    ),
    "refund_holds_vat": ngettext_lazy(
        "%(count)s refund is of an order whose payment is not in this file: its VAT is not known and is "
        "still in it: %(examples)s. Export the payment and the refund in one file.",
        "%(count)s refunds are of orders whose payments are not in this file: their VAT is not known and is "
        "still in them: %(examples)s. Export payments and refunds in one file.",
        "count",
    ),
    "no_vat_no_discount": _(
        "This export has a column for neither VAT nor discount: what a total is above subtotal and shipping "
        "is taken for VAT. Where a discount was given, net revenue may be too high."
    ),
    "cost_shared": _(
        "What was withheld is one sum a settlement, not a cost of each payment: its payments share it "
        "equally."
    ),
    "refund_without_day": _(
        "The day on which money was given back is not in this export: a refund counts on the day of its "
        "order."
    ),
    "cost_replaced": ngettext_lazy(
        "%(count)s order had another transaction cost, which this file replaces: %(examples)s.",
        "%(count)s orders had another transaction cost, which this file replaces: %(examples)s.",
        "count",
    ),
    "cost_of_no_payment": ngettext_lazy(
        "%(count)s settlement has costs and no payment in this file; these costs are on no order: "
        "%(examples)s.",
        "%(count)s settlements have costs and no payment in this file; these costs are on no order: "
        "%(examples)s.",
        "count",
    ),
    "kept_out": ngettext_lazy(
        "%(count)s record is of a person who was erased: nothing of who that is was stored, and the uploaded "
        "file was deleted. Take the person out of the export.",
        "%(count)s records are of persons who were erased: nothing of who they are was stored, and the "
        "uploaded file was deleted. Take them out of the export.",
        "count",
    ),
    "already_imported": ngettext_lazy(
        "This file was imported before, on %(examples)s: nothing changed.",
        "This file was imported before, on %(examples)s: nothing changed.",
        "count",
    ),
    "kept": ngettext_lazy(
        "%(count)s row was left as it is, because a later import changed it or refers to it: %(examples)s.",
        "%(count)s rows were left as they are, because later imports changed them or refer to them: "
        "%(examples)s.",
        "count",
    ),
}

#: What the tables of customers and orders are called; see :func:`name_tables` for the others.
LABELS: Final[dict[str, Any]] = {
    "customers": _("customers"),
    "orders": _("orders"),
    "order_lines": _("order lines"),
    "refunds": _("refunds"),
}


def name_tables() -> dict[str, Any]:
    """Return what the tables that imports write to are called, in the order in which they are told."""
    return LABELS | {name: KINDS[name].label for name in FACT_TABLES}


def finding(code: str, count: int, examples: list[Any] | tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return one finding as it is kept in ``Upload.findings``."""
    return {"code": code, "count": count, "examples": [str(example) for example in examples]}


class _Count(int):
    """Chooses the plural as the number that it is, and reads as the reader writes numbers."""

    def __str__(self) -> str:
        return formats.number(int(self), get_language() or "en")


def describe_finding(found: dict[str, Any]) -> str:
    """Return the sentence for one finding, in the reader's language."""
    written = map(_write_day, found["examples"]) if found["code"] == "already_imported" else found["examples"]
    examples = ", ".join(written)
    if found["count"] > len(found["examples"]):
        examples += ", …"
    return str(_FINDINGS[found["code"]] % {"count": _Count(found["count"]), "examples": examples})


def _write_day(day: str) -> str:
    return formats.date(date.fromisoformat(day), get_language() or "en")


def count_records(staged: Staged, merged: Merged, rejected: int) -> dict[str, int]:
    """Return the counts of file records. Raises RuntimeError when they do not add up to what was read."""
    counts = {
        "read": staged.read,
        "new": merged.records.new,
        "changed": merged.records.changed,
        "unchanged": merged.records.unchanged,
        "duplicate": int(merged.duplicates.count),
        "rejected": rejected,
        "skipped": staged.skipped,
    }
    if counts["read"] != sum(counts.values()) - counts["read"]:
        raise RuntimeError(f"The records do not add up: {counts}")
    return {"header": staged.header, **counts}


def count_facts(merged: Merged) -> dict[str, dict[str, int]]:
    """Return rows written, by table."""
    return {name: {"new": outcome.new, "changed": outcome.changed} for name, outcome in merged.facts.items()}


def find_findings(staged: Staged, merged: Merged, sums: OrderSums | None) -> list[dict[str, Any]]:
    """Return what the user should know about a file that was imported. ``sums``: of its orders, if any."""
    found = []
    if merged.duplicates.differing:
        found.append(finding("superseded", merged.duplicates.differing, merged.duplicates.lines))
    if merged.created_customers:
        found.append(finding("customers_created", merged.created_customers))
    if staged.kept_out:
        found.append(finding("kept_out", staged.kept_out))
    note = get_preset(staged.plan.preset).note
    if note:
        found.append(finding(note, staged.rows))
    for code, query in _queries(staged, sums).items():
        examples = rows(f"{query} ORDER BY 1 LIMIT {_EXAMPLES}")
        if examples:
            count = rows(f"SELECT count(*) FROM ({query}) q")[0][0]
            found.append(finding(code, count, [example for (example,) in examples]))
    return found


def _queries(staged: Staged, sums: OrderSums | None) -> dict[str, str]:
    table = find_table(staged)
    if table:
        return dict(table.queries(staged)) if table.queries else {}
    if staged.kind.name == "refunds":
        unknown = "SELECT external_id FROM import_refund WHERE order_reference <> '' AND order_id IS NULL"
        return {"unknown_order": unknown}
    if sums is None:
        return {}
    return {
        code: f"SELECT external_id FROM import_order WHERE {which}"
        for code, which in NOTEWORTHY.items()
        if sums.noteworthy[code] and (code != "revenue_differs" or "net_revenue" in staged.columns)
    }


def find_control_totals(staged: Staged, sums: OrderSums | None) -> dict[str, Any]:
    """Return what the good rows of this file add up to; amounts are exact decimals as text."""
    if sums:
        return _order_totals(staged, sums)
    table = find_table(staged)
    if table:
        return table.find_totals(staged) if table.find_totals else {}
    return {**_TOTALS[staged.kind.name](staged)} if staged.kind.name in _TOTALS else {}


def _order_totals(staged: Staged, sums: OrderSums) -> dict[str, Any]:
    found: dict[str, Any] = {
        "orders": sums.orders,
        "customers": sums.customers,
        "revenue": str(sums.revenue),
        "first_day": str(sums.first_day or ""),
        "last_day": str(sums.last_day or ""),
        "anonymous_orders": sums.anonymous_orders,
        "anonymous_revenue": str(sums.anonymous_revenue),
    }
    if "refunds" in _extra_tables(staged):
        found |= _credit_totals()
    if "refunded_amount" in staged.columns:
        found["refunded"] = str(sums.refunded)
    return found


def _extra_tables(staged: Staged) -> set[str]:
    return {"refunds"} if get_preset(staged.plan.preset).credit_notes else set()


def _credit_totals() -> dict[str, Any]:
    count, amount, named, named_amount = rows("""
        SELECT count(*), coalesce(sum(to_amount), 0), count(to_customer_id),
               coalesce(sum(to_amount) FILTER (WHERE to_customer_id IS NOT NULL), 0)
        FROM import_refund
    """)[0]
    return {
        "refunds": count,
        "refunded": str(amount),
        "anonymous_refunds": count - named,
        "anonymous_refunded": str(amount - named_amount),
    }


def _refund_totals(staged: Staged) -> dict[str, Any]:
    count, amount, first, last = rows(
        "SELECT count(*), coalesce(sum(to_amount), 0), min(to_refunded_on), max(to_refunded_on) "
        "FROM import_refund"
    )[0]
    days = {"first_day": str(first or ""), "last_day": str(last or "")}
    return {"refunds": count, "refunded": str(amount), **days}


def _line_totals(staged: Staged) -> dict[str, Any]:
    count, orders, amount = rows(
        "SELECT count(*), count(DISTINCT order_id), coalesce(sum(net_amount), 0) FROM import_placed"
    )[0]
    return {"lines": count, "orders": orders, "revenue": str(amount)}


def _customer_totals(staged: Staged) -> dict[str, Any]:
    return {"customers": rows("SELECT count(*) FROM import_customer")[0][0]}


_TOTALS: Final = {
    "refunds": _refund_totals,
    "order_lines": _line_totals,
    "customers": _customer_totals,
}
