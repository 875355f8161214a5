"""The best customers of a run, by its ranking method."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext

from metrics.core.formulas import VOCABULARY
from metrics.models import CustomerValue, Run
from metrics.pages.customers.columns import name_method

TOP: Final = 10
REVENUE: Final = "revenue"


@dataclass(frozen=True, slots=True)
class TopRow:
    """A customer in rank; `part` is the value as a share of the first one's, None if that is not above 0."""

    rank: int
    customer: CustomerValue
    value: Decimal | None
    part: Decimal | None


def choose_measure(run: Run) -> str:
    """Return the ranking method of a run, or revenue while nobody with an order has a value by it."""
    method: str = run.settings.ranking_method
    return REVENUE if run.is_valueless(method) else method


def name_measure(run: Run, measure: str) -> str:
    """Return what a reader calls the ranking method of a run, or what stands in its place."""
    return (
        name_method(measure) if measure == run.settings.ranking_method else gettext(VOCABULARY[measure].label)
    )


def fetch_top(run: Run, measure: str) -> list[TopRow]:
    """Return the ten customers worth most; who objected to profiling has no rank and is not among them."""
    rank = f"rank_{run.settings.ranking_method}"
    listed = CustomerValue.objects.filter(run=run, customer__objects_to_profiling=False)
    listed = listed.select_related("customer")
    if measure == REVENUE:
        rows = listed.filter(**{f"{rank}__isnull": False}).order_by("-revenue", "-customer")[:TOP]
    else:
        rows = listed.filter(**{f"{rank}__range": (1, TOP)}).order_by(rank)
    found = [
        (place if measure == REVENUE else getattr(row, rank), row, getattr(row, measure))
        for place, row in enumerate(rows, start=1)
    ]
    first = found[0][2] if found else None
    return [
        TopRow(place, row, value, value / first if value is not None and first and first > 0 else None)
        for place, row, value in found
    ]
