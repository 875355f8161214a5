"""Rejects that only the database can see: rows that refer to what is not known, or contradict themselves."""

import json
from pathlib import Path

from django.db import connection

from customers.imports.fact_tables import Check, find_table
from customers.imports.facts import run
from customers.imports.kinds import KINDS
from customers.imports.presets import get_preset
from customers.imports.records import Damage, read_records
from customers.imports.rejects import Spool
from customers.imports.staging import TABLE, Staged

_NO_HEAD = f"""NOT s.head
    AND NOT EXISTS (SELECT FROM {TABLE} h WHERE h.head AND h.external_id = s.external_id)"""
_NO_AMOUNT = "s.line_amount IS NULL"
_NO_TAX = "s.gross_revenue <> 0 AND s.tax IS NULL"
_NO_PRICE = "s.unit_price IS NULL"
#: What stands where a customer's number should be in a row of totals, or in a header that comes again.
_WORDS = ("total", "totals", "totaal", "totalen", "grand total", "subtotal", "subtotaal", "eindtotaal")
_NO_NUMBERS = ", ".join(f"'{name}'" for name in (*_WORDS, *KINDS["customers"].columns["external_id"].names))
_CHECKS = (
    Check(
        "customers", "no_number", "external_id", ("external_id",),
        f"lower(btrim(s.external_id, ' :')) IN ({_NO_NUMBERS})",
    ),
    Check("orders", "head_rejected", "external_id", ("external_id",), _NO_HEAD),
    Check("orders", "vat_missing", "tax", ("gross_revenue", "tax"), _NO_TAX, unless="net_revenue"),
    Check(
        "order_lines", "unknown_order", "order", ("order",),
        'NOT EXISTS (SELECT FROM customers_order o WHERE o.external_id = s."order")', unless="moment",
    ),
    Check(
        "order_lines", "missing", "line_amount", ("line_amount",), _NO_AMOUNT, unless="unit_price",
    ),
    Check(
        "order_lines", "missing", "unit_price", ("unit_price",), _NO_PRICE, unless="line_amount",
    ),
    Check(
        "order_lines", "missing", "line_amount", ("line_amount", "unit_price"),
        f"{_NO_AMOUNT} AND {_NO_PRICE}",
    ),
)  # fmt: skip


def refuse_impossible(staged: Staged, path: Path, rejects: Spool) -> None:
    """Move staged rows that cannot be facts to the rejects, with their records as they stand in the file."""
    run("DROP TABLE IF EXISTS pg_temp.import_refused")
    run(
        """CREATE TEMP TABLE import_refused (line bigint, code text, "column" text, value text, data jsonb)
           ON COMMIT DROP"""
    )
    table = find_table(staged)
    if table and table.prepare:
        table.prepare(staged)
    checks = table.checks if table else _CHECKS
    if sum(_refuse(check) for check in checks if _applies(check, staged)):
        run(f"ANALYZE {TABLE}")
        staged.rows -= _keep_records(staged, path, rejects)


def _applies(check: Check, staged: Staged) -> bool:
    have = set(staged.columns)
    if check.condition == _NO_HEAD and not get_preset(staged.plan.preset).expander:
        return False  # every row is one
    return check.kind == staged.kind.name and set(check.needs) <= have and check.unless not in have


def _refuse(check: Check) -> int:
    return run(f"""
        WITH refused AS (DELETE FROM {TABLE} s WHERE {check.condition} RETURNING s.*)
        INSERT INTO import_refused
        SELECT s.line, '{check.code}', '{check.column}', coalesce(s."{check.column}"::text, ''), {check.data}
        FROM refused s
    """)


def _keep_records(staged: Staged, path: Path, rejects: Spool) -> int:
    """Read the file beside the refused lines, both in their order: never more than a few in memory.

    Returns how many records were refused.
    """
    before = rejects.count
    plan = staged.plan
    added = plan.columns[plan.width : plan.made_from]  # by the preset: nobody finds these in the file
    place = {column.target: "" if column in added else column.header for column in plan.columns}
    records = read_records(path, staged.plan.dialect)
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT DISTINCT ON (line) * FROM import_refused ORDER BY line, code")
        for wanted, code, column, value, data in cursor:
            record = next(cells for line, cells in records if line == wanted)
            if not isinstance(record, Damage):
                rejects.add(wanted, place[column], value, code, json.loads(data), record)
    return rejects.count - before
