"""The purchase process of the demo does what the papers say it does."""

import numpy as np
import pytest

from customers.demo.process import (
    PurchaseParameters,
    SpendParameters,
    draw_purchases,
    draw_spend,
    draw_spend_rates,
    spread_over_days,
)

PARAMETERS = PurchaseParameters(r=1.8, alpha=60.0, a=0.7, b=1.6)


def sum_hypergeometric(a, b, c, z):
    """2F1(a, b; c; z) by its defining series, for 0 <= z < 1; to double precision below 0.99."""
    n = np.arange(5_000.0)
    return 1 + np.cumprod((a + n) * (b + n) / ((c + n) * (n + 1)) * z).sum()


def expect_repeat_purchases(r, alpha, a, b, days):
    """E[X(t)] of MBG/NBD: Batislam, Denizel and Filiztekin (2007), dropout also after the first."""
    z = days / (alpha + days)
    return b / (a - 1) * (1 - (alpha / (alpha + days)) ** r * sum_hypergeometric(r, b + 1, a + b, z))


def count_repeats(purchases, customers):
    return np.bincount(purchases.customer, minlength=customers) - 1


@pytest.mark.parametrize("days", [30, 365, 1096])
def test_mean_repeat_purchases_match_batislam_2007(days):
    customers = 200_000
    purchases = draw_purchases(PARAMETERS, np.zeros(customers), days, np.random.default_rng(days))
    repeats = count_repeats(purchases, customers)
    standard_error = repeats.std() / np.sqrt(customers)
    expected = expect_repeat_purchases(1.8, 60.0, 0.7, 1.6, days)
    assert abs(repeats.mean() - expected) < 4 * standard_error


def test_share_that_never_returns_matches_the_closed_form():
    # Returns within t days: stays after the first purchase, b / (a + b), and a Gamma-mixed wait below t.
    customers, days = 200_000, 365
    purchases = draw_purchases(PARAMETERS, np.zeros(customers), days, np.random.default_rng(5))
    returned = (count_repeats(purchases, customers) > 0).mean()
    expected = 1.6 / (0.7 + 1.6) * (1 - (60 / (60 + days)) ** 1.8)
    assert abs(returned - expected) < 4 * np.sqrt(expected * (1 - expected) / customers)


def test_parameters_may_differ_per_customer():
    customers = 100_000
    faithful = np.arange(customers) % 2 == 0
    parameters = PurchaseParameters(
        r=1.8, alpha=np.where(faithful, 40.0, 90.0), a=np.where(faithful, 0.5, 1.5), b=1.6
    )
    purchases = draw_purchases(parameters, np.zeros(customers), 365, np.random.default_rng(6))
    repeats = count_repeats(purchases, customers)
    for group, alpha, a in ((faithful, 40.0, 0.5), (~faithful, 90.0, 1.5)):
        standard_error = repeats[group].std() / np.sqrt(group.sum())
        expected = expect_repeat_purchases(1.8, alpha, a, 1.6, 365)
        assert abs(repeats[group].mean() - expected) < 4 * standard_error


def test_purchases_start_on_the_day_given_and_stop_at_dropout_or_horizon():
    start = np.array([0.0, 100.5, 365.0] * 500)
    purchases = draw_purchases(PARAMETERS, start, 365.0, np.random.default_rng(7))
    first = np.full(start.size, np.inf)
    np.minimum.at(first, purchases.customer, purchases.day)
    last = np.full(start.size, -np.inf)
    np.maximum.at(last, purchases.customer, purchases.day)
    left = ~np.isnan(purchases.dropout_day)
    np.testing.assert_array_equal(first, start)
    np.testing.assert_array_equal(last[left], purchases.dropout_day[left])
    assert last.max() <= 365.0
    assert 0 < left.sum() < start.size


def test_purchases_come_by_customer_and_day():
    purchases = draw_purchases(PARAMETERS, np.zeros(2_000), 900.0, np.random.default_rng(8))
    same = np.diff(purchases.customer) == 0
    assert (np.diff(purchases.customer) >= 0).all()
    assert (np.diff(purchases.day)[same] > 0).all()


def test_first_purchase_beyond_the_horizon_is_refused():
    with pytest.raises(ValueError, match="must not exceed horizon_days"):
        draw_purchases(PARAMETERS, [0.0, 366.0], 365.0, np.random.default_rng(1))


def test_spend_has_the_mean_of_gamma_gamma():
    # Fader and Hardie (2013): E[Z] = p gamma / (q - 1) = 4 x 84 / 4 = 84.
    spend = SpendParameters(p=4.0, q=5.0, gamma=84.0)
    rng = np.random.default_rng(9)
    amounts = draw_spend(spend, draw_spend_rates(spend, 200_000, rng), rng)
    assert spend.mean == 84
    assert abs(amounts.mean() - 84) < 4 * amounts.std() / np.sqrt(amounts.size)


def test_spend_without_a_mean_is_refused():
    with pytest.raises(ValueError, match="q must be above 1"):
        draw_spend_rates(SpendParameters(p=4.0, q=1.0, gamma=84.0), 10, np.random.default_rng(1))


def test_spreading_keeps_every_purchase_on_a_day_of_its_own():
    customer = np.array([0, 0, 0, 0, 1, 1, 2])
    day = np.array([3.0, 3.1, 3.4, 9.8, 0.0, 0.2, 3.0])
    np.testing.assert_array_equal(spread_over_days(customer, day), [3, 4, 5, 10, 0, 1, 3])
