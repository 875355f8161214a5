"""Histories cut off at a day: what was known then, and what came after."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.histories import Orders, RefundRows, build_histories

NOBODY = np.zeros(0, dtype=np.int64)


def whole(values):
    return np.array(list(values), dtype=np.int64)


def orders_of(*rows):
    """(customer, day, units), sorted."""
    return Orders(*(whole(column) for column in zip(*rows, strict=True)))


def refunds_of(*rows):
    """(order, customer, day, units, given_on, given)."""
    return (
        RefundRows(*(whole(column) for column in zip(*rows, strict=True)))
        if rows
        else RefundRows(*[NOBODY] * 6)
    )


def test_several_orders_on_a_day_are_one_occasion_with_the_sum_of_their_worth():
    orders = orders_of((7, 0, 100_000), (7, 10, 200_000), (7, 10, 300_000), (7, 30, 400_000))
    summary = build_histories(orders, refunds_of(), NOBODY).summarise(40)
    assert (summary.frequency[0], summary.recency[0], summary.age[0]) == (2, 30, 40)
    assert summary.mean_value[0] == (50 + 40) / 2


def test_an_order_refunded_in_full_later_is_a_purchase_until_then():
    orders = orders_of((7, 0, 100_000), (7, 10, 200_000))
    histories = build_histories(orders, refunds_of((1, 7, 10, 200_000, 20, 200_000)), NOBODY)
    assert [int(histories.summarise(day).frequency[0]) for day in (9, 10, 19, 20)] == [0, 1, 1, 0]


def test_a_partial_refund_lowers_the_value_and_leaves_the_purchase():
    orders = orders_of((7, 0, 100_000), (7, 10, 200_000))
    histories = build_histories(orders, refunds_of((1, 7, 10, 200_000, 12, 50_000)), NOBODY)
    assert [float(histories.summarise(day).mean_value[0]) for day in (11, 12)] == [20.0, 15.0]


def test_where_order_and_refund_rows_disagree_the_larger_counts():
    orders = orders_of((7, 0, 100_000), (7, 10, 200_000))
    rows = ((1, 7, 10, 200_000, 12, 50_000), (1, 7, 10, 200_000, 14, 80_000))
    assert float(build_histories(orders, refunds_of(*rows), NOBODY).summarise(20).mean_value[0]) == 12.0


def test_two_orders_alike_with_one_refunded_leave_one():
    orders = orders_of((7, 0, 100_000), (7, 0, 100_000))
    histories = build_histories(orders, refunds_of((5, 7, 0, 100_000, 1, 100_000)), NOBODY)
    assert [int(row.sum()) for row in (histories.value(0), histories.value(1))] == [200_000, 100_000]


def test_who_is_left_out_is_not_in_the_histories():
    orders = orders_of((7, 0, 100_000), (8, 0, 100_000), (8, 3, 100_000), (9, 1, 100_000))
    histories = build_histories(orders, refunds_of((1, 8, 3, 100_000, 4, 9)), whole([8]))
    assert histories.customers.tolist() == [7, 9]
    assert histories.units.tolist() == [100_000, 100_000]
    assert len(histories.refunds.order) == 0


def test_purchases_after_the_cut_off_count_for_those_known_at_it():
    orders = orders_of((7, 0, 1), (7, 12, 1), (7, 13, 1), (8, 11, 1), (9, 2, 1))
    histories = build_histories(orders, refunds_of(), NOBODY)
    summary = histories.summarise(10)
    assert histories.customers[summary.place].tolist() == [7, 9]
    assert histories.count_between(summary, 20).tolist() == [2, 0]
    assert histories.count_by_day(summary, 15).tolist() == [0, 1, 1, 0, 0]


def test_no_orders_at_all_are_a_summary_of_nobody():
    histories = build_histories(Orders(NOBODY, NOBODY, NOBODY), refunds_of(), NOBODY)
    assert len(histories.summarise(10)) == 0
    assert histories.count_between(histories.summarise(10), 20).tolist() == []


def test_orders_out_of_order_are_refused():
    with pytest.raises(ValueError, match="sorted by customer and day"):
        build_histories(orders_of((7, 3, 1), (7, 2, 1)), refunds_of(), NOBODY)


def test_a_refund_of_an_order_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="one of the orders"):
        build_histories(orders_of((7, 3, 1)), refunds_of((1, 7, 3, 2, 4, 1)), NOBODY)


ORDERS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 9), st.integers(1, 3), st.none() | st.integers(0, 12)),
    min_size=1,
    max_size=25,
)


@given(ORDERS, st.integers(0, 12))
def test_any_history_is_what_counting_by_hand_gives(rows, as_of):
    """Each row: customer, day, units, and the day on which it was refunded in full, if ever."""
    rows.sort(key=lambda row: row[:2])
    orders = orders_of(*(row[:3] for row in rows))
    refunds = [
        (number, customer, day, units, given_on, units)
        for number, (customer, day, units, given_on) in enumerate(rows)
        if given_on is not None
    ]
    summary = build_histories(orders, refunds_of(*refunds), NOBODY).summarise(as_of)
    days = defaultdict(set)
    for customer, day, _units, given_on in rows:
        if day <= as_of and (given_on is None or given_on > as_of):
            days[customer].add(day)
    assert summary.frequency.tolist() == [len(days[customer]) - 1 for customer in sorted(days)]
    assert summary.recency.tolist() == [max(days[one]) - min(days[one]) for one in sorted(days)]
    assert summary.age.tolist() == [as_of - min(days[customer]) for customer in sorted(days)]
