"""The lower end of what a mean may be, against distributions that can be counted out."""

import numpy as np
import pytest
from scipy import stats

from metrics.core.bootstrap import find_lower_mean


def test_of_two_amounts_the_lower_end_is_the_lower_one():
    """Means of two draws: 0 (a quarter), 5 (a half), 10 (a quarter); a tenth lies within the first."""
    assert find_lower_mean(np.array([0.0, 10.0])) == 0


def test_of_three_amounts_the_lower_end_is_one_large_draw():
    """Draws of 0, 30, 30: mean 0 in 1 of 27, 10 in 6 of 27: a tenth lies within the second."""
    assert find_lower_mean(np.array([30.0, 0.0, 30.0])) == pytest.approx(10)


def test_many_amounts_come_to_the_normal_interval_of_the_mean():
    amounts = np.random.default_rng(7).gamma(2.0, 30.0, size=5_000)
    expected = amounts.mean() + stats.norm.ppf(0.1) * amounts.std() / np.sqrt(len(amounts))
    assert find_lower_mean(amounts) == pytest.approx(expected, abs=0.15 * amounts.std() / np.sqrt(5_000))


def test_it_is_the_percentile_interval_of_scipy():
    amounts = np.random.default_rng(8).exponential(40.0, size=30)
    found = stats.bootstrap(
        (amounts,), np.mean, confidence_level=0.8, method="percentile", n_resamples=9_999, rng=1
    )
    assert find_lower_mean(amounts, draws=9_999) == pytest.approx(found.confidence_interval.low, abs=0.3)


def test_the_order_of_the_amounts_does_not_matter():
    amounts = np.random.default_rng(9).normal(10.0, 4.0, size=200)
    assert find_lower_mean(amounts) == find_lower_mean(amounts[::-1])


def test_without_amounts_there_is_no_mean():
    with pytest.raises(ValueError, match="at least one"):
        find_lower_mean(np.array([]))
