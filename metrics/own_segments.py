"""Own segments: a filter of the ranked list that was saved, asked again of every run.

``criteria`` are the parameters of the list's URL, as text. The list itself narrows its rows in
``metrics.pages.customers.filters`` and ``own_segments``; a test holds them together.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from django.db import connection
from psycopg import sql

from metrics.core.own_history import Bound, Filter
from metrics.core.segments import SCHEMES
from metrics.models import CalculationSettings, CustomerValue, OwnSegment, Run

#: In criteria and in a URL: customers without a channel or country.
NO_MEMBER: Final = "-"
MEMBERS: Final = ("channel", "country")
DAYS: Final = {"first_from": ("first_order", ">="), "first_to": ("first_order", "<=")}
AMOUNTS: Final = {"value_min": ">=", "value_max": "<="}
#: The parameters of the list that say who is on it; ``method`` says of which value the amounts are.
CRITERIA: Final = (*MEMBERS, *SCHEMES, *DAYS, *AMOUNTS)


def select_members_sql(table: str, run: Run, segment: OwnSegment) -> str:
    """Return the query for who is in a segment: customer_id, and the segment's slug.

    ``table`` holds the values of ``run``, and maybe of others.
    """
    found = sql.SQL("SELECT customer_id, {slug}::text AS segment FROM {table} WHERE {conditions}").format(
        slug=sql.Literal(segment.slug),
        table=sql.Identifier(table),
        conditions=sql.SQL(" AND ").join(_list_conditions(run, segment.criteria)),
    )
    connection.ensure_connection()
    return found.as_string(connection.connection)


def count_members(run: Run, criteria: Mapping[str, str]) -> int:
    """Return how many customers of a published run meet the criteria; who objects to profiling is not one."""
    query = sql.SQL("SELECT count(*) FROM {table} WHERE {conditions}").format(
        table=sql.Identifier(CustomerValue._meta.db_table),
        conditions=sql.SQL(" AND ").join(_list_conditions(run, criteria)),
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return int(cursor.fetchone()[0])


def can_follow(criteria: Mapping[str, str], *, tiers_known: bool) -> bool:
    """Tell whether it is known who met the filters at an earlier month end.

    Of amounts only revenue is known then, and what somebody had realised while ``tiers_known``.
    """
    if "tier" in criteria and not tiers_known:
        return False
    if not set(AMOUNTS) & set(criteria):
        return True
    return {"revenue": True, "realised": tiers_known}.get(criteria.get("method", ""), False)


def list_followed(*, tiers_known: bool) -> list[OwnSegment]:
    """Return the segments whose members are known at earlier month ends, too."""
    segments = OwnSegment.objects.order_by("pk")
    return [own for own in segments if can_follow(own.criteria, tiers_known=tiers_known)]


def make_filters(followed: Sequence[OwnSegment]) -> list[Filter]:
    """Return what each of these segments takes at a month end; its place is its bit."""
    return [
        Filter(
            own.slug,
            bit,
            {scheme: own.criteria[scheme] for scheme in SCHEMES if scheme in own.criteria},
            [_make_bound(own.criteria)] if set(AMOUNTS) & set(own.criteria) else [],
        )
        for bit, own in enumerate(followed)
    ]


def _make_bound(criteria: Mapping[str, str]) -> Bound:
    lowest, highest = (
        int(Decimal(criteria[name]).scaleb(4)) if name in criteria else None
        for name in ("value_min", "value_max")
    )
    return Bound(criteria["method"], lowest, highest)


def _list_conditions(run: Run, criteria: Mapping[str, str]) -> Iterator[sql.Composable]:
    """Yield what must hold. An amount or day that is not known is in no range."""
    yield sql.SQL("run_id = {}").format(sql.Literal(run.pk))
    yield sql.SQL("NOT objects_to_profiling")
    for name in (*MEMBERS, *SCHEMES):
        if name in criteria:
            wanted = "" if criteria[name] == NO_MEMBER else criteria[name]
            yield _compare(name, "=", wanted)
    for name, (column, sign) in DAYS.items():
        if name in criteria:
            yield _compare(column, sign, date.fromisoformat(criteria[name]))
    for name, sign in AMOUNTS.items():
        if name in criteria:
            yield _compare(read_method(run, criteria), sign, Decimal(criteria[name]))


def read_method(run: Run, criteria: Mapping[str, str]) -> str:
    """Return the method that the amounts of a segment are of."""
    method = criteria.get("method", "")
    return method if method in CalculationSettings.Method.values else run.settings.ranking_method


def _compare(column: str, sign: str, value: object) -> sql.Composable:
    return sql.SQL("{} {} {}").format(sql.Identifier(column), sql.SQL(sign), sql.Literal(value))
