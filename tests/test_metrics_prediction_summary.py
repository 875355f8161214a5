"""What a hold-out showed, as a run keeps it."""

import json

import numpy as np

from metrics.core import holdout, naive
from metrics.core.histories import Summary
from metrics.core.holdout import Choice
from metrics.model_choice import Trial
from metrics.prediction_summary import describe_trial


def test_a_shop_that_closed_leaves_nothing_that_json_cannot_hold() -> None:
    whole = np.array([0, 1, 2, 3])
    summary = Summary(20_000, whole, whole, whole * 10, whole + 100, np.zeros(4))
    score = holdout.score(naive.keep_own_rate(summary, 100), np.zeros(4, dtype=np.int64))
    assert score.total_error == float("inf")
    kept = describe_trial(Trial("own_rate", scores=[score], choice=Choice("own_rate", (), False)))
    [found] = json.loads(json.dumps(kept["scores"], allow_nan=False))
    assert (found["actual"], found["total_error"], found["top_shares"]) == (0, None, [None, None])
    assert found["in_use"]
