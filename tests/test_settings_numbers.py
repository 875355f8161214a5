"""Numbers in forms, as the reader writes them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from customers.number_fields import LocalDecimalField, PercentField, WholeNumberField


def read(field: Callable[..., LocalDecimalField | WholeNumberField], text: str, language: str) -> object:
    """Return what the field makes of ``text``, or the error it shows."""
    with translation.override(language):
        try:
            return field(required=False).clean(text)
        except ValidationError as error:
            return error.messages[0]


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("nl", "4,5", "4.5"),
        ("nl", "4.5", "4.5"),
        ("nl", "-0,25", "-0.25"),
        ("nl", "−2", "-2"),
        ("nl", "4,125", "4.125"),
        ("nl", " 1 500 ", "1500"),
        ("en", "4.5", "4.5"),
        ("en", "4,5", "4.5"),
        ("en", "4.125", "4.125"),
    ],
)
def test_a_decimal_is_read_with_the_mark_of_the_reader(language: str, text: str, number: str) -> None:
    assert read(LocalDecimalField, text, language) == Decimal(number)


@pytest.mark.parametrize(
    ("language", "text", "error"),
    [
        ("en", "1,500", "“1,500” can be read in two ways: write 1500 or 1.500."),
        ("en", "4.5.0", "“4.5.0” is not a number such as 4.5."),
        ("en", "1.234,5", "“1.234,5” is not a number such as 4.5."),
        ("en", "four", "“four” is not a number such as 4.5."),
        ("en", "NaN", "“NaN” is not a number such as 4.5."),
        ("en", "1e3", "“1e3” is not a number such as 4.5."),
        ("en", "4.", "“4.” is not a number such as 4.5."),
    ],
)
def test_what_is_not_one_number_is_refused_with_an_example(language: str, text: str, error: str) -> None:
    assert read(LocalDecimalField, text, language) == error


def test_a_thousands_mark_is_asked_about_in_dutch_too() -> None:
    error = read(LocalDecimalField, "1.500", "nl")
    assert isinstance(error, str)
    assert "1500" in error
    assert "1,500" in error


def test_an_empty_number_is_not_zero() -> None:
    assert read(LocalDecimalField, "", "nl") is None
    assert read(PercentField, " ", "nl") is None


@pytest.mark.parametrize(
    ("text", "ratio"), [("4,5", "0.045"), ("4,5%", "0.045"), ("4,5 %", "0.045"), ("100", "1")]
)
def test_a_percentage_becomes_a_ratio(text: str, ratio: str) -> None:
    assert read(PercentField, text, "nl") == Decimal(ratio)


def test_the_bounds_of_a_percentage_are_percentages() -> None:
    with translation.override("en"), pytest.raises(ValidationError, match="less than or equal to 100"):
        PercentField(max_value=100).clean("101")
    assert PercentField(max_value=100).clean("100") == 1


@pytest.mark.parametrize(
    ("language", "ratio", "shown"),
    [("nl", "0.045000", "4,5"), ("en", "0.045000", "4.5"), ("nl", "0.300000", "30"), ("nl", "0", "0")],
)
def test_a_stored_ratio_is_shown_as_the_reader_writes_it(language: str, ratio: str, shown: str) -> None:
    with translation.override(language):
        assert PercentField().prepare_value(Decimal(ratio)) == shown


def test_what_was_typed_is_shown_again_as_it_was_typed() -> None:
    with translation.override("nl"):
        assert PercentField().prepare_value("4.5.0") == "4.5.0"


@pytest.mark.parametrize("text", ["1.000", "1,000", "365.0", "1e3"])
def test_a_whole_number_with_a_mark_is_refused(text: str) -> None:
    """Django's own field reads the Dutch 1.000 as 1."""
    with pytest.raises(ValidationError):
        WholeNumberField().clean(text)


def test_a_whole_number_is_read() -> None:
    assert WholeNumberField().clean(" 365 ") == 365
