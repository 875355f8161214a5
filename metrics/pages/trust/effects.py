"""How customers differ by what is known of them from the start: channel, country, first category."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext, gettext_lazy, pgettext

from klantwaarde.templatetags.formats import number
from metrics.pages.trust.parameters import say_reasons

FACTORS: Final = {
    "channel": gettext_lazy("Channel"),
    "country": gettext_lazy("Country"),
    "first_category": gettext_lazy("First category"),
}
LEVEL: Final = 0.05  # a p-value below it is called more than chance
SMALLEST_P: Final = 0.001  # what is below it is said to be so
_WHY_NONE: Final = {
    "one_level": gettext_lazy(
        "All customers are alike in channel, country and first category, or too few differ, so there is "
        "nothing to compare."
    ),
    "rule": gettext_lazy("A simple rule is in use: it does not tell one kind of customer from another."),
}


@dataclass(frozen=True, slots=True)
class Multiple:
    """How many times as much as the reference, with its interval; `clear` when that leaves out 1."""

    effect: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether there is a difference beyond doubt."""
        return self.low > 1 or self.high < 1


@dataclass(frozen=True, slots=True)
class Level:
    """Customers of one channel, country or category; of the reference there is nothing to compare."""

    name: str
    customers: int
    reference: bool
    rate: Multiple
    dropout: Multiple


@dataclass(frozen=True, slots=True)
class Factor:
    """What customers differ in, with its levels."""

    name: str
    levels: list[Level]
    told: str  # whether its levels differ more than chance explains


def show_effects(effects: Mapping[str, Any]) -> dict[str, Any]:
    """Return the differences between kinds of customers, or why there are none; nothing of older runs."""
    levels: Sequence[Mapping[str, Any]] = effects.get("levels", ())
    return {
        "factors": list(_read_factors(levels, effects.get("p_values", {}))),
        "no_factors": _say_why(effects.get("reason", "")),
        "effects_sample": effects.get("customers"),
    }


def _read_factors(levels: Sequence[Mapping[str, Any]], by_chance: Mapping[str, float]) -> Iterator[Factor]:
    for key, found in groupby(levels, lambda one: one["factor"]):
        read = [_read_level(one) for one in found]
        yield Factor(str(FACTORS[key]), read, _tell_chance(by_chance.get(key)))


def _tell_chance(p_value: float | None) -> str:
    if p_value is None:
        return gettext("There is one kind only, so there is nothing to compare.")
    if p_value >= LEVEL:
        return gettext("These differences may well be chance.")
    return gettext("Differences this large hardly come about by chance (p %(p)s).") % {
        "p": f"< {number(SMALLEST_P, 3)}" if p_value < SMALLEST_P else f"= {number(p_value, 3)}"
    }


def _read_level(one: Mapping[str, Any]) -> Level:
    return Level(
        name=_name_level(one["level"]),
        customers=one["customers"],
        reference=one["reference"],
        rate=Multiple(**one["rate"]),
        dropout=Multiple(**one["dropout"]),
    )


def _name_level(level: str | None) -> str:
    if level is None:
        return gettext("all others together")
    return level or pgettext("channel, country or category", "unknown")


def _say_why(reason: str) -> str:
    if not reason:
        return ""
    if reason in _WHY_NONE:
        return str(_WHY_NONE[reason])
    [why] = say_reasons([reason])
    return gettext("The differences could not be estimated: %(why)s.") % {"why": why}
