"""What a new customer may cost: the maximum CAC of each channel, with the reasoning line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, cast

from metrics.core.arithmetic import divide
from metrics.core.calendar import (
    MONTHS_PER_YEAR,
    add_months,
    first_day_of_month,
    first_days_from,
    last_day_of_month,
    list_months,
)
from metrics.models import KpiValue, Run
from metrics.pages.channels.lines import ChannelLine
from metrics.pages.channels.reading import CHANNEL
from metrics.pages.periods import MONTH

LEAST_CUSTOMERS: Final = 30
MOST_COHORTS: Final = 12


@dataclass(frozen=True, slots=True)
class Maximum:
    """How a channel's maximum came about; ``most`` is None when there is none.

    ``first`` and ``last`` are the months in which the customers were new, ``n`` how many; ``brought_in`` is
    the sum of their first 365 days, None when not known.
    """

    line: ChannelLine
    most: Decimal | None
    n: int
    first: date | None
    last: date | None
    brought_in: Decimal | None

    @property
    def mean(self) -> Decimal | None:
        """What one of them brought in on average."""
        return divide(self.brought_in, self.n)

    @property
    def room(self) -> Decimal | None:
        """How much more a customer may cost than it did over the period; negative: too much was paid."""
        cac = self.line.cac.value
        return None if self.most is None or cac is None else self.most - cac

    @property
    def missing(self) -> int:
        """How many more customers with a whole first year are needed."""
        return max(0, LEAST_CUSTOMERS - self.n)


def explain_maxima(run: Run, lines: Sequence[ChannelLine]) -> list[Maximum]:
    """Return the reasoning behind each channel's maximum, in the order of the lines."""
    grown = list_grown(run)
    new, brought_in = _read_cohorts(run, grown)
    return [_explain(line, grown, new, brought_in) for line in lines]


def list_grown(run: Run) -> list[date]:
    """Return the latest months, at most 12, of which every new customer has a whole first year behind it."""
    as_of = cast("date", run.as_of)  # a published run has one
    start = date.fromisoformat(run.totals.get("complete_from") or as_of.isoformat())
    first = add_months(first_day_of_month(as_of), -2 * MONTHS_PER_YEAR)
    months = [month for month in list_months(first, as_of) if start <= month and _has_grown(month, as_of)]
    return months[-MOST_COHORTS:]


def _has_grown(month: date, as_of: date) -> bool:
    return first_days_from(last_day_of_month(month)).last <= as_of


def _read_cohorts(
    run: Run, grown: Sequence[date]
) -> tuple[dict[tuple[str, date], int], dict[tuple[str, date], Decimal | None]]:
    """Return new customers, and contribution of their first 365 days, by channel and month they were new in.

    A run keeps the latter as the numerator of LTV:CAC, under the month that is 12 months later.
    """
    later = [add_months(month, MONTHS_PER_YEAR) for month in grown]
    rows = KpiValue.objects.filter(run=run, dimension=CHANNEL, window=MONTH)
    new = rows.filter(kpi="new_customers", period__in=grown).values_list("member", "period", "numerator")
    ltv = rows.filter(kpi="ltv_cac", period__in=later).values_list("member", "period", "numerator")
    return (
        {(channel, month): int(n or 0) for channel, month, n in new},
        {(channel, add_months(month, -MONTHS_PER_YEAR)): amount for channel, month, amount in ltv},
    )


def _explain(
    line: ChannelLine,
    grown: Sequence[date],
    new: dict[tuple[str, date], int],
    brought_in: dict[tuple[str, date], Decimal | None],
) -> Maximum:
    n, used = 0, []
    for month in reversed(grown):
        used.append(month)
        n += new.get((line.channel, month), 0)
        if n >= LEAST_CUSTOMERS:
            break
    amounts = [brought_in.get((line.channel, month)) for month in used]
    known = [amount for amount in amounts if amount is not None]
    together = sum(known, Decimal(0)) if len(known) == len(amounts) else None
    first, last = (used[-1], used[0]) if used else (None, None)
    return Maximum(line, line.maximum.value, n, first, last, together)
