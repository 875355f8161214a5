"""Which customers buy more often and which stay: what a run keeps of it, from the labels of a shop."""

from typing import Any

import numpy as np

from metrics.core.histories import Summary
from metrics.effects import FEWEST_REPEAT_BUYERS, OTHERS, SMALLEST_LEVEL, estimate_effects, pool_small
from tests.simulated_histories import simulate_mbgnbd

CUSTOMERS = 6_000
PARAMS = {"r": 1.5, "alpha": 40.0, "a": 0.6, "b": 1.8}


class Values:
    """Answers the one query with channel, country and first category of each customer."""

    def __init__(self, numbers: np.ndarray, channel: np.ndarray) -> None:
        self.rows = [
            {"customer_id": int(number), "channel": str(one), "country": "NL", "first_category": ""}
            for number, one in zip(numbers, channel, strict=True)
        ]

    def read_sql(self, sql: str) -> list[dict[str, Any]]:
        assert "calculation_values" in sql
        return self.rows


def make_shop(share_of_mail: float) -> tuple[Values, np.ndarray, Summary]:
    """Customers of whom those by mail buy twice as often; the last customer has no purchase that counts."""
    rng = np.random.default_rng(7)
    channel = np.where(np.arange(CUSTOMERS) < share_of_mail * CUSTOMERS, "mail", "search")
    age = rng.integers(100, 900, CUSTOMERS)
    frequency, recency = np.zeros(CUSTOMERS), np.zeros(CUSTOMERS)
    for name, rate in {"search": 1.0, "mail": 2.0}.items():
        rows = channel == name
        own = {**PARAMS, "alpha": PARAMS["alpha"] / rate}
        frequency[rows], recency[rows] = simulate_mbgnbd(own, age[rows].astype(float), rng, whole_days=True)
    numbers = np.arange(CUSTOMERS, dtype=np.int64) * 3 + 5
    place = np.arange(CUSTOMERS, dtype=np.int64)
    summary = Summary(
        20_000, place, frequency.astype(np.int64), recency.astype(np.int64), age, np.zeros(CUSTOMERS)
    )
    values = Values(np.append(numbers, 10**6), np.append(channel, "mail"))
    return values, numbers, summary


def test_a_channel_of_customers_who_buy_twice_as_often_is_found_with_the_largest_as_reference() -> None:
    effects = estimate_effects(*make_shop(0.3), "mbgnbd")
    assert (effects["model"], effects["customers"], effects["coverage"]) == ("mbgnbd", CUSTOMERS, 0.95)
    channels = [level for level in effects["levels"] if level["factor"] == "channel"]
    assert [(one["level"], one["reference"], one["customers"]) for one in channels] == [
        ("search", True, 4_200),
        ("mail", False, 1_800),
    ]
    assert channels[1]["rate"]["low"] < 2 < channels[1]["rate"]["high"]
    assert channels[1]["rate"]["low"] > 1.5
    assert channels[1]["dropout"]["low"] < 1 < channels[1]["dropout"]["high"]
    assert effects["p_values"]["channel"] < 1e-6


def test_a_model_that_cannot_tell_is_replaced_by_one_that_can() -> None:
    assert estimate_effects(*make_shop(0.3), "nbd")["model"] == "mbgnbd"
    assert estimate_effects(*make_shop(0.3), "bgnbd")["model"] == "bgnbd"


def test_customers_who_are_all_alike_have_no_effects_and_that_is_said() -> None:
    values, numbers, summary = make_shop(0)
    values.rows = [{**row, "channel": "search"} for row in values.rows]
    assert estimate_effects(values, numbers, summary, "mbgnbd") == {"reason": "one_level"}


def test_small_levels_are_taken_together() -> None:
    labels = ["ads"] * SMALLEST_LEVEL + ["mail"] * (SMALLEST_LEVEL - 1) + ["shop"] * SMALLEST_LEVEL
    returned = np.array([True] * (2 * SMALLEST_LEVEL - 1) + [False] * SMALLEST_LEVEL)
    returned[-FEWEST_REPEAT_BUYERS + 1 :] = True
    pooled = pool_small(labels, returned)
    assert sorted(set(pooled)) == [OTHERS, "ads"]
    assert (pooled == OTHERS).sum() == 2 * SMALLEST_LEVEL - 1


def test_of_many_levels_the_largest_stay() -> None:
    labels = [f"kanaal {number:02}" for number in range(20) for _customer in range(SMALLEST_LEVEL + number)]
    pooled = pool_small(labels, np.ones(len(labels), dtype=bool))
    assert sorted(set(pooled) - {OTHERS}) == [f"kanaal {number}" for number in range(12, 20)]
