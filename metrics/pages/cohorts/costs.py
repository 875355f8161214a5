"""What winning the cohorts cost: all of it for the shop, for a channel its own, for a category unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from metrics.core.calendar import add_months, list_months
from metrics.models import KpiValue, Run
from metrics.pages.facts import count_costs
from metrics.pages.scope import Scope

#: Dimensions that cost is uploaded for: the shop as a whole and its channels.
WITH_COST = ("", "channel")


@dataclass(frozen=True, slots=True)
class Costs:
    """Acquisition cost by member and month; empty when none was uploaded, or for a dimension without."""

    by_month: Mapping[str, Mapping[date, Decimal]]

    def sum(self, member: str, months: Iterable[date]) -> Decimal | None:
        """Return what a member's months cost together; None when nothing is known of the member."""
        known = self.by_month.get(member)
        if known is None:
            return None
        return sum((known.get(month, Decimal(0)) for month in months), Decimal(0))


def read_costs(run: Run, scope: Scope, *, every_member: bool = False) -> Costs:
    """Read the acquisition cost of every month, unallocated included, of a scope or its whole dimension.

    Of a channel without any cost at all it is not known, and not 0.
    """
    if scope.dimension not in WITH_COST or not count_costs(run, "acquisition"):
        return Costs({})
    rows = KpiValue.objects.filter(
        run=run, kpi="acquisition_cost", window=KpiValue.Window.MONTH, dimension=scope.dimension
    )
    if not every_member:
        rows = rows.filter(member=scope.member)
    found: dict[str, dict[date, Decimal]] = {}
    for member, month, amount in rows.values_list("member", "period", "numerator"):
        found.setdefault(member, {})[month] = amount or Decimal(0)
    return Costs({member: months for member, months in found.items() if any(months.values())})


def list_span(first: date, months: int) -> list[date]:
    """Return the months of a cohort that takes ``months`` of them together, from ``first`` on."""
    return list(list_months(first, add_months(first, months - 1)))
