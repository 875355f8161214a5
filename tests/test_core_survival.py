"""Time until a year of silence: worked out by hand, at the ends of the domain, and as a run keeps it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.histories import Orders, RefundRows, build_histories
from metrics.core.survival import Durations, estimate, find_silences
from metrics.silence import MOST_POINTS, describe_members, describe_survival, list_silences


def durations(times, events):
    return Durations(np.array(times, dtype=np.int64), np.array(events, dtype=bool))


def test_the_estimate_is_that_of_kaplan_meier_worked_out_by_hand():
    # At 0: 6 at risk, 2 events: 4/6. At 30: 4 at risk (one of them censored that day), 1 event: × 3/4.
    # At 90: 2 at risk, 1 event: × 1/2. The one followed longest is censored.
    curve = estimate(durations([0, 0, 30, 30, 90, 120], [True, True, True, False, True, False]))
    assert curve.time.tolist() == [0, 30, 90]
    assert curve.at_risk.tolist() == [6, 4, 2]
    assert curve.events.tolist() == [2, 1, 1]
    assert curve.share == pytest.approx([2 / 3, 1 / 2, 1 / 4])
    assert [curve.find_share(day) for day in (0, 29, 30, 200)] == pytest.approx([2 / 3, 2 / 3, 1 / 2, 1 / 4])
    assert [curve.count_at_risk(day) for day in (0, 30, 31, 121)] == [6, 4, 2, 0]
    assert curve.find_median() == 30


def test_a_silence_begins_at_the_last_purchase_before_it():
    # A bought once, 400 days ago. B first bought 200 days ago: nothing can be said yet. C bought twice, the
    # last time 365 days ago. D came back after 366 days without a purchase, day 11 to day 376. E buys every
    # half year, the last time 100 days ago: what began after day 635, 365 days before the last, is not known.
    owner = np.array([0, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4])
    day = np.array([600, 800, 600, 635, 0, 10, 377, 350, 530, 710, 900])
    found = find_silences(owner, day, as_of=1000)
    assert found.time.tolist() == [0, 35, 10, 285]
    assert found.event.tolist() == [True, True, True, False]


def test_who_is_new_does_not_lift_the_curve():
    # Of the customers of more than a year ago half came back; hundreds of new ones change nothing.
    old = [(0, 0), (1, 0), (1, 300), (1, 600)]
    new = [(customer, 700) for customer in range(2, 300)] + [(300, 700), (300, 720)]
    for rows in (old, sorted(old + new)):
        owner, day = (np.array([row[place] for row in rows]) for place in (0, 1))
        assert estimate(find_silences(owner, day, as_of=900)).find_share(0) == 0.5


def test_a_year_is_365_days_without_a_purchase():
    owner, day = np.array([0, 0, 1, 1]), np.array([0, 365, 0, 366])
    assert find_silences(owner, day, as_of=400).event.tolist() == [False, True]
    assert find_silences(np.array([0]), np.array([36]), as_of=400).event.tolist() == []
    assert find_silences(np.array([0]), np.array([35]), as_of=400).event.tolist() == [True]


def test_without_events_everyone_is_left_and_without_customers_there_is_no_curve():
    curve = estimate(durations([0, 5], [False, False]))
    assert (curve.find_share(1000), curve.find_median()) == (1.0, None)
    nobody = estimate(find_silences(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 10))
    assert (nobody.customers, nobody.find_share(0)) == (0, 1.0)


def test_arrays_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match=r"equally long, got 2 and 1"):
        find_silences(np.array([0, 1]), np.array([5]), 10)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3000)), max_size=60), st.integers(0, 900))
def test_the_curve_falls_from_one_and_stays_above_zero(purchases, later):
    rows = sorted(set(purchases))
    owner, day = (np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1))
    as_of = int(day.max(initial=0)) + later
    curve = estimate(find_silences(owner, day, as_of))
    shares = [curve.find_share(at) for at in range(0, 3100, 100)]
    assert all(0 <= after <= before <= 1 for before, after in pairwise(shares))
    firsts = dict(reversed(rows))
    assert curve.customers == sum(first <= as_of - 365 for first in firsts.values())


def build(orders):
    rows = np.array(orders, dtype=np.int64).reshape(-1, 2)
    none = np.zeros(0, dtype=np.int64)
    worth = np.full(len(rows), 10_000)
    return build_histories(
        Orders(rows[:, 0], rows[:, 1], worth), RefundRows(none, none, none, none, none, none), none
    )


def test_a_run_keeps_a_point_a_month_with_the_number_followed():
    # Day 1000, so that silences up to day 635 are known. 1 fell silent at once, 2 after 40 days; 3 and 4 buy
    # still and have been followed for 75 days. 5 is new.
    faithful = [(customer, day) for customer in (3, 4) for day in (560, 800, 1000)]
    orders = [(1, 0), (2, 0), (2, 40), *faithful, (5, 900)]
    assert describe_survival(list_silences(build(orders), 1000)) == {
        "customers": 4,
        "silent": 2,
        "median_months": 1.3,
        "points": [
            {"months": 0, "share": 0.75, "n": 4},
            {"months": 1, "share": 0.75, "n": 3},
            {"months": 2, "share": 0.5, "n": 2},
        ],
    }


def test_a_long_history_is_kept_in_at_most_60_points():
    monthly = [(1, day) for day in range(0, 20 * 365, 30)]
    points = describe_survival(list_silences(build(monthly), 20 * 365))["points"]
    assert (len(points), points[-1]["months"]) == (57, 224)
    assert len(points) <= MOST_POINTS


def test_a_shop_without_purchases_has_no_points():
    assert describe_survival(list_silences(build([]), 10))["points"] == []


def test_members_have_a_curve_of_their_own():
    # Of 7 and 9, far apart in number, 7 fell silent at once; 9 is of another member; 8 is of none.
    orders = [(7, 0), (8, 0), (9, 560), (9, 800), (9, 1000)]
    found = list_silences(build(orders), 1000)
    assert found.owner.tolist() == [7, 8, 9]
    one, other, nobody = describe_members(found, np.array([1, -1, 0], dtype=np.int16), 3)
    assert (one["customers"], one["silent"], one["points"][-1]) == (1, 0, {"months": 2, "share": 1.0, "n": 1})
    assert (other["customers"], other["silent"], other["median_months"]) == (1, 1, 0.0)
    assert (nobody["customers"], nobody["points"]) == (0, [])
