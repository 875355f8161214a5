"""What new customers brought in against what winning them cost: LTV:CAC, payback, the most that CAC may be.

A cohort is the new customers of a calendar month. For the shop their cost is all acquisition cost of the
month, for a channel that channel's, unallocated cost included.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from metrics.basis import Basis, number_months
from metrics.core import calendar
from metrics.core.arithmetic import round_amount
from metrics.core.bootstrap import find_lower_mean
from metrics.members import (
    CHANNEL,
    MONTH,
    MONTHS_OF,
    OTHER,
    SHOP,
    SNAPSHOT,
    YEAR,
    Figure,
    Member,
    make_kpi,
)
from metrics.models import KpiValue

if TYPE_CHECKING:
    from metrics.measurement import Monthly

LEAST_CUSTOMERS: Final = 30
MOST_COHORTS: Final = 12
_SUMS: Final = ("contribution", "unknown", "first_year", "first_year_unknown")
Pair = tuple[Any, Any]  # numerator, denominator


@dataclass
class Cohorts:
    """Sums by member, cohort and month since the first order (1: that month, and whatever came before).

    ``unknown`` orders have no known cost of goods and are not in ``contribution``.
    """

    sums: dict[tuple[Member, date], dict[int, dict[str, Any]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, channel: Member, cohort: date, month: date, **amounts: Any) -> None:
        """Add to a channel's cohort, and to the shop's."""
        age = max(1, calendar.months_between(cohort, month) + 1)
        for member in (channel, SHOP):
            row = self.sums[member, cohort].setdefault(age, dict.fromkeys(_SUMS, 0))
            for name, amount in amounts.items():
                row[name] += amount or 0

    def sum_by_age(self, member: Member, cohorts: Iterable[date]) -> dict[int, dict[str, Any]]:
        """Return the sums of several cohorts together, by month since the first order."""
        together: dict[int, dict[str, Any]] = {}
        for cohort in cohorts:
            for age, row in self.sums.get((member, cohort), {}).items():
                total = together.setdefault(age, dict.fromkeys(_SUMS, 0))
                for name in _SUMS:
                    total[name] += row[name]
        return together


def list_kpis(cohorts: Cohorts, monthly: "Monthly", basis: Basis) -> list[Figure]:
    """Return LTV:CAC and payback of every shown month, alone and as the end of 12: of shop and channels."""
    return [
        make_kpi(basis, kpi, member, month, window, *parts, n, whole=whole)
        for month in basis.shown_months
        for window in (MONTH, YEAR)
        for member in sorted(monthly.members)
        if member == SHOP or member[0] == CHANNEL
        for kpi, parts, n, whole in _compute(cohorts, monthly, member, month, window, basis)
    ]


def _compute(
    cohorts: Cohorts, monthly: "Monthly", member: Member, month: date, window: str, basis: Basis
) -> Iterator[tuple[str, Pair, int, bool]]:
    """Yield key, numerator and denominator, n, and whether all cohorts of the window are in them."""
    months = MONTHS_OF[KpiValue.Window(window)]
    earlier = calendar.add_months(month, -calendar.MONTHS_PER_YEAR)
    # Who was new in the first months may be an older customer: those cohorts are no part of the whole shop's.
    since = basis.new_from if member == SHOP else date.min
    for kpi, last, compare in (("ltv_cac", earlier, _compare_with_cost), ("payback", month, _pay_back)):
        sums = monthly.sum_window(member, last, months, since)
        span = [cohort for cohort in calendar.list_months(*_span(last, months)) if cohort >= since]
        by_age = cohorts.sum_by_age(member, span)
        grown = basis.is_complete(month, months + calendar.MONTHS_PER_YEAR)
        known = bool(span) and (kpi == "payback" or grown)
        parts = compare(by_age, sums, _count_months(last, basis)) if known else (None, None)
        yield kpi, parts, sums["new"], len(span) == months


def _compare_with_cost(by_age: Mapping[int, Mapping[str, Any]], sums: Mapping[str, Any], _age: int) -> Pair:
    """Return contribution of everyone's first 365 days and what they cost; not known while a cost is not."""
    if any(row["first_year_unknown"] for row in by_age.values()):
        return None, sums["acquisition_cost"]
    return sum(row["first_year"] for row in by_age.values()), sums["acquisition_cost"]


def _pay_back(by_age: Mapping[int, Mapping[str, Any]], sums: Mapping[str, Any], age: int) -> Pair:
    """Return the month by which customers had brought in what they cost: (month, None).

    Not yet: (None, the month that it is now). Without customers or cost, or once the cost of goods of an
    order is not known, nothing can be said: (None, None).
    """
    cost = sums["acquisition_cost"]
    if not sums["new"] or cost <= 0:
        return None, None
    rows = [by_age.get(place, dict.fromkeys(_SUMS, 0)) for place in range(1, age + 1)]
    totals = accumulate(row["contribution"] for row in rows)
    for place, (row, total) in enumerate(zip(rows, totals, strict=True), start=1):
        if row["unknown"]:
            return None, None
        if total >= cost:
            return place, None
    return None, age


def choose_latest(monthly: "Monthly", basis: Basis) -> list[tuple[str, int, int]]:
    """Return per channel the latest cohorts with a whole first year that have 30 customers together.

    Rows of channel, first and last cohort (places in ``basis.months``); a channel that has not won 30
    customers in 12 cohorts has none.
    """
    places = number_months(basis.months)
    grown = [cohort for cohort in basis.months if _has_grown(cohort, basis)][-MOST_COHORTS:]
    chosen = []
    for dimension, channel in sorted(monthly.members):
        if dimension != CHANNEL or channel == OTHER:
            continue
        n = 0
        for cohort in reversed(grown):
            n += monthly.sum_window((dimension, channel), cohort, 1)["new"]
            if n >= LEAST_CUSTOMERS:
                chosen.append((channel, places[cohort], places[grown[-1]]))
                break
    return chosen


def find_maximum_cac(rows: Iterable[Mapping[str, Any]], basis: Basis) -> list[Figure]:
    """Return the most that a customer of each channel may cost, from ``queries.cohorts.list_first_years``.

    Not known for a channel with an order whose cost of goods is not.
    """
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    unknown: set[str] = set()
    for row in rows:
        amounts[row["channel"]].append(row["amount"])
        if row["unknown"]:
            unknown.add(row["channel"])
    found = []
    for channel, of_channel in sorted(amounts.items()):
        lower = None if channel in unknown else find_lower_mean(np.array(of_channel, dtype=np.float64))
        most = None if lower is None else round_amount(Decimal(lower))
        month = calendar.first_day_of_month(basis.as_of)
        n = len(of_channel)
        found.append(make_kpi(basis, "maximum_cac", ("channel", channel), month, SNAPSHOT, most, None, n))
    return found


def _has_grown(cohort: date, basis: Basis) -> bool:
    """Tell whether all its customers' first 365 days lie inside the complete data."""
    last = calendar.first_days_from(calendar.last_day_of_month(cohort)).last
    return basis.complete_from <= cohort and last <= basis.as_of


def _count_months(cohort: date, basis: Basis) -> int:
    """Return which month since the first order it is on ``as_of`` for the youngest of the customers."""
    return max(0, calendar.months_between(cohort, basis.as_of) + 1)


def _span(last: date, months: int) -> tuple[date, date]:
    window = calendar.rolling_window(last, months)
    return window.first, window.last
