"""A formula for people to read: tokens of `metrics.core.rendering`, numbers in the reader's format."""

from collections.abc import Iterable
from decimal import Decimal

from django import template
from django.utils.translation import get_language, gettext, pgettext

from klantwaarde import formats
from metrics.core.rendering import Token

register = template.Library()

SHOWN_PLACES = 10  # of the numbers inside a calculation: all that is computed with


@register.simple_tag(takes_context=True)
def formula_line(context: template.Context, tokens: Iterable[Token]) -> str:
    """`{% formula_line line.filled %}`: € 500,00 × 2; `line.symbolic` gives the names instead."""
    currency = str(context.get("currency") or "")
    text = ""
    for token in tokens:
        written = _write(token, currency)
        stands_alone = token.kind == "operator" and bool(text) and text[-1] not in "( "
        text += f" {written} " if stands_alone else written
    return text


@register.filter
def exact_number(value: Decimal | None) -> str:
    """`{{ step.result|exact_number }}`: all its decimals, so that a reader who computes after us arrives."""
    return _write_number(value, "", "")


@register.filter
def unrounded_money(amount: Decimal | None, currency: str) -> str:
    """`{{ row.gained|unrounded_money:currency }}`: an amount inside a calculation, before it is rounded."""
    return formats.money(amount, currency, get_language() or "en", places=SHOWN_PLACES)


def _write(token: Token, currency: str) -> str:
    if token.kind == "number":
        return _write_number(token.value, token.unit or "", currency)
    if token.kind == "name":
        return gettext(token.label or token.text)
    if token.kind == "comma":
        return "; "  # a comma would read as a decimal mark
    if token.kind == "function" and token.text == "if":
        return pgettext("function in a formula", "if")
    return token.text


def _write_number(value: Decimal | None, unit: str, currency: str) -> str:
    language = get_language() or "en"
    if value is None:
        return formats.not_available(language)
    if unit == "money":
        cents = formats.round_half_up(value, 2) == value
        return formats.money(value, currency, language, places=2 if cents else 4)
    places = min(_places_of(value), SHOWN_PLACES)
    return formats.number(value, language, places)


def _places_of(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
