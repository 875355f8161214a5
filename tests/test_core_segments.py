"""Placing customers in segments: rules by hand, and what holds for any customers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.core.segment_history import Block, History, Looked, follow, measure
from metrics.core.segments import (
    LIFECYCLE,
    RFM,
    SCHEMES,
    TIER,
    UNKNOWN,
    count_moves,
    fits,
    place,
    propose_tiers,
    round_to_two_figures,
)

EURO = 10_000
THRESHOLDS = {
    "rfm_recent_days": 90, "rfm_quiet_days": 180, "rfm_silent_days": 365, "rfm_repeat_orders": 2,
    "rfm_many_orders": 5, "rfm_high_revenue": 400 * EURO, "tier_top": 500 * EURO, "tier_high": 100 * EURO,
    "tier_middle": 20 * EURO, "lifecycle_new_days": 90, "lifecycle_cooling_days": 180,
    "lifecycle_silent_days": 365, "lifecycle_loyal_orders": 4,
}  # fmt: skip


def find(scheme, thresholds=THRESHOLDS, **measures):
    """The segment of one customer."""
    [code] = place(scheme, {name: np.array([value]) for name, value in measures.items()}, thresholds)
    return scheme.shown[code]


@pytest.mark.parametrize(
    ("days", "orders", "euros", "segment"),
    [
        (90, 5, 400, "champions"), (90, 5, 399, "loyal"), (91, 5, 400, "loyal"), (180, 5, 1, "loyal"),
        (90, 4, 1, "promising"), (90, 1, 400, "promising"), (90, 1, 399, "new"), (91, 1, 400, "attention"),
        (180, 4, 9, "attention"), (181, 5, 400, "precious"), (2000, 5, 400, "precious"),
        (181, 5, 399, "slipping"), (365, 2, 1, "slipping"), (181, 1, 900, "sleeping"),
        (365, 1, 1, "sleeping"),
        (366, 4, 399, "silent"), (366, 1, 9, "silent"), (10, 0, 0, "no_order"),
    ],
)  # fmt: skip
def test_rfm_by_its_thresholds(days, orders, euros, segment):
    assert find(RFM, days_since_last=days, orders=orders, revenue=euros * EURO) == segment


@pytest.mark.parametrize(
    ("orders", "units", "segment"),
    [
        (1, 500 * EURO, "top"), (1, 500 * EURO - 1, "high"), (1, 100 * EURO, "high"),
        (1, 100 * EURO - 1, "middle"), (1, 20 * EURO, "middle"), (1, 20 * EURO - 1, "low"), (1, 0, "low"),
        (1, -1, "negative"), (1, UNKNOWN, "unknown"), (0, 900 * EURO, "no_order"),
    ],
)  # fmt: skip
def test_value_tiers_by_their_thresholds(orders, units, segment):
    assert find(TIER, orders=orders, realised=units) == segment


@pytest.mark.parametrize(
    ("first", "last", "orders", "segment"),
    [
        (90, 0, 9, "new"), (91, 180, 4, "loyal"), (91, 90, 3, "active"), (400, 181, 9, "cooling"),
        (400, 365, 1, "cooling"), (400, 366, 9, "silent"), (0, 0, 0, "no_order"),
    ],
)  # fmt: skip
def test_lifecycle_by_its_thresholds(first, last, orders, segment):
    assert find(LIFECYCLE, days_since_first=first, days_since_last=last, orders=orders) == segment


def test_a_threshold_that_is_not_set_holds_for_nobody():
    unset = {**THRESHOLDS, "tier_top": None, "tier_high": None, "tier_middle": None}
    assert find(TIER, unset, orders=1, realised=900 * EURO) == "low"
    assert find(TIER, unset, orders=1, realised=-1) == "negative"


def test_proposed_amounts_are_round_and_each_above_the_one_before():
    assert round_to_two_figures(1_234_5678) == 1_200_0000
    assert round_to_two_figures(3) == 1 * EURO
    assert propose_tiers(47 * EURO, 212 * EURO, 986 * EURO) == (47 * EURO, 210 * EURO, 990 * EURO)
    assert propose_tiers(50 * EURO, 50 * EURO, 50 * EURO) == (50 * EURO, 100 * EURO, 200 * EURO)


people = st.lists(
    st.tuples(
        st.integers(0, 1500), st.integers(0, 1500), st.integers(0, 12),
        st.integers(-900 * EURO, 900 * EURO),
        st.one_of(st.just(UNKNOWN), st.integers(-900 * EURO, 900 * EURO)),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


def to_measures(rows):
    names = ("days_since_last", "days_since_first", "orders", "revenue", "realised")
    return dict(zip(names, np.array(rows, dtype=np.int64).T, strict=True))


@given(people)
@settings(max_examples=60, deadline=None)
def test_everyone_is_in_exactly_one_segment_and_it_is_the_first_whose_rule_holds(rows):
    measures = to_measures(rows)
    for scheme in SCHEMES.values():
        codes = place(scheme, measures, THRESHOLDS)
        assert np.bincount(codes, minlength=len(scheme.shown)).sum() == len(rows)
        holding = [fits(rule, measures, THRESHOLDS) for rule in scheme.rules]
        for customer, code in enumerate(codes):
            first = next(rule for rule, holds in zip(scheme.rules, holding, strict=True) if holds[customer])
            assert scheme.shown[code] == first.segment


@given(people, people)
@settings(max_examples=60, deadline=None)
def test_nobody_moves_because_others_did(some, others):
    for scheme in SCHEMES.values():
        alone = place(scheme, to_measures(some), THRESHOLDS)
        together = place(scheme, to_measures(some + others), THRESHOLDS)
        assert (together[: len(some)] == alone).all()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=50))
def test_moves_add_up_to_the_sizes_before_and_after(pairs):
    before, after = np.array(pairs, dtype=np.int64).T
    matrix = count_moves(before, after, 5)
    assert (matrix.sum(axis=1) == np.bincount(before, minlength=5)).all()
    assert (matrix.sum(axis=0) == np.bincount(after, minlength=5)).all()


def make_block(rows, first_days, shared=None):
    names = ("customer", "month", "orders", "last_day", "revenue", "contribution", "cost")
    columns = np.array(rows, dtype=np.int64).reshape(-1, len(names)).T
    return Block(
        **dict(zip(names, columns, strict=True)),
        first_day=np.array(first_days, dtype=np.int64),
        shared=np.array(shared if shared is not None else [0] * len(first_days), dtype=np.int64),
        described=np.zeros(len(first_days), dtype=np.int64),
    )


def test_what_happened_so_far_and_over_twelve_months_by_hand():
    # 30 months of 30 days, month m ends on day 30 m + 29; the last two month ends are looked at.
    rows = [
        (0, 2, 1, 70, 100, 40, 10),  # more than 12 months before either end
        (0, 17, 1, 520, 30, 12, 0),  # within the 12 months (17 to 28) to the end before last only
        (0, 29, 2, 899, 7, 3, 0),
        (1, 29, 1, 880, 5, UNKNOWN, 0),
    ]
    measures, year = measure(make_block(rows, [70, 880], [9, 4]), Looked([869, 899], 30, [5, 4]))
    assert measures["orders"].tolist() == [[2, 4], [0, 1]]
    assert measures["revenue"].tolist() == [[130, 137], [0, 5]]
    assert measures["days_since_last"].tolist() == [[349, 0], [869, 19]]
    assert measures["days_since_first"][0].tolist() == [799, 829]
    # Of the 9 for everyone A paid 4 in the last month, B all of its 4.
    assert measures["realised"].tolist() == [[42 - 5, 45 - 9], [0, UNKNOWN]]
    assert year["revenue"].tolist() == [[30, 7], [0, 5]]
    assert year["contribution"].tolist() == [[12, 3], [0, 0]]
    assert year["unknown"].tolist() == [[0, 0], [0, 1]]


months = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 29), st.integers(0, 3), st.integers(-50, 500),
        st.one_of(st.just(UNKNOWN), st.integers(-50, 300)), st.integers(0, 40),
    ),
    unique_by=lambda row: row[:2], min_size=1, max_size=60,
)  # fmt: skip


@given(months, st.integers(0, 6))
@settings(max_examples=60, deadline=None)
def test_histories_add_up_whatever_the_blocks(rows, cut):
    first = [min((30 * m for c, m, *_rest in rows if c == customer), default=0) for customer in range(6)]
    whole = [
        (customer, month, orders, 30 * month + 5 if orders else 0, *amounts)
        for customer, month, orders, *amounts in rows
    ]
    ends = [30 * month + 29 for month in range(6, 30)]

    def run(blocks):
        histories = [History(scheme, 24) for scheme in SCHEMES.values()]
        for block in blocks:
            follow(block, Looked(ends, 30, [7] * 24), histories, THRESHOLDS)
        return histories

    together = run([make_block(whole, first)])
    parts = [
        make_block([row for row in whole if row[0] < cut], first),
        make_block([row for row in whole if row[0] >= cut], first),
    ]
    apart = run(parts)
    for one, two in zip(together, apart, strict=True):
        absent = one.segments - 1
        assert (one.sizes.sum(axis=1) == 6).all()
        # Each half counts who is only in the other one as no customer yet.
        assert (one.sizes[:, :absent] == two.sizes[:, :absent]).all()
        assert (one.revenue[:, :absent] == two.revenue[:, :absent]).all()
        for (before, after), matrix in one.moves.items():
            assert (matrix.sum(axis=1) == one.sizes[before]).all()
            assert (matrix.sum(axis=0) == one.sizes[after]).all()
