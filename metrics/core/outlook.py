"""What customers are expected to bring in, month by month: purchases × contribution − retention, discounted.

Money is worked out with the same few floating-point steps for a million customers and for one, on
expectations cut to nine decimals, and rounded per month: a page can show the months of one customer and they
add up to the figure that was published for all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar, Final, Protocol

import numpy as np

from metrics.core.calendar import DAYS_PER_MONTH, DAYS_PER_YEAR, MONTHS_PER_YEAR
from metrics.core.discounting import discount_factor
from metrics.core.gamma_gamma import GammaGamma
from metrics.core.histories import Floats, Summary, Whole
from metrics.core.purchase_model import PurchaseModel

MONTH: Final = float(DAYS_PER_MONTH)
YEAR: Final = float(DAYS_PER_YEAR)
UNITS: Final = 10_000  # of 1/10,000 in an amount
CUT: Final = 9  # decimals of an expectation
ROWS_AT_ONCE: Final = 20_000


@dataclass(frozen=True)
class People:
    """The customers a forecast is for: their histories, and what money makes of a purchase.

    ``margin``: contribution ÷ revenue, NaN where not known. ``mean_value``: mean revenue of the occasions
    after the first, 0 without any.
    """

    frequency: Whole
    recency: Whole
    age: Whole
    mean_value: Floats
    margin: Floats

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def history(self) -> tuple[Whole, Whole, Whole]:
        """Frequency, recency and age."""
        return self.frequency, self.recency, self.age

    def take(self, rows: Whole | slice) -> "People":
        """Return some of them."""
        return People(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def gather(summary: Summary, margin: Floats) -> People:
    """Return the customers of a summary with their margins."""
    mean_value = np.nan_to_num(summary.mean_value)
    return People(summary.frequency, summary.recency, summary.age, mean_value, margin)


@dataclass(frozen=True)
class Terms:
    """What is the same for every customer. One element a month to come where it says so.

    ``factors``: discount factor per month. ``season``: weight per month, mean 1 per twelve, None without.
    ``retention_cost``: per active customer and month.
    """

    factors: Floats
    season: Floats | None
    retention_cost: float

    @property
    def months(self) -> int:
        """How far the forecast reaches."""
        return len(self.factors)


def find_reach(history_days: int) -> int:
    """Return how many months a forecast may reach: twice the history."""
    return int(2 * history_days / MONTH)


def find_factors(rate: Decimal, months: int) -> Floats:
    """Return the discount factor at the end of each month to come; ``rate`` is the yearly real one."""
    years = (Decimal(month) / MONTHS_PER_YEAR for month in range(1, months + 1))
    return np.array([float(discount_factor(rate, year)) for year in years])


class Forecaster(Protocol):
    """Purchases to come, by a fitted model or by a rule."""

    @property
    def name(self) -> str: ...

    @property
    def beside_history(self) -> tuple[Floats, ...]:
        """By what customers with the same frequency, recency and age may still have different forecasts."""

    def expect_months(self, people: People, months: int) -> Floats:
        """Return expected purchases, shape (customers, months)."""

    def find_active(self, people: People, months: int) -> Floats:
        """Return P(active) at the start of each month to come, shape (customers, months)."""

    def find_variance(self, people: People, months: int) -> Floats:
        """Return the variance by chance of the purchases in all the months."""

    def draw(self, rng: np.random.Generator, draws: int) -> "list[Forecaster]":
        """Return forecasters as the uncertainty of the parameters allows them."""

    def simulate(
        self, people: People, horizons: Sequence[int], rng: np.random.Generator, draws: int
    ) -> Whole:
        """Return purchases drawn at random up to each horizon, shape (horizons, draws, customers)."""

    def take(self, rows: Whole | slice) -> "Forecaster":
        """Return the forecaster of some of the customers."""


@dataclass(frozen=True)
class ByModel:
    """Forecasts of a fitted model."""

    model: PurchaseModel
    beside_history: ClassVar[tuple[Floats, ...]] = ()

    @property
    def name(self) -> str:
        return self.model.name

    def expect_months(self, people: People, months: int) -> Floats:
        return self.model.expected_purchases_by_period(months, *people.history, period=MONTH)

    def find_active(self, people: People, months: int) -> Floats:
        starts = (MONTH * month for month in range(months))
        columns = [self.model.probability_active_after(start, *people.history) for start in starts]
        return np.stack(columns, axis=1)

    def find_variance(self, people: People, months: int) -> Floats:
        return np.asarray(self.model.variance_of_purchases(MONTH * months, *people.history))

    def draw(self, rng: np.random.Generator, draws: int) -> list[Forecaster]:
        return [ByModel(model) for model in self.model.draw_params(rng, draws)]

    def simulate(
        self, people: People, horizons: Sequence[int], rng: np.random.Generator, draws: int
    ) -> Whole:
        ends = MONTH * np.array(horizons)
        return self.model.simulate(ends, *people.history, rng=rng, draws=draws).astype(np.int64)

    def take(self, rows: Whole | slice) -> Forecaster:
        return self


@dataclass(frozen=True)
class ByRule:
    """Forecasts of a naive rule: a yearly rate that goes on. Who bought in the last 365 days is active."""

    name: str
    yearly: Floats
    active: Floats

    @property
    def beside_history(self) -> tuple[Floats, ...]:
        return (self.yearly,)

    def expect_months(self, people: People, months: int) -> Floats:
        return np.repeat((self.yearly * MONTH / YEAR)[:, None], months, axis=1)

    def find_active(self, people: People, months: int) -> Floats:
        return np.repeat(self.active[:, None], months, axis=1)

    def find_variance(self, people: People, months: int) -> Floats:
        return self.yearly * MONTH * months / YEAR

    def draw(self, rng: np.random.Generator, draws: int) -> list[Forecaster]:
        return [self] * draws

    def simulate(
        self, people: People, horizons: Sequence[int], rng: np.random.Generator, draws: int
    ) -> Whole:
        lengths = np.diff(MONTH * np.array(horizons), prepend=0.0)[:, None, None]
        counts = rng.poisson(self.yearly * lengths / YEAR, (len(horizons), draws, len(people)))
        for before, after in pairwise(counts):
            after += before
        return counts

    def take(self, rows: Whole | slice) -> Forecaster:
        return ByRule(self.name, self.yearly[rows], self.active[rows])


@dataclass(frozen=True)
class Months:
    """The months to come of some customers, each of shape (customers, months), and what one purchase brings.

    ``amount`` is in 1/10,000 and whole; the others are what it was made of.
    """

    purchases: Floats
    active: Floats
    contribution: Floats
    amount: Whole

    def sum_up(self, months: int) -> Whole:
        """Return the value over the first months, in 1/10,000."""
        total: Whole = self.amount[:, :months].sum(axis=1)
        return total


def expect_spend(spend: GammaGamma, people: People) -> Floats:
    """Return the expected revenue of a purchase of each customer."""
    return np.asarray(spend.expected_value(people.frequency, people.mean_value), dtype=np.float64)


def look_ahead(forecaster: Forecaster, spend: Floats, people: People, terms: Terms) -> Months:
    """Return the months to come. ``spend``: expected revenue of a purchase. NaN margins count as 0 here."""
    purchases = np.round(spread(forecaster.expect_months(people, terms.months), terms.season), CUT)
    active = np.zeros_like(purchases)
    if terms.retention_cost:
        active = np.round(forecaster.find_active(people, terms.months), CUT)
    contribution = np.round(spend * np.nan_to_num(people.margin), 4)
    gained = purchases * contribution[:, None] - active * terms.retention_cost
    return Months(purchases, active, contribution, to_units(gained * terms.factors))


def spread(purchases: Floats, season: Floats | None) -> Floats:
    """Return monthly expectations with the shop's season in them; every twelve months keep their sum."""
    if season is None:
        return purchases
    found = purchases * season[: purchases.shape[1]]
    for start in range(0, purchases.shape[1], MONTHS_PER_YEAR):
        block = slice(start, start + MONTHS_PER_YEAR)
        before, after = purchases[:, block].sum(axis=1), found[:, block].sum(axis=1)
        scale = np.divide(before, after, out=np.ones_like(before), where=after > 0)
        found[:, block] *= scale[:, None]
    return found


def to_units(amounts: Floats) -> Whole:
    """Return amounts in whole 1/10,000, halves away from zero."""
    return (np.sign(amounts) * np.floor(np.abs(amounts) * UNITS + 0.5)).astype(np.int64)


def slice_up(count: int) -> Iterator[slice]:
    """Yield slices of so many customers that their months stay small in memory."""
    for start in range(0, count, ROWS_AT_ONCE):
        yield slice(start, min(start + ROWS_AT_ONCE, count))
