"""Customers with equal histories are counted once; nobody notices."""

import numpy as np
import pytest

from metrics.core import bgnbd, mbgnbd, nbd, pareto_nbd
from metrics.core.bgnbd import BGNBD
from metrics.core.grouped_histories import group_histories
from metrics.core.mbgnbd import MBGNBD
from metrics.core.nbd import NBD
from metrics.core.pareto_nbd import ParetoNBD
from tests.simulated_histories import simulate_mbgnbd

MODELS = [
    NBD.given({"r": 0.4, "alpha": 30.0}),
    BGNBD.given({"r": 0.3, "alpha": 30.0, "a": 0.8, "b": 2.4}),
    MBGNBD.given({"r": 0.5, "alpha": 40.0, "a": 0.9, "b": 1.6}),
    ParetoNBD.given({"r": 0.5, "alpha": 60.0, "s": 0.6, "beta": 80.0}),
]
by_name = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


def customers(unit=1.0, shift=0.0):
    """Return 400 customers in whole days, many of them equal, times ``unit``; ``shift`` makes days odd."""
    rng = np.random.default_rng(1)
    frequency = rng.integers(0, 4, 400).astype(float)
    age = rng.integers(40, 60, 400).astype(float) + shift
    recency = np.where(frequency > 0, rng.integers(5, 40, 400).astype(float), 0.0)
    return frequency, recency * unit, age * unit


@pytest.mark.parametrize(("unit", "shift"), [(1, 0), (1 / 7, 0), (1 / 30.4375, 0), (1, 0.123)])
def test_equal_customers_are_one_group_in_any_unit(unit, shift):
    frequency, recency, age = customers(unit, shift)
    grouped = group_histories(frequency, recency, age)
    different = {tuple(row) for row in np.round(np.column_stack((frequency, recency, age)), 9).tolist()}
    assert grouped.weight.size == len(different)
    assert grouped.weight.sum() == 400
    assert grouped.purchases == frequency.sum()
    assert grouped.weight @ grouped.age == pytest.approx(age.sum())
    assert grouped.weight @ grouped.recency == pytest.approx(recency.sum())


@by_name
def test_the_log_likelihood_of_all_is_the_sum_over_each(model):
    histories = customers()
    each = [model.find_log_likelihood(model.params, *history) for history in zip(*histories, strict=True)]
    assert model.find_log_likelihood(model.params, *histories) == pytest.approx(sum(each))


@by_name
def test_everybody_together_gets_what_each_gets_alone(model):
    frequency, recency, age = customers()
    count = np.arange(400) % 5
    questions = {
        "active": lambda x, t_x, big_t, k: model.probability_active(x, t_x, big_t),
        "later": lambda x, t_x, big_t, k: model.probability_active_after(30, x, t_x, big_t),
        "expected": lambda x, t_x, big_t, k: model.expected_purchases(30, x, t_x, big_t),
        "variance": lambda x, t_x, big_t, k: model.variance_of_purchases(30, x, t_x, big_t),
        "count": lambda x, t_x, big_t, k: model.probability_of_count(k, 30, x, t_x, big_t),
        "at least": lambda x, t_x, big_t, k: model.probability_at_least(k, 30, x, t_x, big_t),
        "wait": lambda x, t_x, big_t, k: model.next_purchase_quantile(0.4, x, t_x, big_t),
        "for ever": lambda x, t_x, big_t, k: model.expected_residual_transactions(x, t_x, big_t, rate=0.01),
    }
    for name, ask in questions.items():
        together = ask(frequency, recency, age, count)
        alone = [ask(*one) for one in zip(frequency[:40], recency[:40], age[:40], count[:40], strict=True)]
        np.testing.assert_allclose(together[:40], alone, rtol=1e-10, err_msg=name)


@by_name
def test_a_time_for_each_customer_is_as_good_as_one_for_all(model):
    histories = customers()
    np.testing.assert_allclose(
        model.expected_purchases(np.full(400, 30.0), *histories), model.expected_purchases(30, *histories)
    )


@by_name
def test_a_number_gives_a_number_and_an_array_its_shape(model):
    assert np.ndim(model.expected_purchases(30, 2, 10, 50)) == 0
    assert np.ndim(model.probability_active(2, 10, 50)) == 0
    assert model.expected_purchases([[10], [20]], [0, 1, 2], [0, 10, 10], 50).shape == (2, 3)
    assert model.expected_purchases(30, [], [], []).shape == (0,)


@pytest.mark.parametrize("module", [nbd, bgnbd, mbgnbd, pareto_nbd], ids=lambda module: module.__name__[13:])
def test_a_large_shop_is_fitted_from_a_part_to_the_same_end(module, monkeypatch):
    """The start from a thinned set changes where it begins, not where it ends."""
    rng = np.random.default_rng(6)
    age = rng.uniform(10, 100, 6000)
    frequency, recency = simulate_mbgnbd({"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 2.0}, age, rng)
    whole = module.fit(frequency, recency, age)
    monkeypatch.setattr("metrics.core.estimation._THIN_ABOVE", 1000)
    monkeypatch.setattr("metrics.core.estimation._THINNED", 500)
    from_part = module.fit(frequency, recency, age)
    assert dict(from_part.params) == pytest.approx(dict(whole.params), rel=1e-4)
    assert from_part.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-6)
