"""The oracle's cohorts: what new customers brought in, against what winning them cost."""

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from tests.oracle_customers import Person, Valuation
from tests.oracle_facts import add_months, first_of_month, last_of_month

Figure = tuple[Fraction | None, Fraction | None]


@lru_cache(maxsize=100_000)
def contribute(valuation: Valuation, id_: str, first: date, last: date) -> Fraction | None:
    """What a customer brought in from one day to another; None when the cost of an order is not known."""
    ledger = valuation.ledger
    own = [x for x in ledger.purchases if x.customer == id_ and first <= x.day <= last]
    if any(x.goods is None for x in own):
        return None
    worth = sum((x.worth for x in own if x.valid), Fraction(0))
    costs = sum(((x.goods or Fraction(0)) + x.transaction for x in own), Fraction(0))
    loose = [x.amount for x in ledger.loose if x.customer == id_ and first <= x.day <= last]
    return worth - costs + sum(loose, Fraction(0))


def add_up(parts: list[Fraction | None]) -> Fraction | None:
    known = [x for x in parts if x is not None]
    return sum(known, Fraction(0)) if len(known) == len(parts) else None


def contribute_first_year(valuation: Valuation, people: list[Person]) -> Fraction | None:
    """Of everyone together, day 0 to 364."""
    firsts = [(person.fact.id, valuation.new[person.fact.id]) for person in people]
    return add_up([contribute(valuation, id_, day, day + timedelta(days=364)) for id_, day in firsts])


def pay_back(valuation: Valuation, people: list[Person], cost: Fraction, last_cohort: date) -> Figure:
    """The first month, counted for each from its own first order, by which all had brought in the cost."""
    if not people or cost <= 0:
        return None, None
    reached = 0
    while add_months(last_cohort, reached) <= valuation.as_of:
        reached += 1
        so_far = []
        for person in people:
            cohort = first_of_month(valuation.new[person.fact.id])
            end = last_of_month(add_months(cohort, reached - 1))
            so_far.append(contribute(valuation, person.fact.id, date.min, end))
        total = add_up(so_far)
        if total is None:
            return None, None
        if total >= cost:
            return Fraction(reached), None
    return None, Fraction(reached)


def choose_latest(valuation: Valuation, channel: str, least: int) -> list[Person]:
    """Who came in the latest months, at most 12 of them, that have their whole first year and ``least``."""
    month, people, months = first_of_month(valuation.as_of), [], 0
    start = valuation.complete_from
    while start is not None and month >= start and months < 12:
        if last_of_month(month) + timedelta(days=364) <= valuation.as_of:
            months += 1
            people += [
                x
                for x in valuation.people.values()
                if x.channel == channel and first_of_month(valuation.new.get(x.fact.id, date.min)) == month
            ]
            if len(people) >= least:
                return people
        month = add_months(month, -1)
    return []
