"""Reading formulas: what is understood, and what an error says."""

import pytest
from hypothesis import given

from metrics.core.formulas import MESSAGES, OWN_FORMULA_NAMES, VOCABULARY, FormulaError, parse
from metrics.core.rendering import join_tokens, render
from tests.formula_strategies import formulas

KEYS_AS_LABELS = {key: key for key in VOCABULARY}


def read(text):
    """The formula as it was understood, in symbols."""
    return join_tokens(render(parse(text).root, labels=KEYS_AS_LABELS))


def fail(text, names=VOCABULARY):
    with pytest.raises(FormulaError) as failure:
        parse(text, names)
    return failure.value


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("revenue-orders*2", "revenue − orders × 2"),
        ("revenue − orders × 2 ÷ 3", "revenue − orders × 2 ÷ 3"),
        ("REVENUE – orders · 2 : 3", "revenue − orders × 2 ÷ 3"),
        ("(revenue - orders) - 1", "revenue − orders − 1"),
        ("revenue - (orders - 1)", "revenue − (orders − 1)"),
        ("(revenue + 1) / (orders * 2)", "(revenue + 1) ÷ (orders × 2)"),
        ("-revenue + 1", "−revenue + 1"),
        ("1 - -revenue", "1 − (−revenue)"),
        ("-(revenue + 1)", "−(revenue + 1)"),
        ("max(1, years,.5)", "max(1, years, 0.5)"),
        ("if(orders >= 3, revenue, 0)", "if(orders ≥ 3, revenue, 0)"),
        ("if(orders == 3, 1, if(orders != 4, 2, 3))", "if(orders = 3, 1, if(orders ≠ 4, 2, 3))"),
        ("if(orders ≤ 3, 1, 2)", "if(orders ≤ 3, 1, 2)"),
    ],
)
def test_a_formula_is_understood_as_written(written, understood):
    assert read(written) == understood


@given(formulas)
def test_what_is_shown_reads_back_as_the_same_formula(formula):
    assert parse(join_tokens(render(formula.root, labels=KEYS_AS_LABELS))) == formula


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The formula is empty; write one such as revenue - cost_of_goods."),
        ("revenue -", "Position 10: expected a name, a number or an opening bracket, found the end of the"
         " formula."),
        ("revenue * / 2", "Position 11: expected a name, a number or an opening bracket, found '/'."),
        ("revenue orders", "Position 9: expected + − × ÷ or the end of the formula, found 'orders'."),
        ("(revenue - 1", "Position 13: expected ) or an operator, found the end of the formula."),
        ("revenue)", "Position 8: expected + − × ÷ or the end of the formula, found ')'."),
        ("max 1", "Position 5: expected ( after max, found '1'."),
        ("if(orders, 1, 2)", "Position 10: expected a comparison such as >= in the condition of if,"
         " found ','."),
        ("if(orders > 1, 2)", "Position 17: expected a comma, found ')'."),
        ("revenue * 0,5", "Position 12: a comma stands between arguments of min, max and if; write decimals"
         " with a point, such as 0.5."),
        ("revenue & 1", "Position 9: '&' does not belong in a formula; expected a name, a number, + − × ÷ or"
         " a bracket."),
        ("repeatrate / 2", "Position 1: 'repeatrate' is not a known name; did you mean repeat_rate?"),
        ("1 + xyzzy", "Position 5: 'xyzzy' is not a known name."),
        ("1.00000000001", "Position 1: '1.00000000001' is too long; a number has at most 15 digits before and"
         " 10 after the point."),
    ],
)  # fmt: skip
def test_an_error_names_position_and_expectation(text, sentence):
    assert str(fail(text)) == sentence


def test_an_unknown_name_lists_near_matches_best_first():
    assert fail("acquisition_costs").suggestions[0] == "acquisition_cost"
    assert fail("predicted").suggestions == ("predicted_36", "predicted_24", "predicted_12")


def test_an_own_formula_may_not_use_words_of_the_standard_methods():
    error = fail("revenue / customers", OWN_FORMULA_NAMES)
    assert (error.code.startswith("unknown_name"), error.position) == (True, 11)


def test_a_page_can_translate_an_error():
    dutch = {
        MESSAGES["end"]: "het einde van de formule",
        MESSAGES["expected_closing"]: "Positie %(position)s: ) verwacht, %(found)s gevonden.",
    }
    sentence = "Positie 9: ) verwacht, het einde van de formule gevonden."
    assert fail("(revenue").describe(dutch.__getitem__) == sentence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1" + " + 1" * 600, "length"),
        ("1" + "+1" * 200, "parts"),
        ("(" * 900 + "1" + ")" * 900, "depth"),
        ("-" * 900 + "1", "depth"),
        ("max(1," * 30 + "1" + ")" * 30, "depth"),
    ],
)
def test_a_formula_that_is_too_large_is_refused(text, code):
    assert fail(text).code == code
