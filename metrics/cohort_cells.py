"""Cohorts month by month: how many bought, bought again, and what they brought in.

The database sums once by channel, first category, cohort and month; here that becomes cells of the shop, of
each channel and of each first category, with zeros where nothing happened.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.members import MOST_MEMBERS, OTHER, SHOP, Member
from metrics.models import CohortCell
from metrics.queries import cohort_cells as queries
from metrics.workspace import Workspace

DIMENSIONS: Final = ("channel", "first_category")
MOST_COHORTS: Final = 36
_NOTHING: Final = Decimal(0)


@dataclass
class Sums:
    """What a cohort did in one month; ``unknown``: customers in it with an order of unknown cost of goods."""

    active: int = 0
    repurchased: int = 0
    revenue: Decimal = _NOTHING
    contribution: Decimal = _NOTHING
    unknown: int = 0


@dataclass
class Counted:
    """Customers by member and cohort, and sums by member, cohort and age; cohorts are places."""

    customers: Counter[tuple[Member, int]] = field(default_factory=Counter)
    sums: defaultdict[tuple[Member, int, int], Sums] = field(default_factory=lambda: defaultdict(Sums))


@dataclass(frozen=True)
class CohortMonths:
    """What cohorts did by channel, first category and month, see ``queries.cohort_cells.sum_cohort_months``.

    ``first``: the first cohort that has cells; ``kept``: per dimension the members that stand apart in those.
    """

    sums: Table
    kept: Mapping[str, Table]
    first: int


def keep_cohort_months(work: Workspace, months: Table, customers: Table, basis: Basis) -> CohortMonths:
    """Keep ``cohort_months``; ``months`` and ``customers`` are the run's tables."""
    first = max(0, len(basis.months) - MOST_COHORTS)
    kept = {dimension: _keep_members(work, customers, dimension, first) for dimension in DIMENSIONS}
    sums = queries.sum_cohort_months(months, customers, kept, first, OTHER)
    return CohortMonths(work.keep("cohort_months", sums), kept, first)


def list_cells(
    work: Workspace, cohort_months: CohortMonths, customers: Table, basis: Basis
) -> list[CohortCell]:
    """Return the cells of the last 36 cohorts."""
    kept, first = cohort_months.kept, cohort_months.first
    sizes = queries.count_cohorts(customers, kept, first, OTHER, basis)
    sums = queries.sum_ages(cohort_months.sums, kept, first, OTHER)
    return add_up_cells(work, work.keep("cohort_sizes", sizes), sums, basis)


def add_up_cells(work: Workspace, sizes: Table, sums: Table, basis: Basis) -> list[CohortCell]:
    """Return the cells of the shop and of every dimension, from what the queries have counted and summed."""
    counted = Counted()
    for dimension in (SHOP[0], *DIMENSIONS):
        for row in work.read(queries.add_up(sizes, dimension)):
            _add_customers(counted, (dimension, row["member"]), row)
        for row in work.read(queries.add_up(sums, dimension)):
            _add_month(counted, (dimension, row["member"]), row)
    return list(_make_cells(counted, basis))


def _keep_members(work: Workspace, customers: Table, dimension: str, first: int) -> Table:
    """Keep the members with most new customers; the alphabet decides between equals."""
    rows = work.read(queries.count_members(customers, dimension, first))
    largest = sorted(rows, key=lambda row: (-row["n"], row["member"]))[:MOST_MEMBERS]
    names = [(row["member"],) for row in largest]
    return work.load(f"cohort_members_{dimension}", {"member": "string"}, names)


def _add_customers(counted: Counted, member: Member, row: Mapping[str, Any]) -> None:
    counted.customers[member, row["cohort"]] += row["n"]
    if row["second_age"] is not None:
        counted.sums[member, row["cohort"], row["second_age"]].repurchased += row["n"]


def _add_month(counted: Counted, member: Member, row: Mapping[str, Any]) -> None:
    sums = counted.sums[member, row["cohort"], row["age"]]
    sums.active, sums.unknown = row["active"], row["unknown"]
    sums.revenue, sums.contribution = row["revenue"] or _NOTHING, row["contribution"] or _NOTHING


def _make_cells(counted: Counted, basis: Basis) -> Iterator[CohortCell]:
    """Yield every age that each cohort has reached by the month of ``as_of``, whether or not it is over."""
    for (member, place), customers in sorted(counted.customers.items()):
        cohort = basis.months[place]
        for age, month in enumerate(basis.months[place:]):
            sums = counted.sums.get((member, place, age), Sums())
            yield CohortCell(
                run_id=basis.run_id,
                dimension=member[0],
                member=member[1],
                cohort=cohort,
                age=age,
                customers=customers,
                active=sums.active,
                repurchased=sums.repurchased,
                revenue=sums.revenue,
                contribution=None if sums.unknown else sums.contribution,
                complete=_is_complete(cohort, month, basis),
            )


def _is_complete(cohort: date, month: date, basis: Basis) -> bool:
    return basis.is_complete(month, calendar.months_between(cohort, month) + 1)
