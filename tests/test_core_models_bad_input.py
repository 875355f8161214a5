"""Shops that say little, and input that is none: a reason why not, or an error that names the value."""

import warnings

import numpy as np
import pytest

from metrics.core import bgnbd, gamma_gamma, mbgnbd, nbd, pareto_nbd
from metrics.core.gamma_gamma import NO_MEAN, SPEND_DEPENDS_ON_FREQUENCY
from tests.simulated_histories import simulate_nbd

MODELS = [bgnbd, mbgnbd, nbd, pareto_nbd]
IDS = ["bgnbd", "mbgnbd", "nbd", "pareto_nbd"]


def shop(*customers):
    """Return frequency, recency and age from (x, t_x, T) in days."""
    return tuple(np.array(column, dtype=float) for column in zip(*customers, strict=True))


SHOPS = {
    "nobody came back": (shop(*[(0, 0, age) for age in range(1, 200)]), "no_repeat_buyers"),
    "everyone bought on one day": (shop(*[(0, 0, 0)] * 50), "no_time"),
    "nobody at all": ((np.array([]), np.array([]), np.array([])), "no_customers"),
    "one customer, once": (shop((0, 0, 30)), "no_repeat_buyers"),
    "one customer with 5,000 orders": (shop((5000, 5000, 5001), *[(0, 0, 300)] * 99), None),
    "only a customer with 5,000 orders": (shop((5000, 5000, 5001)), None),
    "30 customers": (shop(*[(n % 3, 20.0 * (n % 3), 90) for n in range(30)]), None),
    "one week of history": (shop(*[(n % 2, float(n % 2), 6) for n in range(500)]), None),
    "everyone equal": (shop(*[(3, 80, 100)] * 200), None),
    "a shop that closed": (shop(*[(n % 4, 10.0 * (n % 4), 2000) for n in range(500)]), None),
    "every day": (shop(*[(364, 364, 364)] * 20), None),
}


@pytest.mark.parametrize("model", MODELS, ids=IDS)
@pytest.mark.parametrize("name", SHOPS)
def test_a_shop_that_says_little_gets_finite_figures_and_a_reason(model, name):
    histories, reason = SHOPS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = model.fit(*histories)
        figures = [
            fitted.expected_purchases(365, *histories),
            fitted.probability_active(*histories),
            fitted.probability_of_none(30, *histories),
            fitted.variance_of_purchases(365, *histories),
            fitted.discounted_expected_transactions(12, *histories, period=30.4375, rate=0.002),
            fitted.expected_purchases_new(365),
            list(fitted.params.values()),
        ]
    assert all(np.isfinite(figure).all() for figure in figures)
    if reason:
        assert fitted.reasons == (reason,)
        assert not fitted.usable
        assert not fitted.converged


@pytest.mark.parametrize("model", MODELS, ids=IDS)
@pytest.mark.parametrize("name", ["everyone equal", "every day", "only a customer with 5,000 orders"])
def test_customers_without_differences_do_not_determine_a_model(model, name):
    fitted = model.fit(*SHOPS[name][0])
    assert "flat_ridge" in fitted.reasons
    assert not fitted.usable


@pytest.mark.parametrize("model", MODELS, ids=IDS)
@pytest.mark.parametrize("name", SHOPS)
def test_draws_of_parameters_stay_within_the_domain(model, name):
    histories, _reason = SHOPS[name]
    for drawn in model.fit(*histories).draw_params(np.random.default_rng(1), 20):
        assert np.isfinite(drawn.expected_purchases(365, *histories)).all()


@pytest.mark.parametrize("model", [bgnbd, mbgnbd, pareto_nbd], ids=["bgnbd", "mbgnbd", "pareto_nbd"])
def test_customers_who_never_leave_give_no_dropout_signal(model):
    rng = np.random.default_rng(4)
    age = rng.uniform(30, 100, 3000)
    fitted = model.fit(*simulate_nbd({"r": 2.0, "alpha": 8.0}, age, rng), age)
    assert "no_dropout_signal" in fitted.reasons
    assert not fitted.usable


@pytest.mark.parametrize("model", MODELS, ids=IDS)
@pytest.mark.parametrize(
    ("history", "message"),
    [
        ((-1, 5, 9), "frequency must be a whole number of 0 or more, got -1"),
        ((1.5, 5, 9), "frequency must be a whole number of 0 or more, got 1.5"),
        ((np.nan, 5, 9), "frequency must be a whole number of 0 or more, got nan"),
        ((1, 10, 9), "recency must be between 0 and age, got 10"),
        ((1, np.nan, 9), "recency must be between 0 and age, got nan"),
        ((0, 5, 9), "recency must be 0 if and only if frequency is 0, got 5"),
        ((2, 0, 9), "recency must be 0 if and only if frequency is 0, got 0"),
        ((0, 0, -1), "age must be a finite time of 0 or more, got -1"),
        ((0, 0, np.inf), "age must be a finite time of 0 or more, got inf"),
        ((0, 0, "soon"), "age must be numbers, got 'soon'"),
    ],
)
def test_what_is_no_history_is_refused_with_its_value(model, history, message):
    with pytest.raises(ValueError, match=message):
        model.fit(*history)


def test_a_question_outside_the_domain_is_refused():
    fitted = mbgnbd.fit(*SHOPS["30 customers"][0])
    with pytest.raises(ValueError, match="t must be a finite time of 0 or more, got -1"):
        fitted.expected_purchases(-1, 0, 0, 9)
    with pytest.raises(ValueError, match="q must be a probability"):
        fitted.next_purchase_quantile(1, 0, 0, 9)
    with pytest.raises(ValueError, match="rate must be above 0"):
        fitted.expected_residual_transactions(0, 0, 9, rate=0)
    with pytest.raises(ValueError, match="count must be whole numbers"):
        fitted.probability_of_count(0.5, 1, 0, 0, 9)
    with pytest.raises(ValueError, match="a must be above 0, got -1"):
        fitted.with_params({**fitted.params, "a": -1})


def test_spend_of_nobody_is_not_estimated():
    for frequency, mean_value in (([], []), ([0, 0], [0, 0]), ([2, 3], [0, 0])):
        fitted = gamma_gamma.fit(frequency, mean_value)
        assert fitted.reasons == ("no_repeat_buyers",)
        assert np.isfinite(fitted.expected_value([0, 4], [0.0, 12.0])).all()


def test_equal_spend_of_everybody_does_not_determine_the_model_but_gives_its_mean():
    fitted = gamma_gamma.fit([2] * 100, [25.0] * 100)
    assert not fitted.usable
    assert fitted.expected_value(2, 25.0) == pytest.approx(25, rel=1e-3)


def test_spend_without_a_mean_is_kept_finite_and_said():
    """Amounts over ten powers of ten: the unconstrained q would be below 1."""
    rng = np.random.default_rng(3)
    fitted = gamma_gamma.fit(np.ones(2000), 1 / rng.gamma(0.5, 1, 2000))
    assert fitted.reasons == (NO_MEAN,)
    assert fitted.params["q"] > 1
    assert np.isfinite(fitted.expected_value([0, 1], [0, 3.0])).all()


def test_spend_that_rises_with_frequency_is_warned_of():
    rng = np.random.default_rng(3)
    frequency = rng.integers(1, 20, 500)
    fitted = gamma_gamma.fit(frequency, frequency * rng.uniform(0.8, 1.2, 500))
    assert fitted.correlation > 0.9
    assert fitted.warnings == (SPEND_DEPENDS_ON_FREQUENCY,)


def test_spend_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="mean_value must be finite, got nan"):
        gamma_gamma.fit([2], [np.nan])
    with pytest.raises(ValueError, match="frequency must be a whole number of 0 or more, got -2"):
        gamma_gamma.fit([-2], [5.0])
