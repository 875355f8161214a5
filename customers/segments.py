"""Segments that are computed from what is known of customers: ``country = NL``, ``branche = horeca``.

A storey above may add segments that it computes itself, with :func:`register`. A segment by value (the top
10 %) bears no cost: a cost shared by it would depend on itself.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

#: What can be asked of every customer, by the names it goes by, in Dutch and English.
_NAMES: Final = {
    "country": "country|land|landcode|country code",
    "city": "city|town|stad|plaats|woonplaats",
    "channel": "channel|kanaal|acquisition channel|acquisitiekanaal",
}
BUILT_IN: Final = tuple(_NAMES)
_BUILT_IN_BY_NAME: Final = {name: key for key, names in _NAMES.items() for name in names.split("|")}
_VALUE_NAMES: Final = (
    "value|waarde|customer value|klantwaarde|realised|realised value|gerealiseerd|gerealiseerde waarde|"
    "periodic|value per period|per periode|lifetime|lifetime value|clv|cltv|ltv|kldw|loyalty|trouw|average|"
    "gemiddeld|predicted|predicted value|verwacht|verwachte waarde|predicted 12|predicted 24|predicted 36|"
    "total|total value|totaal|totale waarde|potential|potentieel|klantpotentieel|gap|at risk|value density|"
    "klantwaardevolheid|p active|rank|rang|ranglijst|value segment|waardesegment|high value|"
    "low value|hoge waarde|lage waarde|beste klanten|best customers|topklanten|top customers|"
    "most valuable|waardevolle klanten|meest waardevol|vip"
)
_OF_VALUE: Final = frozenset(_VALUE_NAMES.split("|"))
_PARTS = re.compile(r"(?P<attribute>[^=<>]*?)\s*(?P<sign>[<>]=?|=|$)\s*(?P<value>.*)", re.DOTALL)
_TOP = re.compile(r"(top|bottom|beste|best)\s*\d+")
_LONGEST_LABEL: Final = 80

#: What stands between the two parts of a segment as it is kept.
SIGN: Final = " = "


class NoSegment(ValueError):  # noqa: N818  not an error of the program
    """The text names no segment. ``of_value``: it names one by what customers are worth."""

    def __init__(self, text: str, *, of_value: bool) -> None:
        super().__init__(text)
        self.of_value = of_value


@dataclass(frozen=True, slots=True)
class Segment:
    """Customers of whom ``attribute`` is ``value``: one of ``BUILT_IN``, or a further column's label."""

    attribute: str
    value: str

    def __str__(self) -> str:
        return f"{self.attribute}{SIGN}{self.value}"


@dataclass(frozen=True, slots=True)
class NamedSegment:
    """A segment that a storey above computes: ``rfm = champions``.

    ``attributes`` and ``values``: all that may stand on either side of the sign, in any case and language.
    ``kept``: as it is kept. ``of_value``: it goes by what customers are worth. ``name``: what a sentence
    calls it; "" for a choice that has a label in every language (``kinds.register.CHOICES``, by ``kept``).
    """

    attributes: tuple[str, ...]
    values: tuple[str, ...]
    kept: Segment
    of_value: bool = False
    name: str = ""


_SOURCES: Final[list[Callable[[], Iterable[NamedSegment]]]] = []


def register(list_named: Callable[[], Iterable[NamedSegment]]) -> None:
    """Add segments that may be named; they are asked for whenever a file names one."""
    _SOURCES.append(list_named)


def list_named_segments() -> Iterator[NamedSegment]:
    """Yield the segments that storeys above compute."""
    for list_named in _SOURCES:
        yield from list_named()


def parse_segment(text: str) -> Segment:
    """Read ``country = NL``, ``Land=NL``. Raises NoSegment for what is not of this form, or is by value."""
    match = _PARTS.fullmatch(text.strip())
    name = name_attribute(match["attribute"]) if match else ""
    if is_of_value(name):
        raise NoSegment(text, of_value=True)
    if match is None or match["sign"] != "=" or not name or not match["value"].strip():
        raise NoSegment(text, of_value=False)
    return Segment(name, match["value"].strip())


def read_segment(kept: str) -> Segment:
    """Read a segment as it is kept: ``country = NL``."""
    attribute, _sign, value = kept.partition(SIGN)
    return Segment(attribute, value)


def name_attribute(text: str) -> str:
    """Return the name that is kept of an attribute: "country" for "Land"; a further column's as it stands."""
    return _BUILT_IN_BY_NAME.get(_plain(text), " ".join(text.split()))


def is_of_value(text: str) -> bool:
    """Tell whether a name speaks of what customers are worth."""
    return _plain(text) in _OF_VALUE or bool(_TOP.match(_plain(text)))


def is_label(text: str) -> bool:
    """Tell whether a further column of customers can be kept, and named in a segment, by this label."""
    known = _plain(text) in _BUILT_IN_BY_NAME or is_of_value(text)
    return bool(text.strip()) and len(text) <= _LONGEST_LABEL and not set(text) & set("=<>") and not known


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
