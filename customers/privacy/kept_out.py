"""Records of erased persons that come again in a file: recognised, and kept anonymous.

What they bought counts for the anonymous number, so that totals stay whole; who they are is not stored again.
"""

from typing import Final

from customers.imports.facts import run
from customers.imports.staging import TABLE, Staged
from customers.models import ErasedKey, Upload, UploadReject
from customers.privacy.digests import digest, make_key, sql_digest, sql_short_digest

#: Staged columns that hold a customer's number, by kind; each kind may have an e-mail address beside it.
REFERENCES: Final = {
    "orders": ("customer",),
    "order_lines": ("customer",),
    "refunds": ("customer",),
    "retention_costs": ("customer",),
    "programme_memberships": ("customer",),
    "survey_answers": ("customer",),
    "referrals": ("referrer", "referred"),
}
#: Staged columns that say who somebody is, or what he said.
_PERSONAL: Final = ("email", "customer_name", "city", "comment", "reason")


def keep_out(staged: Staged) -> int:
    """Make the staged records of erased persons anonymous; returns how many that were.

    Records of a customers file are left out and counted as skipped: nothing in them is needed. Needs the lock
    of the imports.
    """
    if not ErasedKey.objects.exists():
        return 0
    if staged.kind.name == "customers":
        return _leave_out(staged)
    references = REFERENCES.get(staged.kind.name, ())
    if "email" in staged.columns and "customer" not in staged.columns and "customer" in references:
        run(f"ALTER TABLE {TABLE} ADD COLUMN customer text")  # the number stands where an address would
        staged.columns.append("customer")
    found = sum(_replace(staged, column) for column in references if column in staged.columns)
    if staged.kind.name == "refunds" and {"order", "reason"} <= set(staged.columns):
        found += _blank_reasons()
    if found:
        run(f"ANALYZE {TABLE}")
    return found


def _blank_reasons() -> int:
    """Drop what is written beside money given back for an order of somebody who was erased."""
    return run(f"""
        UPDATE {TABLE} s SET reason = NULL
        FROM customers_order o JOIN customers_customer c ON c.id = o.customer_id
        JOIN customers_erasedkey k ON k.number = c.external_id
        WHERE o.external_id = s."order" AND s.reason IS NOT NULL
    """)


def keep_objecting() -> int:
    """Have erased persons whom a merge made anew be as those who object to profiling; returns how many."""
    return run("""
        UPDATE customers_customer c SET objects_to_profiling = true
        FROM customers_erasedkey k WHERE k.number = c.external_id AND NOT c.objects_to_profiling
    """)


def _leave_out(staged: Staged) -> int:
    left = run(
        f"""
        DELETE FROM {TABLE} s USING customers_erasedkey k
        WHERE k.digest = {sql_digest("s.external_id")}
        """,
        {"key": make_key()},
    )
    staged.rows -= left
    staged.skipped += left
    return left


def clear_rejects(upload: Upload) -> int:
    """Empty the copies of rejected records of one upload that name erased persons; returns how many."""
    known = set(ErasedKey.objects.values_list("digest", flat=True))
    if not known:
        return 0
    found = [
        reject.pk
        for reject in upload.rejects.iterator(chunk_size=2000)
        if any(_is_known(cell, known) for cell in (reject.value, *reject.record))
    ]
    return UploadReject.objects.filter(pk__in=found).update(record=[], value="")


def _is_known(cell: str, known: set[str]) -> bool:
    bare = cell.strip().removeprefix("'")
    return bool(bare) and not known.isdisjoint({digest(bare), digest(bare.lower())})


def _replace(staged: Staged, column: str) -> int:
    """Put the anonymous number in the place of a customer's, and nothing where else he is named."""
    changes = [f"{column} = k.number", *(f"{name} = NULL" for name in _PERSONAL if name in staged.columns)]
    if "description" in staged.columns:  # it tells costs of the same days apart
        changes.append(f"description = {sql_short_digest('s.description')}")
    who = f"s.{column}"
    if column == "customer" and "email" in staged.columns:
        who = f"coalesce(s.{column}, s.email)"
    return run(
        f"""
        UPDATE {TABLE} s SET {", ".join(changes)}
        FROM customers_erasedkey k WHERE k.digest = {sql_digest(who)}
        """,
        {"key": make_key()},
    )
