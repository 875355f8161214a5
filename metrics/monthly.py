"""Sums by member and month that KPIs are made of.

Sums of months add up to a window; unique customers do not, so each window counts its own.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from metrics.cohorts import Cohorts
from metrics.core import calendar
from metrics.members import SHOP, Member

SUMS: Final = (
    "gross", "given_back", "loose", "orders", "owned_orders", "revenue", "known", "known_revenue", "goods",
    "other_goods", "transaction_cost", "new", "repeat_due", "repeat_again", "acquisition_cost",
    "retention_cost", "unallocated_cost",
)  # fmt: skip


@dataclass
class Monthly:
    """Sums by member and month, unique customers by member and window, and what cohorts brought in."""

    sums: dict[tuple[Member, date], dict[str, Any]] = field(default_factory=dict)
    customers: dict[tuple[Member, str], int] = field(default_factory=lambda: defaultdict(int))
    cohorts: Cohorts = field(default_factory=Cohorts)
    members: set[Member] = field(default_factory=lambda: {SHOP})

    def add(self, member: Member, month: date, amounts: Mapping[str, Any]) -> None:
        """Add amounts to a member's month."""
        self.members.add(member)
        row = self.sums.setdefault((member, month), dict.fromkeys(SUMS, 0))
        for name, amount in amounts.items():
            row[name] += amount or 0

    def sum_all(self, member: Member) -> dict[str, Any]:
        """Return a member's sums over all months."""
        total = dict.fromkeys(SUMS, 0)
        for (one, _month), row in self.sums.items():
            for name, amount in row.items() if one == member else ():
                total[name] += amount
        return total

    def sum_window(self, member: Member, month: date, months: int, since: date = date.min) -> dict[str, Any]:
        """Return a member's sums over the ``months`` months up to ``month``, none before ``since``."""
        total = dict.fromkeys(SUMS, 0)
        for step in range(months):
            one = calendar.add_months(month, -step)
            row = self.sums.get((member, one)) if one >= since else None
            for name, amount in (row or {}).items():
                total[name] += amount
        return total
