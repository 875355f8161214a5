"""Days inside a query: how far apart, and what a day stands for.

A day is looked up in a constant array (one element a day of the shop's history) and not joined to a calendar:
a join would lose the order of the index that the roll-up streams from.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import ArrayValue, DateValue, IntegerValue

from metrics.core.calendar import MONTHS_PER_YEAR

_MOST_INTEGER = 2**31
MONTHS_PER_MASK = 62  # bits of a bigint that stay clear of its sign


@ibis.udf.scalar.builtin(signature=((dt.date, dt.date), dt.int32))
def date_mi(later: Any, earlier: Any) -> Any:
    """Whole days between two dates: PostgreSQL's own function behind ``date - date``.

    Ibis has ``delta``, which goes by way of seconds as numeric and takes ten times as long.
    """


def count_days(later: DateValue | date, earlier: DateValue | date) -> IntegerValue:
    """Return the whole days from ``earlier`` to ``later``."""
    return date_mi(later, earlier)


def add_days(day: DateValue, days: int) -> DateValue:
    """Return the day that is ``days`` later."""
    return (day + ibis.interval(days=days)).cast("date")


def look_up(day: DateValue, first_day: date, values: Sequence[int]) -> IntegerValue:
    """Return ``values[day - first_day]``; NULL for a day the sequence does not reach."""
    size = "int32" if all(abs(value) < _MOST_INTEGER for value in values) else "int64"
    # One text, which PostgreSQL makes an array of once: to write as many numbers as twenty years have days
    # takes Ibis half a second each time.
    table: ArrayValue = ibis.literal(",".join(map(str, values))).split(",").cast(f"array<{size}>")
    return table[date_mi(day, ibis.literal(first_day))].cast("int64")


def list_days(first: date, last: date) -> list[date]:
    """Return every day from ``first`` to ``last``, both included."""
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def to_masks(months: Sequence[Sequence[int]], chunks: int) -> list[list[int]]:
    """Return, per chunk of 62 months, the bit mask of each element's month numbers."""
    masks = [[0] * len(months) for _ in range(chunks)]
    for place, numbers in enumerate(months):
        for number in numbers:
            masks[number // MONTHS_PER_MASK][place] |= 1 << number % MONTHS_PER_MASK
    return masks


def number_month(day: DateValue) -> IntegerValue:
    """Return year × 12 + month − 1."""
    # PostgreSQL extracts numeric; a cast of the whole would be left out, for Ibis takes it for an integer.
    return day.year().cast("int64") * MONTHS_PER_YEAR + day.month().cast("int64") - 1


def read_month(number: int) -> date:
    """Return the first day of a numbered month."""
    year, month = divmod(int(number), MONTHS_PER_YEAR)
    return date(year, month + 1, 1)
