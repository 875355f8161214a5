"""Which segments a row may name: those that storeys above compute, and what customers are described as."""

import json
from typing import Final

from customers.imports.fact_tables import Check
from customers.imports.facts import drop_temporary, run
from customers.imports.known_attributes import ATTRIBUTE_KNOWN, KNOWN_ATTRIBUTES, list_attributes
from customers.imports.staging import TABLE, Staged
from customers.segments import SIGN, list_named_segments

_MOST: Final = 60  # segments that a sentence names
_COLUMNS: Final = "place integer, attribute text, value text, kept text, of_value boolean, name text"
#: Letters and figures alone, in one case: what is compared of a name.
_BARE: Final = "btrim(lower(regexp_replace({text}, '[^[:alnum:]]+', ' ', 'g')))"
#: The two sides of the sign of a staged segment.
_ATTRIBUTE: Final = f"split_part(s.segment, '{SIGN}', 1)"
_VALUE: Final = f"substr(s.segment, strpos(s.segment, '{SIGN}') + {len(SIGN)})"
_SAME_SCHEME: Final = f"n.attribute = {_BARE.format(text=_ATTRIBUTE)}"
_SAME: Final = f"{_SAME_SCHEME} AND n.value = {_BARE.format(text=_VALUE)}"
_NAMED: Final = "EXISTS (SELECT FROM import_segments n WHERE n.kept = s.segment)"
_OF_A_SCHEME: Final = f"EXISTS (SELECT FROM import_segments n WHERE {_SAME_SCHEME})"
_UNKNOWN: Final = f"""s.segment IS NOT NULL AND NOT {_NAMED}
    AND NOT {ATTRIBUTE_KNOWN.format(attribute=_ATTRIBUTE)}"""


def find_segments(staged: Staged, *, of_value: bool) -> None:
    """Write staged segments as they are kept, whatever they were called.

    What a storey above computes comes before a further column of customers with the same name and value. It
    stays as it was typed where it goes by value and must not be (``of_value``), for :func:`check_segments`.
    """
    if "segment" not in staged.columns:
        return
    _keep_names()
    run(f"""
        UPDATE {TABLE} s SET segment = n.kept FROM import_segments n
        WHERE {_SAME} AND s.segment <> n.kept AND {"true" if of_value else "NOT n.of_value"}
    """)
    list_attributes("segment", _ATTRIBUTE, known=_NAMED)


def check_segments(kind: str, *, of_value: bool) -> tuple[Check, ...]:
    """Return the checks of a kind that names segments: none but known ones, nor by value unless it may."""
    value = f"EXISTS (SELECT FROM import_segments n WHERE n.of_value AND {_SAME})"
    known = f"""jsonb_build_object('choices', (
        SELECT string_agg(name, ', ' ORDER BY place)
        FROM (SELECT name, min(place) AS place FROM import_segments n
              WHERE {_SAME_SCHEME} AND {"true" if of_value else "NOT of_value"}
              GROUP BY name ORDER BY 2 LIMIT {_MOST}) few))"""
    by_value = Check(kind, "segment_of_value", "segment", ("segment",), value)
    return (
        *(() if of_value else (by_value,)),
        Check(kind, "unknown_segment", "segment", ("segment",), f"{_UNKNOWN} AND {_OF_A_SCHEME}", known),
        Check(kind, "unknown_attribute", "segment", ("segment",), _UNKNOWN, KNOWN_ATTRIBUTES),
    )


def find_empty(table: str) -> str:
    """Return the query for segments of a merged file in which no customer is at present.

    Of those that a storey above computes it cannot be told here, and of channels neither.
    """
    attribute, value = (part.replace("s.segment", "c.segment") for part in (_ATTRIBUTE, _VALUE))
    return f"""
        SELECT c.segment
        FROM (SELECT DISTINCT segment FROM {table} WHERE segment <> '') c
        WHERE {attribute} <> 'channel'
          AND NOT EXISTS (SELECT FROM import_segments n WHERE n.kept = c.segment)
          AND NOT EXISTS (
            SELECT FROM customers_customer k
            WHERE {value} = CASE {attribute} WHEN 'country' THEN k.country WHEN 'city' THEN k.city
                            ELSE k.attributes ->> {attribute} END)"""


def _keep_names() -> None:
    """Make ``import_segments``: a row per name that a segment goes by, in the order of tables."""
    named = [
        {"place": place, "attribute": attribute, "value": value, "kept": str(segment.kept),
         "of_value": segment.of_value, "name": segment.name or str(segment.kept)}
        for place, segment in enumerate(list_named_segments())
        for attribute in dict.fromkeys(segment.attributes)
        for value in dict.fromkeys(segment.values)
    ]  # fmt: skip
    drop_temporary("import_segments")
    run(f"CREATE TEMP TABLE import_segments ({_COLUMNS}) ON COMMIT DROP")
    run(
        f"""
        INSERT INTO import_segments
        SELECT DISTINCT ON ({_BARE.format(text="attribute")}, {_BARE.format(text="value")})
            place, {_BARE.format(text="attribute")}, {_BARE.format(text="value")}, kept, of_value, name
        FROM jsonb_to_recordset(%(named)s::jsonb) AS named({_COLUMNS})
        ORDER BY 2, 3, place
        """,
        {"named": json.dumps(named)},
    )
