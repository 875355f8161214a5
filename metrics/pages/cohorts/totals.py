"""The cells of a run added up to the rows of a table, by the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from metrics.models import CohortCell, Run
from metrics.pages.scope import Scope

Key = date | str
#: By what a row is known, as SQL.
KEYS: Final[Mapping[str, str]] = {
    "month": "cohort",
    "quarter": "date_trunc('quarter', cohort)::date",
    "member": "member",
    "all": "''",
}


@dataclass(frozen=True, slots=True)
class Total:
    """Cohorts taken together in one month since they were new.

    ``customers``: all of them, whether or not they bought in it. ``repurchased`` and ``so_far``
    (contribution) are added up from the first month on. An amount is None when a cost of goods in it is not
    known.
    """

    customers: int
    active: int
    repurchased: int
    revenue: Decimal
    contribution: Decimal | None
    so_far: Decimal | None
    complete: bool

    def __add__(self, other: "Total") -> "Total":
        return Total(
            self.customers + other.customers,
            self.active + other.active,
            self.repurchased + other.repurchased,
            self.revenue + other.revenue,
            _add_known(self.contribution, other.contribution),
            _add_known(self.so_far, other.so_far),
            self.complete and other.complete,
        )


def add_up_cells(
    run: Run, key: str, scope: Scope, *, every_member: bool = False
) -> dict[Key, dict[int, Total]]:
    """Return sums by row and age, from 0. ``key`` names the rows, see ``KEYS``.

    Months and quarters take every cell there is and say which are not complete. Rows of several cohorts
    (``member``, ``all``) take only those that were complete at an age, so that each of their cells is a mean
    over customers who were all followed for so long. ``every_member``: all members of the scope's dimension.
    """
    of_member = "" if every_member else "AND member = %s"
    only_complete = "WHERE complete" if key in ("member", "all") else ""
    sql = f"""
        SELECT {KEYS[key]}, age, sum(customers)::bigint, sum(active)::bigint, sum(repurchased)::bigint,
               sum(revenue), CASE WHEN bool_and(contribution IS NOT NULL) THEN sum(contribution) END,
               CASE WHEN sum(unknown) = 0 THEN sum(so_far) END, bool_and(complete)
        FROM (
            SELECT member, cohort, age, customers, active, revenue, contribution, complete,
                   sum(repurchased) OVER until_then AS repurchased,
                   sum(contribution) OVER until_then AS so_far,
                   count(*) FILTER (WHERE contribution IS NULL) OVER until_then AS unknown
            FROM {CohortCell._meta.db_table}
            WHERE run_id = %s AND dimension = %s {of_member}
            WINDOW until_then AS (PARTITION BY member, cohort ORDER BY age)
        ) AS cells
        {only_complete}
        GROUP BY 1, 2 ORDER BY 1, 2
    """
    parameters: list[int | str] = [run.pk, scope.dimension, *([] if every_member else [scope.member])]
    found: dict[Key, dict[int, Total]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for row_key, age, *sums in cursor.fetchall():
            found.setdefault(row_key, {})[age] = Total(*sums)
    return found


def _add_known(one: Decimal | None, other: Decimal | None) -> Any:
    return None if one is None or other is None else one + other
