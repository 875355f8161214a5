"""What the help page says of figures that look ahead: none of them is a formula of one line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.core.vocabulary import VOCABULARY


@dataclass(frozen=True, slots=True)
class ForecastEntry:
    """A figure that looks ahead: its name in files, what it is called, what it means, how it is computed."""

    key: str
    label: str | Promise
    text: str | Promise
    formula: str | Promise = ""


_MONTHS: Final = _(
    "each month: (expected purchases × expected contribution of a purchase − chance of being active × "
    "retention cost) ÷ (1 + real rate)^(months ÷ 12), rounded to four places, and these added up"
)


def list_forecasts() -> Iterator[ForecastEntry]:
    """Yield every figure about what is to come, as files name it."""
    yield from _list_expectations()
    yield from _list_what_it_is_worth()


def _list_expectations() -> Iterator[ForecastEntry]:
    yield ForecastEntry(
        "p_active",
        _name("p_active"),
        _(
            "How likely it is that the customer still buys here, by how often and how regularly it bought "
            "and how long ago. Nobody is called lost: a chance is all there is."
        ),
    )
    yield ForecastEntry(
        "purchases_12",
        _("Expected purchases in 12 months"),
        _("Days with a purchase in the coming 12 months, the chance that there are none included."),
    )
    for months in (12, 24, 36):
        yield ForecastEntry(
            f"predicted_{months}",
            gettext(VOCABULARY[f"predicted_{months}"].label),
            _(
                "What the customer is expected to contribute, with a range in which eight of ten customers "
                "end up. The model is the one that did best on the part of your own history that it had not "
                "seen."
            ),
            _MONTHS,
        )


def _list_what_it_is_worth() -> Iterator[ForecastEntry]:
    yield ForecastEntry(
        "total",
        _("Total value"),
        _(
            "What has been earned and what is still expected. Without a prediction it is n/a, and sorted "
            "last."
        ),
        _("realised value + predicted value over the months of the settings"),
    )
    yield ForecastEntry(
        "at_risk",
        _("Value at risk"),
        _(
            "What the silence since the last purchase has cost in expectation. It is not what a campaign "
            "can win back."
        ),
        _(
            "(chance of being active on the day of the last purchase − that chance now) × predicted 12 "
            "months ÷ that chance now, never below 0"
        ),
    )
    yield ForecastEntry(
        "potential",
        _("Potential of the coming 12 months"),
        _(
            "The most that the customer may bring in: the largest of what the best tenth of its peers "
            "bring in, what buyers of the same categories also buy, what the market spends, what it brings"
            " now and what is predicted. A ceiling, not a forecast."
        ),
    )
    yield ForecastEntry(
        "gap",
        _("Room to grow"),
        _("Without a prediction it is taken from the last 365 days instead, and marked."),
        _("potential − predicted 12 months"),
    )
    yield ForecastEntry(
        "referral_value",
        _name("referral_value"),
        _(
            "Shown beside the value of a customer and added to none, since the customers it brought in "
            "have that value themselves. One level deep; who names two referrers counts for the earliest."
        ),
        _("realised value of the customers brought in × the share of the settings"),
    )


def _name(word: str) -> str:
    return gettext(VOCABULARY[word].label)
