"""Which months a table of cohorts is about, and from when on each is finished."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast

from metrics.core.calendar import add_months, first_day_of_month, list_months, months_between
from metrics.models import Run

MONTHS_KEPT: Final = 36
MONTHS_PER_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class Months:
    """The cohorts that can be judged: from ``first`` on, as far as ``last``, the last month that is over."""

    first: date
    last: date
    oldest: date  # the oldest cohort that is kept, whether or not it can be judged

    def count_ages(self, last_cohort: date) -> int:
        """Return how many months since it was new are over for a cohort that ends with this month."""
        return max(0, months_between(last_cohort, self.last) + 1)

    def list_finished(self, age: int, length: int) -> list[date]:
        """Return the months of all cohorts (each of ``length`` months) that have reached an age, from 0."""
        last = add_months(self.last, -age)
        months = list(list_months(self.first, last)) if last >= self.first else []
        if length == 1:
            return months
        return [month for month in months if self._is_whole(month, last)]

    def _is_whole(self, month: date, last: date) -> bool:
        quarter = start_quarter(month)
        return quarter >= self.oldest and add_months(quarter, MONTHS_PER_QUARTER - 1) <= last


def read_months(run: Run) -> Months:
    """Return the months of a run; a month that is not wholly inside the complete data cannot be judged."""
    as_of = cast("date", run.as_of)  # a published run has one
    this_month = first_day_of_month(as_of)
    over = add_months(first_day_of_month(as_of + timedelta(days=1)), -1)
    oldest = add_months(this_month, 1 - MONTHS_KEPT)
    start = date.fromisoformat(run.totals.get("complete_from") or oldest.isoformat())
    complete = first_day_of_month(start)
    if complete < start:
        complete = add_months(complete, 1)
    return Months(max(oldest, complete), over, oldest)


def start_quarter(month: date) -> date:
    """Return the first month of the quarter that a month is in."""
    return add_months(month, -((month.month - 1) % MONTHS_PER_QUARTER))
