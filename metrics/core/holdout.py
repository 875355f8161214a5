"""Which model to trust: fitted on the past, judged by what came after.

The criterion is the predictive log score, the mean over customers of log P(purchases that were made), among
forecasts whose total is not much worse than the best total. Absolute error decides nothing: predicting that
nobody buys often wins it. See Czado, Gneiting & Held (2009), "Predictive model assessment for count data",
Biometrics 65, for scores and the randomised PIT.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import ArrayLike

from metrics.core import calendar
from metrics.core.histories import Floats, Summary, Whole
from metrics.core.purchase_model import PurchaseModel

TOTAL_TOLERANCE: Final = 0.10  # of the actual total: "10 points"
LEAST_PROBABILITY: Final = 1e-300
INNER: Final = (0.1, 0.9)  # ends of an 80 % interval
TOP_SHARES: Final = (0.1, 0.2)
LEAST_CUT_OFFS: Final = 3
MOST_CUT_OFFS: Final = 6
QUARTER: Final = 91  # days
Z_80: Final = 1.2815515655446004  # the normal distribution's 90 % point


class Forecast(Protocol):
    """What is expected of each customer in the days held out."""

    @property
    def name(self) -> str: ...

    @property
    def mean(self) -> Floats:
        """Expected purchases."""

    def find_probabilities(self, count: Whole) -> tuple[Floats, Floats]:
        """Return P(Y = count) and P(Y ≥ count + 1)."""


@dataclass(frozen=True)
class ModelForecast:
    """What a fitted model expects in the ``days`` after a summary's day."""

    model: PurchaseModel
    summary: Summary
    days: int
    mean: Floats

    @property
    def name(self) -> str:
        return self.model.name

    def find_probabilities(self, count: Whole) -> tuple[Floats, Floats]:
        history = (self.summary.frequency, self.summary.recency, self.summary.age)
        exactly = self.model.probability_of_count(count, self.days, *history)
        return np.asarray(exactly), np.asarray(
            self.model.probability_at_least(count + 1, self.days, *history)
        )


def forecast(model: PurchaseModel, summary: Summary, days: int) -> ModelForecast:
    """Return a model's forecast for the days after a summary."""
    mean = model.expected_purchases(days, summary.frequency, summary.recency, summary.age)
    return ModelForecast(model, summary, days, np.asarray(mean, dtype=np.float64))


@dataclass(frozen=True)
class Score:
    """How a forecast did. Errors are per customer, in purchases; ``total_error`` is a share of the actual.

    ``log_scores``: log P(what happened) of each customer. ``top_shares``: the share of all purchases made by
    the 10 and 20 % of customers of whom most was expected. ``inside``: share of customers whose randomised
    PIT lies in the inner 80 %. ``inside_whole``: share within the interval of whole numbers, which is wider.
    ``pit``: customers per tenth of the PIT.
    """

    name: str
    log_scores: Floats
    expected: float
    actual: int
    mean_absolute_error: float
    root_mean_square_error: float
    top_shares: tuple[float, ...]
    inside: float
    inside_whole: float
    pit: tuple[int, ...]

    @property
    def log_score(self) -> float:
        """Mean predictive log score; higher is better."""
        return float(self.log_scores.mean()) if len(self.log_scores) else 0.0

    @property
    def total_error(self) -> float:
        """(Expected − actual) ÷ actual; infinite when nothing was bought and something was expected."""
        if self.actual:
            return (self.expected - self.actual) / self.actual
        return float("inf") if self.expected else 0.0


def score(found: Forecast, actual: Whole, seed: int = 0) -> Score:
    """Judge a forecast by the purchases each customer made. The PIT is randomised with ``seed``."""
    exactly, above = found.find_probabilities(actual)
    error = found.mean - actual
    up_to = np.clip(1 - above, 0.0, 1.0)
    below = np.clip(up_to - exactly, 0.0, 1.0)
    place = below + np.random.default_rng(seed).random(len(actual)) * (up_to - below)
    low, high = INNER
    return Score(
        name=found.name,
        log_scores=np.log(np.maximum(exactly, LEAST_PROBABILITY)),
        expected=float(found.mean.sum()),
        actual=int(actual.sum()),
        mean_absolute_error=_mean(np.abs(error)),
        root_mean_square_error=float(np.sqrt(_mean(error**2))),
        top_shares=tuple(catch_share(found.mean, actual, share) for share in TOP_SHARES),
        inside=_mean((place >= low) & (place <= high)),
        inside_whole=_mean((up_to >= low) & (below < high)),
        pit=tuple(np.histogram(place, bins=10, range=(0, 1))[0].tolist()),
    )


def catch_share(expected: Floats, actual: ArrayLike, share: float) -> float:
    """Return the share of ``actual`` that is with the ``share`` of customers of whom most was expected.

    Only what is above 0 counts. NaN when nothing is. Ties stay in the order of the customers.
    """
    gained = np.maximum(np.asarray(actual, dtype=np.float64), 0.0)
    if not gained.sum():
        return float("nan")
    top = np.argsort(-expected, kind="stable")[: -int(-len(expected) * share // 1)]
    return float(gained[top].sum() / gained.sum())


@dataclass(frozen=True)
class Choice:
    """The forecast to use, and why the others are not: too far off in total, or a lower score."""

    name: str
    off_in_total: tuple[str, ...]
    kept: bool  # the one in use stays though another scored a little better


def choose(scores: Sequence[Score], in_use: str = "") -> Choice:
    """Choose by mean log score among those whose total is within 10 points of the best total.

    The one in use stays unless another is better by more than one standard error of the mean difference.
    Raises ValueError without scores.
    """
    if not scores:
        raise ValueError("scores must be one or more, got none.")
    limit = min(abs(one.total_error) for one in scores) + TOTAL_TOLERANCE
    fair = [one for one in scores if abs(one.total_error) <= limit]
    best = max(fair, key=lambda one: one.log_score)
    present = {one.name: one for one in fair}.get(in_use, best)
    stays = present is not best and not _is_clearly_better(best, present)
    off = tuple(one.name for one in scores if one not in fair)
    return Choice(in_use if stays else best.name, off, stays)


def _is_clearly_better(one: Score, other: Score) -> bool:
    difference = one.log_scores - other.log_scores
    error = difference.std(ddof=1) / np.sqrt(len(difference)) if len(difference) > 1 else np.inf
    return bool(difference.mean() > error)


@dataclass(frozen=True)
class Deviation:
    """A total that was expected with a standard deviation, and what it became.

    ``day``: the cut-off it was expected on, ``days``: how many were held out; both 0 when of no cut-off.
    """

    expected: float
    deviation: float
    actual: float
    day: int = 0
    days: int = 0

    @property
    def standardised(self) -> float:
        """How many standard deviations the actual was off."""
        return (self.actual - self.expected) / self.deviation

    def in_season(self, busier: float) -> "Deviation":
        """Return it for days that are so many times as busy by season as a model took them to be.

        The deviation grows like the root, as chance does, and shrinks like the total.
        """
        by = min(busier, busier**0.5)
        return replace(self, expected=self.expected * busier, deviation=self.deviation * by)


def learn_widening(earlier: Sequence[Deviation]) -> float | None:
    """Return by what factor intervals of totals must be widened; None with fewer than three cut-offs.

    The root mean square of standardised errors (the likeliest scale of a normal error), at least 1: season
    and trend can make totals less certain than a model knows, never more.
    """
    known = [one.standardised for one in earlier if one.deviation > 0]
    if len(known) < LEAST_CUT_OFFS:
        return None
    return max(1.0, float(np.sqrt(np.mean(np.square(known)))))


def find_interval(expected: float, deviation: float, widening: float | None) -> tuple[float, float]:
    """Return the 80 % interval of a total that cannot be below 0."""
    reach = Z_80 * deviation * (widening or 1.0)
    return max(0.0, expected - reach), expected + reach


def plan_cut_offs(first_day: int, as_of: int, longest: int) -> tuple[int, int]:
    """Return the day of the main hold-out and how many days are held out: ``longest`` or half the history."""
    days = min(longest, (as_of - first_day) // 2)
    return as_of - days, days


def plan_earlier(first_day: int, cut_off: int, least_fit: int, least_days: int = 28) -> list[tuple[int, int]]:
    """Return earlier cut-offs (day, days held out) whose held-out days end by ``cut_off``.

    Three to six of equal length, the first with at least ``least_fit`` days to fit on. Whole years are held
    out where three of them, a quarter or more apart, fit in: every season is in each then, so that a
    season's quarters are not taken for errors of the model. These years overlap: they tell less than as many
    separate ones. With less history, shorter stretches that do not overlap; none when there is too little
    for three of ``least_days`` days.
    """
    room = cut_off - calendar.DAYS_IN_WINDOW - first_day - least_fit
    count = min(MOST_CUT_OFFS, room // QUARTER + 1)
    if count >= LEAST_CUT_OFFS:
        apart = min(calendar.DAYS_IN_WINDOW, room // (count - 1))
        latest = cut_off - calendar.DAYS_IN_WINDOW
        return [(latest - apart * step, calendar.DAYS_IN_WINDOW) for step in range(count - 1, -1, -1)]
    room = cut_off - first_day - least_fit
    count = min(MOST_CUT_OFFS, room // least_days)
    if count < LEAST_CUT_OFFS:
        return []
    count = max(LEAST_CUT_OFFS, min(count, room // QUARTER))
    days = min(room // count, 183)
    return [(cut_off - days * step, days) for step in range(count, 0, -1)]


def _mean(values: ArrayLike) -> float:
    found = np.asarray(values, dtype=np.float64)
    return float(found.mean()) if found.size else 0.0
