"""What programmes cost: the same cents as in the books of the calculation."""

from datetime import date
from decimal import Decimal

import pytest

from metrics.models import CustomerValue, Satisfaction
from tests.builders import make_customer, make_membership, make_order, make_retention_cost
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def anna():
    customer = make_customer("anna")
    make_order(customer, "2024-11-05", "100")
    return customer


def look():
    """The programmes by name (cost so far, in 12 months, on nobody), and the books of retention cost."""
    run = calculate(AS_OF)
    rows = Satisfaction.objects.get(run=run).programmes
    costs = {
        row["programme"]: tuple(map(Decimal, (row["cost"], row["cost_12"], row["unallocated"])))
        for row in rows
    }
    return costs, {name: Decimal(amount) for name, amount in run.totals["retention"].items()}


def test_a_programme_without_members_or_answers_shows_its_cost_and_that_it_landed_on_nobody():
    make_retention_cost("2024-12-01", "2025-01-31", "62", programme="Club")
    costs, books = look()
    assert costs == {"Club": (62, 31, 62)}
    assert books == {"uploaded": 62, "allocated": 0, "unallocated": 62, "not_yet_due": 0}


def test_members_who_did_not_buy_for_a_year_bear_nothing(anna):
    make_membership(anna, "Club", "2024-11-05")
    make_retention_cost("2025-10-01", "2025-11-30", "61", programme="Club")
    costs, books = look()
    assert costs == {"Club": (61, 61, 30)}  # until 5 November Anna had bought in the 365 days before
    assert (books["allocated"], books["unallocated"]) == (31, 30)


def test_days_are_rounded_as_the_books_round_them(anna):
    """10 over three days, of which two are due, is 6.6666, and not 6.6667."""
    make_membership(anna, "Club", "2024-11-05")
    make_order(anna, "2025-06-01", "5")
    make_retention_cost("2025-12-30", "2026-01-01", "10", programme="Club")
    make_retention_cost("2025-12-30", "2026-01-01", "10", programme="Pas")
    costs, books = look()
    assert costs == {
        "Club": (Decimal("6.6666"), Decimal("6.6666"), 0),
        "Pas": (Decimal("6.6666"), Decimal("6.6666"), Decimal("6.6666")),
    }
    assert sum(so_far for so_far, _lately, _nobody in costs.values()) == (
        books["allocated"] + books["unallocated"]
    )
    assert CustomerValue.objects.get(external_id="anna").retention_cost == Decimal("6.6666")


def test_a_cost_that_is_yet_to_come_is_nothing_so_far():
    make_retention_cost("2026-02-01", "2026-02-28", "28", programme="Club")
    costs, books = look()
    assert costs == {"Club": (0, 0, 0)}
    assert books["not_yet_due"] == 28


def test_a_cost_of_a_segment_is_no_programme():
    make_retention_cost("2025-03-01", "2025-03-31", "31", segment="lifecycle = active")
    costs, _books = look()
    assert costs == {}
