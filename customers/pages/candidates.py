"""Which columns of the file could be what is needed and missing, by the values they hold."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from customers.imports.columns import (
    STATUS_WORDS,
    AmountParser,
    EmailParser,
    MomentParser,
    Parser,
    normalise_word,
)
from customers.imports.kinds import Column
from customers.imports.reasons import BadValue

_MOST: Final = 4


def find_candidates(wanted: Column, columns: Sequence[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Return the columns of the page that are ignored and whose values could be ``wanted``, a few at most."""
    fits = _TESTS.get(wanted.type, _is_text)
    found = []
    for column in columns:
        texts = [value["text"] for value in column["values"] if value["text"].strip()]
        if not column["target"] and texts and fits(texts, currency):
            found.append(column)
    if fits is _is_amount:  # with cents before whole numbers: these may be numbers of something
        found.sort(key=lambda column: not any(_has_cents(value["text"]) for value in column["values"]))
    return found[:_MOST]


def _has_cents(text: str) -> bool:
    return "," in text or "." in text


def _reads(parsers: Sequence[Parser], texts: Sequence[str]) -> bool:
    """Tell whether one of the parsers reads most values: some may be wrong in the file."""
    return any(2 * sum(_can_read(parser, text) for text in texts) > len(texts) for parser in parsers)


def _can_read(parser: Parser, text: str) -> bool:
    try:
        parser[text]
    except BadValue:
        return False
    return True


def _is_amount(texts: Sequence[str], currency: str) -> bool:
    return _reads([AmountParser(",", currency), AmountParser(".", currency)], texts)


def _is_day(texts: Sequence[str], currency: str) -> bool:
    return _reads([MomentParser(order) for order in ("dmy", "mdy", "ymd")], texts)


def _is_address(texts: Sequence[str], currency: str) -> bool:
    return all("@" in text for text in texts) and _reads([EmailParser()], texts)


def _is_status(texts: Sequence[str], currency: str) -> bool:
    return any(normalise_word(text) in STATUS_WORDS for text in texts)


def _is_id(texts: Sequence[str], currency: str) -> bool:
    return all(" " not in text for text in texts) and not _is_day(texts, currency)


def _is_text(texts: Sequence[str], currency: str) -> bool:
    return any(character.isalpha() for text in texts for character in text)


_TESTS: Final[dict[str, Callable[[Sequence[str], str], bool]]] = {
    "amount": _is_amount,
    "cost": _is_amount,
    "quantity": _is_amount,
    "figure": _is_amount,
    "score": _is_amount,
    "date": _is_day,
    "moment": _is_day,
    "email": _is_address,
    "status": _is_status,
    "id": _is_id,
}
