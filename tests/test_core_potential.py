"""Room to grow in the core: percentiles, what buyers alike also buy, and the contrast of a back-test."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.core.potential import (
    MOST_CATEGORIES,
    contrast_growth,
    divide_half_up,
    expect_from_others,
    find_double_medians,
    find_percentile,
)


def round_half_up(value: Fraction) -> int:
    whole = int(abs(value) + Fraction(1, 2))
    return whole if value >= 0 else -whole


def test_the_ninetieth_percentile_lies_nine_tenths_of_the_way_up_zeros_included():
    assert find_percentile(np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200])) == 100
    assert find_percentile(np.array([0, 100])) == 90
    assert find_percentile(np.array([70])) == 70
    with pytest.raises(ValueError, match="one or more"):
        find_percentile(np.array([], dtype=np.int64))


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=60), st.integers(1, 9))
def test_a_percentile_is_exactly_the_interpolated_one(values, tenths):
    ordered = sorted(values)
    place = Fraction(tenths, 10) * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    expected = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    assert find_percentile(np.array(values), tenths) == round_half_up(expected)


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**6))
def test_halves_are_rounded_away_from_zero(numerator, denominator):
    found = divide_half_up(np.array(numerator), np.array(denominator))
    assert int(found) == round_half_up(Fraction(numerator, denominator))


def test_medians_need_thirty_rows():
    category = np.array([0] * 30 + [1] * 29 + [2] * 31)
    amount = np.array([*range(30), *range(29), *range(31)])
    assert find_double_medians(category, amount, 4).tolist() == [29, 0, 30, 0]


def expect_by_hand(sets: list[int], medians: list[Fraction]) -> list[int]:
    """By the definition, customer by customer."""
    found = []
    for mine in sets:
        alike = [other for other in sets if other & mine]
        total = Fraction(0)
        for category, worth in enumerate(medians):
            if len(alike) >= 30 and not mine >> category & 1:
                share = Fraction(sum(other >> category & 1 for other in alike), len(alike))
                total += share * worth
        found.append(round_half_up(total))
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_categories_not_bought_add_what_buyers_alike_spend_on_them(data):
    categories = data.draw(st.integers(1, 6))
    sets = data.draw(st.lists(st.integers(0, 2**categories - 1), min_size=1, max_size=120))
    doubled = data.draw(st.lists(st.integers(-10_000, 10**7), min_size=categories, max_size=categories))
    expected = expect_by_hand(sets, [Fraction(value, 2) for value in doubled])
    assert expect_from_others(np.array(sets), np.array(doubled)).tolist() == expected


def test_a_pan_is_bought_by_a_third_of_those_who_buy_lamps():
    """30 bought a lamp, 10 of them a pan too; a pan buyer brings in 60 a year: a third of 60 is 20."""
    lamp, pan, nothing = 0b01, 0b10, 0
    sets = np.array([lamp] * 20 + [lamp | pan] * 10 + [pan] * 40 + [nothing])
    found = expect_from_others(sets, np.array([0, 2 * 600_000]))
    assert found[0] == 200_000
    assert (found[25], found[40], found[70]) == (0, 0, 0)


def test_fewer_than_thirty_buyers_alike_say_nothing():
    sets = np.array([0b01] * 19 + [0b11] * 10 + [0b10] * 40)
    assert expect_from_others(sets, np.array([0, 1_000]))[0] == 0


def test_more_categories_than_can_be_counted_are_refused():
    with pytest.raises(ValueError, match=f"at most {MOST_CATEGORIES}"):
        expect_from_others(np.zeros(3, dtype=np.int64), np.zeros(MOST_CATEGORIES + 1, dtype=np.int64))


def test_a_contrast_compares_only_within_tenths_of_predicted_value():
    """Who is worth less has a larger gap and grows more; within a tenth, a large gap is worth 1 (10,000)."""
    rng = np.random.default_rng(5)
    predicted = np.arange(4_000)
    tenth = predicted // 400
    inside = rng.permuted(np.tile(np.arange(400), (10, 1)), axis=1).ravel()
    gap = 10_000 - tenth * 1_000 + inside
    growth = -tenth * 500_000 + 10_000 * (inside >= 200) + rng.integers(-2_000, 2_000, 4_000)
    found = contrast_growth(predicted, gap, growth)
    assert found is not None
    assert found.customers == 4_000
    assert found.low < 10_000 < found.high
    assert found.high - found.low < 300
    assert found.difference == pytest.approx(found.large - found.small)
    assert [(large, small) for large, _mean, small, _other in found.tenths] == [(200, 200)] * 10


def test_the_interval_of_a_contrast_covers_no_difference_nineteen_times_in_twenty():
    rng = np.random.default_rng(11)
    covered = 0
    for _round in range(200):
        predicted, gap, growth = (rng.integers(0, 100_000, 400) for _ in range(3))
        found = contrast_growth(predicted, gap, growth)
        assert found is not None
        covered += found.low <= 0 <= found.high
    assert 180 <= covered <= 199


def test_equal_gaps_cannot_be_set_against_each_other():
    same = np.zeros(100, dtype=np.int64)
    assert contrast_growth(np.arange(100), same, np.arange(100)) is None
    assert contrast_growth(same[:3], same[:3], same[:3]) is None
