"""From purchases to orders as a shop system holds them: guests, cancellations, amounts, lines."""

from dataclasses import dataclass

import numpy as np

from customers.demo.catalogue import Catalogue
from customers.demo.channels import SPEND
from customers.demo.history import History
from customers.demo.plan import Plan
from customers.demo.process import Floats, Integers, draw_spend, draw_spend_rates
from customers.demo.season import Clock

STATUSES = ("voltooid", "geannuleerd", "test")
PLACED, CANCELLED, TEST = range(3)
SALES_CHANNELS = ("Webshop", "App", "Telefoon")
_SALES_CHANNEL_SHARES = (0.74, 0.21, 0.05)
#: Guest orders and cancelled attempts, as shares of the purchases; both come on top of them.
GUEST_SHARE = 0.045
CANCELLED_SHARE = 0.023
TEST_EVERY_DAYS = 30
GUEST = -1

# Orders by hour. Nobody orders from two to five: on one Sunday in March 02:30 does not exist.
_HOURS = np.array([10, 3, 0, 0, 0, 2, 7, 20, 40, 55, 65, 65, 60, 60, 60, 60, 55, 50, 55, 75, 95, 95, 65, 30])
_SMALLEST_ORDER = 100
# Shipping without VAT for parcels below the limit; what is smaller still goes as free letter-box post.
_SHIPPING, _FREE_FROM, _LETTER_BELOW = 409, 5_000, 1_200
# Fixed cents and part of the order: iDEAL, card, pay later; shares of orders.
_PAYMENTS = ((29, 0.0, 0.70), (25, 0.012, 0.16), (35, 0.029, 0.14))
_PACKING, _PARCEL, _LETTER = 65, 475, 320
_DISCOUNTS = np.array([0.0, 0.05, 0.10, 0.15, 0.20])
_DISCOUNT_SHARES = (0.82, 0.05, 0.08, 0.03, 0.02)
_MOST_LINES, _CENTS_PER_LINE, _SMALLEST_LINE = 6, 8_000, 900
_FAVOURITE_SHARE = 0.5
_SEVERAL_SHARE = 0.2


@dataclass(frozen=True)
class Orders:
    """Orders in the order of their moment; ``customer`` is ``GUEST`` for guests; amounts in cents.

    ``net`` is without VAT, after discount, with ``shipping`` charged: the order's lines add up to
    ``net − shipping``.
    """

    customer: Integers
    day: Integers
    minute: Integers
    net: Integers
    shipping: Integers
    status: Integers

    @property
    def size(self) -> int:
        """Return the number of orders."""
        return self.customer.size


@dataclass(frozen=True)
class Lines:
    """Order lines; ``order`` is the position of the order, ``number`` counts from 1 within it."""

    order: Integers
    number: Integers
    product: Integers
    category: Integers
    quantity: Integers
    amount: Integers
    unit_cost: Integers


def place_orders(plan: Plan, clock: Clock, history: History) -> Orders:
    """Turn every purchase into an order and add guests, cancelled attempts and tests."""
    rng = plan.make_generator("orders")
    bought = history.purchase_customer.size
    guests = round(bought * GUEST_SHARE)
    tests = max(1, clock.days // TEST_EVERY_DAYS)
    spend = draw_spend(SPEND, history.spend_rate[history.purchase_customer], rng)
    passing = draw_spend(SPEND, draw_spend_rates(SPEND, guests + tests, rng), rng)
    net = np.maximum(np.rint(np.concatenate((spend, passing)) * 100), _SMALLEST_ORDER).astype(np.int64)
    customer = np.concatenate((history.purchase_customer, np.full(guests + tests, GUEST)))
    passing_day = clock.to_calendar(rng.random(guests + tests) * clock.horizon)
    day = np.concatenate((history.purchase_day, passing_day)).astype(np.int64)
    status = np.repeat([PLACED, TEST], [bought + guests, tests])
    # A cancelled order is an attempt at an order that then came through, so it takes no purchase away.
    attempt = rng.choice(bought, size=round(bought * CANCELLED_SHARE), replace=False)
    chosen = np.concatenate((np.arange(customer.size), attempt))
    status = np.concatenate((status, np.full(attempt.size, CANCELLED)))
    minute = rng.choice(24, size=chosen.size, p=_HOURS / _HOURS.sum()) * 60 + rng.integers(0, 60, chosen.size)
    # The very end of the last day would count as the day after.
    day = np.minimum(day, clock.days - 1)[chosen]
    order = np.argsort(day * 1_440 + minute, kind="stable")
    net = net[chosen][order]
    return Orders(
        customer[chosen][order], day[order], minute[order], net, _charge_shipping(net), status[order]
    )


def _charge_shipping(net: Integers) -> Integers:
    shipping: Integers = np.where((net >= _LETTER_BELOW) & (net < _FREE_FROM), _SHIPPING, 0)
    return shipping


def draw_discounts(goods: Integers, rng: np.random.Generator) -> Integers:
    """Draw what was taken off to arrive at ``goods``, in cents; most orders have no discount."""
    part = rng.choice(_DISCOUNTS, size=goods.size, p=_DISCOUNT_SHARES)
    discount: Integers = np.rint(goods * part / (1 - part)).astype(np.int64)
    return discount


def draw_transaction_costs(net: Integers, rng: np.random.Generator) -> Integers:
    """Draw payment, carrier and packing per order, in cents."""
    method = rng.choice(len(_PAYMENTS), size=net.size, p=[each[2] for each in _PAYMENTS])
    fixed = np.array([each[0] for each in _PAYMENTS])[method]
    part = np.array([each[1] for each in _PAYMENTS])[method]
    carrier = np.where(net < _LETTER_BELOW, _LETTER, _PARCEL)
    cost: Integers = fixed + np.rint(net * part).astype(np.int64) + carrier + _PACKING
    return cost


def draw_sales_channels(orders: int, rng: np.random.Generator) -> Integers:
    """Draw each order's position in ``SALES_CHANNELS``."""
    return rng.choice(len(SALES_CHANNELS), size=orders, p=_SALES_CHANNEL_SHARES)


def draw_favourites(catalogue: Catalogue, customers: int, rng: np.random.Generator) -> Integers:
    """Draw the category each customer likes best."""
    return rng.choice(catalogue.shares.size, size=customers, p=catalogue.shares)


def draw_lines(catalogue: Catalogue, goods: Integers, favourite: Integers, rng: np.random.Generator) -> Lines:
    """Split each order's ``goods`` (cents) into lines that add up to it exactly.

    ``favourite`` is the category the order's customer likes best; half of the lines are in it.
    """
    most = np.clip(goods // _SMALLEST_LINE, 1, _MOST_LINES)
    lines = np.minimum(1 + rng.poisson(goods / _CENTS_PER_LINE), most)
    order = np.repeat(np.arange(goods.size), lines)
    first = np.cumsum(lines) - lines
    number = np.arange(order.size) - first[order] + 1
    amount = _split(goods, lines, first, order, 0.35 + rng.random(order.size))
    other = rng.choice(catalogue.shares.size, size=order.size, p=catalogue.shares)
    category = np.where(rng.random(order.size) < _FAVOURITE_SHARE, favourite[order], other)
    cheapest, dearest = catalogue.price[catalogue.first[category]], catalogue.price[catalogue.last[category]]
    several = (rng.random(order.size) < _SEVERAL_SHARE) & (amount >= 2 * cheapest)
    quantity = np.maximum(-(-amount // dearest), np.where(several, 2, 1))
    product = catalogue.find_product(category, amount // quantity)
    return Lines(order, number, product, category, quantity, amount, catalogue.unit_cost[product])


def _split(goods: Integers, lines: Integers, first: Integers, order: Integers, weight: Floats) -> Integers:
    """Divide each order's amount over its lines by weight, in whole cents, nothing lost."""
    running = np.cumsum(weight)
    before = (running - weight)[first]
    total = running[first + lines - 1] - before
    upto = np.rint((running - before[order]) / total[order] * goods[order]).astype(np.int64)
    # The last line reaches the whole amount whatever the division left behind.
    upto[first + lines - 1] = goods
    amount: Integers = np.diff(upto, prepend=0)
    amount[first] = upto[first]
    return amount
