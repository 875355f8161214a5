"""What several steps find of the same customers, put side by side."""

import numpy as np

from metrics.fitting import join_columns, look_up

NOT_KNOWN = -1


def whole(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_columns_of_two_steps_stand_side_by_side_for_whoever_either_knows():
    foretold = {"customer": whole(1, 2, 5), "worth": whole(10, 20, 50)}
    estimated = {"gap": whole(7, 8), "customer": whole(2, 9)}

    joined = join_columns(foretold, estimated, "customer", NOT_KNOWN)

    assert {name: column.tolist() for name, column in joined.items()} == {
        "customer": [1, 2, 5, 9],
        "worth": [10, 20, 50, NOT_KNOWN],
        "gap": [NOT_KNOWN, 7, NOT_KNOWN, 8],
    }


def test_columns_of_one_step_stay_when_the_other_found_nobody():
    nobody = {"customer": whole(), "gap": whole()}
    joined = join_columns({"customer": whole(3, 4), "worth": whole(30, 40)}, nobody, "customer", NOT_KNOWN)
    assert {name: column.tolist() for name, column in joined.items()} == {
        "customer": [3, 4],
        "worth": [30, 40],
        "gap": [NOT_KNOWN, NOT_KNOWN],
    }


def test_what_is_wanted_of_all_in_their_own_order_is_what_is_there():
    assert look_up(whole(1, 2), whole(1, 2), whole(10, 20), NOT_KNOWN).tolist() == [10, 20]
    assert look_up(whole(2, 1), whole(1, 2), whole(10, 20), NOT_KNOWN).tolist() == [20, 10]
