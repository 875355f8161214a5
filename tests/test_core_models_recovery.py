"""The true parameters are found again: customers simulated from them, complete histories, no season."""

import numpy as np
import pytest

from metrics.core import bgnbd, gamma_gamma, mbgnbd, nbd, pareto_nbd
from tests.simulated_histories import simulate_bgnbd, simulate_mbgnbd, simulate_nbd, simulate_pareto_nbd

SEEDS = 50
#: 95 % intervals: 47.5 of 50 expected, fewer than 45 once in 26 times for one parameter at random seeds.
AT_LEAST = 45
CUSTOMERS = 8_000
TOSS = {"r": 0.6, "alpha": 8.0, "a": 0.9, "b": 2.0}
DEATH = {"r": 0.6, "alpha": 8.0, "s": 0.8, "beta": 15.0}


def count_covering(fits, truth, errors):
    """Return for each parameter how many 95 % intervals, even in the logarithm, hold the true value."""
    covering = dict.fromkeys(truth, 0)
    for fitted in fits:
        for name, value in truth.items():
            spread = 1.96 * getattr(fitted, errors)[name] / fitted.params[name]
            covering[name] += abs(np.log(value / fitted.params[name])) < spread
    return covering


@pytest.mark.parametrize("errors", ["standard_errors", "robust_standard_errors"])
@pytest.mark.parametrize(
    ("model", "simulate", "truth"),
    [
        pytest.param(nbd, simulate_nbd, {"r": 0.6, "alpha": 8.0}, id="nbd"),
        pytest.param(bgnbd, simulate_bgnbd, TOSS, id="bgnbd"),
        pytest.param(mbgnbd, simulate_mbgnbd, TOSS, id="mbgnbd"),
        pytest.param(pareto_nbd, simulate_pareto_nbd, DEATH, id="pareto_nbd"),
    ],
)
def test_intervals_hold_the_true_parameters_45_times_of_50(model, simulate, truth, errors):
    fits = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        # Whole days of arrival over two years, in weeks.
        age = rng.integers(7, 731, CUSTOMERS) / 7
        fits.append(model.fit(*simulate(truth, age, rng), age))
    assert all(fitted.converged for fitted in fits)
    covering = count_covering(fits, truth, errors)
    assert min(covering.values()) >= AT_LEAST, covering


def test_intervals_of_spend_hold_the_true_parameters_45_times_of_50():
    truth = {"p": 6.0, "q": 4.0, "v": 15.0}
    fits = []
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        frequency = rng.geometric(0.3, CUSTOMERS)
        level = rng.gamma(truth["q"], 1 / truth["v"], CUSTOMERS)
        mean_value = rng.gamma(truth["p"] * frequency, 1 / level) / frequency
        fits.append(gamma_gamma.fit(frequency, mean_value))
    assert all(fitted.usable for fitted in fits)
    covering = count_covering(fits, truth, "standard_errors")
    assert min(covering.values()) >= AT_LEAST, covering


def test_random_draws_of_parameters_spread_as_the_errors_say():
    rng = np.random.default_rng(1)
    age = rng.uniform(10, 100, CUSTOMERS)
    fitted = mbgnbd.fit(*simulate_mbgnbd(TOSS, age, rng), age)
    draws = fitted.draw_params(np.random.default_rng(2), 4000)
    for name, value in fitted.params.items():
        logs = np.log([draw.params[name] for draw in draws])
        assert logs.mean() == pytest.approx(np.log(value), abs=0.02)
        assert logs.std() == pytest.approx(fitted.robust_standard_errors[name] / value, rel=0.05)


@pytest.mark.parametrize(
    ("model", "simulate", "truth"),
    [
        pytest.param(nbd, simulate_nbd, {"r": 0.6, "alpha": 8.0}, id="nbd"),
        pytest.param(bgnbd, simulate_bgnbd, TOSS, id="bgnbd"),
        pytest.param(mbgnbd, simulate_mbgnbd, TOSS, id="mbgnbd"),
        pytest.param(pareto_nbd, simulate_pareto_nbd, DEATH, id="pareto_nbd"),
    ],
)
def test_simulated_futures_have_the_expected_mean_and_variance(model, simulate, truth):
    """20,000 draws for five customers: means within five standard errors of a mean."""
    rng = np.random.default_rng(5)
    age = rng.uniform(10, 100, CUSTOMERS)
    fitted = model.fit(*simulate(truth, age, rng), age)
    history = np.array([0, 1, 2, 10, 30]), np.array([0, 5, 30, 35, 38.0]), np.full(5, 38.5)
    near, far = fitted.simulate([39, 78], *history, rng=rng, draws=20_000)
    assert (near <= far).all()  # the same futures, further on
    alone = fitted.simulate(39, *history, rng=rng, draws=20_000)
    for t, futures in ((39, alone), (39, near), (78, far)):
        mean, variance = fitted.expected_purchases(t, *history), fitted.variance_of_purchases(t, *history)
        assert futures.shape == (20_000, 5)
        np.testing.assert_allclose(
            futures.mean(axis=0), mean, atol=(5 * np.sqrt(variance / 20_000)).max(), rtol=0.05
        )
        np.testing.assert_allclose(futures.var(axis=0), variance, rtol=0.15)
