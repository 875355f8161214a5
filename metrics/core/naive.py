"""Two rules that anybody could follow without a model; a model must beat them to be used.

Both put a Poisson distribution around a rate of the customer's own, never below 0.01 purchases: a rule that
says "certainly none" would be ruined by the first purchase.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from metrics.core.calendar import DAYS_IN_WINDOW
from metrics.core.histories import Floats, Histories, Summary, Whole

FLOOR: Final = 0.01


@dataclass(frozen=True)
class NaiveForecast:
    """Purchases that a rule expects of each customer, as the mean of a Poisson distribution."""

    name: str
    mean: Floats

    def find_probabilities(self, count: Whole) -> tuple[Floats, Floats]:
        """Return P(Y = count) and P(Y ≥ count + 1) of each customer."""
        exactly = np.exp(special.xlogy(count, self.mean) - special.gammaln(count + 1) - self.mean)
        return np.asarray(exactly), np.asarray(special.pdtrc(count, self.mean))


def repeat_last_year(histories: Histories, summary: Summary, days: int) -> NaiveForecast:
    """As many purchases as in the same days a year before; with less history, as in the days just before."""
    since_year = summary.as_of - DAYS_IN_WINDOW
    first = since_year if since_year >= histories.first_day else summary.as_of - days
    owner, day, _worth = histories.find_occasions(summary.as_of)
    inside: npt.NDArray[np.bool_] = (day > first) & (day <= first + days)
    counts = np.bincount(owner[inside], minlength=len(histories.customers))[summary.place]
    return NaiveForecast("last_year", np.maximum(counts.astype(np.float64), FLOOR))


def keep_own_rate(summary: Summary, days: int) -> NaiveForecast:
    """As many purchases as the customer's own rate since the first one makes in that many days."""
    rate = np.divide(summary.frequency, summary.age, out=np.zeros(len(summary)), where=summary.age > 0)
    return NaiveForecast("own_rate", np.maximum(rate * days, FLOOR))
