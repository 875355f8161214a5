"""Where the borrowed numbers of a value come from: margin, lifetime, repeat rate, and the rate of discount.

Sentences for under a formula. They say whose number it is, over how many customers, measured or assumed.
"""

from decimal import Decimal

from django.utils.translation import get_language, gettext, ngettext

from klantwaarde import formats
from metrics.core.discounting import find_real_rate
from metrics.models import CalculationSettings, CustomerValue, PeerGroup
from metrics.pages.customers.columns import name_member


def list_sources(value: CustomerValue, method: str, currency: str) -> list[str]:
    """Return the sentences for one method; `value` comes with its run, settings and peer group."""
    settings = value.run.settings
    peers = value.peer_group
    match method:
        case "realised":
            return [_say_shares()]
        case "periodic":
            return [_say_period(settings), *_say_horizon(settings, peers), _say_discount(settings)]
        case "lifetime":
            return [
                *_say_margin(value, peers, currency),
                *_say_lifetime(settings, peers),
                _say_discount(settings),
            ]
        case "loyalty":
            return [_say_window(settings), *_say_repeat_rate(peers)]
        case "total":
            return [_say_prediction(settings)]
        case _:
            raise ValueError(f"method must be one a list is ranked by, got {method!r}")


def say_basis(value: CustomerValue, method: str) -> str:
    """Return in a few words what a value borrows of the peers, and of how many; "" when nothing."""
    peers = value.peer_group
    if peers is None or getattr(value, method) is None:
        return ""
    figures = {
        "n": formats.number(peers.n, _language()),
        "years": formats.number(peers.lifetime_years, _language(), 2),
        "cap": formats.number(value.run.settings.lifetime_cap, _language()),
    }
    if method == "lifetime":
        if peers.lifetime_assumed or not peers.retention_denominator:
            return gettext("lifetime %(years)s years, assumed; peer group of %(n)s") % figures
        return gettext("lifetime %(years)s years (at most %(cap)s); peer group of %(n)s") % figures
    if method == "loyalty" and peers.repeat_denominator:
        rate = Decimal(peers.repeat_numerator) / peers.repeat_denominator
        figures["rate"] = formats.percent(rate, _language())
        return gettext("repeat rate %(rate)s; peer group of %(n)s") % figures
    return ""


def name_peers(peers: PeerGroup) -> str:
    """Return who the peers are: "1,204 customers of channel ads who first bought Books"."""
    n = {"n": formats.number(peers.n, _language())}
    if peers.channel is None:
        return ngettext("%(n)s customer of the whole shop", "%(n)s customers of the whole shop", peers.n) % n
    names = {**n, "channel": name_member(peers.channel)}
    if peers.category is None:
        return (
            ngettext(
                "%(n)s customer of channel %(channel)s", "%(n)s customers of channel %(channel)s", peers.n
            )
            % names
        )
    names["category"] = name_member(peers.category)
    return (
        ngettext(
            "%(n)s customer of channel %(channel)s with first category %(category)s",
            "%(n)s customers of channel %(channel)s with first category %(category)s",
            peers.n,
        )
        % names
    )


def _say_shares() -> str:
    return gettext(
        "Acquisition cost is shared by the new customers of a channel and month; retention cost by the "
        "customers it was spent on."
    )


def _say_period(settings: CalculationSettings) -> str:
    return gettext("A period is a %(period)s; at least one period counts as passed.") % {
        "period": settings.get_period_display()
    }


def _say_horizon(settings: CalculationSettings, peers: PeerGroup | None) -> list[str]:
    if settings.fixed_periods is None:
        return _say_lifetime(settings, peers)
    periods = formats.number(settings.fixed_periods.normalize(), _language(), 2)
    return [gettext("The number of periods to come, %(n)s, is a setting.") % {"n": periods}]


def _say_lifetime(settings: CalculationSettings, peers: PeerGroup | None) -> list[str]:
    if peers is None:
        return []
    years = {"years": formats.number(peers.lifetime_years, _language(), 2)}
    if peers.lifetime_assumed or not peers.retention_denominator:
        text = gettext("Lifetime: %(years)s years, assumed (a setting), because too little history shows it.")
        return [text % years]
    gone = peers.retention_denominator - (peers.retention_numerator or 0)
    text = gettext(
        "Lifetime: %(years)s years, measured: of %(before)s customers who bought in the 12 months before, "
        "%(gone)s did not buy again in the last 12; 1 ÷ %(churn)s, at least 1 and at most %(cap)s years. "
        "Peers: %(peers)s."
    )
    return [
        text
        % {
            **years,
            "before": formats.number(peers.retention_denominator, _language()),
            "gone": formats.number(gone, _language()),
            "churn": formats.percent(Decimal(gone) / peers.retention_denominator, _language()),
            "cap": formats.number(settings.lifetime_cap, _language()),
            "peers": name_peers(peers),
        }
    ]


def _say_margin(value: CustomerValue, peers: PeerGroup | None, currency: str) -> list[str]:
    if value.margin is None:
        return []
    whole = (value.contribution, value.revenue) if value.margin_own else (
        (peers.contribution, peers.revenue) if peers else (None, None)
    )  # fmt: skip
    figures = {
        "margin": formats.percent(value.margin, _language(), 2),
        "contribution": formats.money(whole[0], currency, _language()),
        "revenue": formats.money(whole[1], currency, _language()),
    }
    if value.margin_own:
        text = gettext("Margin: %(margin)s, this customer's own: %(contribution)s of %(revenue)s.")
        return [text % figures]
    if peers is None:
        return []
    text = gettext(
        "Margin: %(margin)s, of the peers, because the customer has fewer than 3 orders with a known cost: "
        "%(contribution)s of %(revenue)s. Peers: %(peers)s."
    )
    return [text % {**figures, "peers": name_peers(peers)}]


def _say_repeat_rate(peers: PeerGroup | None) -> list[str]:
    if peers is None or not peers.repeat_denominator:
        return []
    text = gettext(
        "Repeat rate: %(rate)s; %(again)s of %(all)s customers bought again within a year. Peers: %(peers)s."
    )
    return [
        text
        % {
            "rate": formats.percent(
                Decimal(peers.repeat_numerator) / peers.repeat_denominator, _language(), 2
            ),
            "again": formats.number(peers.repeat_numerator, _language()),
            "all": formats.number(peers.repeat_denominator, _language()),
            "peers": name_peers(peers),
        }
    ]


def _say_prediction(settings: CalculationSettings) -> str:
    return gettext("What was brought in so far, plus what is expected over the coming %(months)s months.") % {
        "months": settings.prediction_months
    }


def _say_window(settings: CalculationSettings) -> str:
    return gettext("The window is the last %(days)s.") % {
        "days": formats.days(settings.window_days, _language())
    }


def _say_discount(settings: CalculationSettings) -> str:
    if settings.interest is None or settings.inflation is None:
        return gettext("Not discounted: interest and inflation are not set.")
    rate = find_real_rate(settings.interest, settings.inflation)
    return gettext(
        "Discounted at a real rate of %(rate)s a year: interest %(interest)s, inflation %(inflation)s."
    ) % {
        "rate": formats.percent(rate, _language(), 2),
        "interest": formats.percent(settings.interest, _language(), 2),
        "inflation": formats.percent(settings.inflation, _language(), 2),
    }


def _language() -> str:
    return get_language() or "en"
