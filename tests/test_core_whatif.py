"""The arithmetic of a what-if, worked out by hand, and what always holds."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.core.discounting import discounted_periods
from metrics.core.formulas import METHODS, evaluate
from metrics.core.whatif import (
    LEVERS,
    NO_LEVERS,
    Base,
    Levers,
    compute,
    find_lifetime,
    rank_sensitivity,
    value_customer,
)

#: € 100 a customer a year, half of whom come back: 2 years; margin 40 %; keeping costs € 5, winning € 20.
BASE = Base(
    revenue=Decimal(20_000), customer_years=Decimal(200), margin=Decimal("0.4"), retention=Decimal("0.5"),
    lifetime_years=Decimal(2), future_years=Decimal(2), lifetime_cap=Decimal(10),
    acquisition_cost=Decimal(20), retention_cost=Decimal(5),
)  # fmt: skip

rates = st.decimals("-0.3", "0.3", places=3)
costs = st.decimals(-30, 30, places=2)
levers = st.builds(
    Levers, retention=rates, frequency=rates, order_value=rates, margin=rates, acquisition_cost=costs,
    retention_cost=costs, interest=st.decimals("0", "0.2", places=4),
    inflation=st.decimals("-0.05", "0.2", places=4),
)  # fmt: skip


def test_the_value_is_the_lifetime_value_of_the_group_less_costs() -> None:
    # 100 × 2 × 0.4 − 5 × 2 − 20
    assert value_customer(BASE) == Decimal(50)
    inputs = {
        "revenue": BASE.revenue, "customer_years": BASE.customer_years, "future_years": BASE.future_years,
        "margin": BASE.margin,
    }  # fmt: skip
    assert evaluate(METHODS["lifetime_group"].expression, inputs) == Decimal(80)


def test_more_retention_is_a_longer_lifetime() -> None:
    # 60 % stay: 2.5 years. 100 × 2.5 × 0.4 − 5 × 2.5 − 20
    assert find_lifetime(BASE, Levers(retention=Decimal("0.1"))) == Decimal("2.5")
    assert value_customer(BASE, Levers(retention=Decimal("0.1"))) == Decimal("67.5")


@pytest.mark.parametrize(
    ("retention", "years"), [("0.5", 10), ("0.49", 10), ("-0.5", 1), ("-0.9", 1), ("2", 10)]
)
def test_a_lifetime_is_between_one_year_and_the_longest(retention, years) -> None:
    assert find_lifetime(BASE, Levers(retention=Decimal(retention))) == years


def test_interest_makes_later_years_worth_less() -> None:
    changed = Levers(interest=Decimal("0.10"))
    # two years at 10 %: 0.9090909091 + 0.8264462810 = 1.7355371901; × 35 − 20
    assert value_customer(BASE, changed) == Decimal("40.7438")
    inflated = Levers(interest=Decimal("0.10"), inflation=Decimal("0.10"))
    assert value_customer(BASE, inflated) == value_customer(BASE)


def test_one_lever_takes_all_of_the_change() -> None:
    outcome = compute(BASE, Levers(frequency=Decimal("0.1")))
    assert (outcome.before, outcome.after) == (Decimal(50), Decimal(58))
    assert outcome.parts["frequency"] == Decimal(8)
    assert {part for name, part in outcome.parts.items() if name != "frequency"} == {0}


def test_two_levers_share_what_they_do_together() -> None:
    outcome = compute(BASE, Levers(frequency=Decimal("0.1"), order_value=Decimal("0.1")))
    # 80 × 1.21 = 96.8: 16.8 more, and both do the same
    assert outcome.parts["frequency"] == outcome.parts["order_value"] == Decimal("8.4")


def test_retention_and_margin_get_the_mean_of_both_orders() -> None:
    outcome = compute(BASE, Levers(retention=Decimal("0.1"), margin=Decimal("0.1")))
    # alone: 17.5 and 20; together 100 × 2.5 × 0.5 − 12.5 − 20 = 92.5, so 42.5 more and 5 to share
    assert (outcome.parts["retention"], outcome.parts["margin"]) == (Decimal("20.0"), Decimal("22.5"))


def test_what_a_change_may_cost_leaves_its_own_cost_out() -> None:
    outcome = compute(BASE, Levers(retention=Decimal("0.1"), retention_cost=Decimal(3)))
    # 17.50 more over 2.5 years is 7.00 a year: at 7.00 a year more nothing is left of it
    assert (outcome.break_even.once, outcome.break_even.per_year) == (Decimal("17.5"), Decimal(7))
    level = Levers(retention=Decimal("0.1"), retention_cost=outcome.break_even.per_year)
    assert value_customer(BASE, level) == value_customer(BASE)


def test_a_cost_does_not_fall_below_nothing() -> None:
    assert value_customer(BASE, Levers(acquisition_cost=Decimal(-500))) == Decimal(70)


def test_what_matters_most_stands_first() -> None:
    found = {one.lever: one.change for one in rank_sensitivity(BASE)}
    # 1 % of 80; retention 50.5 %: 2.0202 years × 35; 1 % of costs 20 and 10
    assert found == {
        "frequency": Decimal("0.8"), "order_value": Decimal("0.8"), "margin": Decimal("0.8"),
        "retention": Decimal("0.7071"), "acquisition_cost": Decimal("-0.2"),
        "retention_cost": Decimal("-0.1"),
    }  # fmt: skip
    assert next(iter(found)) == "frequency"


def test_without_customer_years_there_is_no_value() -> None:
    with pytest.raises(ValueError, match="customer_years must be above 0"):
        value_customer(replace(BASE, customer_years=Decimal(0)))


@given(levers)
def test_the_parts_add_up_to_the_change_exactly(moved) -> None:
    outcome = compute(BASE, moved)
    assert outcome.before + sum(outcome.parts.values()) == outcome.after
    assert all(outcome.parts[name] == 0 for name in LEVERS if not getattr(moved, name))


@given(levers)
def test_spending_what_it_may_cost_brings_the_value_back(moved) -> None:
    free = replace(moved, acquisition_cost=Decimal(0), retention_cost=Decimal(0))
    outcome = compute(BASE, moved)
    per_year = outcome.break_even.per_year
    if per_year >= -BASE.retention_cost:  # a cost does not fall below nothing
        spent = value_customer(BASE, replace(free, retention_cost=per_year))
        assert abs(spent - outcome.before) <= Decimal("0.0006")  # 10 years of half a 1/10,000


@given(rates, rates)
def test_the_order_of_two_levers_does_not_matter(one, other) -> None:
    changed = compute(BASE, Levers(frequency=one, order_value=other))
    swapped = compute(BASE, Levers(frequency=other, order_value=one))
    assert changed.after == swapped.after
    difference = Fraction(changed.parts["frequency"]) - Fraction(swapped.parts["order_value"])
    assert abs(difference) <= Fraction(1, 10_000)


@given(st.decimals("0.01", "0.2", places=4), st.decimals("0.01", "0.2", places=4))
def test_a_run_that_discounts_stands_where_a_lever_on_interest_comes_out(interest, more) -> None:
    discounted = replace(
        BASE, interest=interest, future_years=discounted_periods(Decimal(2), interest, Decimal(1))
    )
    assert value_customer(discounted) == value_customer(BASE, Levers(interest=interest))
    further = value_customer(BASE, Levers(interest=interest + more))
    assert value_customer(discounted, Levers(interest=more)) == further


def test_nothing_moved_is_nothing_changed() -> None:
    outcome = compute(BASE, NO_LEVERS)
    assert outcome.before == outcome.after
    assert (outcome.break_even.once, outcome.break_even.per_year) == (0, 0)
