"""What one customer is expected to do and to bring in, in words a marketer can act on."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import get_language, gettext, gettext_lazy, ngettext

from klantwaarde import formats
from metrics.models import CustomerValue
from metrics.pages.customers.columns import name_method

# From which chance on it is called so. Nobody is called lost: a chance is all there is.
_ACTIVITY: Final = (
    (Decimal("0.9"), gettext_lazy("almost certainly active")),
    (Decimal("0.7"), gettext_lazy("probably active")),
    (Decimal("0.4"), gettext_lazy("active or not, both are likely")),
    (Decimal("0.1"), gettext_lazy("probably inactive")),
    (Decimal(0), gettext_lazy("almost certainly inactive")),
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that is expected: what it is called, how it reads, and what to know with it."""

    label: str
    text: str
    note: str = ""


def list_expectations(value: CustomerValue, currency: str) -> list[Expectation]:
    """Return what is known ahead of a customer; `value` comes with its run and settings."""
    return [
        *_foresee_value(value, currency),
        *_foresee_purchases(value),
        *_foresee_risk(value, currency),
        *_foresee_growth(value, currency),
    ]


def say_interval(value: CustomerValue, currency: str, months: int = 12) -> str:
    """Return the 80 % interval of so many months; where the expectation lies above it, what its end says.

    Most customers who fell silent buy nothing and a few a lot: both ends are then what nothing comes to.
    """
    expected, low, high = (getattr(value, f"predicted_{months}{end}") for end in ("", "_low", "_high"))
    if expected is None or low is None or high is None:
        return ""
    ends = {
        "low": formats.money(low, currency, _language()),
        "high": formats.money(high, currency, _language()),
    }
    if expected > high:
        text = gettext("90%% certain: at most %(high)s; a small chance of much carries the expectation")
    else:
        text = gettext("80%% certain: between %(low)s and %(high)s")
    return text % ends


def say_activity(chance: Decimal) -> str:
    """Return a chance of being active in words and as a percentage."""
    words = next(text for least, text in _ACTIVITY if chance >= least)
    return f"{words} ({formats.percent(chance, _language(), 0)})"


def say_next_order(value: CustomerValue) -> str:
    """Return when the next order is expected, or by how much it is overdue."""
    first, last = value.next_order_from, value.next_order_to
    if first is None or last is None:
        return gettext("not within three years of the last one")
    ends = {"first": formats.date(first, _language()), "last": formats.date(last, _language())}
    if not value.overdue_days:
        return gettext("expected between %(first)s and %(last)s") % ends
    text = ngettext(
        "overdue by %(days)s day; it was expected between %(first)s and %(last)s",
        "overdue by %(days)s days; it was expected between %(first)s and %(last)s",
        value.overdue_days,
    )
    return text % {**ends, "days": formats.number(value.overdue_days, _language())}


def _foresee_value(value: CustomerValue, currency: str) -> Iterator[Expectation]:
    for months in (12, 24, 36):
        amount = getattr(value, f"predicted_{months}")
        if amount is not None:
            name = name_method(f"predicted_{months}")
            text = formats.money(amount, currency, _language())
            yield Expectation(name, text, say_interval(value, currency, months))
    if value.total is not None:
        months = value.run.settings.prediction_months
        note = gettext("realised %(realised)s + predicted over %(months)s months %(predicted)s") % {
            "realised": formats.money(value.realised, currency, _language()),
            "predicted": formats.money(getattr(value, f"predicted_{months}"), currency, _language()),
            "months": months,
        }
        yield Expectation(name_method("total"), formats.money(value.total, currency, _language()), note)


def _foresee_purchases(value: CustomerValue) -> Iterator[Expectation]:
    if value.p_active is not None:
        yield Expectation(gettext("Chance of being active"), say_activity(value.p_active))
    if value.purchases_12 is not None:
        number = formats.number(value.purchases_12, _language(), 2)
        yield Expectation(gettext("Expected purchases in 12 months"), number)
    if value.p_active is not None:
        note = (
            gettext("80%% of customers with such a history, if still active") if value.next_order_to else ""
        )
        yield Expectation(gettext("Next order"), say_next_order(value), note.replace("%%", "%"))


def _foresee_risk(value: CustomerValue, currency: str) -> Iterator[Expectation]:
    if value.at_risk is None:
        return
    text = formats.money(value.at_risk, currency, _language())
    note = gettext("what the silence since the last purchase has cost in expectation")
    yield Expectation(gettext("Value at risk"), text, note)
    share = value.run.settings.share_won_back
    if share is not None:
        most = formats.money(formats.round_half_up(value.at_risk * share, 2), currency, _language())
        note = gettext("value at risk × the share that a campaign wins back, %(share)s") % {
            "share": formats.percent(share, _language())
        }
        yield Expectation(gettext("What keeping may cost at most"), most, note)


def _foresee_growth(value: CustomerValue, currency: str) -> Iterator[Expectation]:
    if value.potential is not None:
        note = ""
        if value.potential_source:
            note = gettext("by %(source)s") % {"source": value.get_potential_source_display()}
        text = formats.money(value.potential, currency, _language())
        yield Expectation(gettext("Potential of the coming 12 months"), text, note)
    if value.gap is not None:
        ahead = value.predicted_12 is not None
        note = gettext("potential − predicted") if ahead else gettext("potential − the last 365 days")
        text = formats.money(value.gap, currency, _language())
        yield Expectation(gettext("Room to grow"), text, note)


def _language() -> str:
    return get_language() or "en"
