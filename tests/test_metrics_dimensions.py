"""Members of dimensions: the fifty largest and the others, and what profiles add up to."""

import numpy as np

from metrics.dimensions import Dimension, choose_members, make_layer
from metrics.members import OTHER

COUNTRY = Dimension("country", "country")
RFM = Dimension("rfm", "rfm", partial=True)
SEGMENT = Dimension("segment", "segments", partial=True, several=True)


def test_of_fifty_members_none_is_other():
    assert choose_members({f"{number:02}": number for number in range(50)}) == [
        f"{number:02}" for number in range(50)
    ]


def test_of_fifty_one_the_smallest_is_the_other_and_the_alphabet_decides_between_equals():
    sizes = {f"{number:02}": 7 for number in range(51)}
    assert choose_members(sizes) == [*(f"{number:02}" for number in range(50)), OTHER]
    assert choose_members({**sizes, "00": 6})[0] == "01"


def test_the_others_are_counted_together():
    """Two profiles of each of 52 countries, of one customer each; of the first fifty there is one more."""
    countries = [f"{number:02}" for number in range(52)] * 2
    buyers = [2 if int(country) < 50 else 1 for country in countries]
    layer = make_layer(COUNTRY, countries, buyers)
    folded = layer.fold(np.array(buyers))
    assert dict(zip(layer.members, folded.tolist(), strict=True))[OTHER] == 4
    assert folded.sum() == sum(buyers)


def test_who_is_in_no_segment_is_no_member():
    layer = make_layer(RFM, ["", "champions", "new", "champions"], [9, 1, 1, 1])
    assert layer.names == [("rfm", "champions"), ("rfm", "new")]
    assert layer.fold(np.array([100, 10, 20, 30])).tolist() == [40, 20]
    assert layer.find_members(0) == []


def test_a_country_that_is_not_known_is_a_member():
    assert make_layer(COUNTRY, ["", "NL"], [1, 1]).names == [("country", ""), ("country", "NL")]


def test_a_customer_in_two_own_segments_counts_in_both():
    layer = make_layer(SEGMENT, ["", "big\x1fnear", "near"], [1, 1, 1])
    assert layer.names == [("segment", "big"), ("segment", "near")]
    assert layer.fold(np.array([5, 7, 11])).tolist() == [7, 18]
    places, members = layer.assign(np.array([2, 0, 1]))
    assert (places.tolist(), members.tolist()) == ([0, 2, 2], [1, 0, 1])


def test_one_of_several_small_segments_is_one_of_the_others_once():
    large = [f"{number:02}" for number in range(50)]
    layer = make_layer(SEGMENT, [*large, "small\x1ftiny"], [9] * 50 + [1])
    assert layer.fold(np.array([0] * 50 + [1])).tolist() == [0] * 50 + [1]


def test_months_of_profiles_become_months_of_members():
    layer = make_layer(RFM, ["new", "champions", "new"], [1, 1, 1])
    profile, month = np.array([0, 2, 1, 0]), np.array([0, 0, 1, 1])
    amounts = np.array([[1, 10], [2, 20], [4, 40], [8, 80]])
    assert layer.fold_months(profile, month, amounts, 2).tolist() == [
        [[0, 0], [4, 40]],
        [[3, 30], [8, 80]],
    ]
