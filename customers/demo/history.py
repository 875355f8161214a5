"""Who the customers are to the process: when and through whom they came, and every purchase they made."""

from dataclasses import dataclass

import numpy as np

from customers.demo.channels import HOMOGENEOUS, SPEND, draw_channels, parameters_by_channel
from customers.demo.plan import Plan
from customers.demo.process import (
    Floats,
    Integers,
    Purchases,
    draw_purchases,
    draw_spend_rates,
    spread_over_days,
)
from customers.demo.season import Clock

#: Share of customers who came before the first day, and over how many days before.
EARLIER_SHARE = 0.08
EARLIER_DAYS = 900
#: New customers come in ever smaller numbers: the density falls from 1 + this to 1 − this over the period.
ACQUISITION_DECLINE = 0.25


@dataclass(frozen=True)
class History:
    """Customers in the order they came, and their purchases in the period by customer, then day.

    Days are days since the plan's first day, fractions kept; ``acquired`` is negative for those who came
    before it. ``rate`` (a day of the busy clock), ``dropout_probability``, ``dropout_day`` (busy clock; NaN:
    still active) and ``spend_rate`` are the truth behind each customer.
    """

    channel: Integers
    acquired: Floats
    rate: Floats
    dropout_probability: Floats
    dropout_day: Floats
    spend_rate: Floats
    purchase_customer: Integers
    purchase_day: Floats


@dataclass(frozen=True)
class _Group:
    """Customers that were drawn together: channel, first purchase on the busy clock, purchases."""

    channel: Integers
    start: Floats
    purchases: Purchases


def draw_history(plan: Plan, clock: Clock) -> History:
    """Draw all customers and their purchases."""
    rng = plan.make_generator("history")
    wanted = 0 if plan.complete else round(plan.customers * EARLIER_SHARE)
    groups = [_draw_earlier(plan, clock, wanted, rng)] if wanted else []
    earlier = sum(group.channel.size for group in groups)
    groups.append(_draw_new(plan, clock, plan.customers - earlier, rng))
    return _join(plan, clock, groups, rng)


def _draw_group(plan: Plan, clock: Clock, start: Floats, rng: np.random.Generator) -> _Group:
    channel = draw_channels(start.size, rng)
    parameters = HOMOGENEOUS if plan.season_free else parameters_by_channel(channel)
    # Complete: first purchases fall at the start of a day and the last day counts to its start, so that
    # whole days between the two are exactly the time the process ran.
    horizon = float(clock.elapsed[-2]) if plan.complete else clock.horizon
    return _Group(channel, start, draw_purchases(parameters, start, horizon, rng))


def _draw_new(plan: Plan, clock: Clock, customers: int, rng: np.random.Generator) -> _Group:
    """Draw those who came in the period: more on busy days, fewer as the years go by."""
    grid = np.linspace(0.0, 1.0, 2_001)
    decline = 0.0 if plan.season_free else ACQUISITION_DECLINE
    cumulative = grid * (1 + decline) - decline * grid**2
    start = np.sort(np.interp(rng.random(customers), cumulative, grid)) * clock.horizon
    if plan.complete:
        start = clock.to_busy(np.floor(np.minimum(clock.to_calendar(start), clock.days - 1)))
    return _draw_group(plan, clock, start, rng)


def _draw_earlier(plan: Plan, clock: Clock, customers: int, rng: np.random.Generator) -> _Group:
    """Draw those who came before the first day and still bought in the period; the others nobody sees."""
    start = np.sort(-EARLIER_DAYS * rng.random(customers * 8))
    group = _draw_group(plan, clock, start, rng)
    seen = group.purchases.day >= 0
    survivors = np.unique(group.purchases.customer[seen])
    kept = np.sort(rng.choice(survivors, size=min(customers, survivors.size), replace=False))
    renumbered = np.full(start.size, -1)
    renumbered[kept] = np.arange(kept.size)
    mine = seen & (renumbered[group.purchases.customer] >= 0)
    old = group.purchases
    return _Group(
        group.channel[kept],
        start[kept],
        Purchases(
            renumbered[old.customer[mine]], old.day[mine], old.rate[kept], old.dropout_probability[kept],
            old.dropout_day[kept],
        ),
    )  # fmt: skip


def _join(plan: Plan, clock: Clock, groups: list[_Group], rng: np.random.Generator) -> History:
    """Lay the groups end to end and put their moments on the calendar."""
    offsets = np.cumsum([0, *(group.channel.size for group in groups)])
    drawn = [group.purchases for group in groups]
    customer = np.concatenate([each.customer + shift for each, shift in zip(drawn, offsets, strict=False)])
    day = clock.to_calendar(np.concatenate([each.day for each in drawn]))
    if plan.complete:
        day = spread_over_days(customer, day).astype(float)
        # What had to move beyond the last day has not happened yet.
        customer, day = customer[day < clock.days], day[day < clock.days]
    return History(
        channel=np.concatenate([group.channel for group in groups]),
        acquired=clock.to_calendar(np.concatenate([group.start for group in groups])),
        rate=np.concatenate([each.rate for each in drawn]),
        dropout_probability=np.concatenate([each.dropout_probability for each in drawn]),
        dropout_day=np.concatenate([each.dropout_day for each in drawn]),
        spend_rate=draw_spend_rates(SPEND, int(offsets[-1]), rng),
        purchase_customer=customer,
        purchase_day=day,
    )
