"""The oracle's customers: what each is worth on a day, from its orders, costs and peers."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

from tests.oracle_costs import spread_acquisition, spread_retention
from tests.oracle_facts import (
    Choices,
    CustomerFact,
    Facts,
    Ledger,
    Purchase,
    add_months,
    divide,
    find_category,
    first_of_month,
    last_of_month,
    round_half_up,
)

PERIODS_A_YEAR = {"month": 12, "quarter": 4, "year": 1}
DAYS_A_YEAR = Fraction("365.25")
METHODS = ("realised", "periodic", "lifetime", "loyalty")


@dataclass
class Person:
    """One customer: facts first, then what follows from them. None is n.a."""

    fact: CustomerFact
    purchases: list[Purchase] = field(default_factory=list)  # valid ones, in order
    channel: str = ""
    first_category: str = ""
    revenue: Fraction = Fraction(0)
    cost_of_goods: Fraction | None = Fraction(0)
    transaction_cost: Fraction = Fraction(0)
    acquisition_cost: Fraction = Fraction(0)
    retention_cost: Fraction = Fraction(0)
    window_revenue: Fraction = Fraction(0)
    window_orders: int = 0
    window_cost_to_serve: Fraction = Fraction(0)
    margin: Fraction | None = None
    margin_own: bool = False
    peers: "Peers | None" = None
    values: dict[str, Fraction | None] = field(default_factory=dict)
    ranks: dict[str, int | None] = field(default_factory=dict)

    @property
    def days(self) -> list[date]:
        return sorted({purchase.day for purchase in self.purchases})

    @property
    def first(self) -> date | None:
        return self.days[0] if self.purchases else None

    @property
    def last(self) -> date | None:
        return self.days[-1] if self.purchases else None

    @property
    def contribution(self) -> Fraction | None:
        if self.cost_of_goods is None:
            return None
        return self.revenue - self.cost_of_goods - self.transaction_cost


@dataclass
class Peers:
    """A peer group and the rates its members borrow."""

    channel: str | None
    category: str | None
    members: list[Person]
    repeat: tuple[int, int] = (0, 0)
    retention: tuple[int, int] | None = None
    lifetime_years: Fraction = Fraction(0)
    assumed: bool = False
    future_years: Fraction = Fraction(0)
    future_periods: Fraction = Fraction(0)

    @property
    def revenue(self) -> Fraction:
        """Of those whose costs are all known."""
        return sum((x.revenue for x in self.members if x.contribution is not None), Fraction(0))

    @property
    def contribution(self) -> Fraction | None:
        known = [x.contribution for x in self.members if x.contribution is not None]
        return sum(known, Fraction(0)) if known else None


class Valuation:
    """Every customer of a shop at ``as_of``, with the costs shared among them."""

    def __init__(self, facts: Facts, as_of: date) -> None:
        self.facts, self.as_of, self.choices = facts, as_of, facts.choices
        self.ledger = Ledger(facts, as_of)
        known = self._find_known()
        self.people = {x.id: Person(x) for x in sorted(facts.customers, key=lambda x: x.id) if x.id in known}
        self.complete_from = self._find_complete_from()
        self._collect_facts()
        self.new = self._find_new()
        channel_of = {id_: person.channel for id_, person in self.people.items()}
        self.acquisition = spread_acquisition(facts, as_of, self.new, channel_of)
        window_first = as_of - timedelta(days=self.choices.window_days - 1)
        self.retention, self.recent_retention = spread_retention(facts, self.ledger, window_first, channel_of)
        self._add_costs()
        self._join_peers()
        for person in self.people.values():
            person.values = self._value(person)
        self._rank()

    def _find_known(self) -> set[str]:
        """Who is known on the day: by an order, a refund or a cost of its own."""
        named = {x.customer for x in self.facts.retention if x.first <= self.as_of}
        moved = {x.customer for x in self.ledger.purchases + self.ledger.loose}
        return {id_ for id_ in named | moved if id_ is not None}

    def _find_complete_from(self) -> date | None:
        """As set; else the day of the shop's first order."""
        if self.choices.complete_from is not None:
            return self.choices.complete_from
        return min((purchase.day for purchase in self.ledger.purchases), default=None)

    def _collect_facts(self) -> None:
        window_start = self.as_of - timedelta(days=self.choices.window_days - 1)
        for person in self.people.values():
            own = [x for x in self.ledger.purchases if x.customer == person.fact.id]
            valid = sorted((x for x in own if x.valid), key=lambda x: (x.day, x.fact.moment, x.fact.id))
            person.purchases = valid
            loose = sum((x.amount for x in self.ledger.loose if x.customer == person.fact.id), Fraction(0))
            person.revenue = sum((x.worth for x in valid), Fraction(0)) + loose
            goods = [x.goods for x in own]
            person.cost_of_goods = None if None in goods else sum(goods, Fraction(0))
            person.transaction_cost = sum((x.transaction for x in own), Fraction(0))
            person.channel = person.fact.channel
            if valid:
                person.channel = person.fact.channel or valid[0].fact.sales_channel
                person.first_category = find_category(valid[0].fact)
            recent = [x for x in valid if x.day >= window_start]
            person.window_revenue = sum((x.worth for x in recent), Fraction(0))
            person.window_orders = len(recent)
            person.window_cost_to_serve = sum(
                (x.transaction for x in own if x.day >= window_start), Fraction(0)
            )

    def _find_new(self) -> dict[str, date]:
        """The day each was new; not who was acquired before the data are complete."""
        return {
            id_: person.first
            for id_, person in self.people.items()
            if person.first is not None
            and not (
                person.fact.acquired_on is not None
                and self.complete_from is not None
                and person.fact.acquired_on < self.complete_from
            )
        }

    def _add_costs(self) -> None:
        for id_, person in self.people.items():
            person.acquisition_cost = self.acquisition.of(id_)
            person.retention_cost = self.retention.of(id_)
            person.window_cost_to_serve += self.recent_retention.get(id_, Fraction(0))

    def _join_peers(self) -> None:
        eligible = [x for x in self.people.values() if x.purchases and not x.fact.objects]
        shop = Peers(None, None, eligible)
        self.groups: dict[tuple[str | None, str | None], Peers] = {(None, None): shop}
        for person in eligible:
            same_channel = [x for x in eligible if x.channel == person.channel]
            same_both = [x for x in same_channel if x.first_category == person.first_category]
            if len(same_both) >= self.choices.peer_minimum:
                found = Peers(person.channel, person.first_category, same_both)
            elif len(same_channel) >= self.choices.peer_minimum:
                found = Peers(person.channel, None, same_channel)
            else:
                found = shop
            person.peers = self.groups.setdefault((found.channel, found.category), found)
        for group in self.groups.values():
            self._rate(group)

    def _rate(self, group: Peers) -> None:
        last = last_complete_month(self.as_of)
        days = [person.days for person in group.members]
        group.repeat = count_repeat(days, add_months(self.as_of, -11), self.as_of, self.as_of)
        if self._knows_retention(last):
            stayed, base = count_retention(days, last)
            group.retention = (stayed, base) if base else None
        group.lifetime_years, group.assumed = find_lifetime(group.retention, self.choices)
        per_year = PERIODS_A_YEAR[self.choices.period]
        rate = find_real_rate(self.choices)
        ahead = self.choices.fixed_periods
        if ahead is None:
            ahead = group.lifetime_years * per_year
        group.future_years = add_up_periods(group.lifetime_years, rate, 1)
        group.future_periods = add_up_periods(ahead, rate, per_year)

    def _knows_retention(self, last: date) -> bool:
        """Two times twelve complete months end with ``last``."""
        return self.complete_from is not None and self.complete_from <= add_months(last, -23)

    def _value(self, person: Person) -> dict[str, Fraction | None]:
        values: dict[str, Fraction | None] = dict.fromkeys(METHODS)
        values["value_density"] = None
        if person.contribution is not None:
            values["realised"] = person.contribution - person.acquisition_cost - person.retention_cost
        if person.fact.objects:
            return values
        average = divide(person.window_revenue, person.window_orders)
        values["value_density"] = None if average is None else round_half_up(average, 4)
        if not person.purchases:
            values["loyalty"] = Fraction(0)
            return values
        assert person.peers is not None
        assert person.first is not None
        person.margin, person.margin_own = find_margin(person)
        age = (self.as_of - person.first).days
        values["periodic"] = self._value_per_period(person, age)
        yearly = divide(person.revenue, max(Fraction(1), round_half_up(age / DAYS_A_YEAR, 10)))
        if person.margin is not None and yearly is not None:
            values["lifetime"] = round_half_up(yearly * person.peers.future_years * person.margin, 4)
        rate = divide(*person.peers.repeat)
        if average is None:
            values["loyalty"] = Fraction(0)
        elif rate is not None:
            values["loyalty"] = round_half_up(average * person.window_orders * rate, 4)
        return values

    def _value_per_period(self, person: Person, age: int) -> Fraction | None:
        assert person.peers is not None
        costs, spend = self.choices.costs, person.revenue
        if "goods" in costs:
            if person.cost_of_goods is None:
                return None
            spend -= person.cost_of_goods
        if "transaction" in costs:
            spend -= person.transaction_cost
        if "retention" in costs:
            spend -= person.retention_cost
        so_far = max(Fraction(1), round_half_up(age * PERIODS_A_YEAR[self.choices.period] / DAYS_A_YEAR, 10))
        each = divide(spend, so_far)
        assert each is not None
        value = round_half_up(each * person.peers.future_periods, 4)
        return value - person.acquisition_cost if "acquisition" in costs else value

    def _rank(self) -> None:
        """Best first, n.a. last, ties by external id; who objected has no rank."""
        listed = [person for person in self.people.values() if not person.fact.objects]
        for method in METHODS:

            def key(person: Person, method: str = method) -> tuple[bool, Fraction, str]:
                value = person.values[method]
                return value is None, -(value or Fraction(0)), person.fact.id

            for person in self.people.values():
                person.ranks[method] = None
            for place, person in enumerate(sorted(listed, key=key), start=1):
                person.ranks[method] = place


def find_margin(person: Person) -> tuple[Fraction | None, bool]:
    """The customer's own from three valid orders with known cost, else the peers'."""
    own = divide(person.contribution, person.revenue)
    if len(person.purchases) >= 3 and own is not None and person.revenue > 0:
        return own, True
    assert person.peers is not None
    return divide(person.peers.contribution, person.peers.revenue), False


def last_complete_month(as_of: date) -> date:
    """The first day of the last month that had ended at ``as_of``."""
    month = first_of_month(as_of)
    return month if as_of == last_of_month(as_of) else add_months(month, -1)


def count_repeat(days: list[list[date]], first: date, last: date, as_of: date) -> tuple[int, int]:
    """Bought again on day 1 to 365, of those whose day 365 falls in the window and has been."""
    again = total = 0
    for own in days:
        if not own:
            continue
        end = own[0] + timedelta(days=365)
        if first <= end <= min(last, as_of):
            total += 1
            again += any(own[0] < day <= end for day in own)
    return again, total


def count_retention(days: list[list[date]], month: date) -> tuple[int, int]:
    """Bought in the 12 months before and in the 12 that end with ``month``, of those of the 12 before."""
    middle, end = add_months(month, -11), last_of_month(month)
    before = [own for own in days if any(add_months(month, -23) <= day < middle for day in own)]
    return sum(any(middle <= day <= end for day in own) for own in before), len(before)


def find_lifetime(retention: tuple[int, int] | None, choices: Choices) -> tuple[Fraction, bool]:
    """1 ÷ churn, between 1 year and the cap; True: assumed, as retention is not known."""
    if retention is None:
        return choices.assumed_lifetime, True
    stayed, total = retention
    years = divide(total, total - stayed)
    return (
        choices.lifetime_cap if years is None else max(Fraction(1), min(years, choices.lifetime_cap))
    ), False


def find_real_rate(choices: Choices) -> Fraction:
    """(1 + interest) ÷ (1 + inflation) − 1; not set: nothing is discounted."""
    if choices.interest is None or choices.inflation is None:
        return Fraction(0)
    return round_half_up((1 + choices.interest) / (1 + choices.inflation) - 1, 10)


def add_up_periods(number: Fraction, rate: Fraction, per_year: int) -> Fraction:
    """Σ (1 + rate)^(−k ÷ per_year), k = 1…number, the last one pro rata; without a rate the number itself."""
    if not rate:
        return number
    total = Fraction(0)
    k = 1
    while number > k - 1:
        part = min(Fraction(1), number - (k - 1))
        total += part * Fraction(discount(rate, k, per_year))
        k += 1
    return round_half_up(total, 10)


def discount(rate: Fraction, k: int, per_year: int) -> Decimal:
    """(1 + rate)^(−k ÷ per_year), to 40 digits."""
    with localcontext(prec=60):
        base = Decimal((1 + rate).numerator) / Decimal((1 + rate).denominator)
        return base ** (Decimal(-k) / per_year)
