"""The season of a shop, and how forecasts follow it."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from metrics.core import calendar, outlook
from metrics.core.season import find_season, weigh_months

TWO_YEARS = list(calendar.list_months(date(2024, 3, 1), date(2026, 2, 28)))


def make_purchases(months, season, growth=1.0):
    """Purchases in proportion to the days of the month, its season and the growth a year."""
    start = months[0]
    return [
        round(1_000 * calendar.last_day_of_month(month).day * season[month.month - 1]
              * growth ** (calendar.months_between(start, month) // 12))
        for month in months
    ]  # fmt: skip


def test_a_season_is_found_back_whatever_month_the_data_begin_with():
    season = [0.8, 0.7, 0.9, 1.0, 1.0, 0.9, 0.8, 0.9, 1.0, 1.1, 1.6, 1.3]
    assert sum(season) == 12
    found = find_season(TWO_YEARS, make_purchases(TWO_YEARS, season))
    assert found == pytest.approx(season, abs=0.001)


def test_growth_from_year_to_year_is_no_season():
    found = find_season(TWO_YEARS, make_purchases(TWO_YEARS, [1.0] * 12, growth=3.0))
    assert found == pytest.approx([1.0] * 12, abs=0.001)


def test_less_than_24_complete_months_tell_no_season():
    assert find_season(TWO_YEARS[1:], [100] * 23) is None


def test_a_year_without_purchases_tells_no_season():
    assert find_season(TWO_YEARS, [0] * 12 + [100] * 12) is None


def test_coming_months_weigh_what_their_days_weigh():
    season = np.array([1.0] * 10 + [2.0, 0.0])
    weights = weigh_months(season, date(2026, 10, 31), 3)
    assert weights == pytest.approx([2.0, 1 / 31 * 0, 29 / 30 * 1.0], abs=0.04)


def test_a_season_moves_purchases_between_months_and_keeps_each_year_whole():
    rng = np.random.default_rng(3)
    purchases = rng.gamma(1.0, 1.0, (50, 36))
    season = np.tile([0.5, 1.5, 1.0], 12)
    found = outlook.spread(purchases, season)
    for start, end in pairwise((0, 12, 24, 36)):
        assert found[:, start:end].sum(axis=1) == pytest.approx(purchases[:, start:end].sum(axis=1))
    assert found[:, 0] / found[:, 1] == pytest.approx(purchases[:, 0] / purchases[:, 1] / 3)


def test_without_a_season_months_stay_as_they_are():
    purchases = np.ones((2, 12))
    assert outlook.spread(purchases, None) is purchases
