"""The shop's calendar: how busy each day is, and the clock that runs faster on busy days.

Purchases are drawn on the *busy clock*, where the process is exactly MBG/NBD, and then put on the calendar:
a day twice as busy holds two days of that clock. The truth stays known, and the season is real.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from customers.demo.process import Floats

#: How busy a month is against an average one; November and early December are twice an average month.
MONTHS = (0.90, 0.83, 0.88, 0.90, 0.89, 0.85, 0.74, 0.79, 0.89, 0.93, 2.06, 0.81)
EARLY_DECEMBER = 2.03
EARLY_DECEMBER_LAST_DAY = 10
#: Monday to Sunday, mean 1: people buy on Sunday evening and Monday.
WEEKDAYS = (1.12, 1.03, 1.00, 0.97, 0.90, 0.86, 1.12)


@dataclass(frozen=True)
class Clock:
    """Both clocks for ``first_day`` (day 0, at 0:00) up to and including ``last_day``.

    ``elapsed[k]`` is what the busy clock shows at the start of calendar day k. Its unit is about an average
    day; before ``first_day`` both clocks run alike.
    """

    first_day: date
    last_day: date
    elapsed: Floats

    @property
    def horizon(self) -> float:
        """Return what the busy clock shows at the end of the last day."""
        return float(self.elapsed[-1])

    @property
    def days(self) -> int:
        """Return the number of calendar days."""
        return self.elapsed.size - 1

    def to_calendar(self, busy: Floats) -> Floats:
        """Turn moments on the busy clock into days since ``first_day``, fractions kept."""
        return np.where(busy < 0, busy, np.interp(busy, self.elapsed, np.arange(self.elapsed.size)))

    def to_busy(self, calendar: Floats) -> Floats:
        """Turn days since ``first_day`` into moments on the busy clock."""
        return np.interp(calendar, np.arange(self.elapsed.size), self.elapsed)


def make_clock(first_day: date, last_day: date, *, seasonal: bool) -> Clock:
    """Make the clock; without season it runs as the calendar does."""
    days = [first_day + timedelta(days=k) for k in range((last_day - first_day).days + 1)]
    intensity = [_day_intensity(day) if seasonal else 1.0 for day in days]
    return Clock(first_day, last_day, np.concatenate(([0.0], np.cumsum(intensity))))


def _day_intensity(day: date) -> float:
    early_december = day.month == 12 and day.day <= EARLY_DECEMBER_LAST_DAY
    month = EARLY_DECEMBER if early_december else MONTHS[day.month - 1]
    return month * WEEKDAYS[day.weekday()]
