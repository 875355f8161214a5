"""A predicted value month by month, as a table that adds up to the figures of 12, 24 and 36 months."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from metrics.explain_prediction import PredictedMonth, PredictionExplained, explain_prediction
from metrics.models import CustomerValue

HORIZONS: Final = (12, 24, 36)


@dataclass(frozen=True, slots=True)
class Row:
    """A month: what purchases bring (`gained`) and what keeping the customer costs (`kept`).

    `running` is the sum of the amounts so far: where a `horizon` ends (else 0), the value
    predicted over it.
    """

    month: PredictedMonth
    gained: Decimal
    kept: Decimal
    running: Decimal
    horizon: int


@dataclass(frozen=True, slots=True)
class MonthsTable:
    """The months, and what stands above them: what a purchase brings, and what being active costs."""

    explained: PredictionExplained
    rows: tuple[Row, ...]
    has_retention: bool
    is_discounted: bool


def tabulate(value: CustomerValue) -> MonthsTable | None:
    """Return the months of the longest horizon that is predicted; None without a prediction.

    A shorter horizon is the beginning of a longer one, so one table explains them all.
    """
    known = [months for months in HORIZONS if getattr(value, f"predicted_{months}") is not None]
    explained = explain_prediction(value, known[-1]) if known else None
    if explained is None:
        return None
    return MonthsTable(
        explained=explained,
        rows=tuple(_list_rows(explained)),
        has_retention=explained.retention_cost != 0,
        is_discounted=any(month.factor != 1 for month in explained.months),
    )


def _list_rows(explained: PredictionExplained) -> Iterator[Row]:
    running = Decimal(0)
    for number, month in enumerate(explained.months, start=1):
        running += month.amount
        gained, kept = month.purchases * explained.contribution, month.active * explained.retention_cost
        yield Row(month, gained, kept, running, number if number in HORIZONS else 0)
