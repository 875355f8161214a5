"""Members of dimensions, and how what profiles add up to becomes what members do."""

import numpy as np

from metrics.dimensions import Layer
from metrics.members import OTHER
from metrics.profiles import make_layer

NAMES = [f"{number:02}" for number in range(50)]


def test_only_members_that_somebody_is_are_members():
    layer = make_layer("rfm", ["champions", "lost", "new"], np.array([-1, 0, 2, 0]))
    assert layer.names == [("rfm", "champions"), ("rfm", "new")]
    assert layer.member.tolist() == [-1, 0, 1, 0]


def test_who_is_in_no_segment_is_no_member():
    layer = make_layer("rfm", ["champions", "new"], np.array([-1, 0, 1, 0]))
    assert layer.fold(np.array([100, 10, 20, 30])).tolist() == [40, 20]


def test_a_shop_without_customers_has_no_members():
    layer = make_layer("country", [], np.zeros(0, dtype=np.int64))
    assert layer.names == []
    assert layer.fold(np.zeros(0, dtype=np.int64)).tolist() == []


def test_a_member_without_customers_is_one_of_the_others_once_there_are_fifty():
    nobody = np.zeros(0, dtype=np.int64)
    assert Layer("channel", NAMES[:49], nobody).name("new one") == ("channel", "new one")
    assert Layer("channel", NAMES, nobody).name("new one") == ("channel", OTHER)
    assert Layer("channel", NAMES, nobody).name("07") == ("channel", "07")


def test_months_of_profiles_become_months_of_members():
    layer = make_layer("rfm", ["champions", "new"], np.array([1, 0, 1, -1]))
    profile, month = np.array([0, 2, 1, 0, 3]), np.array([0, 0, 1, 1, 1])
    amounts = np.array([[1, 10], [2, 20], [4, 40], [8, 80], [16, 160]])
    assert layer.fold_months(profile, month, amounts, 2).tolist() == [
        [[0, 0], [4, 40]],
        [[3, 30], [8, 80]],
    ]


def test_amounts_above_what_a_float_can_tell_apart_are_added_exactly():
    layer = make_layer("country", ["BE", "NL"], np.array([0, 1, 0]))
    assert layer.fold(np.array([2**60, 5, 1])).tolist() == [2**60 + 1, 5]
