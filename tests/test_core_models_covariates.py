"""What channel or country says about customers: effects, their intervals, and what cannot be told apart."""

import numpy as np
import pytest

from metrics.core import covariates
from metrics.core.bgnbd import BGNBD
from metrics.core.covariates import CORRELATION
from metrics.core.mbgnbd import MBGNBD
from metrics.core.pareto_nbd import ParetoNBD
from tests.simulated_histories import simulate_bgnbd, simulate_mbgnbd, simulate_pareto_nbd

CUSTOMERS = 12_000
TOSS = {"r": 0.6, "alpha": 10.0, "a": 0.8, "b": 2.0}
DEATH = {"r": 0.6, "alpha": 10.0, "s": 0.6, "beta": 12.0}
#: Of e-mail against search: half as many purchases more, and leaving at six tenths.
TRUTH = {"search": (1.0, 1.0), "mail": (1.5, 0.6)}
MODELS = [
    pytest.param(BGNBD, simulate_bgnbd, TOSS, id="bgnbd"),
    pytest.param(MBGNBD, simulate_mbgnbd, TOSS, id="mbgnbd"),
    pytest.param(ParetoNBD, simulate_pareto_nbd, DEATH, id="pareto_nbd"),
]


def simulate(simulator, params, seed=1, share_of_mail=0.4):
    """Return histories, and the channel each customer came by."""
    rng = np.random.default_rng(seed)
    channel = np.where(rng.random(CUSTOMERS) < share_of_mail, "mail", "search")
    age = rng.uniform(20, 100, CUSTOMERS)
    frequency, recency = np.zeros(CUSTOMERS), np.zeros(CUSTOMERS)
    for name, (rate, dropout) in TRUTH.items():
        rows = channel == name
        own = dict(params)
        own["alpha"] /= rate
        if "a" in own:
            own["a"] *= dropout
        else:
            own["beta"] /= dropout
        frequency[rows], recency[rows] = simulator(own, age[rows], rng)
    return frequency, recency, age, channel


def effect_of(fitted, level, attribute="channel"):
    (found,) = [effect for effect in fitted.effects if (effect.attribute, effect.level) == (attribute, level)]
    return found


@pytest.mark.parametrize(("model", "simulator", "params"), MODELS)
def test_effects_of_a_channel_are_found_again(model, simulator, params):
    frequency, recency, age, channel = simulate(simulator, params)
    fitted = covariates.fit(model, frequency, recency, age, {"channel": channel}, coverage=0.999)
    mail = effect_of(fitted, "mail")
    assert mail.purchase_rate.low < 1.5 < mail.purchase_rate.high
    assert mail.dropout.low < 0.6 < mail.dropout.high
    assert mail.purchase_rate.is_clear
    assert mail.dropout.is_clear
    assert fitted.p_values["channel"] < 1e-6
    assert fitted.usable


@pytest.mark.parametrize(("model", "simulator", "params"), MODELS)
def test_intervals_cover_the_true_effects(model, simulator, params):
    """Of 20 samples at least 16 each: 19 expected at 95 %, and 16 or fewer happens once in 400 times."""
    rate, dropout = 0, 0
    for seed in range(20):
        frequency, recency, age, channel = simulate(simulator, params, seed)
        mail = effect_of(covariates.fit(model, frequency, recency, age, {"channel": channel}), "mail")
        rate += mail.purchase_rate.low < 1.5 < mail.purchase_rate.high
        dropout += mail.dropout.low < 0.6 < mail.dropout.high
    assert min(rate, dropout) >= 16


def test_the_largest_level_is_the_reference_and_the_warning_goes_with_it():
    frequency, recency, age, channel = simulate(simulate_mbgnbd, TOSS)
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"channel": channel})
    search = effect_of(fitted, "search")
    assert search.is_reference
    assert (search.purchase_rate.value, search.dropout.low, search.dropout.high) == (1, 1, 1)
    assert sum(effect.customers for effect in fitted.effects) == CUSTOMERS
    assert fitted.warnings == (CORRELATION,)


def test_a_tie_goes_to_the_first_in_the_alphabet():
    frequency, recency, age, _channel = simulate(simulate_mbgnbd, TOSS)
    side = np.where(np.arange(CUSTOMERS) % 2 == 0, "west", "east")
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"side": side})
    assert effect_of(fitted, "east", "side").is_reference


def test_customers_without_a_difference_show_none():
    frequency, recency, age, channel = simulate(simulate_mbgnbd, TOSS, seed=7)
    coin = np.random.default_rng(8).integers(0, 2, CUSTOMERS)
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"channel": channel, "coin": coin})
    assert fitted.p_values["coin"] > 0.01
    assert fitted.log_likelihood >= fitted.log_likelihood_without


def test_one_level_is_the_model_without_attributes():
    frequency, recency, age, _channel = simulate(simulate_mbgnbd, TOSS)
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"country": np.full(CUSTOMERS, "NL")})
    assert fitted.effects == ()
    assert dict(fitted.reference.params) == dict(MBGNBD.fit(frequency, recency, age).params)


def test_a_fit_of_each_level_alone_agrees_when_the_shapes_are_shared():
    """Saturated in alpha and a: each level's own model is the reference times its multipliers."""
    frequency, recency, age, channel = simulate(simulate_mbgnbd, TOSS)
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"channel": channel})
    mail = effect_of(fitted, "mail")
    models = {channel[rows[0]]: model for rows, model in fitted.split({"channel": channel})}
    assert models["search"].params["alpha"] == pytest.approx(fitted.reference.params["alpha"])
    assert models["mail"].params["alpha"] == pytest.approx(
        fitted.reference.params["alpha"] / mail.purchase_rate.value
    )
    assert models["mail"].params["a"] == pytest.approx(fitted.reference.params["a"] * mail.dropout.value)


def test_small_levels_are_taken_together_and_tiny_rests_join_the_reference():
    frequency, recency, age, _channel = simulate(simulate_mbgnbd, TOSS)
    many_small = np.array([f"campaign {number % 400}" for number in range(CUSTOMERS)])
    many_small[:6000] = "search"
    together = covariates.fit(MBGNBD, frequency, recency, age, {"channel": many_small})
    assert effect_of(together, None).customers == 6000
    few = np.full(CUSTOMERS, "search")
    few[:20] = "poster"
    assert covariates.fit(MBGNBD, frequency, recency, age, {"channel": few}).effects == ()


def test_a_level_never_seen_is_predicted_as_the_reference():
    frequency, recency, age, channel = simulate(simulate_mbgnbd, TOSS)
    fitted = covariates.fit(MBGNBD, frequency, recency, age, {"channel": channel})
    ((rows, model),) = fitted.split({"channel": ["radio"]})
    assert rows.tolist() == [0]
    assert dict(model.params) == pytest.approx(dict(fitted.reference.params))


def test_nobody_came_back_gives_no_effects_and_says_why():
    fitted = covariates.fit(
        MBGNBD, np.zeros(100), np.zeros(100), np.full(100, 50.0), {"channel": ["a", "b"] * 50}
    )
    assert fitted.effects == ()
    assert fitted.reasons == ("no_repeat_buyers",)


def test_labels_that_are_not_one_each_are_refused():
    with pytest.raises(ValueError, match=r"channel must be one label for each of 2 customers, got \(3,\)"):
        covariates.fit(MBGNBD, [1, 0], [5, 0], [9, 9], {"channel": ["a", "b", "c"]})


def test_units_of_time_do_not_change_an_effect():
    frequency, recency, age, channel = simulate(simulate_pareto_nbd, DEATH)
    weeks, days = (
        covariates.fit(ParetoNBD, frequency, recency * unit, age * unit, {"channel": channel})
        for unit in (1, 7)
    )
    assert effect_of(days, "mail").dropout.value == pytest.approx(effect_of(weeks, "mail").dropout.value)
    assert days.reference.params["beta"] == pytest.approx(7 * weeks.reference.params["beta"])
