"""Lengths of time, months and windows: the one module that knows how long a month is.

Months are named by their first day. Windows are inclusive on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Literal

from metrics.core.arithmetic import AMOUNT_PLACES, EXACT, divide_by

MONTHS_PER_YEAR: Final = 12
DAYS_PER_WEEK: Final = 7
DAYS_PER_MONTH: Final = Decimal("30.4375")
DAYS_PER_YEAR: Final = Decimal("365.25")
# A window of a year in whole days: activity, first year of a customer, value density.
DAYS_IN_WINDOW: Final = 365
# Histories number their days from this one, which is 0.
FIRST_DAY: Final = date(1970, 1, 1)

Period = Literal["day", "week", "month", "quarter", "year"]
PERIOD_DAYS: Mapping[Period, Decimal] = MappingProxyType(
    {
        "day": Decimal(1),
        "week": Decimal(DAYS_PER_WEEK),
        "month": DAYS_PER_MONTH,
        "quarter": DAYS_PER_MONTH * 3,
        "year": DAYS_PER_YEAR,
    }
)
_UNITS_PER_ONE: Final = 10**AMOUNT_PLACES


@dataclass(frozen=True, slots=True)
class Window:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return count_days(self.first, self.last)


@dataclass(frozen=True, slots=True)
class MonthShare:
    """The part of an amount that falls in one calendar month.

    `month` is the first day of the month, `days` how many days of the range fall in it, `amount` exact in
    1/10,000; `due` is False for days after the day of the calculation.
    """

    month: date
    days: int
    amount: Decimal
    due: bool = True


def first_day_of_month(day: date) -> date:
    """Return the first day of the month of `day`."""
    return day.replace(day=1)


def last_day_of_month(day: date) -> date:
    """Return the last day of the month of `day`."""
    return add_months(day, 1) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the first day of the month `months` after (before, when negative) the month of `day`."""
    year, month = divmod(day.year * MONTHS_PER_YEAR + day.month - 1 + months, MONTHS_PER_YEAR)
    return date(year, month + 1, 1)


def months_between(start: date, end: date) -> int:
    """Return how many calendar months `end` is after `start`: 31 January to 1 February is 1."""
    return (end.year - start.year) * MONTHS_PER_YEAR + end.month - start.month


def list_months(first: date, last: date) -> Iterator[date]:
    """Yield the first day of every month that has a day from `first` to `last`."""
    for step in range(months_between(first, last) + 1):
        yield add_months(first, step)


def count_days(first: date, last: date) -> int:
    """Return the number of days from `first` to `last`, both included."""
    return (last - first).days + 1


def count_years(days: int) -> Decimal:
    """Return days in years of 365.25 days, to 10 places."""
    return divide_by(days, DAYS_PER_YEAR)


def count_periods(days: int, period: Period) -> Decimal:
    """Return days in periods, to 10 places, at least one: the periods a customer has been one so far."""
    return max(Decimal(1), divide_by(days, PERIOD_DAYS[period]))


def periods_per_year(period: Period) -> Decimal:
    """Return how many periods go into a year of 365.25 days, to 10 places: 12 months, 4 quarters."""
    return divide_by(DAYS_PER_YEAR, PERIOD_DAYS[period])


def rolling_window(month: date, months: int = MONTHS_PER_YEAR) -> Window:
    """Return the `months` calendar months that end with the month of `month`."""
    return Window(add_months(month, 1 - months), last_day_of_month(month))


def preceding_window(month: date, months: int = MONTHS_PER_YEAR) -> Window:
    """Return the `months` calendar months before `rolling_window(month, months)`."""
    return rolling_window(add_months(month, -months), months)


def days_up_to(day: date, days: int = DAYS_IN_WINDOW) -> Window:
    """Return the `days` days that end on `day`."""
    return Window(day - timedelta(days=days - 1), day)


def first_days_from(day: date, days: int = DAYS_IN_WINDOW) -> Window:
    """Return day 0 to `days` − 1 of a customer whose first order fell on `day`."""
    return Window(day, day + timedelta(days=days - 1))


def split_over_months(
    first: date, last: date, amount: Decimal, as_of: date | None = None
) -> tuple[MonthShare, ...]:
    """Spread an amount evenly over its days, added up by calendar month, exact in 1/10,000.

    What is spread up to a day is the whole number of units (units × days so far // days); a month gets
    the difference, so the parts always add up to the amount.

    Parameters
    ----------
    first, last : the days the amount is for, both included.
    amount : at most 4 places.
    as_of : when given, days after it become parts of their own with ``due=False``.
    """
    total_days = count_days(first, last)
    if total_days < 1:
        raise ValueError(f"last must not be before first, got {first} to {last}.")
    units = _count_units(amount)
    shares: list[MonthShare] = []
    days_so_far = 0
    for window in _cut(first, last, as_of):
        spread = units * days_so_far // total_days
        days_so_far += window.days
        part = units * days_so_far // total_days - spread
        due = as_of is None or window.last <= as_of
        shares.append(MonthShare(first_day_of_month(window.first), window.days, _to_amount(part), due))
    return tuple(shares)


def _cut(first: date, last: date, as_of: date | None) -> Iterator[Window]:
    """Cut a range at the ends of months, and after `as_of`."""
    for month in list_months(first, last):
        window = Window(max(first, month), min(last, last_day_of_month(month)))
        if as_of is not None and window.first <= as_of < window.last:
            yield Window(window.first, as_of)
            yield Window(as_of + timedelta(days=1), window.last)
        else:
            yield window


def _count_units(amount: Decimal) -> int:
    units = EXACT.multiply(amount, Decimal(_UNITS_PER_ONE))
    if units != units.to_integral_value():
        raise ValueError(f"amount must have at most {AMOUNT_PLACES} places, got {amount}.")
    return int(units)


def _to_amount(units: int) -> Decimal:
    return Decimal(units).scaleb(-AMOUNT_PLACES, context=EXACT)
