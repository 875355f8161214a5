"""The oracle's campaigns: what each cost, whom it won, and what those brought in, from the facts alone."""

from datetime import date
from fractions import Fraction

from tests.oracle_cohorts import contribute_first_year
from tests.oracle_costs import split_over_months
from tests.oracle_customers import Person, Valuation
from tests.oracle_facts import add_months, first_of_month
from tests.oracle_kpis import Figure, is_complete, list_months

Key = tuple[str, str, date, str, str]  # KPI, window, month, channel, campaign


def compute_campaigns(valuation: Valuation) -> dict[Key, Figure]:
    """Return every figure of every campaign over a window in which it cost something or won somebody."""
    found: dict[Key, Figure] = {}
    for month in list_months(valuation):
        for window, months in (("month", 1), ("12m", 12)):
            first = add_months(month, 1 - months)
            for channel, campaign in list_campaigns(valuation):
                where = month, channel, campaign
                cost, won = look(valuation, channel, campaign, first, month)
                if cost or won:
                    found["acquisition_cost", window, *where] = cost, None
                    found["new_customers", window, *where] = Fraction(len(won)), None
                    found["paid_cac", window, *where] = cost, Fraction(len(won))
                before = add_months(first, -12), add_months(month, -12)
                cost, won = look(valuation, channel, campaign, *before)
                if (cost or won) and is_complete(valuation, before[0], month):
                    found["ltv_cac", window, *where] = contribute_first_year(valuation, won), cost
    return found


def list_campaigns(valuation: Valuation) -> set[tuple[str, str]]:
    spent = {(row.channel, row.campaign) for row in valuation.facts.acquisition}
    people = {(person.channel, person.fact.campaign) for person in valuation.people.values()}
    return {(channel, campaign) for channel, campaign in spent | people if campaign}


def look(
    valuation: Valuation, channel: str, campaign: str, first: date, last: date
) -> tuple[Fraction, list[Person]]:
    """What was due in the months from ``first`` to ``last``, and who was new in them."""
    cost = Fraction(0)
    for row in valuation.facts.acquisition:
        if (row.channel, row.campaign) == (channel, campaign):
            parts = split_over_months(row.first, row.last, row.amount, valuation.as_of)
            cost += sum((amount for month, amount in parts if first <= month <= last), Fraction(0))
    won = [
        person
        for id_, person in valuation.people.items()
        if (person.channel, person.fact.campaign) == (channel, campaign)
        and id_ in valuation.new
        and first <= first_of_month(valuation.new[id_]) <= last
    ]
    return cost, won
