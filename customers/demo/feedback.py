"""What customers say, whom they bring in and what they join; and what the market is said to spend.

Satisfaction follows the truth: who is about to leave is less content, so that scores foretell purchases.
"""

from dataclasses import dataclass

import numpy as np

from customers.demo.channels import CHANNELS
from customers.demo.history import History
from customers.demo.orders import PLACED, Orders
from customers.demo.plan import Plan
from customers.demo.process import Floats, Integers
from customers.demo.season import Clock

SCALES = ("NPS", "CSAT 1-5")
NPS, CSAT = range(2)
#: Share of orders after which somebody answers, and what they score: mean when staying, when leaving,
#: spread, lowest and highest.
_QUESTIONS = ((0.06, 8.6, 6.3, 1.7, 0, 10), (0.09, 4.4, 3.4, 0.8, 1, 5))
COMMENTS = (
    "", "Snel geleverd", "Mooi ingepakt", "Precies wat ik zocht", "Fijne klantenservice",
    "Pakket kwam te laat", "Retour duurde lang", "Product viel tegen", "Te duur vergeleken met elders",
)  # fmt: skip
_FIRST_COMPLAINT = 5
_COMMENT_SHARE = 0.22

REFERRAL_CHANNEL = "Doorverwijzing"
_REFERRER_KNOWN_SHARE = 0.8

PROGRAMME = "Vaste klanten"
#: Purchase after which somebody is asked to join, the share that does, and the share that leaves again.
_ASKED_AT_PURCHASE, _JOINS_SHARE, _LEAVES_SHARE = 3, 0.55, 0.12

#: Country, cents per customer per year, customers in the market, source. Made up, as all of the shop.
MARKET = (
    ("NL", 31_500, 2_900_000, "Marktmonitor Wonen en Tafelen 2025"),
    ("BE", 28_700, 1_450_000, "Marktmonitor Wonen en Tafelen 2025"),
    ("DE", 30_200, 14_200_000, "Schatting op basis van branchecijfers"),
)


@dataclass(frozen=True)
class Answers:
    """Answers by day; ``scale`` is a position in ``SCALES``, ``comment`` one in ``COMMENTS``."""

    customer: Integers
    day: Integers
    scale: Integers
    score: Integers
    comment: Integers


@dataclass(frozen=True)
class Referrals:
    """Who brought in whom, by day; days before the first are negative."""

    referrer: Integers
    referred: Integers
    day: Integers


@dataclass(frozen=True)
class Memberships:
    """Who is in the programme from which day; ``last`` is ``STILL_MEMBER`` for most."""

    customer: Integers
    first: Integers
    last: Integers


STILL_MEMBER = -1


def draw_answers(plan: Plan, clock: Clock, history: History, orders: Orders) -> Answers:
    """Draw who answers after an order, what, and a comment that fits the score."""
    rng = plan.make_generator("answers")
    named = np.flatnonzero((orders.status == PLACED) & (orders.customer >= 0))
    last = (plan.end - plan.first_day).days
    customer, day, scale, score = [], [], [], []
    for position, (share, staying, leaving, spread, lowest, highest) in enumerate(_QUESTIONS):
        asked = named[rng.random(named.size) < share]
        asked_on = orders.day[asked] + rng.integers(2, 15, asked.size)
        who = orders.customer[asked]
        stays = _stays_after(clock, history, who, orders.day[asked])
        wish = np.where(stays, staying, leaving) + spread * rng.standard_normal(asked.size)
        given = np.clip(np.rint(wish), lowest, highest).astype(np.int64)
        # One answer of a customer on a day; what comes after the last day has not been given yet.
        _pairs, first = np.unique(who * (last + 20) + asked_on, return_index=True)
        kept = first[asked_on[first] <= last]
        customer.append(who[kept])
        day.append(asked_on[kept])
        scale.append(np.full(kept.size, position))
        score.append(given[kept])
    answers = [np.concatenate(parts) for parts in (customer, day, scale, score)]
    by_day = np.argsort(answers[1], kind="stable")
    customers, days, scales, scores = (values[by_day] for values in answers)
    return Answers(customers, days, scales, scores, _draw_comments(scales, scores, rng))


def _stays_after(clock: Clock, history: History, customer: Integers, day: Integers) -> np.ndarray:
    """Tell whether a customer goes on after the purchases of a day; who leaves does so at one of them."""
    leaves = history.dropout_day[customer]
    return np.isnan(leaves) | (np.floor(clock.to_calendar(np.nan_to_num(leaves))) > day)


def _draw_comments(scale: Integers, score: Integers, rng: np.random.Generator) -> Integers:
    content = np.where(scale == NPS, score >= 7, score >= 4)
    praise = rng.integers(1, _FIRST_COMPLAINT, score.size)
    complaint = rng.integers(_FIRST_COMPLAINT, len(COMMENTS), score.size)
    speaks = rng.random(score.size) < _COMMENT_SHARE
    comment: Integers = np.where(speaks, np.where(content, praise, complaint), 0)
    return comment


def draw_referrals(plan: Plan, history: History) -> Referrals:
    """Draw who brought in the customers of the referral channel: somebody who came before them."""
    rng = plan.make_generator("referrals")
    channel = [each.name for each in CHANNELS].index(REFERRAL_CHANNEL)
    came = np.flatnonzero(history.channel == channel)
    came = came[came > 0]  # nobody came before the first
    came = came[rng.random(came.size) < _REFERRER_KNOWN_SHARE]
    # Customers stand in the order in which they came.
    referrer = np.floor(rng.random(came.size) * came).astype(np.int64)
    return Referrals(referrer, came, np.floor(history.acquired[came]).astype(np.int64))


def draw_memberships(plan: Plan, history: History) -> Memberships:
    """Draw who joins the programme on the day after a third purchase, and who leaves it again."""
    rng = plan.make_generator("memberships")
    last_day = (plan.end - plan.first_day).days
    first = np.searchsorted(history.purchase_customer, np.arange(history.channel.size))
    counts = np.bincount(history.purchase_customer, minlength=history.channel.size)
    asked = np.flatnonzero(counts >= _ASKED_AT_PURCHASE)
    joined: Floats = history.purchase_day[first[asked] + _ASKED_AT_PURCHASE - 1]
    day = np.floor(joined).astype(np.int64) + 1
    joins = (rng.random(asked.size) < _JOINS_SHARE) & (day <= last_day)
    customer, day = asked[joins], day[joins]
    until = day + rng.integers(120, 700, day.size)
    leaves = (rng.random(day.size) < _LEAVES_SHARE) & (until <= last_day)
    return Memberships(customer, day, np.where(leaves, until, STILL_MEMBER))
