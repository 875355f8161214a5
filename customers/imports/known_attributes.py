"""Which attributes a segment or a market figure may name: those of every customer, and further columns."""

from typing import Final

from customers.imports.facts import make_temporary, rows, run
from customers.imports.staging import TABLE
from customers.segments import BUILT_IN, SIGN

_BUILT_IN: Final = ", ".join(f"('{name}')" for name in BUILT_IN)
_MOST: Final = 30

#: SQL that is true for an attribute that is known, once :func:`list_attributes` has run.
ATTRIBUTE_KNOWN: Final = "EXISTS (SELECT FROM import_labels l WHERE l.label = {attribute})"
#: What the sentence about an unknown one names.
KNOWN_ATTRIBUTES: Final = f"""jsonb_build_object('known', (
    SELECT string_agg(label, ', ')
    FROM (SELECT label FROM import_labels ORDER BY label LIMIT {_MOST}) few))"""


def list_attributes(column: str, attribute: str, *, known: str = "false") -> None:
    """Make ``import_labels``, and write the attributes of staged rows as customers have them.

    ``attribute`` is the SQL for the attribute in the staged ``column``: all of it, or what stands before the
    sign of a segment. Customers are looked through only when a row names what is no attribute of everyone.
    ``known``: SQL for rows ``s`` that are left as they are, because they name something else that is known.
    """
    make_temporary("import_labels", f"SELECT label FROM (VALUES {_BUILT_IN}) known(label)")
    others = f"NOT {ATTRIBUTE_KNOWN.format(attribute=attribute)} AND NOT ({known})"
    if not rows(f"SELECT 1 FROM {TABLE} s WHERE s.{column} IS NOT NULL AND {others} LIMIT 1"):
        return
    run("""
        INSERT INTO import_labels
        SELECT DISTINCT label FROM customers_customer, jsonb_object_keys(attributes) label
        WHERE attributes <> '{}'
    """)
    rest = f"substr(s.{column}, length({attribute}) + 1)" if SIGN in attribute else "''"
    run(f"""
        UPDATE {TABLE} s SET {column} = l.label || {rest} FROM import_labels l
        WHERE lower(l.label) = lower({attribute}) AND {others}
    """)
