"""The oracle's potential: every estimate by its definition, customer by customer, in fractions."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from statistics import median

from tests.oracle_customers import Person, Valuation
from tests.oracle_facts import round_half_up

DAYS = 365


@dataclass(frozen=True)
class Figure:
    """A market figure."""

    attribute: str
    value: str
    amount: Fraction


@dataclass(frozen=True)
class Potential:
    """What a customer may bring in at most, without a prediction."""

    year: Fraction | None
    most: Fraction | None
    source: str
    gap: Fraction | None


class Potentials:
    """Everyone's potential in a valuation; ``least``: customers that an estimate by categories needs."""

    def __init__(self, valuation: Valuation, figures: list[Figure], least: int) -> None:
        self.valuation, self.figures, self.least = valuation, figures, least
        self.first = valuation.as_of - timedelta(days=DAYS - 1)
        scored = [x for x in valuation.people.values() if x.purchases and not x.fact.objects]
        self.year = {x.fact.id: self._sum_year(x) for x in scored}
        self.bought = {x.fact.id: self._sum_categories(x) for x in scored}
        self.found = {x.fact.id: self._find(x) for x in scored}

    def _sum_year(self, person: Person) -> Fraction | None:
        own = [
            x for x in self.valuation.ledger.purchases if x.customer == person.fact.id and x.day >= self.first
        ]
        loose = [
            x for x in self.valuation.ledger.loose if x.customer == person.fact.id and x.day >= self.first
        ]
        if any(x.goods is None for x in own):
            return None
        gained = sum(((x.worth if x.valid else 0) - x.goods - x.transaction for x in own), Fraction(0))
        return gained + sum((x.amount for x in loose), Fraction(0))

    def _sum_categories(self, person: Person) -> dict[str, Fraction | None]:
        """Each category's share in the year's contribution, by what the lines come to."""
        amounts: dict[str, Fraction] = {}
        for purchase in person.purchases:
            if purchase.day >= self.first:
                for line in purchase.fact.lines:
                    if line.net > 0:
                        amounts[line.category] = amounts.get(line.category, Fraction(0)) + line.net
        year, whole = self.year[person.fact.id], sum(amounts.values(), Fraction(0))
        return {
            name: None if year is None else round_half_up(amount * year / whole, 4)
            for name, amount in amounts.items()
            if name
        }

    def _find(self, person: Person) -> Potential:
        year = self.year[person.fact.id]
        estimates = {
            "today": year,
            "peers": self._best_of_peers(person),
            "assortment": None if year is None else year + self._open_categories(person),
            "market": self._market(person),
        }
        known = {name: value for name, value in estimates.items() if value is not None}
        compared = estimates["peers"] is not None or estimates["market"] is not None
        if not known or not (compared or self._open_categories(person) > 0):
            return Potential(year, None, "", None)
        source = max(known, key=lambda name: known[name])  # the first of equals
        most = known[source]
        return Potential(year, most, source, None if year is None else most - year)

    def _best_of_peers(self, person: Person) -> Fraction | None:
        old = [x for x in person.peers.members if (self.valuation.as_of - x.first).days >= DAYS]
        values = sorted(y for y in (self.year[x.fact.id] for x in old) if y is not None)
        only_absent = len(values) < len(old) and not any(y > 0 for y in values)
        if only_absent or len(values) < self.least:
            return None
        place = Fraction(9, 10) * (len(values) - 1)
        low = int(place)
        above = values[min(low + 1, len(values) - 1)]
        return round_half_up(values[low] + (place - low) * (above - values[low]), 4)

    def _open_categories(self, person: Person) -> Fraction:
        mine = set(self.bought[person.fact.id])
        alike = [set(other) for other in self.bought.values() if mine & set(other)]
        total = Fraction(0)
        for name in {name for other in self.bought.values() for name in other} - mine:
            worth = [other[name] for other in self.bought.values() if other.get(name) is not None]
            buyers = sum(name in other for other in self.bought.values())
            if min(len(alike), len(worth), buyers) >= self.least:
                total += Fraction(sum(name in other for other in alike), len(alike)) * median(worth)
        return round_half_up(total, 4)

    def _market(self, person: Person) -> Fraction | None:
        fitting = [x for x in self.figures if self._fits(x, person)]
        if not fitting or person.margin is None:
            return None
        everyone = [x for x in self.valuation.people.values() if x.purchases]
        closest = min(fitting, key=lambda x: sum(self._fits(x, other) for other in everyone))
        return round_half_up(closest.amount * person.margin, 4)

    def _fits(self, figure: Figure, person: Person) -> bool:
        known = {"country": person.fact.country, "city": person.fact.city, "channel": person.channel}
        return {**dict(person.fact.attributes), **known}.get(figure.attribute) == figure.value
