"""The oracle's cohort cells: loops over people and purchases, written apart from the queries."""

from collections import Counter
from datetime import date
from fractions import Fraction

from tests.oracle_cohorts import add_up, contribute
from tests.oracle_customers import Person, Valuation
from tests.oracle_facts import add_months, first_of_month, last_of_month

Key = tuple[str, str, date, int]
Cell = tuple[int, int, int, bool, Fraction, Fraction | None]
COHORTS = 36


def list_cells(valuation: Valuation, most: int, other: str) -> dict[Key, Cell]:
    """Return customers, active, bought again, complete, revenue, contribution by member, cohort, age."""
    oldest = add_months(first_of_month(valuation.as_of), 1 - COHORTS)
    people = [
        person
        for id_, person in valuation.people.items()
        if id_ in valuation.new and first_of_month(valuation.new[id_]) >= oldest
    ]
    found: dict[Key, Cell] = {}
    for dimension in ("", "channel", "first_category"):
        members = name_members(people, dimension, most, other)
        for member in set(members):
            mine = [person for person, name in zip(people, members, strict=True) if name == member]
            for cohort in {first_of_month(valuation.new[person.fact.id]) for person in mine}:
                group = [x for x in mine if first_of_month(valuation.new[x.fact.id]) == cohort]
                for age, cell in enumerate(follow(valuation, group, cohort)):
                    found[dimension, member, cohort, age] = cell
    return found


def name_members(people: list[Person], dimension: str, most: int, other: str) -> list[str]:
    names = [getattr(person, dimension) if dimension else "" for person in people]
    counts = Counter(names)
    largest = sorted(counts, key=lambda name: (-counts[name], name))[:most]
    return [name if name in largest or not dimension else other for name in names]


def follow(valuation: Valuation, group: list[Person], cohort: date) -> list[Cell]:
    """The cells of one cohort, month after month; what came before the first order counts with the first."""
    cells, month = [], cohort
    while month <= valuation.as_of:
        first = date.min if month == cohort else month
        last = min(last_of_month(month), valuation.as_of)
        start = valuation.complete_from
        complete = start is not None and start <= cohort and last_of_month(month) <= valuation.as_of
        cells.append(
            (
                len(group),
                sum(any(month <= day <= last for day in person.days) for person in group),
                sum(len(person.days) > 1 and month <= person.days[1] <= last for person in group),
                complete,
                sum((sum_revenue(valuation, person.fact.id, first, last) for person in group), Fraction(0)),
                add_up([contribute(valuation, person.fact.id, first, last) for person in group]),
            )
        )
        month = add_months(month, 1)
    return cells


def sum_revenue(valuation: Valuation, id_: str, first: date, last: date) -> Fraction:
    """By order, less refunds without an order (which the ledger keeps below 0)."""
    ledger = valuation.ledger
    worth = sum((x.worth for x in ledger.valid if x.customer == id_ and first <= x.day <= last), Fraction(0))
    return worth + sum(
        (x.amount for x in ledger.loose if x.customer == id_ and first <= x.day <= last), Fraction(0)
    )
