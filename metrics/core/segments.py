"""Segments by visible, absolute thresholds: three schemes, each a list of rules; the first that fits wins.

A scheme is data. Arrays are placed by it here, rows in the database by ``metrics.queries.segments``, and the
pages write its sentences from it, so that what is computed and what is told cannot differ. Thresholds are
amounts, days and numbers of orders; none depends on how other customers do, so nobody moves because others
did.

Measures of a customer on a day: ``days_since_last`` and ``days_since_first`` valid order, ``orders`` (valid
ones so far), ``revenue`` (by order, so far) and ``realised`` value so far, amounts in 1/10,000.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Sign = Literal["<=", "<", ">=", "unknown"]
Measures = Mapping[str, npt.NDArray[np.int64]]
Thresholds = Mapping[str, int | None]
Codes = npt.NDArray[np.uint8]

#: An amount that is not known, in whole numbers: below every amount.
UNKNOWN: Final = -(2**62)
MEASURES: Final = ("days_since_last", "days_since_first", "orders", "revenue", "realised")
AMOUNTS: Final = ("revenue", "realised")
NO_ORDER: Final = "no_order"
NOT_KNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure against a threshold: the name of one, or a number that nobody may change.

    "unknown" holds for an amount that is not known, and every other sign does not. A threshold that is not
    set holds for nobody.
    """

    measure: str
    sign: Sign
    threshold: str | int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment, and what it takes: every group holds of which one condition holds. No groups: the rest."""

    segment: str
    groups: tuple[tuple[Condition, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Scheme:
    """Rules that put every customer in exactly one segment; the last takes who is left.

    ``shown``: the segments in the order of tables, best first. A code is a place in it.
    """

    key: str
    rules: tuple[Rule, ...]
    shown: tuple[str, ...]

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that customers with a known place can be in, in the order of tables."""
        return tuple(name for name in self.shown if name not in (NO_ORDER, NOT_KNOWN))

    @property
    def thresholds(self) -> tuple[str, ...]:
        """The names of the thresholds, in the order in which the rules use them."""
        named = [
            condition.threshold
            for rule in self.rules
            for group in rule.groups
            for condition in group
            if isinstance(condition.threshold, str)
        ]
        return tuple(dict.fromkeys(named))

    def find_rule(self, segment: str) -> Rule:
        """Return the rule of a segment."""
        return next(rule for rule in self.rules if rule.segment == segment)


def _all(*conditions: Condition) -> tuple[tuple[Condition, ...], ...]:
    return tuple((condition,) for condition in conditions)


_RECENT = Condition("days_since_last", "<=", "rfm_recent_days")
_QUIET = Condition("days_since_last", "<=", "rfm_quiet_days")
_NOT_YET_SILENT = Condition("days_since_last", "<=", "rfm_silent_days")
_REPEAT = Condition("orders", ">=", "rfm_repeat_orders")
_MANY = Condition("orders", ">=", "rfm_many_orders")
_HIGH = Condition("revenue", ">=", "rfm_high_revenue")
_WITHOUT_ORDER = Rule(NO_ORDER, _all(Condition("orders", "<", 1)))

RFM: Final = Scheme(
    "rfm",
    (
        _WITHOUT_ORDER,
        Rule("champions", _all(_RECENT, _MANY, _HIGH)),
        Rule("loyal", _all(_QUIET, _MANY)),
        Rule("promising", ((_RECENT,), (_REPEAT, _HIGH))),
        Rule("new", _all(_RECENT)),
        Rule("attention", _all(_QUIET)),
        Rule("precious", _all(_MANY, _HIGH)),
        Rule("slipping", _all(_NOT_YET_SILENT, _REPEAT)),
        Rule("sleeping", _all(_NOT_YET_SILENT)),
        Rule("silent"),
    ),
    (
        "champions", "loyal", "promising", "new", "attention", "precious", "slipping", "sleeping", "silent",
        NO_ORDER,
    ),
)  # fmt: skip

TIER: Final = Scheme(
    "tier",
    (
        _WITHOUT_ORDER,
        Rule(NOT_KNOWN, _all(Condition("realised", "unknown"))),
        Rule("top", _all(Condition("realised", ">=", "tier_top"))),
        Rule("high", _all(Condition("realised", ">=", "tier_high"))),
        Rule("middle", _all(Condition("realised", ">=", "tier_middle"))),
        Rule("negative", _all(Condition("realised", "<", 0))),
        Rule("low"),
    ),
    ("top", "high", "middle", "low", "negative", NOT_KNOWN, NO_ORDER),
)

LIFECYCLE: Final = Scheme(
    "lifecycle",
    (
        _WITHOUT_ORDER,
        Rule("new", _all(Condition("days_since_first", "<=", "lifecycle_new_days"))),
        Rule(
            "loyal",
            _all(
                Condition("days_since_last", "<=", "lifecycle_cooling_days"),
                Condition("orders", ">=", "lifecycle_loyal_orders"),
            ),
        ),
        Rule("active", _all(Condition("days_since_last", "<=", "lifecycle_cooling_days"))),
        Rule("cooling", _all(Condition("days_since_last", "<=", "lifecycle_silent_days"))),
        Rule("silent"),
    ),
    ("loyal", "active", "new", "cooling", "silent", NO_ORDER),
)

SCHEMES: Final[Mapping[str, Scheme]] = MappingProxyType(
    {scheme.key: scheme for scheme in (RFM, TIER, LIFECYCLE)}
)
#: Thresholds that are amounts; the others are days and numbers of orders.
AMOUNT_THRESHOLDS: Final = ("rfm_high_revenue", "tier_top", "tier_high", "tier_middle")


def place(scheme: Scheme, measures: Measures, thresholds: Thresholds) -> Codes:
    """Return for every customer the place of its segment in ``scheme.shown``.

    Parameters
    ----------
    measures : arrays of one shape by the names of ``MEASURES``, those that the scheme asks for; days and
        orders as they are, amounts in 1/10,000 (``UNKNOWN`` where not known).
    thresholds : by name, amounts in 1/10,000; None for one that is not set.

    Examples
    --------
    >>> days = np.array([10, 400])
    >>> orders = np.array([1, 1])
    >>> limits = {"lifecycle_new_days": 90, "lifecycle_cooling_days": 180, "lifecycle_silent_days": 365}
    >>> codes = place(
    ...     LIFECYCLE,
    ...     {"days_since_first": days, "days_since_last": days, "orders": orders},
    ...     limits | {"lifecycle_loyal_orders": 4},
    ... )
    >>> [LIFECYCLE.shown[code] for code in codes]
    ['new', 'silent']
    """
    numbers = {segment: number for number, segment in enumerate(scheme.shown)}
    *rules, rest = scheme.rules
    codes: Codes = np.full(measures["orders"].shape, numbers[rest.segment], dtype=np.uint8)
    for rule in reversed(rules):  # the first that fits is written last
        codes[fits(rule, measures, thresholds)] = numbers[rule.segment]
    return codes


def fits(rule: Rule, measures: Measures, thresholds: Thresholds) -> npt.NDArray[np.bool_]:
    """Tell for every customer whether a rule holds, whatever the rules before it say."""
    fitting = np.ones(measures["orders"].shape, dtype=bool)
    for group in rule.groups:
        fitting &= np.logical_or.reduce([_holds(condition, measures, thresholds) for condition in group])
    return fitting


def _holds(condition: Condition, measures: Measures, thresholds: Thresholds) -> npt.NDArray[np.bool_]:
    values = measures[condition.measure]
    if condition.sign == "unknown":
        known: npt.NDArray[np.bool_] = values != UNKNOWN
        return ~known
    threshold = read_threshold(condition, thresholds)
    if threshold is None:
        return np.zeros(values.shape, dtype=bool)
    if condition.sign == "<=":
        return values <= threshold
    compared = values < threshold if condition.sign == "<" else values >= threshold
    return compared & (values != UNKNOWN) if condition.measure in AMOUNTS else compared


def read_threshold(condition: Condition, thresholds: Thresholds) -> int | None:
    """Return the number that a condition compares with; None where none is set."""
    if isinstance(condition.threshold, str):
        return thresholds[condition.threshold]
    return condition.threshold


def count_moves(
    before: npt.NDArray[np.int64], after: npt.NDArray[np.int64], segments: int
) -> npt.NDArray[np.int64]:
    """Return how many went from which segment (row) to which (column); codes below ``segments``.

    Rows add up to the sizes before, columns to the sizes after.
    """
    pairs = before * segments + after
    return np.bincount(pairs, minlength=segments * segments).reshape(segments, segments)


def propose_tiers(middle: int, high: int, top: int) -> tuple[int, int, int]:
    """Return round thresholds, each above the one before, near the amounts found (1/10,000, above 0)."""
    lowest = round_to_two_figures(middle)
    second = max(round_to_two_figures(high), 2 * lowest)
    return lowest, second, max(round_to_two_figures(top), 2 * second)


def round_to_two_figures(amount: int) -> int:
    """Return an amount in 1/10,000 rounded to two figures that count, and never below one whole unit.

    Examples
    --------
    >>> round_to_two_figures(1_234_5678)
    12000000
    """
    step: int = 10 ** max(len(str(amount)) - 2, 4)
    return max((amount + step // 2) // step * step, 10_000)


def check_order(values: Iterable[int | None]) -> bool:
    """Tell whether thresholds that must rise do; those that are not set are passed over."""
    known = [value for value in values if value is not None]
    return all(low < high for low, high in pairwise(known))
