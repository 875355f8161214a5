"""Fits of shops whose likelihood is no single hill: a ridge that leaves the box, and two hills."""

import numpy as np
import pytest

from metrics.core import bgnbd, mbgnbd, pareto_nbd
from metrics.core.newton import Evaluation, maximise

#: 30 customers with whom nothing tells for sure whether they leave: (x, t_x, T) of those who came back.
FEW = [
    (13, 269.7, 277), (7, 283.0, 324), (7, 164.8, 315), (1, 274.3, 328), (3, 106.6, 113), (6, 159.6, 221),
    (7, 287.6, 348), (3, 123.7, 169), (2, 35.1, 124), (3, 319.4, 330), (1, 2.9, 64), (3, 37.5, 61),
    (1, 90.5, 310), (2, 36.0, 47),
]  # fmt: skip
NEVER_BACK = [
    (0, 0, age) for age in (42, 61, 88, 97, 120, 133, 150, 171, 190, 222, 240, 263, 290, 311, 350, 365)
]


def shop(*customers):
    return tuple(np.array(column, dtype=float) for column in zip(*customers, strict=True))


def test_a_step_that_leaves_the_box_ends_at_its_wall_and_the_search_goes_on():
    """A ridge y = x that rises for ever: the wall is met at x = y = 3, where the best point of the box is."""

    def evaluate(at):
        x, y = at
        gradient = np.array([0.01 - 1e4 * (x - y), 0.01 + 1e4 * (x - y)])
        return Evaluation(0.01 * (x + y) - 5e3 * (x - y) ** 2, gradient, np.array([[-1e4, 1e4], [1e4, -1e4]]))

    found = maximise(evaluate, np.array([0.0, 0.5]), np.array([-9.0, -9.0]), np.array([9.0, 3.0]))
    assert found.point == pytest.approx([3.0, 3.0], abs=1e-5)
    assert found.at_bound == (False, True)
    assert not found.converged


@pytest.mark.parametrize(
    ("model", "starts"),
    [
        (bgnbd, [(0.5, 60, 0.2, 0.5), (0.4, 40, 250, 9000)]),
        (mbgnbd, [(2.6, 138, 0.036, 0.048), (0.4, 40, 300, 9000)]),
        (pareto_nbd, [(0.5, 40, 0.1, 5), (0.5, 43, 1440, 1.9e6)]),
    ],
    ids=["bgnbd", "mbgnbd", "pareto_nbd"],
)
def test_no_point_that_others_end_at_is_likelier_than_the_one_found(model, starts):
    """The second start of MBG/NBD is a hill of its own, .9 higher than the ridge of customers who stay."""
    histories = shop(*FEW, *NEVER_BACK)
    fitted = model.fit(*histories)
    for start in starts:
        params = dict(zip(fitted.params, start, strict=True))
        assert fitted.log_likelihood >= fitted.find_log_likelihood(params, *histories) - 1e-4
