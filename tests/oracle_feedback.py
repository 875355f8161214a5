"""The oracle's surveys and referrals: the last answers of a window, and what referred customers realised."""

from datetime import date
from fractions import Fraction

from tests.oracle_customers import Valuation
from tests.oracle_facts import AnswerFact, round_half_up

LOWEST = {"nps": 0, "csat_5": 1, "csat_10": 1}
HIGHEST = {"nps": 10, "csat_5": 5, "csat_10": 10}
KPIS = {"nps": ("nps",), "csat": ("csat_5", "csat_10")}


def list_asked(valuation: Valuation) -> list[str]:
    """The KPIs of which there is any answer."""
    scales = {x.scale for x in valuation.facts.answers if x.day <= valuation.as_of}
    return [kpi for kpi, of_kpi in KPIS.items() if scales & set(of_kpi)]


def find_channel(valuation: Valuation, customer: str) -> str:
    """That of the valuation; who has neither bought nor cost anything has the one that was uploaded."""
    if customer in valuation.people:
        return valuation.people[customer].channel
    return next(x.channel for x in valuation.facts.customers if x.id == customer)


def list_answers(valuation: Valuation, kpi: str, first: date, last: date) -> list[AnswerFact]:
    """The last answer of each customer on each scale of a KPI."""
    found: dict[tuple[str, str], AnswerFact] = {}
    for answer in valuation.facts.answers:
        if answer.scale in KPIS[kpi] and first <= answer.day <= min(last, valuation.as_of):
            key = (answer.customer, answer.scale)
            if key not in found or (answer.day, answer.id) > (found[key].day, found[key].id):
                found[key] = answer
    return list(found.values())


def rate(kpi: str, answers: list[AnswerFact]) -> tuple[Fraction, Fraction]:
    """NPS: 100 × (promoters − detractors) over respondents; CSAT: the share of the way to the top."""
    if kpi == "nps":
        promoters = sum(x.score >= 9 for x in answers)
        detractors = sum(x.score <= 6 for x in answers)
        return Fraction(100 * (promoters - detractors)), Fraction(len(answers))
    shares = [Fraction(x.score - LOWEST[x.scale], HIGHEST[x.scale] - LOWEST[x.scale]) for x in answers]
    return round_half_up(sum(shares, Fraction(0)), 4), Fraction(len(answers))


def value_referrals(valuation: Valuation, customer: str) -> Fraction | None:
    """A share of what those realised of whom the customer is the earliest referrer."""
    share = valuation.choices.referral_share
    if share is None or valuation.people[customer].fact.objects:
        return None
    total = Fraction(0)
    for referred, person in valuation.people.items():
        told = [
            (x.day is None, x.day or date.min, place, x.referrer)
            for place, x in enumerate(valuation.facts.referrals)
            if x.referred == referred and (x.day is None or x.day <= valuation.as_of)
        ]
        if told and min(told)[3] == customer:
            realised = person.values["realised"]
            if realised is None:
                return None
            total += realised
    return round_half_up(total * share, 4)
