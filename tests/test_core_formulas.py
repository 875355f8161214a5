"""The standard methods of customer value, figure by figure against the worked example of five customers.

Source of the figures: `reference/worked_example.md`, "Per customer, all history to as_of" (repeated here as
written there; marked ≈ where that page rounds).
"""

from datetime import date
from decimal import Decimal

import pytest

from metrics.core.calendar import count_days, count_periods, count_years, periods_per_year
from metrics.core.discounting import discounted_periods
from metrics.core.formulas import (
    METHODS,
    OWN_FORMULA_NAMES,
    PERIODIC_COSTS,
    VOCABULARY,
    divide,
    evaluate,
    parse,
    periodic,
    total,
)

AS_OF = date(2025, 12, 31)
LIFETIME_YEARS = divide(3, 1)  # 1 ÷ churn of 1/3: three bought in the year before, one did not come back
SHOP_MARGIN = divide(518, 1000)
REPEAT_RATE = divide(2, 3)

# first order, revenue, cost of goods, transaction, acquisition, retention, own margin, window revenue, orders
CUSTOMERS = {
    "Anna": (date(2024, 1, 10), "550", "240", "19", "170", "60.8334", divide(291, 550), "300", 2),
    "Bram": (date(2024, 2, 1), "200", "98", "8", "130", "33.3333", None, "120", 1),
    "Carla": (date(2024, 11, 29), "140", "60", "8", "60", "33.3333", None, "0", 0),
    "Daan": (None, "0", "0", "5", "0", "0", None, "0", 0),
    "Eva": (date(2025, 11, 28), "110", "44", "5", "63", "15.50", None, "110", 1),
}


def values_of(name, period="year"):
    """The inputs of one customer's methods; Daan has no valid order, hence no periods, years or margin."""
    first, revenue, goods, transaction, acquisition, retention, own_margin, *window = CUSTOMERS[name]
    days = None if first is None else count_days(first, AS_OF) - 1
    per_year = periods_per_year(period)
    values = {
        "revenue": Decimal(revenue),
        "cost_of_goods": Decimal(goods),
        "transaction_cost": Decimal(transaction),
        "acquisition_cost": Decimal(acquisition),
        "retention_cost": Decimal(retention),
        "years": None if days is None else count_years(days),
        "periods": None if days is None else count_periods(days, period),
        "future_periods": discounted_periods(LIFETIME_YEARS * per_year, Decimal(0), per_year),
        "future_years": discounted_periods(LIFETIME_YEARS, Decimal(0), Decimal(1)),
        "margin": None if days is None else own_margin or SHOP_MARGIN,
        "repeat_rate": REPEAT_RATE,
        "window_revenue": Decimal(window[0]),
        "window_orders": window[1],
    }
    values["contribution"] = evaluate(METHODS["contribution"].expression, values)
    return values


def value(method, name, period="year"):
    return evaluate(METHODS[method].expression, values_of(name, period))


def assert_values(method, expected, period="year"):
    computed = {name: value(method, name, period) for name in CUSTOMERS}
    assert computed == {
        name: None if figure is None else Decimal(figure)
        for name, figure in zip(CUSTOMERS, expected, strict=True)
    }


def test_contribution_of_the_worked_example():
    assert_values("contribution", ("291", "94", "72", "-5", "61"))


def test_realised_of_the_worked_example():
    assert_values("realised", ("60.1666", "-69.3333", "-21.3333", "-5", "-17.50"))


def test_realised_of_the_worked_example_adds_up():
    assert sum(value("realised", name) for name in CUSTOMERS) == Decimal("-53.0000")


def test_lifetime_of_the_worked_example():
    """≈ there, to four places; 3 years."""
    assert_values("lifetime", ("442.2514", "162.4030", "200.1607", None, "170.9400"))


def test_periodic_by_year_of_the_worked_example():
    """≈ there, to four places; 3 periods of a year."""
    assert_values("periodic", ("179.7990", "-34.8991", "46.7230", None, "73.5000"))


def test_periodic_by_month_of_the_worked_example():
    """≈ there, to four places; 36 periods of a month. Eva's one order counts as one whole month."""
    assert_values("periodic", ("179.7990", "-34.8991", "46.7230", None, "1447.8068"), "month")


def test_loyalty_of_the_worked_example():
    """⅔ of the spend in the window; nothing bought in the window is worth 0, not n.a."""
    assert_values("loyalty", ("200", "80", "0", "0", "73.3333"))


def test_value_density_of_the_worked_example():
    assert_values("value_density", ("150", "120", None, None, "110"))


@pytest.mark.parametrize(
    ("group", "revenue", "customers", "expected"),
    [("shop", 1000, 4, "250"), ("ads", 860, 3, "286.6667"), ("organic", 140, 1, "140")],
)
def test_average_of_the_worked_example(group, revenue, customers, expected):
    average = evaluate(METHODS["average"].expression, {"revenue": revenue, "customers": customers})
    assert average == Decimal(expected)


def test_lifetime_of_the_shop_in_the_worked_example():
    """1000 ÷ 5.974675 customer-years × 3 × 0.518 ≈ 260.10."""
    customer_years = sum(
        max(Decimal(1), values_of(name)["years"]) for name in CUSTOMERS if CUSTOMERS[name][0] is not None
    )
    values = {"revenue": 1000, "customer_years": customer_years, "future_years": 3, "margin": SHOP_MARGIN}

    assert round(customer_years, 6) == Decimal("5.974675")
    assert round(evaluate(METHODS["lifetime_group"].expression, values), 2) == Decimal("260.10")


def test_500_per_period_over_2_periods_less_200_is_800():
    """A much-copied table says 1000; it forgets the costs."""
    method = periodic(frozenset({"acquisition_cost"}))
    values = {"revenue": 500, "periods": 1, "future_periods": 2, "acquisition_cost": 200}

    assert evaluate(method.expression, values) == 800


def test_discounting_lowers_the_periodic_value():
    """10 % real rate, 3 years: 1/1.1 + 1/1.21 + 1/1.331 = 2.4868519910 periods; 100 a year."""
    values = {"revenue": 100, "periods": 1}
    values["future_periods"] = discounted_periods(Decimal(3), Decimal("0.1"), Decimal(1))

    assert evaluate(periodic(frozenset()).expression, values) == Decimal("248.6852")


@pytest.mark.parametrize("cost", sorted(PERIODIC_COSTS))
def test_the_setting_decides_which_costs_periodic_takes(cost):
    """Anna: 550 ÷ 1.9739904175 × 3 less one of her costs: 170 once, or 240, 19, 60.8334 per period × 3."""
    expected = {
        "acquisition_cost": "665.8703",
        "cost_of_goods": "471.1269",
        "transaction_cost": "806.9949",
        "retention_cost": "743.4180",
    }
    method = periodic(frozenset({cost}))

    assert method.needs == {"revenue", "periods", "future_periods", cost}
    computed = evaluate(method.expression, values_of("Anna"))
    assert abs(computed - Decimal(expected[cost])) <= Decimal("0.0001")


def test_an_unknown_cost_is_refused():
    with pytest.raises(ValueError, match=r"costs must be among .*, got \['rent'\]"):
        periodic(frozenset({"rent"}))


def test_total_is_not_available_without_a_prediction():
    expression = total(24).expression

    assert evaluate(expression, {"realised": Decimal("60.1666"), "predicted_24": None}) is None
    assert evaluate(expression, {"realised": Decimal("60.1666"), "predicted_24": Decimal("10")}) == Decimal(
        "70.1666"
    )


def test_methods_need_only_words_of_the_vocabulary():
    assert {method.key: method.needs - VOCABULARY.keys() for method in METHODS.values()} == {
        key: frozenset() for key in METHODS
    }


def test_own_formulas_have_the_documented_vocabulary():
    """The list of `definitions.md`, Arithmetic."""
    documented = (
        "revenue, orders, occasions, aov, cost_of_goods, transaction_cost, acquisition_cost, retention_cost,"
        " contribution, realised, predicted_12, predicted_24, predicted_36, p_active, years, periods,"
        " lifetime_years, margin, repeat_rate, referral_value, nps, interest, inflation"
    )
    assert set(documented.split(", ")) == OWN_FORMULA_NAMES


def test_an_own_formula_reads_like_the_standard_one():
    text = "revenue - cost_of_goods - transaction_cost - acquisition_cost - retention_cost"
    assert evaluate(parse(text, OWN_FORMULA_NAMES), values_of("Anna")) == value("realised", "Anna")
