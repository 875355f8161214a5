"""Explaining a value: lines that add up to it, with one customer's numbers, and what is missing."""

from decimal import Decimal, localcontext

from hypothesis import given

from metrics.core.arithmetic import EXACT
from metrics.core.formulas import METHODS, VOCABULARY, evaluate, explain, formula_text, join_tokens, parse
from tests.formula_strategies import formulas, values

ANNA = {
    "revenue": Decimal("550.0000"),
    "cost_of_goods": Decimal("240.0000"),
    "transaction_cost": Decimal("19.0000"),
    "contribution": Decimal("291.0000"),
    "acquisition_cost": Decimal("170.0000"),
    "retention_cost": Decimal("60.8334"),
    "periods": Decimal("1.9739904175"),
    "future_periods": Decimal("3.0000000000"),
}


def show(explanation):
    return [(join_tokens(line.symbolic), join_tokens(line.filled), line.amount) for line in explanation.lines]


def test_realised_of_anna_line_by_line():
    """Worked example: 291 − 170 − 60.8334 = 60.1666; one line has parts of a cent, so all show four."""
    explanation = explain(METHODS["realised"].expression, ANNA)

    assert show(explanation) == [
        ("Contribution", "291.0000", Decimal("291.0000")),
        ("Acquisition cost", "170.0000", Decimal("-170.0000")),
        ("Retention cost", "60.8334", Decimal("-60.8334")),
    ]
    assert [line.sign for line in explanation.lines] == [1, -1, -1]
    assert (explanation.total, explanation.places, explanation.gaps) == (Decimal("60.1666"), 4, ())


def test_periodic_of_anna_shows_what_is_left_per_period():
    """Worked example, How: (291 − 60.8334) ÷ 1.973990 × 3 − 170 = 179.7990."""
    explanation = explain(METHODS["periodic"].expression, ANNA)
    first, second = explanation.lines

    assert join_tokens(first.filled) == (
        "(550.0000 − 240.0000 − 19.0000 − 60.8334) ÷ 1.9739904175 × 3.0000000000"
    )
    assert [(step.kind, step.result) for step in first.steps] == [("quotient", Decimal("116.5996541622"))]
    assert (first.amount, second.amount) == (Decimal("349.7990"), Decimal("-170.0000"))
    assert explanation.total == Decimal("179.7990")


def test_whole_cents_show_two_places():
    explanation = explain(METHODS["contribution"].expression, ANNA)

    assert (explanation.total, explanation.places) == (Decimal("291.0000"), 2)


def test_labels_come_from_the_page():
    labels = {"contribution": "Marge in euro's"}
    explanation = explain(METHODS["realised"].expression, ANNA, labels)

    assert [line.labels for line in explanation.lines] == [
        ("Marge in euro's",),
        ("Acquisition cost",),
        ("Retention cost",),
    ]
    assert join_tokens(explanation.lines[0].symbolic) == "Marge in euro's"


def test_a_number_in_place_of_a_name_keeps_name_and_unit():
    (token,) = explain(METHODS["realised"].expression, ANNA).lines[2].filled

    assert (token.kind, token.value, token.name, token.unit) == (
        "number",
        Decimal("60.8334"),
        "retention_cost",
        "money",
    )


def test_a_negative_number_after_an_operator_stands_in_brackets():
    explanation = explain(parse("revenue * (orders - margin)"), {"revenue": 2, "orders": 3, "margin": -1})

    assert join_tokens(explanation.lines[0].filled) == "2 × (3 − (-1))"
    assert explanation.total == 8


def test_what_is_not_available_is_named():
    explanation = explain(METHODS["periodic"].expression, ANNA | {"periods": None})

    assert (explanation.total, explanation.missing) == (None, ("periods",))
    assert [line.amount for line in explanation.lines] == [None, Decimal("-170.0000")]
    assert "÷ n.a. ×" in join_tokens(explanation.lines[0].filled)


def test_a_division_by_zero_is_named():
    explanation = explain(METHODS["value_density"].expression, {"window_revenue": 0, "window_orders": 0})
    (gap,) = explanation.gaps

    assert (explanation.total, explanation.missing) == (None, ())
    assert (gap.kind, join_tokens(gap.symbolic)) == ("division_by_zero", "Orders in the window")


def test_the_branch_not_taken_is_neither_missing_nor_a_step():
    nothing_bought = {"window_revenue": Decimal(0), "window_orders": 0, "repeat_rate": None}
    explanation = explain(METHODS["loyalty"].expression, nothing_bought)

    assert (explanation.total, explanation.gaps) == (0, ())
    assert [step.kind for step in explanation.lines[0].steps] == ["if"]


def test_the_formula_for_a_help_page():
    tokens = formula_text(METHODS["lifetime"].expression, {"years": "jaren klant"})

    assert join_tokens(tokens) == "Revenue ÷ max(1, jaren klant) × Years to come × Margin"
    assert [token.unit for token in tokens if token.kind == "name"] == ["money", "years", "years", "ratio"]


@given(formulas, values)
def test_lines_add_up_to_the_value_or_say_what_is_missing(formula, numbers):
    explanation = explain(formula, numbers)

    assert explanation.total == evaluate(formula, numbers)
    if explanation.total is None:
        assert explanation.gaps
        assert set(explanation.missing) <= {name for name in VOCABULARY if numbers.get(name, 0) is None}
    else:
        with localcontext(EXACT):  # the usual 28 digits do not hold the largest amounts
            assert explanation.total == sum(line.amount for line in explanation.lines)
        assert explanation.gaps == ()
