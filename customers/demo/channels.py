"""The six ways customers find the shop: what they cost, and how loyal those are whom they bring.

The parameters are fixed, and they are the truth that a model fitted on the demo may be held against. Time is
in days of the busy clock (``season``). They were chosen so that 5,000 customers place about 30,000 orders in
three years and 30 to 45 % of them buy again within a year; a few buy every fortnight, half never come back.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from customers.demo.process import Integers, PurchaseParameters, SpendParameters


@dataclass(frozen=True)
class Channel:
    """An acquisition channel.

    ``share`` of new customers; ``cost_per_customer`` in euros; ``alpha`` and ``a`` of the purchase process
    (a higher ``a`` means more leave after a purchase); ``campaigns`` with a share each, and the campaign that
    takes over from mid-October to early December; ``weekly`` when the channel bills by week, else by month.
    """

    name: str
    share: float
    cost_per_customer: float
    alpha: float
    a: float
    campaigns: tuple[tuple[str, float], ...] = ()
    season_campaign: str = ""
    weekly: bool = False


R = 2.5
B = 0.31
CHANNELS = (
    Channel(
        "Google Ads", 0.29, 34.0, 64.0, 0.50,
        campaigns=(("Merknaam", 0.25), ("Shopping", 0.75)), season_campaign="Black Friday", weekly=True,
    ),
    Channel(
        "Meta Ads", 0.21, 41.0, 74.0, 0.66,
        campaigns=(("Nieuwe klanten", 0.70), ("Video", 0.30)), season_campaign="Sinterklaas", weekly=True,
    ),
    Channel("Organisch zoeken", 0.22, 8.5, 56.0, 0.38),
    Channel("Affiliate", 0.12, 24.0, 70.0, 0.60),
    Channel("Vergelijkingssite", 0.09, 29.0, 82.0, 0.75),
    Channel("Doorverwijzing", 0.07, 15.0, 52.0, 0.30),
)  # fmt: skip
#: The share of a season campaign in the channel's new customers while it runs.
SEASON_CAMPAIGN_SHARE = 0.55

#: One set for everyone, used without season so that a model can be tested against it.
HOMOGENEOUS = PurchaseParameters(r=R, alpha=70.0, a=0.50, b=B)

#: Net revenue per order, in euros: mean 4 × 84 ÷ (5 − 1) = 84.
SPEND = SpendParameters(p=4.0, q=5.0, gamma=84.0)

#: Every campaign, after "none"; a customer's campaign is a position in this.
CAMPAIGNS = (
    "",
    *(name for each in CHANNELS for name in (*dict(each.campaigns), each.season_campaign) if name),
)


def is_campaign_season(day: date) -> bool:
    """Tell whether the season campaigns run on ``day``: mid-October up to Sinterklaas."""
    return (10, 15) <= (day.month, day.day) <= (12, 6)


def share_campaigns(channel: Channel, *, in_season: bool) -> dict[str, float]:
    """Return each campaign's share of the channel's new customers on a day; "" for a channel without."""
    if not channel.campaigns:
        return {"": 1.0}
    season = SEASON_CAMPAIGN_SHARE if in_season else 0.0
    shares = {name: share * (1 - season) for name, share in channel.campaigns}
    return shares | ({channel.season_campaign: season} if in_season else {})


def draw_campaigns(channel: Integers, in_season: NDArray[np.bool_], rng: np.random.Generator) -> Integers:
    """Draw each customer's position in ``CAMPAIGNS``, given the channel and whether it was the season."""
    campaign = np.zeros(channel.size, dtype=np.int64)
    for position, each in enumerate(CHANNELS):
        for season in (False, True):
            shares = share_campaigns(each, in_season=season)
            here = np.flatnonzero((channel == position) & (in_season == season))
            places = np.array([CAMPAIGNS.index(name) for name in shares])
            campaign[here] = places[rng.choice(places.size, size=here.size, p=list(shares.values()))]
    return campaign


def draw_channels(customers: int, rng: np.random.Generator) -> Integers:
    """Draw each customer's position in ``CHANNELS``."""
    return rng.choice(len(CHANNELS), size=customers, p=[channel.share for channel in CHANNELS])


def parameters_by_channel(channel: Integers) -> PurchaseParameters:
    """Return the purchase parameters of each customer, whose place in ``CHANNELS`` is given."""
    alpha = np.array([each.alpha for each in CHANNELS])
    a = np.array([each.a for each in CHANNELS])
    return PurchaseParameters(r=R, alpha=alpha[channel], a=a[channel], b=B)
