"""Money later is worth less: the real rate and the periods to come, weighed by it."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.discounting import discount_factor, discounted_periods, find_real_rate

rates = st.decimals(Decimal("-0.5"), Decimal("1"), places=4)
periods = st.decimals(0, 120, places=2)
frequencies = st.sampled_from([Decimal(1), Decimal(4), Decimal(12), Decimal("52.1785714286")])
LAST_PLACE = Decimal("0.0000000001")


def test_real_rate_takes_inflation_out_of_interest():
    """1.05 ÷ 1.02 − 1 = 0.02941176470588…, not 0.03."""
    assert find_real_rate(Decimal("0.05"), Decimal("0.02")) == Decimal("0.0294117647")


def test_interest_equal_to_inflation_is_a_real_rate_of_zero():
    assert find_real_rate(Decimal("0.021"), Decimal("0.021")) == 0


def test_a_year_at_ten_per_cent():
    assert discount_factor(Decimal("0.1"), Decimal(1)) == Decimal("0.9090909091")
    assert discount_factor(Decimal("0.1"), Decimal(0)) == 1


def test_three_years_at_ten_per_cent():
    """1/1.1 + 1/1.21 + 1/1.331 = 0.9090909091 + 0.8264462810 + 0.7513148009."""
    assert discounted_periods(Decimal(3), Decimal("0.1"), Decimal(1)) == Decimal("2.4868519910")


def test_the_last_period_counts_pro_rata():
    """n = 3.4: the three whole years above, and 0.4 × 1/1.4641 = 0.2732053822 of the fourth."""
    assert discounted_periods(Decimal("3.4"), Decimal("0.1"), Decimal(1)) == Decimal("2.7600573731")


def test_months_are_discounted_by_the_twelfth_root():
    """(1.1^(1/12) − 1) is the rate of a month: annuity of 12 = (1 − 1/1.1) ÷ 0.0079741404."""
    twelve = discounted_periods(Decimal(12), Decimal("0.1"), Decimal(12))
    assert round(twelve, 5) == round(Decimal("0.0909090909") / Decimal("0.0079741404289"), 5)


@given(periods, frequencies)
def test_at_rate_zero_periods_stay_as_they_are(n, per_year):
    assert discounted_periods(n, Decimal(0), per_year) == n


@given(st.integers(1, 120), rates.filter(bool), frequencies)
def test_whole_periods_equal_the_closed_form_of_an_annuity(n, rate, per_year):
    """Σ v^k = (1 − v^n) ÷ (v^(−1) − 1), v = (1 + r)^(−1/p)."""
    with localcontext(prec=80):
        v = (1 + rate) ** (-1 / per_year)
        annuity = (1 - v**n) / (1 / v - 1)
    assert abs(discounted_periods(Decimal(n), rate, per_year) - annuity) <= LAST_PLACE


@given(periods, rates, rates, frequencies)
def test_a_higher_rate_never_makes_later_periods_worth_more(n, one, other, per_year):
    low, high = sorted((one, other))
    assert discounted_periods(n, high, per_year) <= discounted_periods(n, low, per_year)


@given(periods, periods, rates, frequencies)
def test_more_periods_are_never_worth_less(one, other, rate, per_year):
    few, many = sorted((one, other))
    assert discounted_periods(few, rate, per_year) <= discounted_periods(many, rate, per_year)


@given(periods, rates, frequencies)
def test_the_callers_decimal_context_changes_nothing(n, rate, per_year):
    expected = discounted_periods(n, rate, per_year)
    with localcontext(prec=5):
        assert discounted_periods(n, rate, per_year) == expected


@pytest.mark.parametrize("rate", ["-1", "-1.5", "NaN", "Infinity"])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(ValueError, match=r"rate must be a fraction above -1 such as 0\.05, got"):
        discounted_periods(Decimal(3), Decimal(rate), Decimal(1))
    with pytest.raises(ValueError, match="inflation must be a fraction above -1"):
        find_real_rate(Decimal("0.05"), Decimal(rate))


@pytest.mark.parametrize("n", ["-0.1", "100001", "NaN"])
def test_an_impossible_number_of_periods_is_refused(n):
    with pytest.raises(ValueError, match="n must be between 0 and 100000 periods"):
        discounted_periods(Decimal(n), Decimal("0.1"), Decimal(1))


def test_periods_per_year_must_be_above_zero():
    with pytest.raises(ValueError, match="periods_per_year must be above 0, got 0"):
        discounted_periods(Decimal(3), Decimal("0.1"), Decimal(0))
