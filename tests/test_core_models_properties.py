"""Anything in the domain gives finite numbers that obey the theory, and equal sums done by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from metrics.core.bgnbd import BGNBD
from metrics.core.mbgnbd import MBGNBD
from metrics.core.nbd import NBD
from metrics.core.pareto_nbd import ParetoNBD

# The first call builds quadrature nodes; a busy machine is slow: neither is a failure.
unhurried = settings(deadline=None)

shapes = st.floats(0.02, 50)
times = st.floats(0.05, 2000)
frequencies = st.integers(0, 5000)


def toss(model):
    return st.builds(
        lambda r, alpha, a, b: model.given({"r": r, "alpha": alpha, "a": a, "b": b}),
        shapes,
        times,
        st.one_of(shapes, st.just(1.0), st.floats(1 - 1e-9, 1 + 1e-9)),
        shapes,
    )


models = st.one_of(
    st.builds(lambda r, alpha: NBD.given({"r": r, "alpha": alpha}), shapes, times),
    toss(BGNBD),
    toss(MBGNBD),
    st.builds(
        lambda r, alpha, s, beta: ParetoNBD.given({"r": r, "alpha": alpha, "s": s, "beta": beta}),
        shapes,
        times,
        st.one_of(shapes, st.just(1.0), st.floats(1 - 1e-9, 1 + 1e-9)),
        times,
    ),
)


@st.composite
def histories(draw, frequency=frequencies):
    x = draw(frequency)
    age = draw(st.floats(0.5, 3000))
    return x, age * draw(st.floats(0.001, 1)) if x else 0.0, age


@unhurried
@given(model=models, history=histories(), t=st.floats(0, 5000))
def test_probabilities_are_probabilities(model, history, t):
    active = model.probability_active(*history)
    later = model.probability_active_after(t, *history)
    none = model.probability_of_none(t, *history)
    assert 0 <= active <= 1
    assert 0 <= later <= active
    # Who is not active buys nothing.
    assert 1 - active - 1e-12 <= none <= 1 + 1e-12


@unhurried
@given(model=models, history=histories(), t=st.floats(0, 2000), more=st.floats(0, 2000))
def test_expected_purchases_are_finite_and_grow_with_time_ever_slower(model, history, t, more):
    first, both = model.expected_purchases([t, t + more], *history)
    after = model.expected_purchases(t + 2 * more, *history)
    assert 0 <= first <= both * (1 + 1e-9) + 1e-12
    assert np.isfinite(both)
    assert after - both <= (both - first) * (1 + 1e-6) + 1e-9 * (1 + both)


@unhurried
@given(model=models, history=histories(), t=st.floats(0.01, 2000))
def test_nobody_is_expected_to_buy_more_than_without_dropout(model, history, t):
    x, _recency, age = history
    rate = (model.params["r"] + x) / (model.params["alpha"] + age)
    assert model.expected_purchases(t, *history) <= rate * t * (1 + 1e-9)


@unhurried
@given(
    model=models,
    x=st.integers(1, 5000),
    age=st.floats(1, 3000),
    early=st.floats(0.01, 1),
    late=st.floats(0.01, 1),
)
def test_a_later_last_purchase_never_makes_a_customer_less_active(model, x, age, early, late):
    early, late = sorted((early, late))
    before, after = model.probability_active(x, [early * age, late * age], age)
    assert before <= after + 1e-9


@unhurried
@given(model=models, history=histories(), wait=st.floats(0, 3000))
def test_silence_never_makes_a_customer_more_active(model, history, wait):
    x, recency, age = history
    now, then = model.probability_active(x, recency, [age, age + wait])
    assert then <= now + 1e-9


@unhurried
@given(model=models, history=histories(st.integers(0, 200)), t=st.floats(0.1, 1000))
def test_a_purchase_is_expected_no_more_often_than_its_probability_allows(model, history, t):
    """E[Y] ≥ P(Y ≥ 1) = 1 − P(Y = 0), and the two ways to compute the latter agree."""
    once = model.probability_at_least(1, t, *history)
    assert once == pytest.approx(1 - model.probability_of_none(t, *history), abs=2e-7)
    assert model.expected_purchases(t, *history) >= once * (1 - 1e-6) - 1e-9


@unhurried
@given(model=models, history=histories(st.integers(0, 40)), ratio=st.floats(0.01, 1.5))
def test_the_distribution_adds_up_to_one_and_to_its_mean_and_variance(model, history, ratio):
    """Over counts large enough to leave out less than a millionth."""
    t = ratio * (history[2] + model.params["alpha"])
    enough = 1 + int(stats.nbinom.isf(1e-13, model.params["r"] + history[0], 1 / (1 + ratio)))
    chances = model.purchase_probabilities(t, enough, *history)[0]
    count = np.arange(enough + 1.0)
    mean = model.expected_purchases(t, *history)
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1, abs=1e-7)
    assert chances @ count == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert chances @ count**2 - mean**2 == pytest.approx(
        model.variance_of_purchases(t, *history), rel=1e-5, abs=1e-7
    )


@unhurried
@given(model=models, history=histories(st.integers(0, 100)), q=st.floats(0.01, 0.95))
def test_the_next_purchase_comes_within_its_quantile_as_often_as_said(model, history, q):
    t = model.next_purchase_quantile(q, *history)
    if np.isfinite(t) and t < 1e6:
        assert 1 - model.probability_of_none(t, *history) == pytest.approx(q, abs=1e-6)
    given_active = model.next_purchase_quantile(q, *history, given_active=True)
    assert given_active <= t * (1 + 1e-9)


@unhurried
@given(model=models, history=histories(st.integers(0, 500)), rate=st.floats(1e-4, 1))
def test_all_purchases_to_come_are_worth_no_more_than_those_of_someone_who_stays(model, history, rate):
    x, _recency, age = history
    worth = model.expected_residual_transactions(*history, rate=rate)
    stays = (model.params["r"] + x) / (model.params["alpha"] + age) / rate
    assert 0 <= worth <= stays * (1 + 1e-6)


@unhurried
@given(model=models, history=histories(st.integers(0, 300)), periods=st.integers(1, 36))
def test_months_add_up_to_the_horizon_and_discount_lowers_them(model, history, periods):
    months = model.expected_purchases_by_period(periods, *history, period=30.4375)[0]
    whole = model.expected_purchases(30.4375 * periods, *history)
    assert months.sum() == pytest.approx(whole, rel=1e-9, abs=1e-12)
    undiscounted = model.discounted_expected_transactions(periods, *history, period=30.4375, rate=0)[0]
    discounted = model.discounted_expected_transactions(periods, *history, period=30.4375, rate=0.01)[0]
    assert undiscounted == pytest.approx(whole, rel=1e-9, abs=1e-12)
    assert discounted == pytest.approx((months / 1.01 ** np.arange(1, periods + 1)).sum())


# Brute force: the definitions themselves, summed over a grid of everything that is not known.

LOG_GRID = np.linspace(-40, 6, 1200)
STEP = LOG_GRID[1] - LOG_GRID[0]


def gamma_grid(shape, scale):
    """Return rates and their weights under a Gamma distribution, even in the logarithm."""
    rate = np.exp(LOG_GRID)
    return rate, stats.gamma(shape, scale=1 / scale).pdf(rate) * rate * STEP


def beta_grid(a, b):
    """Return chances and their weights under a Beta distribution, even in log(p/(1−p))."""
    logit = np.linspace(-40, 40, 1600)
    chance = 1 / (1 + np.exp(-logit))
    return chance, stats.beta(a, b).pdf(chance) * chance / (1 + np.exp(logit)) * (logit[1] - logit[0])


TOSS = {"r": 1.4, "alpha": 9.0, "a": 1.3, "b": 2.4}
GRID = [(0, 0.0, 20.0), (1, 4.0, 20.0), (3, 19.0, 20.0), (6, 11.0, 30.0)]
AHEAD = 15.0


@pytest.mark.parametrize(("model", "first"), [(BGNBD, 0), (MBGNBD, 1)], ids=["bgnbd", "mbgnbd"])
@pytest.mark.parametrize("history", GRID)
def test_dropout_after_a_purchase_equals_a_sum_over_rates_and_chances(model, first, history):
    """``first`` chances to drop out came before the first repeat purchase."""
    x, recency, age = history
    rate, rate_weight = gamma_grid(1.4, 9)
    chance, chance_weight = beta_grid(1.3, 2.4)
    lam, p = rate[:, None], chance[None, :]
    weight = rate_weight[:, None] * chance_weight[None, :] * lam**x
    tosses = x + first
    stays = weight * (1 - p) ** tosses * np.exp(-lam * age)
    left = weight * p * (1 - p) ** (tosses - 1) * np.exp(-lam * recency) if tosses else np.zeros(1)
    likelihood = stays.sum() + left.sum()
    to_come = (stays * -np.expm1(-lam * p * AHEAD) / p).sum() / likelihood
    known = model.given(TOSS)
    assert model.find_log_likelihood(TOSS, *history) == pytest.approx(np.log(likelihood), abs=1e-8)
    assert known.probability_active(*history) == pytest.approx(stays.sum() / likelihood, abs=1e-8)
    assert known.expected_purchases(AHEAD, *history) == pytest.approx(to_come, rel=1e-8)


DEATH = {"r": 1.4, "alpha": 9.0, "s": 1.7, "beta": 12.0}


@pytest.mark.parametrize("history", GRID)
def test_pareto_equals_a_sum_over_rates_and_lifetimes(history):
    x, recency, age = history
    rate, rate_weight = gamma_grid(1.4, 9)
    death, death_weight = gamma_grid(1.7, 12)
    lam, mu = rate[:, None], death[None, :]
    weight = rate_weight[:, None] * death_weight[None, :] * lam**x
    stays = weight * np.exp(-(lam + mu) * age)
    gone = weight * mu / (lam + mu) * (np.exp(-(lam + mu) * recency) - np.exp(-(lam + mu) * age))
    likelihood = stays.sum() + gone.sum()
    to_come = (stays * lam * -np.expm1(-mu * AHEAD) / mu).sum() / likelihood
    known = ParetoNBD.given(DEATH)
    assert ParetoNBD.find_log_likelihood(DEATH, *history) == pytest.approx(np.log(likelihood), abs=1e-8)
    assert known.probability_active(*history) == pytest.approx(stays.sum() / likelihood, abs=1e-8)
    assert known.expected_purchases(AHEAD, *history) == pytest.approx(to_come, rel=1e-7)


@unhurried
@given(
    r=shapes,
    alpha=times,
    s=shapes,
    beta=times,
    history=histories(st.integers(0, 5000)),
)
def test_the_pareto_likelihood_equals_adaptive_quadrature(r, alpha, s, beta, history):
    """Sixteen nodes against scipy's adaptive rule, over parameters far from any data."""
    x, recency, age = history

    def log_density(y):
        return -(r + x) * np.log((alpha + y) / (alpha + recency)) - (s + 1) * np.log(
            (beta + y) / (beta + recency)
        )

    steep = (r + x) / (alpha + recency) + (s + 1) / (beta + recency)
    marks = recency + np.array([0.1, 1, 5, 30]) / steep
    gone = integrate.quad(
        lambda y: np.exp(log_density(y)),
        recency,
        age,
        points=marks[marks < age],
        epsabs=0,
        epsrel=1e-11,
        limit=500,
    )[0]
    scale = -(r + x) * np.log(alpha + recency) - (s + 1) * np.log(beta + recency)
    stays = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
    bracket = np.logaddexp(stays, np.log(s) + scale + np.log(gone)) if gone else stays
    expected = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha) + s * np.log(beta) + bracket
    params = {"r": r, "alpha": alpha, "s": s, "beta": beta}
    found = ParetoNBD.find_log_likelihood(params, *history)
    assert found == pytest.approx(expected, abs=1e-8 + 1e-12 * abs(expected))
