"""The rules of segments as sentences, written from the rules that place customers."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import get_language, gettext, ngettext

from klantwaarde import formats
from metrics.core.segments import AMOUNTS, SCHEMES, Condition, Rule, Scheme, Thresholds, read_threshold
from metrics.cost_allocation import to_amount
from metrics.models import CustomerValue, SegmentRun
from metrics.pages.segments.names import name_scheme, name_segment
from metrics.segment_thresholds import recall_thresholds

_MEASURES: Final = {
    "rfm": ("days_since_last", "orders", "revenue"),
    "tier": ("realised",),
    "lifecycle": ("days_since_first", "days_since_last", "orders"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A segment and what it takes, in words."""

    key: str
    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class Reason:
    """In which segment of a scheme a customer is, what it takes, and the customer's own numbers."""

    scheme: str
    scheme_name: str
    segment: str
    name: str
    rule: str
    numbers: str


def tell_scheme(scheme: Scheme, thresholds: Thresholds, currency: str) -> list[Told]:
    """Return the segments in the order in which their rules are tried, each with its rule."""
    return [
        Told(rule.segment, name_segment(scheme.key, rule.segment), tell_rule(rule, thresholds, currency))
        for rule in scheme.rules
    ]


def tell_rule(rule: Rule, thresholds: Thresholds, currency: str) -> str:
    """Return what a rule takes: "last order at most 90 days ago, and at least 5 orders"."""
    if not rule.groups:
        return gettext("everyone else")
    parts = []
    for group in rule.groups:
        told = gettext(" or ").join(_tell(condition, thresholds, currency) for condition in group)
        parts.append(f"({told})" if len(group) > 1 and len(rule.groups) > 1 else told)
    return gettext(", and ").join(parts)


def _tell(condition: Condition, thresholds: Thresholds, currency: str) -> str:
    if condition.sign == "unknown":
        return gettext("realised value not known, because a cost of goods is not")
    number = read_threshold(condition, thresholds)
    language = get_language() or "en"
    if number is None:
        written = gettext("(not set yet)")
    elif condition.measure in AMOUNTS:
        written = formats.money(to_amount(number), currency, language)
    else:
        written = formats.number(number, language)
    return _phrase(condition, number, written)


def _phrase(condition: Condition, number: int | None, written: str) -> str:
    match condition.measure, condition.sign:
        case "days_since_last", _:
            text = ngettext(
                "last order at most %(n)s day ago", "last order at most %(n)s days ago", number or 0
            )
        case "days_since_first", _:
            text = ngettext(
                "first order at most %(n)s day ago", "first order at most %(n)s days ago", number or 0
            )
        case "orders", "<":
            return gettext("no valid order")
        case "orders", _:
            text = ngettext("at least %(n)s order", "at least %(n)s orders", number or 0)
        case "revenue", _:
            text = gettext("revenue of at least %(n)s")
        case _, "<":
            text = gettext("realised value below %(n)s")
        case _:
            text = gettext("realised value of at least %(n)s")
    return text % {"n": written}


def explain_customer(value: CustomerValue, currency: str) -> list[Reason]:
    """Return why a customer is in its segments; nothing of a run that knows of none, or for who objected."""
    kept = SegmentRun.objects.filter(run_id=value.run_id).first()
    if kept is None or not value.rfm:
        return []
    thresholds = recall_thresholds(kept.thresholds)
    reasons = []
    for key, scheme in SCHEMES.items():
        segment = getattr(value, key)
        reasons.append(
            Reason(
                scheme=key,
                scheme_name=name_scheme(key),
                segment=segment,
                name=name_segment(key, segment),
                rule=tell_rule(scheme.find_rule(segment), thresholds, currency),
                numbers=" · ".join(_tell_numbers(key, value, currency)),
            )
        )
    return reasons


def _tell_numbers(scheme: str, value: CustomerValue, currency: str) -> Iterator[str]:
    language = get_language() or "en"
    as_of = value.run.as_of
    if as_of is None:  # a run has a day once it is published
        return
    for measure in _MEASURES[scheme]:
        if measure == "days_since_last" and value.last_order:
            days = (as_of - value.last_order).days
            yield ngettext("last order %(n)s day ago", "last order %(n)s days ago", days) % {
                "n": formats.number(days, language)
            }
        elif measure == "days_since_first" and value.first_order:
            days = (as_of - value.first_order).days
            yield ngettext("first order %(n)s day ago", "first order %(n)s days ago", days) % {
                "n": formats.number(days, language)
            }
        elif measure == "orders":
            yield ngettext("%(n)s order", "%(n)s orders", value.orders) % {
                "n": formats.number(value.orders, language)
            }
        elif measure in AMOUNTS:
            yield _tell_amount(measure, getattr(value, measure), currency, language)


def _tell_amount(measure: str, amount: Decimal | None, currency: str, language: str) -> str:
    text = gettext("revenue %(amount)s") if measure == "revenue" else gettext("realised value %(amount)s")
    return text % {"amount": formats.money(amount, currency, language)}
