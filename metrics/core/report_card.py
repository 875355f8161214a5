"""How good predictions have been: what a model fitted on the past expected, held against what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from metrics.core.calendar import DAYS_PER_MONTH
from metrics.core.histories import Floats, Histories, Summary, Whole
from metrics.core.holdout import Deviation, Score, find_interval
from metrics.core.purchase_model import PurchaseModel

LARGEST_COUNT: Final = 6  # more purchases than this are one bar
GROUPS: Final = 10
DRAWS: Final = 40
SAMPLE: Final = 10_000  # a total moves with the parameters as its customers do together: these tell
LONG: Final = 3_652.5  # days; who has not come back in ten years does not


@dataclass(frozen=True)
class Tracking:
    """Purchases of all customers together since the cut-off, at the end of each month of 30.4375 days."""

    days: tuple[int, ...]
    expected: tuple[float, ...]
    actual: tuple[int, ...]


@dataclass(frozen=True)
class Frequencies:
    """How many customers made 0, 1, … purchases; the last element counts all that made more."""

    expected: tuple[float, ...]
    actual: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """A tenth of the customers, those with the highest prediction first: mean prediction and mean outcome."""

    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class ReportCard:
    """All that is known of how a model did after one cut-off; amounts in the shop's currency.

    ``interval`` and ``widened`` are of total purchases at 80 %: as the model alone says, and with the factor
    ``widening`` learnt from ``earlier`` cut-offs (None: too little history). ``nobody_buys``: mean absolute
    and root mean square error, in purchases, of who expects nothing of anyone. ``value_shares``: share of all
    revenue that came from the 10 and 20 % with the highest predicted revenue.
    """

    model: str
    customers: int
    days: int
    total: Deviation
    interval: tuple[float, float]
    widening: float | None
    widened: tuple[float, float]
    earlier: tuple[Deviation, ...]
    nobody_buys: tuple[float, float]
    tracking: Tracking
    frequencies: Frequencies
    value_groups: tuple[Group, ...]
    value_total: tuple[float, float]
    value_shares: tuple[float, ...]

    @property
    def is_inside(self) -> bool:
        """Whether the actual total lies within the interval that is shown."""
        low, high = self.widened
        return low <= self.total.actual <= high


def grade(
    model: PurchaseModel,
    histories: Histories,
    summary: Summary,
    days: int,
    values: tuple[Floats, Floats],
    earlier: Sequence[Deviation],
    widening: float | None,
    shares: tuple[float, ...],
) -> ReportCard:
    """Hold a model fitted on ``summary`` against the ``days`` after it.

    ``values``: predicted and actual revenue of each customer in those days. ``earlier``, ``widening``: what
    earlier cut-offs taught (``metrics.core.holdout.learn_widening``). ``shares``: `catch_share` of values.
    """
    actual = histories.count_between(summary, summary.as_of + days)
    total = expect_total(model, summary, days, int(actual.sum()))
    return ReportCard(
        model=model.name,
        customers=len(summary),
        days=days,
        total=total,
        interval=find_interval(total.expected, total.deviation, None),
        widening=widening,
        widened=find_interval(total.expected, total.deviation, widening),
        earlier=tuple(earlier),
        nobody_buys=(float(np.mean(actual)), float(np.sqrt(np.mean(np.square(actual))))),
        tracking=track(model, histories, summary, days),
        frequencies=count_frequencies(model, summary, days, actual),
        value_groups=group_by_prediction(*values),
        value_total=(float(values[0].sum()), float(values[1].sum())),
        value_shares=shares,
    )


def expect_total(model: PurchaseModel, summary: Summary, days: int, actual: int, seed: int = 0) -> Deviation:
    """Return the expected total of purchases with its standard deviation, and what it became.

    Chance and the uncertainty of the parameters together; the second by draws of the parameters, over at
    most 10,000 customers drawn at random.
    """
    history = (summary.frequency, summary.recency, summary.age)
    expected = float(np.sum(model.expected_purchases(days, *history)))
    by_chance = float(np.sum(model.variance_of_purchases(days, *history)))
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(summary), SAMPLE, replace=False) if len(summary) > SAMPLE else slice(None)
    sample = tuple(part[chosen] for part in history)
    means = [float(np.mean(one.expected_purchases(days, *sample))) for one in model.draw_params(rng, DRAWS)]
    by_parameters = float(np.var(means, ddof=1)) * len(summary) ** 2
    return Deviation(expected, float(np.sqrt(by_chance + by_parameters)), actual, summary.as_of, days)


def track(model: PurchaseModel, histories: Histories, summary: Summary, days: int) -> Tracking:
    """Return expected and actual purchases since the cut-off, month by month, added up."""
    months = int(days // float(DAYS_PER_MONTH))
    ends = sorted({*(round(float(DAYS_PER_MONTH) * month) for month in range(1, months + 1)), days})
    made = np.cumsum(histories.count_by_day(summary, summary.as_of + days))
    history = (summary.frequency, summary.recency, summary.age)
    expected = tuple(float(np.sum(model.expected_purchases(end, *history))) for end in ends)
    return Tracking(tuple(ends), expected, tuple(int(made[end - 1]) for end in ends))


def count_frequencies(model: PurchaseModel, summary: Summary, days: int, actual: Whole) -> Frequencies:
    """Return how many customers were expected to make 0, 1, … purchases, and how many did."""
    history = (summary.frequency, summary.recency, summary.age)
    expected = [
        float(np.sum(model.probability_of_count(count, days, *history))) for count in range(LARGEST_COUNT + 1)
    ]
    found = np.bincount(np.minimum(actual, LARGEST_COUNT + 1), minlength=LARGEST_COUNT + 2)
    return Frequencies((*expected, max(0.0, len(summary) - sum(expected))), tuple(found.tolist()))


def group_by_prediction(predicted: Floats, actual: ArrayLike) -> tuple[Group, ...]:
    """Return tenths of the customers, highest prediction first; fewer groups than ten of fewer customers."""
    outcome = np.asarray(actual, dtype=np.float64)
    order = np.argsort(-predicted, kind="stable")
    parts = np.array_split(order, min(GROUPS, max(1, len(order))))
    return tuple(
        Group(len(part), float(predicted[part].mean()), float(outcome[part].mean()))
        for part in parts
        if len(part)
    )


@dataclass(frozen=True)
class Habits:
    """The parameters in words: what a new customer does.

    ``never_back``: share that does not buy again within ten years. ``back_in_a_year``: share that buys again
    within a year. ``purchases_in_a_year``: repeat purchases expected in it.
    """

    never_back: float
    back_in_a_year: float
    purchases_in_a_year: float


def describe_habits(model: PurchaseModel, year: float) -> Habits:
    """Return what the model says of a new customer; ``year`` in days."""
    return Habits(
        never_back=float(model.probability_of_none(LONG, 0, 0, 0)),
        back_in_a_year=1 - float(model.probability_of_none(year, 0, 0, 0)),
        purchases_in_a_year=float(model.expected_purchases_new(year)),
    )


def judge(score: Score, card: ReportCard, naive: Sequence[Score]) -> str:
    """Return the verdict in one word: ``good``, ``fair`` or ``poor``.

    Good: the actual total lies inside the interval that is shown or within 10 % of what was expected, and
    the share of customers in the inner 80 % is between 75 and 85. Poor: a naive rule predicts better, or the
    total is off by more than 30 %.
    """
    if any(rule.log_score > score.log_score for rule in naive) or abs(score.total_error) > POOR_ERROR:
        return "poor"
    close = card.is_inside or abs(score.total_error) <= GOOD_ERROR
    low, high = GOOD_COVERAGE
    return "good" if close and low <= score.inside <= high else "fair"


GOOD_ERROR: Final = 0.10
POOR_ERROR: Final = 0.30
GOOD_COVERAGE: Final = (0.75, 0.85)
