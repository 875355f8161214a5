"""One tree, two executions: what a formula is worth in Decimal, and that PostgreSQL agrees to the digit."""

import random
from decimal import Context, Decimal, localcontext

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.core.formulas import (
    METHODS,
    VOCABULARY,
    divide,
    evaluate,
    parse,
    quotient_sql,
    round_amount,
    to_sql,
)
from tests.formula_strategies import NAMES, formulas, values


def compute(text, **given_values):
    numbers = {name: None if value is None else Decimal(value) for name, value in given_values.items()}
    return evaluate(parse(text), numbers)


def compute_in_postgres(expression, rows, names=NAMES):
    """Run a formula over rows of values through the database, one result per row."""
    sql = to_sql(expression, {name: f"v.{name}" for name in names})
    row = "(%s::int, " + ", ".join(["%s::numeric"] * len(names)) + ")"
    parameters = [cell for place, values in enumerate(rows) for cell in (place, *(values[n] for n in names))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {sql} FROM (VALUES {', '.join([row] * len(rows))}) AS v(place, {', '.join(names)})"
            " ORDER BY place",
            parameters,
        )
        return [result for (result,) in cursor.fetchall()]


def as_text(results):
    """Digits and places both count: 1.50 is not 1.5000."""
    return [None if result is None else f"{result:f}" for result in results]


@pytest.mark.django_db
@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
@given(formula=formulas, rows=st.lists(values, min_size=30, max_size=30))
def test_postgres_and_decimal_agree_to_the_last_digit_on_random_formulas(formula, rows):
    assert as_text(compute_in_postgres(formula, rows)) == as_text(evaluate(formula, row) for row in rows)


@pytest.mark.django_db
@pytest.mark.parametrize("key", METHODS)
def test_postgres_and_decimal_agree_on_every_standard_method(key):
    expression = METHODS[key].expression
    names = tuple(sorted(expression.names))
    chance = random.Random(key)
    rows = [{name: draw_value(name, chance) for name in names} for _ in range(2_000)]

    assert as_text(compute_in_postgres(expression, rows, names)) == as_text(
        evaluate(expression, row) for row in rows
    )


def draw_value(name, chance):
    if chance.random() < 0.02:
        return None
    if VOCABULARY[name].unit == "money":
        return Decimal(chance.randrange(-(10**7), 10**9)).scaleb(-4)
    if VOCABULARY[name].unit == "count":
        return Decimal(chance.randrange(0, 20))
    return Decimal(chance.randrange(0, 10**11)).scaleb(-10)


@pytest.mark.django_db
def test_a_quotient_just_below_a_tie_is_not_rounded_twice():
    """0.00000000004999…9 (49 nines) is below half of the last place; PostgreSQL's own `/` makes it a half."""
    numerator, denominator = Decimal(10**59 - 1), Decimal(2 * 10**69)

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {quotient_sql('n', 'd')}, round(n / d, 10) FROM (SELECT %s::numeric n, %s::numeric d) q",
            [numerator, denominator],
        )
        ours, plain = cursor.fetchone()

    assert (ours, plain) == (Decimal("0E-10"), Decimal("0.0000000001"))
    assert divide(numerator, denominator) == ours


@pytest.mark.django_db
def test_a_name_may_stand_for_a_whole_number_column():
    expression = parse("min(orders, 3) / 2 * margin")
    sql = to_sql(expression, {"orders": "7::integer", "margin": "0.5"})

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}, pg_typeof({sql})::text")
        assert cursor.fetchone() == (Decimal("0.7500"), "numeric")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue - 1", "9.0000"),
        ("revenue / 3", "3.3333"),
        ("-revenue / 3", "-3.3333"),
        ("2 / 3 * 3", "2.0000"),
        ("2 + 3 * 4 - 10 / 5", "12.0000"),
        ("revenue - (2 - 3)", "11.0000"),
        ("-(1 - 3)", "2.0000"),
        ("0 - 0", "0.0000"),
        ("-0.00001", "0.0000"),
    ],
)
def test_arithmetic(text, expected):
    assert f"{compute(text, revenue=10)}" == expected


def test_a_quotient_rounds_half_away_from_zero_to_ten_places():
    assert divide(1, 20_000_000_000) == Decimal("0.0000000001")
    assert divide(-1, 20_000_000_000) == Decimal("-0.0000000001")
    assert divide(Decimal(721), Decimal("365.25")) == Decimal("1.9739904175")


def test_a_term_rounds_half_away_from_zero_to_four_places():
    assert compute("margin", margin="0.00005") == Decimal("0.0001")
    assert compute("margin", margin="-0.00005") == Decimal("-0.0001")


def test_zero_has_no_sign():
    """As in PostgreSQL, so that no page shows an amount of −0.00."""
    assert [f"{zero}" for zero in (round_amount(Decimal("-0.00001")), divide(-1, 10**12))] == [
        "0.0000",
        "0E-10",
    ]


def test_the_value_is_the_sum_of_its_rounded_terms():
    """0.00004 + 0.00004 would be 0.0001 if only the sum were rounded."""
    assert compute("margin + margin", margin="0.00004") == Decimal("0.0000")
    assert compute("(margin + margin) * 1", margin="0.00004") == Decimal("0.0001")


@pytest.mark.parametrize(
    "text",
    [
        "revenue + margin",
        "revenue * margin",
        "0 * margin",
        "revenue / margin",
        "-margin",
        "min(revenue, margin)",
        "max(margin, revenue, 1)",
        "if(margin > 0, 1, 2)",
        "if(revenue > 0, margin, 2)",
        "revenue / 0",
        "1 + revenue / (revenue - revenue)",
        "max(1, revenue / 0)",
    ],
)
def test_not_available_in_or_division_by_zero_gives_not_available(text):
    assert compute(text, revenue=10, margin=None) is None


def test_the_branch_not_taken_does_not_matter():
    assert compute("if(orders > 0, revenue / orders, 0)", orders=0, revenue=None) == 0
    assert compute("if(orders >= 3, revenue, margin)", orders=3, revenue=5, margin=None) == 5


@pytest.mark.parametrize(
    ("comparison", "expected"), [("<", 0), ("<=", 1), (">", 0), (">=", 1), ("=", 1), ("<>", 0)]
)
def test_comparison_of_equals(comparison, expected):
    assert compute(f"if(orders {comparison} 3, 1, 0)", orders=3) == expected


def test_the_callers_decimal_context_changes_nothing():
    with localcontext(Context(prec=3)):
        assert compute("revenue / 3 * 3", revenue="123456789.1234") == Decimal("123456789.1234")


def test_a_product_of_many_factors_keeps_every_digit():
    """1.0001 to the 40th, exactly, times 10 ** 15: the digits of 10001 ** 40."""
    text = " * ".join(["margin"] * 40) + " * 999999999999999"
    exact = Decimal(10001**40 * 999999999999999).scaleb(-160)

    assert compute(text, margin="1.0001") == round(exact, 4)


@pytest.mark.parametrize(("value", "error"), [(1.5, TypeError), (Decimal("NaN"), ValueError)])
def test_a_float_or_nan_is_refused(value, error):
    with pytest.raises(error, match="'revenue' must be"):
        evaluate(parse("revenue"), {"revenue": value})


def test_a_name_without_a_value_is_an_error_not_a_missing_value():
    with pytest.raises(KeyError, match=r"needs a value .* for 'margin', got only: revenue"):
        evaluate(parse("revenue * margin"), {"revenue": Decimal(1)})


def test_a_name_without_a_column_is_an_error():
    with pytest.raises(KeyError, match="needs a column for 'margin', got only: revenue"):
        to_sql(parse("revenue * margin"), {"revenue": "r.revenue"})


def test_sql_grows_in_step_with_the_formula():
    """Nested min, max and ÷ must not repeat their arguments: length would double at every level."""
    nested = "orders"
    for _ in range(10):
        nested = f"max(1, 2 / {nested})"
    once, whole = (len(to_sql(parse(text), {"orders": "o"})) for text in ("max(1, 2 / orders)", nested))

    assert whole < 10 * once
