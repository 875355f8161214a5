"""The best customers of a run, by its ranking method."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from metrics.models import CustomerValue, Run

TOP: Final = 10


@dataclass(frozen=True, slots=True)
class TopRow:
    """A customer in rank; `part` is the value as a share of the first one's, None if that is not above 0."""

    rank: int
    customer: CustomerValue
    value: Decimal | None
    part: Decimal | None


def fetch_top(run: Run, method: str) -> list[TopRow]:
    """Return the ten customers worth most; who objected to profiling has no rank and is not among them."""
    field = f"rank_{method}"
    rows = (
        CustomerValue.objects.filter(run=run, **{f"{field}__range": (1, TOP)})
        .filter(customer__objects_to_profiling=False)
        .select_related("customer")
        .order_by(field)
    )
    found = [(getattr(row, field), row, getattr(row, method)) for row in rows]
    first = found[0][2] if found else None
    return [
        TopRow(rank, row, value, value / first if value is not None and first and first > 0 else None)
        for rank, row, value in found
    ]
