"""What customers are expected to bring in: worked out by hand, simulated, and the same for one as for all."""

import numpy as np
import pytest

from metrics.core import gamma_gamma, outlook, uncertainty
from metrics.core.mbgnbd import MBGNBD
from metrics.core.outlook import ByModel, ByRule, People, Terms

MODEL = MBGNBD.given({"r": 0.525, "alpha": 43.28, "a": 0.891, "b": 1.614})  # of CDNOW's sample, in days
SPEND = gamma_gamma.GammaGamma.given({"p": 6.25, "q": 3.74, "v": 15.44})


def make_people(rows, margin=0.4):
    """Rows of frequency, recency, age, mean value."""
    frequency, recency, age, mean_value = (np.array(column) for column in zip(*rows, strict=True))
    return People(frequency, recency, age, mean_value.astype(float), np.full(len(rows), margin))


def make_terms(months=12, rate=0.0, retention=0.0):
    return Terms((1 + rate) ** (-np.arange(1, months + 1) / 12), None, retention)


PEOPLE = make_people([(0, 0, 300, 0.0), (2, 213, 272, 30.0), (9, 250, 260, 80.0), (40, 700, 702, 12.5)])


def look_ahead(people, terms):
    return outlook.look_ahead(ByModel(MODEL), outlook.expect_spend(SPEND, people), people, terms)


def test_a_rule_of_one_purchase_a_month_is_worked_out_by_hand():
    people = make_people([(5, 100, 120, 50.0)])
    rule = ByRule("own_rate", np.array([12.0]), np.array([1.0]))
    ahead = outlook.look_ahead(rule, np.array([50.0]), people, make_terms(retention=2.0))
    assert ahead.contribution.tolist() == [20.0]
    assert ahead.amount[0].tolist() == [180_000] * 12  # 1 × 20 − 1 × 2
    assert ahead.sum_up(12).tolist() == [2_160_000]


def test_months_are_discounted_from_their_end_and_rounded_to_four_places():
    people = make_people([(5, 100, 120, 50.0)])
    rule = ByRule("own_rate", np.array([12.0]), np.array([1.0]))
    ahead = outlook.look_ahead(rule, np.array([50.0]), people, make_terms(rate=0.10))
    assert ahead.amount[0, [0, 11]].tolist() == [198_418, 181_818]  # 20 ÷ 1.1^(1/12), 20 ÷ 1.1


def test_amounts_round_half_away_from_zero():
    assert outlook.to_units(np.array([0.00005, -0.00005, 0.00004, 1.25])).tolist() == [1, -1, 0, 12_500]


def test_one_customer_alone_gets_what_it_gets_among_all():
    terms = make_terms(36, rate=0.03, retention=0.5)
    everyone = look_ahead(PEOPLE, terms)
    for row in range(len(PEOPLE)):
        alone = look_ahead(PEOPLE.take(slice(row, row + 1)), terms)
        assert alone.amount.tolist() == everyone.amount[row : row + 1].tolist()


def test_without_a_known_margin_nothing_is_worth_anything_and_nothing_breaks():
    people = make_people([(2, 213, 272, 30.0)], margin=float("nan"))
    assert look_ahead(people, make_terms()).amount.tolist() == [[0] * 12]


@pytest.mark.parametrize("months", [12, 24, 36])
def test_the_interval_of_each_horizon_holds_four_of_five_simulated_futures(months):
    people = make_people([(9, 250, 260, 80.0)] * 400)
    terms, rng = make_terms(36), np.random.default_rng(5)
    ahead = look_ahead(people, terms)
    drawn = [(ByModel(MODEL), SPEND)] * 12
    low, high = uncertainty.find_spread(drawn, people, ahead, terms, [12, 24, 36], rng)[months]
    counts = MODEL.simulate(outlook.MONTH * months, *people.history, rng=rng, draws=20)
    future = SPEND.simulate(counts, people.frequency, people.mean_value, rng=rng) * 0.4 * outlook.UNITS
    inside = ((future >= low) & (future <= high)).mean()
    assert inside == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("margin", [0.4, -0.4])
def test_the_lower_end_is_below_the_higher_one_with_a_loss_on_every_order_too(margin):
    people = make_people([(9, 250, 260, 80.0)] * 20, margin)
    terms = make_terms(24, retention=0.5)
    found = uncertainty.find_spread(
        [(ByModel(MODEL), SPEND)] * 3,
        people,
        look_ahead(people, terms),
        terms,
        [12, 24],
        np.random.default_rng(5),
    )
    assert all((low < high).all() for low, high in found.values())


def test_equal_histories_have_equal_ends_by_a_model_and_their_own_by_a_rule():
    people = make_people([(0, 0, 90, 0.0)] * 3 + [(4, 200, 260, 80.0)] * 2)
    terms = make_terms(12)

    def find(forecaster):
        ahead = outlook.look_ahead(forecaster, outlook.expect_spend(SPEND, people), people, terms)
        drawn = [(forecaster, SPEND)] * 10
        _low, high = uncertainty.find_spread(drawn, people, ahead, terms, [12], np.random.default_rng(5))[12]
        return high

    by_model = find(ByModel(MODEL))
    assert len(set(by_model[:3])) == len(set(by_model[3:])) == 1
    assert by_model[0] < by_model[3]
    by_rule = find(ByRule("own_rate", np.array([0.0, 5.0, 50.0, 0.0, 50.0]), np.ones(5)))
    assert by_rule[0] == by_rule[3] == 0
    assert by_rule[0] < by_rule[1] < by_rule[2]


def test_a_rule_goes_on_for_as_many_months_as_asked():
    people = make_people([(5, 100, 120, 50.0)] * 500)
    rule = ByRule("own_rate", np.full(500, 12.0), np.ones(500))
    counts = rule.simulate(people, [12, 36], np.random.default_rng(1), 20)
    assert counts.shape == (2, 20, 500)
    assert counts.mean(axis=(1, 2)) == pytest.approx([12.0, 36.0], rel=0.02)


def test_the_variance_is_that_of_simulated_futures():
    people = make_people([(9, 250, 260, 80.0)])
    terms, rng = make_terms(), np.random.default_rng(6)
    ahead = look_ahead(people, terms)
    found = uncertainty.find_variance(ByModel(MODEL), SPEND, people, ahead, terms, 12)
    counts = MODEL.simulate(outlook.MONTH * 12, *people.history, rng=rng, draws=40_000)
    future = SPEND.simulate(counts, people.frequency, people.mean_value, rng=rng) * 0.4
    assert found[0] == pytest.approx(future.var(), rel=0.1)


def find_deviations(people, *horizons):
    rng = np.random.default_rng(1)
    return uncertainty.find_deviations(ByModel(MODEL), SPEND, people, make_terms(36), horizons, rng)


def test_totals_vary_with_the_root_of_the_number_when_parameters_are_known():
    many = PEOPLE.take(np.tile(np.arange(len(PEOPLE)), 100))
    assert find_deviations(many, 12)[12] == pytest.approx(find_deviations(PEOPLE, 12)[12] * 10, rel=0.01)


def test_every_horizon_varies_as_it_does_alone():
    alone = {months: find_deviations(PEOPLE, months)[months] for months in (12, 24, 36)}
    assert find_deviations(PEOPLE, 12, 24, 36) == pytest.approx(alone, rel=1e-9)
