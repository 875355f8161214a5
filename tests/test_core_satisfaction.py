"""Satisfaction, matching, windows and circles, by figures that were worked out by hand or published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core import matching, satisfaction
from metrics.core.referrals import find_circles
from metrics.core.windows import Purchases

UNKNOWN = -(2**62)


def whole(*values):
    return np.array(values, dtype=np.int64)


def test_wilson_interval_matches_newcombe_1998_table_1():
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion": 81/263 and 15/148."""
    found = satisfaction.estimate_share(81, 263)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    found = satisfaction.estimate_share(15, 148)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0624, 0.1605)


def test_difference_of_shares_matches_newcombe_1998_method_10():
    """Newcombe (1998), "Interval estimation for the difference", 56/70 against 48/80: .0524 to .3339."""
    one, other = satisfaction.estimate_share(56, 70), satisfaction.estimate_share(48, 80)
    found = satisfaction.estimate_difference(one, other)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_relation_worked_out_by_hand():
    """Promoters bought 2, 0 and 4 times, detractors 0 and 1 times, nobody was passive."""
    relation = satisfaction.relate(whole(2, 2, 2, 0, 0), whole(9, 10, 10, 3, 6), whole(2, 0, 4, 0, 1))
    low, middle, high = relation.by_standing
    assert middle is None
    assert (high.n, high.bought.value, high.purchases.value) == (3, pytest.approx(2 / 3), 2.0)
    assert (low.n, low.bought.value, low.purchases.value) == (2, 0.5, 0.5)
    assert relation.difference.value == pytest.approx(1 / 6)
    assert relation.correlation is None, "five pairs say nothing about ranks"


def test_ranks_that_go_together_correlate_with_1_and_those_that_never_differ_not_at_all():
    assert satisfaction.correlate_ranks(np.arange(12), np.arange(12) * 3).value == pytest.approx(1.0)
    assert satisfaction.correlate_ranks(np.arange(12), np.zeros(12, dtype=np.int64)) is None


def test_members_are_compared_within_their_strata_and_weighed_by_their_number():
    """Stratum 0: 4 members at 10, 3 others at 4; stratum 1: 2 at 2, 2 at 2; stratum 2 has no others.

    Weights 4/6 and 2/6: members 22/3, others 10/3, difference 4; nothing varies, so the interval is a point.
    """
    found = matching.compare(
        whole(0, 0, 0, 0, 1, 1, 2, 2), np.array([10, 10, 10, 10, 2, 2, 99, 99.0]),
        whole(0, 0, 0, 1, 1), np.array([4, 4, 4, 2, 2.0]),
    )  # fmt: skip
    assert (found.members, found.others) == (6, 5)
    assert (found.of_members, found.of_others) == (pytest.approx(22 / 3), pytest.approx(10 / 3))
    assert (found.difference, found.low, found.high) == pytest.approx((4, 4, 4))


def test_the_interval_is_that_of_a_stratified_difference():
    """One stratum: members 0 and 2 (variance 2), others 0, 0, 3 (variance 3): √(2/2 + 3/3) = √2."""
    found = matching.compare(whole(0, 0), np.array([0, 2.0]), whole(0, 0, 0), np.array([0, 0, 3.0]))
    assert found.difference == 0
    assert found.high == pytest.approx(1.959963984540054 * 2**0.5)


def test_nobody_alike_is_no_comparison():
    assert matching.compare(whole(0, 0), np.ones(2), whole(1, 1), np.ones(2)) is None
    assert matching.compare(whole(), np.zeros(0), whole(), np.zeros(0)) is None


def test_what_was_bought_between_two_days():
    """Customer 7 bought on days 3 (twice) and 9, customer 8 on day 5 for a cost that is not known."""
    purchases = Purchases(
        whole(7, 8, 7, 7), whole(9, 5, 3, 3), whole(40, 80, 10, 20), whole(4, UNKNOWN, 1, 2), UNKNOWN
    )
    found = purchases.add_up(whole(7, 7, 7, 8, 8), whole(3, 4, 0, 0, 6), whole(9, 8, 3, 99, 99))
    assert found.occasions.tolist() == [2, 0, 1, 1, 0]
    assert found.revenue.tolist() == [70, 0, 30, 80, 0]
    assert found.contribution.tolist() == [7, 0, 3, 0, 0]
    assert found.known.tolist() == [True, True, True, False, True]
    since = purchases.find_last_before(whole(7, 7, 7, 7, 8), whole(3, 4, 9, 50, 5))
    assert since.tolist() == [-1, 1, 6, 41, -1]
    assert purchases.has(whole(7, 9)).tolist() == [True, False]


orders = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(1, 9)), min_size=1)


@given(orders, st.integers(-5, 40), st.integers(-5, 40))
def test_windows_are_what_counting_one_by_one_gives(rows, first, last):
    customer, day, revenue = (whole(*column) for column in zip(*rows, strict=True))
    purchases = Purchases(customer, day, revenue, revenue, UNKNOWN)
    asked = np.unique(customer)
    found = purchases.add_up(asked, np.full(len(asked), first), np.full(len(asked), last))
    since = purchases.find_last_before(asked, np.full(len(asked), first))
    for place, one in enumerate(asked.tolist()):
        inside = [(when, worth) for who, when, worth in rows if who == one and first <= when <= last]
        assert found.occasions[place] == len({when for when, _worth in inside})
        assert found.revenue[place] == sum(worth for _when, worth in inside)
        before = [when for who, when, _worth in rows if who == one and when < first]
        assert since[place] == (first - max(before) if before else -1)


def test_circles_are_told_once_and_tails_are_none():
    brought_in_by = {2: 1, 3: 2, 1: 3, 4: 1, 5: 4, 7: 8, 8: 7, 10: 11}
    assert find_circles(brought_in_by) == [(1, 2, 3), (7, 8)]
    assert find_circles({}) == []
