"""What the shop spends to win customers and to keep them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from customers.demo.channels import CHANNELS, Channel, is_campaign_season, share_campaigns
from customers.demo.feedback import PROGRAMME, STILL_MEMBER, Memberships
from customers.demo.history import ACQUISITION_DECLINE, EARLIER_SHARE
from customers.demo.orders import PLACED, Orders
from customers.demo.plan import Plan
from customers.demo.process import Floats, Integers
from customers.demo.season import make_clock

#: Euros per month: per customer in the base, and per order.
LOYALTY_PER_CUSTOMER, NEWSLETTER_PER_CUSTOMER, SERVICE_PER_ORDER = 0.16, 0.03, 1.05
#: Euros per month and member; comes out of what the loyalty programme costs, at most half of that.
BENEFIT_PER_MEMBER = 0.45
LOYALTY, BENEFIT = "Loyaliteitsprogramma", "Ledenvoordeel"
GIFT, HELP = "Cadeau vaste klant", "Servicebezoek"
_PERSONAL = ((GIFT, 0.022, 900, 2_500), (HELP, 0.008, 1_500, 4_500))
_SPREAD = 0.12


@dataclass(frozen=True)
class AcquisitionCost:
    """Money spent on a channel (and campaign, or "") in a range of days; cents."""

    channel: str
    campaign: str
    first_day: date
    last_day: date
    amount: int


@dataclass(frozen=True)
class SharedCost:
    """Retention cost in a range of days for everyone, or for who is in ``programme``; cents."""

    description: str
    first_day: date
    last_day: date
    amount: int
    programme: str = ""


@dataclass(frozen=True)
class PersonalCosts:
    """Retention cost spent on one customer on one day, one entry each; cents."""

    description: str
    customer: Integers
    day: Integers
    amount: Integers


def spend_on_acquisition(plan: Plan) -> list[AcquisitionCost]:
    """Budget each channel and campaign by the customers expected of it, by week or by month.

    The last period runs past the last day: part of it is not due yet.
    """
    rng = plan.make_generator("acquisition")
    expected = _expect_new_customers(plan)
    costs: list[AcquisitionCost] = []
    for channel in CHANNELS:
        divide = _divide_by_week if channel.weekly else _divide_by_month
        for first_day, last_day in divide(plan.first_day, plan.end):
            budget = _budget_campaigns(channel, plan.first_day, first_day, last_day, expected)
            for campaign, amount in budget.items():
                cents = round(100 * amount * float(rng.lognormal(0.0, _SPREAD)))
                if cents:
                    costs.append(AcquisitionCost(channel.name, campaign, first_day, last_day, cents))
    return costs


def _expect_new_customers(plan: Plan) -> Floats:
    """Return the number of new customers expected each day, to a month past the last day."""
    clock = make_clock(plan.first_day, plan.end + timedelta(days=31), seasonal=not plan.season_free)
    horizon = plan.make_clock().horizon
    decline = 0.0 if plan.season_free else ACQUISITION_DECLINE
    new = plan.customers * (1.0 if plan.complete else 1.0 - EARLIER_SHARE)
    middle = np.minimum((clock.elapsed[:-1] + clock.elapsed[1:]) / 2 / horizon, 1.0)
    return new / horizon * np.diff(clock.elapsed) * (1 + decline - 2 * decline * middle)


def _budget_campaigns(
    channel: Channel, zero: date, first_day: date, last_day: date, expected: Floats
) -> dict[str, float]:
    """Return euros per campaign: its expected customers in the range times what one costs."""
    budget: dict[str, float] = {}
    for offset in range((first_day - zero).days, (last_day - zero).days + 1):
        shares = share_campaigns(channel, in_season=is_campaign_season(zero + timedelta(days=offset)))
        for campaign, share in shares.items():
            euros = float(expected[offset]) * channel.share * share * channel.cost_per_customer
            budget[campaign] = budget.get(campaign, 0.0) + euros
    return budget


def _divide_by_week(first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    """Yield weeks from Monday to Sunday; the first starts on ``first_day``."""
    start = first_day
    while start <= last_day:
        sunday = start + timedelta(days=6 - start.weekday())
        yield start, sunday
        start = sunday + timedelta(days=1)


def _divide_by_month(first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    """Yield calendar months; the first starts on ``first_day``."""
    start = first_day
    while start <= last_day:
        following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, following - timedelta(days=1)
        start = following


def spend_on_everyone(plan: Plan, orders: Orders) -> list[SharedCost]:
    """Return the monthly cost of loyalty programme, newsletter and customer service."""
    rng = plan.make_generator("retention")
    placed = np.bincount(orders.day[orders.status == PLACED], minlength=(plan.end - plan.first_day).days + 1)
    costs: list[SharedCost] = []
    for first_day, last_day in _divide_by_month(plan.first_day, plan.end):
        part = ((last_day - first_day).days + 1) / last_day.day
        loyalty = plan.customers * LOYALTY_PER_CUSTOMER * part * float(rng.lognormal(0.0, 0.05))
        newsletter = plan.customers * NEWSLETTER_PER_CUSTOMER * part
        # Contracts run to the end of the month; service is known up to the last day only.
        served_to = min(last_day, plan.end)
        handled = placed[(first_day - plan.first_day).days : (served_to - plan.first_day).days + 1].sum()
        for description, until, euros in (
            (LOYALTY, last_day, loyalty),
            ("Nieuwsbrief", last_day, newsletter),
            ("Klantenservice", served_to, float(handled) * SERVICE_PER_ORDER),
        ):
            costs.append(SharedCost(description, first_day, until, round(100 * euros)))
    return costs


def set_apart_for_members(plan: Plan, costs: list[SharedCost], members: Memberships) -> list[SharedCost]:
    """Return the costs with what goes to members of the programme apart; they come to the same together."""
    found: list[SharedCost] = []
    for cost in costs:
        cents = _cost_of_members(plan, cost, members) if cost.description == LOYALTY else 0
        found.append(replace(cost, amount=cost.amount - cents))
        if cents:
            found.append(replace(cost, description=BENEFIT, amount=cents, programme=PROGRAMME))
    return found


def _cost_of_members(plan: Plan, cost: SharedCost, members: Memberships) -> int:
    first, last = ((day - plan.first_day).days for day in (cost.first_day, cost.last_day))
    stayed = (members.last == STILL_MEMBER) | (members.last >= first)
    part = (last - first + 1) / cost.last_day.day
    euros = float(((members.first <= last) & stayed).sum()) * BENEFIT_PER_MEMBER * part
    return min(round(100 * euros), cost.amount // 2)


def spend_on_some(plan: Plan, orders: Orders) -> list[PersonalCosts]:
    """Return gifts and visits, each for a few customers, a customer at most once of each."""
    rng = plan.make_generator("personal")
    named = np.flatnonzero((orders.status == PLACED) & (orders.customer >= 0))
    last = (plan.end - plan.first_day).days
    costs: list[PersonalCosts] = []
    for description, share, least, most in _PERSONAL:
        # Drawn by order, so that who buys often is likelier to get one.
        drawn = rng.choice(named, size=min(round(plan.customers * share), named.size), replace=False)
        customer, position = np.unique(orders.customer[drawn], return_index=True)
        day = np.minimum(orders.day[drawn[position]] + rng.integers(1, 15, customer.size), last)
        by_day = np.argsort(day, kind="stable")
        amount = rng.integers(least, most, customer.size)
        costs.append(PersonalCosts(description, customer[by_day], day[by_day], amount))
    return costs
