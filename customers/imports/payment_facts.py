"""Payments, from the staged rows of one file: the transaction cost of orders, and refunds.

A row is a *payment* of an order; a *refund*, below 0; or, without a number of its own, a *cost* that the
provider withheld from a settlement. Such a cost belongs to no payment in particular: the payments of the
settlement share it equally, in whole 1/10,000, and what rounding leaves goes to the lowest order number.

Payments hold VAT, facts do not. What was given back is brought to net in the proportion of the order: its net
revenue ÷ what this file says was paid for it.
"""

from collections.abc import Mapping
from typing import Any, Final

from customers.imports.dedupe import drop_duplicates
from customers.imports.fact_tables import Check, FactTable
from customers.imports.facts import CHANGED, UNCHANGED, Outcome, compare, make_temporary, rows, run, write
from customers.imports.merged import Merged, merge_table
from customers.imports.staging import TABLE, Staged
from customers.models import Order, Refund, Upload

_PAYMENT: Final = "payment"
_REFUND: Final = "refund"
_COST: Final = "cost"


def _prepare(staged: Staged) -> None:
    """Give each row its role, and each payment its share of what was withheld, before any is refused."""
    have = set(staged.columns)
    for name, kind in (("fee", "numeric"), ("refunded_amount", "numeric"), ("settlement", "text")):
        if name not in have:
            run(f"ALTER TABLE {TABLE} ADD COLUMN {name} {kind}")
    run(f"ALTER TABLE {TABLE} ADD COLUMN role text, ADD COLUMN share numeric")
    run(f"""
        UPDATE {TABLE} SET role = CASE WHEN external_id IS NULL AND settlement IS NOT NULL THEN '{_COST}'
                                       WHEN amount < 0 THEN '{_REFUND}' ELSE '{_PAYMENT}' END
    """)
    make_temporary(
        "import_withheld",
        f"""
        SELECT c.settlement, -sum(c.amount) AS total,
               (SELECT count(DISTINCT p.external_id) FROM {TABLE} p
                WHERE p.role = '{_PAYMENT}' AND p.settlement = c.settlement) AS payments
        FROM {TABLE} c WHERE c.role = '{_COST}' GROUP BY c.settlement
    """,
    )
    run(f"""
        UPDATE {TABLE} s
        SET share = w.part + CASE WHEN p.place = 1 THEN w.total - w.payments * w.part ELSE 0 END
        FROM (
            SELECT *, trunc(total / payments, 4) AS part FROM import_withheld WHERE payments > 0
        ) w JOIN (
            SELECT max(record) AS record, settlement,
                   row_number() OVER (PARTITION BY settlement ORDER BY max("order") COLLATE "C", external_id)
                       AS place
            FROM {TABLE} WHERE role = '{_PAYMENT}' GROUP BY settlement, external_id
        ) p ON p.settlement = w.settlement
        WHERE p.record = s.record
    """)


def merge_payments(staged: Staged, upload: Upload) -> Merged:
    """Bring transaction costs to their orders, and what was given back to refunds. Needs a transaction."""
    duplicates = drop_duplicates(staged, "external_id", "external_id IS NOT NULL")
    source = f"""
        SELECT s."order" AS external_id, round(sum(coalesce(s.fee, 0) + coalesce(s.share, 0)), 4) AS cost,
               max(o.transaction_cost) AS cost_before
        FROM {TABLE} s JOIN customers_order o ON o.external_id = s."order"
        WHERE s.fee IS NOT NULL OR s.share IS NOT NULL GROUP BY 1
    """
    columns, keys = {"transaction_cost": "s.cost"}, ("external_id",)
    orders = compare(Order, "import_order", source, keys, columns)
    write(Order, "import_order", keys, columns, upload)
    refunds = _merge_refunds(upload)
    return Merged(_count_records(), duplicates, {"orders": orders, "refunds": refunds})


def _merge_refunds(upload: Upload) -> Outcome:
    """A payment that says what was given back, without a day, gives it back on the day of its order."""
    net = "CASE WHEN o.net_revenue > 0 AND p.paid > o.net_revenue THEN o.net_revenue / p.paid ELSE 1 END"
    source = f"""
        SELECT s.external_id, coalesce(s.moment, o.ordered_at) AS moment, round(s.given * {net}, 4) AS amount,
               coalesce(s."order", '') AS order_reference, o.id AS order_id,
               o.id IS NOT NULL AND p.paid IS NULL AS holds_vat
        FROM (
            SELECT external_id, "order", moment, -amount AS given FROM {TABLE} WHERE role = '{_REFUND}'
            UNION ALL
            SELECT external_id, "order", NULL, abs(refunded_amount) FROM {TABLE}
            WHERE role = '{_PAYMENT}' AND refunded_amount <> 0
        ) s
        LEFT JOIN customers_order o ON o.external_id = s."order"
        LEFT JOIN (
            SELECT "order", sum(amount) AS paid FROM {TABLE} WHERE role = '{_PAYMENT}' GROUP BY 1
        ) p ON p."order" = s."order"
    """
    columns = {
        "refunded_at": "s.moment",
        "refunded_on": "s.moment::date",
        "amount": "s.amount",
        "order_reference": "s.order_reference",
        "order_id": "s.order_id",
    }
    return merge_table(Refund, source, ("external_id",), columns, upload)


def _count_records() -> Outcome:
    """A record did what it did to its order or its refund; a withheld cost what it did to any order."""
    return Outcome.of(
        dict(
            rows(f"""
        SELECT outcome, count(*) FROM (
            SELECT coalesce(least(o.outcome, r.outcome, w.outcome), '{UNCHANGED}') AS outcome
            FROM {TABLE} s
            LEFT JOIN import_order o ON o.external_id = s."order"
            LEFT JOIN import_refund r ON r.external_id = s.external_id
            LEFT JOIN (
                SELECT p.settlement, min(o.outcome) AS outcome
                FROM {TABLE} p JOIN import_order o ON o.external_id = p."order"
                WHERE p.role = '{_PAYMENT}' GROUP BY 1
            ) w ON s.role = '{_COST}' AND w.settlement = s.settlement
        ) records GROUP BY 1""")
        )
    )


def _find_totals(staged: Staged) -> dict[str, Any]:
    count, paid, first, last = rows(
        f"""SELECT count(*) FILTER (WHERE role = '{_PAYMENT}'),
                   coalesce(sum(amount) FILTER (WHERE role = '{_PAYMENT}'), 0),
                   min(moment)::date, max(moment)::date
            FROM {TABLE}"""
    )[0]
    cost = rows("SELECT coalesce(sum(to_transaction_cost), 0) FROM import_order")[0][0]
    refunds, refunded = rows("SELECT count(*), coalesce(sum(to_amount), 0) FROM import_refund")[0]
    return {
        "payments": count,
        "paid": str(paid),
        "transaction_cost": str(cost),
        "refunds": refunds,
        "refunded": str(refunded),
        "first_day": str(first or ""),
        "last_day": str(last or ""),
    }


def _queries(staged: Staged) -> Mapping[str, str]:
    return {
        "unknown_order": """SELECT external_id FROM import_refund
            WHERE order_reference <> '' AND order_id IS NULL""",
        "refund_holds_vat": "SELECT external_id FROM import_refund WHERE holds_vat",
        "cost_replaced": f"""SELECT external_id FROM import_order
            WHERE outcome = '{CHANGED}' AND cost_before IS NOT NULL""",
        "cost_of_no_payment": "SELECT settlement FROM import_withheld WHERE payments = 0",
    }


TABLES: Final = (
    FactTable(
        "payments",
        Refund,
        merge_payments,
        prepare=_prepare,
        checks=(
            Check(
                "payments", "missing", "external_id", ("external_id",),
                f"s.external_id IS NULL AND s.role <> '{_COST}'",
            ),
            Check(
                "payments", "missing", "order", ("order",), f"s.\"order\" IS NULL AND s.role = '{_PAYMENT}'"
            ),
            Check(
                "payments", "unknown_order", "order", ("order",),
                f"""s.role = '{_PAYMENT}'
                AND NOT EXISTS (SELECT FROM customers_order o WHERE o.external_id = s."order")""",
            ),
        ),
        find_totals=_find_totals,
        queries=_queries,
    ),
)  # fmt: skip
