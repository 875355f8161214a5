"""What a shop told, as plain records, and what its orders and refunds come to on a given day.

The oracle (`oracle_facts`, `oracle_costs`, `oracle_customers`, `oracle_kpis`) works out the definitions with
loops and fractions and shares no code with the product: what both say is right,
or both were misread the same way.
Amounts are fractions of the reporting currency; days are shop-local.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def round_half_up(value: Fraction, places: int) -> Fraction:
    """Round, a half away from 0."""
    units = abs(value) * 10**places
    whole = int(units + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


def divide(above: Fraction | int | None, below: Fraction | int | None) -> Fraction | None:
    """A quotient at ten places; None (n.a.) without a numerator, or a denominator other than 0."""
    if above is None or not below:
        return None
    return round_half_up(Fraction(above) / Fraction(below), 10)


@dataclass(frozen=True)
class CustomerFact:
    id: str
    channel: str = ""
    campaign: str = ""
    acquired_on: date | None = None
    objects: bool = False
    country: str = ""
    city: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class LineFact:
    category: str
    quantity: Fraction
    net: Fraction
    unit_cost: Fraction | None = None


@dataclass(frozen=True)
class OrderFact:
    id: str
    customer: str | None
    moment: datetime
    net: Fraction
    cost: Fraction | None = None
    transaction: Fraction | None = None
    status: str = "placed"
    refunded: Fraction | None = None
    refunded_on: date | None = None
    sales_channel: str = ""
    lines: tuple[LineFact, ...] = ()

    @cached_property
    def day(self) -> date:
        return self.moment.astimezone(AMSTERDAM).date()


@dataclass(frozen=True)
class RefundFact:
    id: str
    moment: datetime
    amount: Fraction
    order: str = ""  # the id that the file gives, known or not
    customer: str | None = None

    @cached_property
    def day(self) -> date:
        return self.moment.astimezone(AMSTERDAM).date()


@dataclass(frozen=True)
class AcquisitionFact:
    id: str
    channel: str
    campaign: str
    first: date
    last: date
    amount: Fraction


@dataclass(frozen=True)
class RetentionFact:
    id: str
    first: date
    last: date
    amount: Fraction
    customer: str | None = None
    programme: str = ""
    segment: tuple[str, str] | None = None


@dataclass(frozen=True)
class MembershipFact:
    customer: str
    programme: str
    first: date
    last: date | None = None


@dataclass(frozen=True)
class AnswerFact:
    id: str
    customer: str
    day: date
    scale: str
    score: int


@dataclass(frozen=True)
class ReferralFact:
    referrer: str
    referred: str
    day: date | None = None


@dataclass(frozen=True)
class Choices:
    """The settings of a calculation; ``complete_from`` and ``history_complete`` are the shop's."""

    complete_from: date | None = None
    history_complete: bool = True
    default_margin: Fraction | None = None
    interest: Fraction | None = None
    inflation: Fraction | None = None
    period: str = "year"
    fixed_periods: Fraction | None = None
    costs: frozenset[str] = frozenset({"acquisition", "goods", "transaction", "retention"})
    lifetime_cap: Fraction = Fraction(10)
    assumed_lifetime: Fraction = Fraction(3)
    window_days: int = 365
    peer_minimum: int = 30
    referral_share: Fraction | None = None


@dataclass(frozen=True)
class Facts:
    customers: tuple[CustomerFact, ...] = ()
    orders: tuple[OrderFact, ...] = ()
    refunds: tuple[RefundFact, ...] = ()
    acquisition: tuple[AcquisitionFact, ...] = ()
    retention: tuple[RetentionFact, ...] = ()
    memberships: tuple[MembershipFact, ...] = ()
    answers: tuple[AnswerFact, ...] = ()
    referrals: tuple[ReferralFact, ...] = ()  # in the order they were told
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True)
class Purchase:
    """An order as it stands on the day of the calculation."""

    fact: OrderFact
    worth: Fraction  # net of its own refunds; may be below 0
    goods: Fraction | None  # None: unknown; 0 for what came back; what was given away costs its goods

    @property
    def day(self) -> date:
        return self.fact.day

    @property
    def customer(self) -> str | None:
        return self.fact.customer

    @property
    def valid(self) -> bool:
        return self.worth > 0

    @property
    def transaction(self) -> Fraction:
        return self.fact.transaction or Fraction(0)


@dataclass(frozen=True)
class Movement:
    """Money by period: an order in full on its day, a refund (below 0) on its own."""

    day: date
    customer: str | None
    amount: Fraction


class Ledger:
    """The facts dated up to ``as_of``: purchases that count, refunds without an order, money by period."""

    def __init__(self, facts: Facts, as_of: date) -> None:
        self.facts, self.as_of = facts, as_of
        self.purchases: list[Purchase] = []
        self.movements: list[Movement] = []
        self.loose: list[Movement] = []  # what lowers a customer and no order; amounts below 0
        for order in facts.orders:
            if order.day <= as_of and order.status == "placed":
                self._take_order(order)
        for refund in facts.refunds:
            if refund.day <= as_of:
                self._take_refund(refund)

    @property
    def valid(self) -> list[Purchase]:
        return [purchase for purchase in self.purchases if purchase.valid]

    def _take_order(self, order: OrderFact) -> None:
        rows_of_order = [x for x in self.facts.refunds if x.order == order.id and x.day <= self.as_of]
        rows = sum((x.amount for x in rows_of_order), Fraction(0))
        stated_on = order.refunded_on or order.day
        stated = order.refunded or Fraction(0)
        beyond = max(stated - rows, Fraction(0)) if stated_on <= self.as_of else Fraction(0)
        worth = order.net - rows - beyond
        if worth > 0:
            goods = find_goods(order, self.facts.choices)
        elif order.net == 0 == worth:
            goods = find_known_goods(order) or Fraction(0)
        else:
            goods = Fraction(0)
        self.purchases.append(Purchase(order, worth, goods))
        self.movements.append(Movement(order.day, order.customer, order.net))
        self.movements.append(Movement(stated_on, order.customer, -beyond))
        if worth < 0:
            days = [x.day for x in rows_of_order]
            if beyond:
                days.append(stated_on)
            self.loose.append(Movement(max([order.day, *days]), order.customer, worth))

    def _take_refund(self, refund: RefundFact) -> None:
        order = next((order for order in self.facts.orders if order.id == refund.order), None)
        if order is not None and order.status != "placed":
            return
        customer = order.customer if order is not None else refund.customer
        movement = Movement(refund.day, customer, -refund.amount)
        self.movements.append(movement)
        if order is None or order.day > self.as_of:
            self.loose.append(movement)


def find_goods(order: OrderFact, choices: Choices) -> Fraction | None:
    """Cost of goods: the order's own, its lines', what the default margin leaves; else unknown."""
    known = find_known_goods(order)
    if known is not None:
        return known
    if choices.default_margin is None:
        return None
    return round_half_up((1 - choices.default_margin) * order.net, 4)


def find_known_goods(order: OrderFact) -> Fraction | None:
    """The order's own cost, else that of its lines when each of them has one."""
    if order.cost is not None:
        return order.cost
    costs = [line.unit_cost for line in order.lines]
    if not order.lines or None in costs:
        return None
    return sum((line.unit_cost * line.quantity for line in order.lines), Fraction(0))


def find_category(order: OrderFact) -> str:
    """The category with the largest net amount; of equal ones the first in the alphabet."""
    amounts: dict[str, Fraction] = {}
    for line in order.lines:
        if line.category:
            amounts[line.category] = amounts.get(line.category, Fraction(0)) + line.net
    return min(amounts, key=lambda name: (-amounts[name], name), default="")


def find_last_day(facts: Facts, today: date) -> date | None:
    """The day of the last valid order, never later than today."""
    return max((purchase.day for purchase in Ledger(facts, today).valid), default=None)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def last_of_month(day: date) -> date:
    return next_month(day) - timedelta(days=1)


def add_months(month: date, number: int) -> date:
    """The first day of the month ``number`` months later (or, below 0, earlier)."""
    index = month.year * 12 + month.month - 1 + number
    return date(index // 12, index % 12 + 1, 1)
