"""The shop's season: how much busier a calendar month is than the average one."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import numpy as np

from metrics.core import calendar
from metrics.core.histories import Floats, Whole

LEAST_MONTHS: Final = 24


def find_season(months: Sequence[date], purchases: Sequence[int]) -> Floats | None:
    """Return twelve weights, January first, mean 1; None with less than 24 complete months or no purchases.

    Purchases a day in each month against those of the twelve months it lies in, averaged over whole years
    back from the last one: growth from year to year is not taken for season.

    Parameters
    ----------
    months : first days of consecutive complete months.
    purchases : how many there were in each.
    """
    years = len(months) // calendar.MONTHS_PER_YEAR
    if len(months) < LEAST_MONTHS:
        return None
    kept = years * calendar.MONTHS_PER_YEAR
    days = [calendar.last_day_of_month(month).day for month in months[-kept:]]
    rates = (np.array(purchases[-kept:], dtype=np.float64) / days).reshape(years, calendar.MONTHS_PER_YEAR)
    levels = rates.mean(axis=1)
    if not levels.all():
        return None
    by_place = (rates / levels[:, None]).mean(axis=0)
    found: Floats = np.roll(by_place, months[-kept].month - 1)
    return found


def weigh_months(season: Floats, as_of: date, months: int) -> Floats:
    """Return the weight of each of the coming ``months`` of 30.4375 days: the mean over its days."""
    ends = [round(float(calendar.DAYS_PER_MONTH) * month) for month in range(months + 1)]
    return np.array(
        [
            np.mean([season[(as_of + timedelta(days=step)).month - 1] for step in range(start + 1, end + 1)])
            for start, end in pairwise(ends)
        ]
    )


def compare_window(season: Floats, first_day: date, ages: Whole, days: int) -> float:
    """Return how much busier the ``days`` after a cut-off are by season than those a model was fitted on.

    A day counts for the fit as often as there were customers to buy on it.

    Parameters
    ----------
    first_day : the day on which the oldest customer first bought.
    ages : days from each customer's first purchase to the cut-off; the largest one dates the cut-off.
    """
    span = int(ages.max())
    of_month = np.array([(first_day + timedelta(days=step)).month - 1 for step in range(1, span + days + 1)])
    weights = season[of_month]
    known = np.bincount(span - ages, minlength=span + 1).cumsum()[:span]
    fitted_on = float(weights[:span] @ known) / float(known.sum()) if span else 1.0
    return float(weights[span:].mean()) / fitted_on
