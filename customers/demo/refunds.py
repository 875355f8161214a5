"""Money given back: whole orders, parts of orders, and gestures that belong to no order."""

from dataclasses import dataclass

import numpy as np

from customers.demo.orders import PLACED, Orders
from customers.demo.plan import Plan
from customers.demo.process import Integers
from customers.demo.season import Clock

NO_ORDER = -1
REASONS = ("Retour", "Beschadigd", "Verkeerd artikel", "Te laat geleverd", "Coulance")
_GOODWILL = REASONS.index("Coulance")
_REASON_SHARES = (0.62, 0.16, 0.12, 0.10)
#: Shares of orders.
FULL_SHARE = 0.019
PARTIAL_SHARE = 0.056
GOODWILL_SHARE = 0.006
_FIRST_DAY, _LAST_DAY = 2, 30


@dataclass(frozen=True)
class Refunds:
    """Refunds by day; ``order`` is a position or ``NO_ORDER``; ``customer`` may be ``GUEST``; cents."""

    order: Integers
    customer: Integers
    day: Integers
    amount: Integers
    reason: Integers


def give_refunds(plan: Plan, clock: Clock, orders: Orders) -> Refunds:
    """Draw refunds of 3 to 6 % of revenue; those after the last day have not happened yet."""
    rng = plan.make_generator("refunds")
    placed = np.flatnonzero(orders.status == PLACED)
    fate = rng.random(placed.size)
    full = fate < FULL_SHARE
    partial = ~full & (fate < FULL_SHARE + PARTIAL_SHARE)
    goodwill = fate > 1 - GOODWILL_SHARE
    chosen = np.flatnonzero(full | partial | goodwill)
    order = placed[chosen]
    part = np.where(full[chosen], 1.0, np.where(partial[chosen], rng.uniform(0.15, 0.7, order.size), 0.2))
    amount = np.maximum(np.rint(orders.net[order] * part), 1).astype(np.int64)
    reason = rng.choice(len(_REASON_SHARES), size=order.size, p=_REASON_SHARES)
    reason[goodwill[chosen]] = _GOODWILL
    day = orders.day[order] + rng.integers(_FIRST_DAY, _LAST_DAY + 1, order.size)
    # A gesture names the customer but no order; in a complete shop no refund touches an order.
    untied = goodwill[chosen] | plan.complete
    customer = orders.customer[order]
    by_day = np.argsort(day, kind="stable")
    by_day = by_day[day[by_day] < clock.days]
    return Refunds(
        order=np.where(untied, NO_ORDER, order)[by_day],
        customer=customer[by_day],
        day=day[by_day],
        amount=amount[by_day],
        reason=reason[by_day],
    )
