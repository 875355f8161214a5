"""What to generate: size, period, seed and which of the complications of real shops are left out."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from customers.demo.season import Clock, make_clock

DEFAULT_END = date(2026, 9, 17)
YEARS = 3


@dataclass(frozen=True)
class Plan:
    """A shop to be generated; the same plan gives the same bytes.

    ``season_free``: every day is equally busy and all channels share one set of parameters.
    ``complete``: nobody bought before the first day, nobody buys twice a day, and refunds are never tied to
    an order, so that the purchases in the files are the purchases of the process, one for one.
    """

    customers: int = 5_000
    end: date = DEFAULT_END
    seed: int = 1
    season_free: bool = False
    complete: bool = False

    def __post_init__(self) -> None:
        if self.customers < 1:
            raise ValueError(f"customers must be at least 1, got {self.customers}")

    @property
    def first_day(self) -> date:
        """Return the first day with data: ``YEARS`` before ``end``, on the day after."""
        # 29 February has no namesake in other years.
        day = min(self.end.day, 28) if self.end.month == 2 else self.end.day
        return date(self.end.year - YEARS, self.end.month, day) + timedelta(days=1)

    def make_clock(self) -> Clock:
        """Return the clock of the plan's period."""
        return make_clock(self.first_day, self.end, seasonal=not self.season_free)

    def make_generator(self, subject: str) -> np.random.Generator:
        """Return the stream of random numbers for a subject, independent of every other subject's."""
        return np.random.default_rng([self.seed, *subject.encode()])
