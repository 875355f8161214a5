"""The oracle's segments by orders: where a customer stood at the end of a day, by the usual thresholds."""

from datetime import date
from fractions import Fraction

from tests.oracle_facts import Facts, Ledger

UNIT = 10_000


def find_high_revenue(facts: Facts, ledger: Ledger) -> Fraction | None:
    """Where the best fifth of buyers who may be profiled starts on ``as_of``: two figures, at least 1."""
    told = sorted(
        sum_revenue(ledger, x.id, ledger.as_of)
        for x in facts.customers
        if not x.objects and any(purchase.customer == x.id for purchase in ledger.valid)
    )
    if not told:
        return None
    amount = next(x for place, x in enumerate(told, start=1) if 5 * place >= 4 * len(told))
    step = Fraction(1)
    while amount >= 100 * step:
        step *= 10
    return max(step * ((amount + step / 2) // step), Fraction(1))


def sum_revenue(ledger: Ledger, customer: str, day: date) -> Fraction:
    """By order, less refunds without an order, up to a day."""
    bought = (x.worth for x in ledger.valid if x.customer == customer and x.day <= day)
    back = (x.amount for x in ledger.loose if x.customer == customer and x.day <= day)
    return sum((*bought, *back), Fraction(0))


def place(ledger: Ledger, customer: str, day: date, high: Fraction | None) -> dict[str, str]:
    """The segments of RFM and lifecycle of who has a valid order by then; else none."""
    days = [x.day for x in ledger.valid if x.customer == customer and x.day <= day]
    if not days:
        return {}
    silent, since, n = (day - max(days)).days, (day - min(days)).days, len(days)
    rich = high is not None and sum_revenue(ledger, customer, day) >= high
    return {"rfm": name_rfm(silent, n, rich=rich), "lifecycle": name_stage(silent, since, n)}


def name_rfm(silent: int, n: int, *, rich: bool) -> str:
    if silent <= 90:
        if n >= 5:
            return "champions" if rich else "loyal"
        return "promising" if n >= 2 or rich else "new"
    if silent <= 180:
        return "loyal" if n >= 5 else "attention"
    if n >= 5 and rich:
        return "precious"
    if silent <= 365:
        return "slipping" if n >= 2 else "sleeping"
    return "silent"


def name_stage(silent: int, since: int, n: int) -> str:
    if since <= 90:
        return "new"
    if silent <= 180:
        return "loyal" if n >= 4 else "active"
    return "cooling" if silent <= 365 else "silent"
