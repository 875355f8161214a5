"""The models give what was published, and what R computes, to the digits given.

Sources: Fader, Hardie & Lee 2005, "Counting your customers the easy way"; the same, "RFM and CLV"; Fader &
Hardie 2013, note 025; the tests of CLVTools and lifetimes; R (BTYD, BTYDplus, CLVTools). Time is in weeks.
"""

import numpy as np
import pytest

from metrics.core import bgnbd, gamma_gamma, mbgnbd, nbd, pareto_nbd
from metrics.core.bgnbd import BGNBD
from metrics.core.mbgnbd import MBGNBD
from metrics.core.pareto_nbd import ParetoNBD
from tests.cdnow import EVERYONE, SAMPLE, read_customers

FHL = BGNBD.given({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
RFM_AND_CLV = ParetoNBD.given({"r": 0.5534, "alpha": 10.5802, "s": 0.6061, "beta": 11.6562})


def close(values, expected, **tolerance):
    """Compare mappings or arrays with figures as printed."""
    found = list(values.values()) if hasattr(values, "values") else values
    np.testing.assert_allclose(found, expected, **tolerance)


@pytest.fixture(scope="module")
def sample():
    return read_customers(SAMPLE)


@pytest.fixture(scope="module")
def everyone():
    return read_customers(EVERYONE)


def test_the_cdnow_sample_is_the_one_of_the_papers(sample):
    assert (sample.frequency.size, sample.frequency.sum(), sample.later.sum()) == (2357, 2457, 1882)


def test_all_of_cdnow_is_the_one_of_the_references(everyone):
    assert (everyone.frequency.size, everyone.frequency.sum()) == (23570, 24337)


def test_bgnbd_parameters_match_fader_hardie_lee_2005_table_2(sample):
    fitted = bgnbd.fit(*sample.histories)
    close(fitted.params, [0.243, 4.414, 0.793, 2.426], atol=5e-4)
    assert fitted.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    assert fitted.converged
    assert fitted.reasons == ()


def test_bgnbd_parameters_match_the_tests_of_clvtools(sample):
    fitted = bgnbd.fit(*sample.histories)
    close(fitted.params, [0.2425945, 4.4136019, 0.7929199, 2.4258881], rtol=1e-5)
    assert fitted.log_likelihood == pytest.approx(-9582.429, abs=5e-4)


def test_bgnbd_standard_errors_match_r(sample):
    fitted = bgnbd.fit(*sample.histories)
    close(fitted.standard_errors, [0.012557, 0.378224, 0.185733, 0.705407], rtol=1e-4)


def test_pareto_parameters_match_the_tests_of_clvtools(sample):
    fitted = pareto_nbd.fit(*sample.histories)
    close(fitted.params, [0.553, 10.578, 0.606, 11.669], atol=5e-4)
    assert fitted.log_likelihood == pytest.approx(-9594.976, abs=5e-4)
    assert fitted.converged


def test_pareto_standard_errors_match_the_tests_of_clvtools(sample):
    fitted = pareto_nbd.fit(*sample.histories)
    close(fitted.standard_errors, [0.0476264, 0.8427222, 0.1872594, 6.2105448], rtol=2e-4)


def test_mbgnbd_parameters_match_the_tests_of_lifetimes(sample):
    fitted = mbgnbd.fit(*sample.histories)
    close(fitted.params, [0.525, 6.183, 0.891, 1.614], atol=5e-4)
    assert fitted.log_likelihood == pytest.approx(-9582.1357, abs=5e-5)


def test_nbd_parameters_match_r(sample):
    fitted = nbd.fit(*sample.histories)
    close(fitted.params, [0.38477, 12.0720], atol=5e-5)
    assert fitted.log_likelihood == pytest.approx(-9763.6576, abs=5e-5)


def test_gamma_gamma_parameters_match_fader_hardie_2013_note_025(sample):
    fitted = gamma_gamma.fit(sample.frequency, sample.mean_value)
    close(fitted.params, [6.24957, 3.74422, 15.44352], rtol=1e-5)
    assert fitted.log_likelihood == pytest.approx(-4055.9177, abs=5e-5)


@pytest.mark.parametrize(
    ("model", "params", "log_likelihood"),
    [
        (bgnbd, [0.25162, 4.78894, 0.72343, 2.16109], -95368.444),
        (mbgnbd, [0.63714, 7.31029, 0.80747, 1.22839], -95336.958),
        (pareto_nbd, [0.59742, 11.58566, 0.52219, 8.82776], -95415.119),
    ],
    ids=["bgnbd", "mbgnbd", "pareto_nbd"],
)
def test_all_of_cdnow_matches_the_references(everyone, model, params, log_likelihood):
    fitted = model.fit(*everyone.histories)
    close(fitted.params, params, rtol=2e-5)
    assert fitted.log_likelihood == pytest.approx(log_likelihood, abs=5e-4)


def test_gamma_gamma_on_all_of_cdnow_leaves_out_who_spent_nothing(everyone):
    fitted = gamma_gamma.fit(everyone.frequency, everyone.mean_value)
    close(fitted.params, [6.27536, 3.62445, 14.98369], rtol=2e-6)
    assert fitted.log_likelihood == pytest.approx(-40763.476, abs=5e-4)
    assert fitted.left_out == 1


def test_the_same_customers_in_days_have_times_seven_as_long(sample):
    weeks, days = (mbgnbd.fit(sample.frequency, sample.recency * unit, sample.age * unit) for unit in (1, 7))
    assert days.params["alpha"] == pytest.approx(7 * weeks.params["alpha"])
    assert days.params["a"] == pytest.approx(weeks.params["a"])
    assert days.expected_purchases(273, 2, 213, 272) == pytest.approx(
        weeks.expected_purchases(39, 2, 213 / 7, 272 / 7)
    )


def test_expected_purchases_of_a_customer_match_fader_hardie_lee_2005():
    assert FHL.expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)


def test_expected_purchases_of_a_new_customer_match_fader_hardie_lee_2005(sample):
    times = [0.1429, 1, 3, 31.8571, 32, 78]
    expected = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    found = bgnbd.fit(*sample.histories).expected_purchases_new(times)
    close(found[:-1], expected[:-1], atol=5e-5)
    assert found[-1] == pytest.approx(expected[-1], rel=2e-4)


def test_share_of_new_customers_without_a_purchase_in_39_weeks_matches_fader_hardie_lee_2005():
    assert FHL.probability_of_none(39, 0, 0, 0) == pytest.approx(0.5737864, abs=5e-8)


def test_customer_1516_matches_btyd_bgnbd(sample):
    """R stops at parameters that agree to five digits, so its figures do too."""
    fitted = bgnbd.fit(*sample.histories)
    assert fitted.expected_purchases(52, 26, 30.857, 31) == pytest.approx(25.75659, rel=5e-5)
    assert fitted.probability_active(26, 30.857, 31) == pytest.approx(0.9688523, abs=2e-6)


def test_customer_1516_matches_btyd_pareto(sample):
    fitted = pareto_nbd.fit(*sample.histories)
    assert fitted.expected_purchases(52, 26, 30.857, 31) == pytest.approx(25.45647, rel=6e-5)
    assert fitted.probability_active(26, 30.857, 31) == pytest.approx(0.997874, abs=4e-6)
    assert fitted.expected_purchases_new(52) == pytest.approx(1.473434, abs=1e-6)


def test_more_purchases_before_the_same_silence_mean_less_to_come_btyd(sample):
    frequency = [10, 15, 20, 25]
    bg = bgnbd.fit(*sample.histories).expected_purchases(52, frequency, 20, 39)
    close(bg, [0.3474606, 0.04283391, 0.004158973, 0.0003583685], rtol=1e-4)
    pareto = pareto_nbd.fit(*sample.histories).expected_purchases(52, frequency, 20, 39)
    close(pareto, [0.7062289, 0.1442396, 0.02250658, 0.00309267], rtol=1e-3)


def test_pareto_does_not_underflow_where_others_do():
    model = ParetoNBD.given({"r": 0.55, "alpha": 10.58, "s": 0.61, "beta": 11.67})
    close(model.expected_purchases(10, [132, 133], 200, 200), [6.20605, 6.25287], atol=5e-6)


NAN_ELSEWHERE = ParetoNBD.given({"r": 0.5143, "alpha": 2.8845, "s": 0.2856, "beta": 14.1087})


@pytest.mark.parametrize(
    ("history", "printed"),
    [
        ((221, 103.42857, 103.57143), 0.999596),
        ((254, 97.28571, 97.42857), 0.999558),
        ((161, 94.71429, 98), 0.749488),
        ((204, 98.57143, 99.42857), 0.994255),
    ],
)
def test_pareto_gives_the_printed_probability_where_others_give_nan(history, printed):
    """CLVTools, issue 100: very many purchases; of the second customer, recency and age are swapped there."""
    assert NAN_ELSEWHERE.probability_active(*history) == pytest.approx(printed, abs=1e-6)


@pytest.mark.parametrize("frequency", [161, 204, 221, 254])
def test_pareto_gives_a_number_for_every_silence_of_such_customers(frequency):
    active = NAN_ELSEWHERE.probability_active(frequency, np.linspace(0.1, 104, 4000), 104)
    assert np.isfinite(active).all()
    assert (np.diff(active) >= -1e-12).all()


def test_residual_transactions_match_fader_hardie_lee_2005_rfm_and_clv():
    found = RFM_AND_CLV.expected_residual_transactions(
        [26, 0, 1, 2, 7, 7],
        [30.86, 0, 1.71, 30.43, 29.43, 35],
        [31, 38.86, 38.86, 38.86, 38.86, 38.86],
        rate=0.0027,
    )
    close(found, [86.0304, 0.47682, 0.76141, 6.48256, 16.53537, 20.65363], rtol=1e-5)


@pytest.mark.parametrize(
    ("model", "history", "expected"),
    [
        (MBGNBD, (0, 0, 40), -0.41792826),
        (MBGNBD, (200, 38, 40), 100.7869),
        (BGNBD, (0, 0, 40), -0.59947382),
        (BGNBD, (200, 38, 40), 100.795693),
    ],
)
def test_log_likelihood_of_one_customer_matches_lifetimes(model, history, expected):
    params = {"r": 0.25, "alpha": 4, "a": 0.8, "b": 2.5}
    assert model.find_log_likelihood(params, *history) == pytest.approx(expected, rel=1e-6)


def test_expected_spend_matches_the_tests_of_clvtools_and_note_025(sample):
    """Means are printed with two decimals; the parameters are not rounded."""
    fitted = gamma_gamma.fit(sample.frequency, sample.mean_value)
    found = fitted.expected_value([2, 1, 0, 7, 2], [22.35, 11.77, 0, 73.74, 25.55])
    close(found, [24.65, 18.91, 35.17, 71.46, 27.28], atol=0.01)


def test_discounted_value_in_weeks_matches_the_reference(sample):
    """71,508 in 12 months at 1 % a month; months of 4.345 weeks, as lifetimes has them for weekly data."""
    model, spend = bgnbd.fit(*sample.histories), gamma_gamma.fit(sample.frequency, sample.mean_value)
    purchases = model.discounted_expected_transactions(12, *sample.histories, period=4.345, rate=0.01)
    value = purchases @ spend.expected_value(sample.frequency, sample.mean_value)
    assert value == pytest.approx(71_508, abs=0.5)


def test_parameters_alone_put_the_holdout_total_between_1512_and_1801(sample):
    """95 % by the inverse Hessian; 2,000 draws place the ends within 10 purchases."""
    fitted = bgnbd.fit(*sample.histories)
    draws = fitted.draw_params(np.random.default_rng(1), 2_000, robust=False)
    totals = [drawn.expected_purchases(39, *sample.histories).sum() for drawn in draws]
    close(np.quantile(totals, [0.025, 0.975]), [1512, 1801], atol=10)


def test_holdout_totals_on_the_sample_match_the_references(sample):
    assert bgnbd.fit(*sample.histories).expected_purchases(39, *sample.histories).sum() == pytest.approx(
        1653, abs=0.5
    )


@pytest.mark.parametrize(
    ("model", "low", "high"), [(bgnbd, 1530, 1787), (mbgnbd, 1460, 1713)], ids=["bgnbd", "mbgnbd"]
)
def test_the_interval_of_the_holdout_total_leaves_the_actual_outside(sample, model, low, high):
    """80 % with parameter and process noise; 500 draws place the ends within 25 purchases."""
    rng = np.random.default_rng(1)
    draws = model.fit(*sample.histories).draw_params(rng, 500)
    totals = [drawn.simulate(39, *sample.histories, rng=rng, draws=1).sum() for drawn in draws]
    ends = np.quantile(totals, [0.1, 0.9])
    close(ends, [low, high], atol=25)
    assert ends[1] < sample.later.sum() == 1882


def test_bgnbd_calls_more_customers_active_than_the_others(sample):
    """Mean P(active) .81 against .45: who bought once is always active in BG/NBD."""
    means = [
        model.fit(*sample.histories).probability_active(*sample.histories).mean()
        for model in (bgnbd, mbgnbd, pareto_nbd)
    ]
    close(means, [0.81, 0.45, 0.45], atol=0.005)


@pytest.mark.parametrize(
    ("model", "mae"), [(bgnbd, 0.819), (mbgnbd, 0.795), (pareto_nbd, 0.794)], ids=["bg", "mbg", "pareto"]
)
def test_holdout_error_per_customer_matches_the_references(everyone, model, mae):
    expected = model.fit(*everyone.histories).expected_purchases(39, *everyone.histories)
    assert np.abs(expected - everyone.later).mean() == pytest.approx(mae, abs=5e-4)


@pytest.mark.parametrize(("model", "mae"), [(bgnbd, 0.785), (mbgnbd, 0.764)], ids=["bg", "mbg"])
def test_holdout_error_per_customer_of_the_sample_matches_the_references(sample, model, mae):
    expected = model.fit(*sample.histories).expected_purchases(39, *sample.histories)
    assert np.abs(expected - sample.later).mean() == pytest.approx(mae, abs=1e-3)


@pytest.mark.parametrize(("source", "own_rate", "nobody"), [(SAMPLE, 1.024, 0.798), (EVERYONE, 1.038, 0.835)])
def test_absolute_errors_of_those_who_need_no_model_match_the_references(source, own_rate, nobody):
    """Expecting nothing of anybody beats the own rate by far, and nearly BG/NBD: it decides nothing."""
    customers = read_customers(source)
    rate = 39 * customers.frequency / customers.age
    assert np.abs(rate - customers.later).mean() == pytest.approx(own_rate, abs=5e-4)
    assert customers.later.mean() == pytest.approx(nobody, abs=5.5e-4)
