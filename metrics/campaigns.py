"""Campaigns of channels: what each cost, whom it won, and what those brought in during their first year.

Kept as KPIs of the dimension ``campaign``; a member is channel and campaign with ``SEPARATOR`` between them.
Only windows in which something happened are kept: most campaigns run for weeks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core import calendar
from metrics.cost_allocation import pool_acquisition, to_amount
from metrics.members import (
    CAMPAIGN,
    MONTH,
    MONTHS_OF,
    MOST_MEMBERS,
    OTHER,
    SEPARATOR,
    YEAR,
    Figure,
    make_kpi,
)
from metrics.models import KpiValue
from metrics.queries.campaigns import sum_first_years
from metrics.queries.cost_allocation import count_new_customers
from metrics.workspace import Workspace

_NOTHING: Final = Decimal(0)
Campaign = tuple[str, str]


@dataclass
class Sums:
    """A campaign's month: its cost, whom it won, and what they brought in during their first 365 days."""

    cost: Decimal = _NOTHING
    new: int = 0
    first_year: Decimal = _NOTHING
    unknown: int = 0  # customers with an order in it whose cost of goods is not known

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.cost + other.cost,
            self.new + other.new,
            self.first_year + other.first_year,
            self.unknown + other.unknown,
        )


@dataclass
class Campaigns:
    """Sums by campaign and month."""

    sums: defaultdict[tuple[Campaign, date], Sums] = field(default_factory=lambda: defaultdict(Sums))

    def add_costs(self, pools: Mapping[tuple[str, str, date], int]) -> None:
        """Add what was due by channel, campaign and month, in 1/10,000."""
        for (channel, campaign, month), units in pools.items():
            if campaign:
                self.sums[(channel, campaign), month].cost += to_amount(units)

    def add_customers(self, rows: Iterable[Mapping[str, Any]], basis: Basis) -> None:
        """Add new customers: the rows of ``count_new_customers``."""
        for row in rows:
            if row["campaign"]:
                month = basis.months[row["month"]]
                self.sums[(row["channel"], row["campaign"]), month].new += row["n"]

    def add_first_years(self, rows: Iterable[Mapping[str, Any]], basis: Basis) -> None:
        """Add what they brought in: the rows of ``sum_first_years``."""
        for row in rows:
            sums = self.sums[(row["channel"], row["campaign"]), basis.months[row["cohort"]]]
            sums.first_year += row["first_year"] or _NOTHING
            sums.unknown += row["unknown"]

    def keep_largest(self) -> dict[Campaign, dict[date, Sums]]:
        """Return the months of the 50 campaigns that won most, and per channel the others together."""
        won: dict[Campaign, tuple[int, Decimal]] = {}
        for (campaign, _month), sums in self.sums.items():
            n, cost = won.get(campaign, (0, _NOTHING))
            won[campaign] = (n + sums.new, cost + sums.cost)
        largest = set(sorted(won, key=lambda one: (-won[one][0], -won[one][1], one))[:MOST_MEMBERS])
        found: dict[Campaign, dict[date, Sums]] = defaultdict(lambda: defaultdict(Sums))
        for (campaign, month), sums in self.sums.items():
            kept = campaign if campaign in largest else (campaign[0], OTHER)
            found[kept][month] += sums
        return found


def gather(work: Workspace, months: Table, customers: Table, basis: Basis) -> Campaigns:
    """Return what campaigns cost and won; ``months`` and ``customers`` are the run's tables."""
    campaigns = Campaigns()
    campaigns.add_costs(pool_acquisition(basis)[1])
    campaigns.add_customers(work.read(count_new_customers(customers)), basis)
    campaigns.add_first_years(work.read(sum_first_years(months, customers)), basis)
    return campaigns


def list_kpis(campaigns: Campaigns, basis: Basis) -> list[Figure]:
    """Return cost, new customers, CAC and LTV:CAC of every campaign, per month and 12 months."""
    return [
        make_kpi(basis, kpi, (CAMPAIGN, SEPARATOR.join(campaign)), month, window, above, below, n)
        for campaign, by_month in sorted(campaigns.keep_largest().items())
        for month in basis.shown_months
        for window in (MONTH, YEAR)
        for kpi, above, below, n in _compute(by_month, month, window, basis)
    ]


def _compute(
    by_month: Mapping[date, Sums], month: date, window: str, basis: Basis
) -> Iterator[tuple[str, Any, Any, int]]:
    months = MONTHS_OF[KpiValue.Window(window)]
    now = _sum_window(by_month, month, months)
    if now.cost or now.new:
        yield "acquisition_cost", now.cost, None, now.new
        yield "new_customers", now.new, None, now.new
        yield "paid_cac", now.cost, now.new, now.new
    won = _sum_window(by_month, calendar.add_months(month, -calendar.MONTHS_PER_YEAR), months)
    if (won.cost or won.new) and basis.is_complete(month, months + calendar.MONTHS_PER_YEAR):
        yield "ltv_cac", None if won.unknown else won.first_year, won.cost, won.new


def _sum_window(by_month: Mapping[date, Sums], month: date, months: int) -> Sums:
    parts = (by_month.get(calendar.add_months(month, -step)) for step in range(months))
    return sum((part for part in parts if part is not None), Sums())
