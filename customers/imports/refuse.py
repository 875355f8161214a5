"""Rejects that only the database can see: rows that refer to what is not known, or contradict themselves."""

from dataclasses import dataclass
from pathlib import Path

from customers.imports.facts import rows, run
from customers.imports.records import Damage, read_records
from customers.imports.rejects import Spool
from customers.imports.staging import TABLE, Staged


@dataclass(frozen=True, slots=True)
class _Check:
    """Rows of ``kind`` for which ``condition`` holds are refused with ``code`` at ``column``."""

    kind: str
    code: str
    column: str
    needs: tuple[str, ...]
    condition: str
    data: str = "'{}'::jsonb"


_NO_CUSTOMER = """s.customer IS NOT NULL
    AND NOT EXISTS (SELECT FROM customers_customer c WHERE c.external_id = s.customer)"""
_NO_HEAD = f"""NOT s.head
    AND NOT EXISTS (SELECT FROM {TABLE} h WHERE h.head AND h.external_id = s.external_id)"""
_DAYS = ("first_day", "last_day")
_BACKWARDS = "s.last_day < s.first_day"
_FIRST = "jsonb_build_object('first', to_char(s.first_day, 'YYYY-MM-DD'))"

_CHECKS = (
    _Check("orders", "head_rejected", "external_id", ("external_id",), _NO_HEAD),
    _Check(
        "order_lines", "unknown_order", "order", ("order",),
        'NOT EXISTS (SELECT FROM customers_order o WHERE o.external_id = s."order")',
    ),
    _Check("retention_costs", "unknown_customer", "customer", ("customer",), _NO_CUSTOMER),
    _Check("programme_memberships", "unknown_customer", "customer", ("customer",), _NO_CUSTOMER),
    _Check(
        "retention_costs", "two_scopes", "customer", ("customer", "programme"),
        "s.customer IS NOT NULL AND s.programme IS NOT NULL",
    ),
    _Check("acquisition_costs", "last_before_first", "last_day", _DAYS, _BACKWARDS, _FIRST),
    _Check("retention_costs", "last_before_first", "last_day", _DAYS, _BACKWARDS, _FIRST),
    _Check(
        "programme_memberships", "last_before_first", "last_day", _DAYS, _BACKWARDS, _FIRST
    ),
)  # fmt: skip


def refuse_impossible(staged: Staged, path: Path, rejects: Spool) -> None:
    """Move staged rows that cannot be facts to the rejects, with their records as they stand in the file."""
    bad: dict[int, tuple[str, str, str, dict]] = {}
    for check in _CHECKS:
        if check.kind != staged.kind.name or not set(check.needs) <= set(staged.columns):
            continue
        found = rows(f"""
            WITH refused AS (DELETE FROM {TABLE} s WHERE {check.condition} RETURNING s.*)
            SELECT s.line, s."{check.column}"::text, {check.data} FROM refused s
        """)
        bad.update({line: (check.code, check.column, value, data) for line, value, data in found})
    if not bad:
        return
    staged.rows -= len(bad)
    run(f"ANALYZE {TABLE}")
    place = {column.target: column.header for column in staged.plan.columns if column.target}
    for line, cells in read_records(path, staged.plan.dialect):
        if line in bad and not isinstance(cells, Damage):
            code, column, value, data = bad[line]
            rejects.add(line, place[column], value, code, data, cells)
