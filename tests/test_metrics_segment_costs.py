"""Retention cost of a segment, worked out by hand: shared by its active customers, nothing lost."""

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Customer
from metrics.models import CustomerValue
from tests.builders import make_customer, make_membership, make_order, make_retention_cost
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def shop():
    """Anna and Bram live in the Netherlands, Carla does not; Dirk does, and bought long ago."""
    anna = make_customer("anna", country="NL", city="Gouda", attributes={"Branche": "horeca"})
    bram = make_customer("bram", country="NL", acquisition_channel="ads")
    carla = make_customer("carla", country="BE", city="Gent", attributes={"Branche": "horeca"})
    dirk = make_customer("dirk", country="NL")
    make_order(anna, "2025-01-10", "100")
    make_order(bram, "2025-02-10", "100", sales_channel="shop")
    make_order(carla, "2025-01-10", "100", sales_channel="ads")
    make_order(dirk, "2023-01-10", "100")


def costs(as_of=AS_OF):
    run = calculate(as_of)
    values = CustomerValue.objects.filter(run=run).exclude(retention_cost=0)
    return dict(values.values_list("external_id", "retention_cost")), run.totals["retention"]


@pytest.mark.parametrize(
    ("segment", "sharing"),
    [
        ("country = NL", ["anna", "bram"]),
        ("city = Gent", ["carla"]),
        ("Branche = horeca", ["anna", "carla"]),
        ("channel = ads", ["bram", "carla"]),  # Carla has none of her own: that of her first order
    ],
)
def test_active_customers_of_the_segment_share_it(segment, sharing):
    make_retention_cost("2025-03-01", "2025-03-31", "10", segment=segment)
    shares, totals = costs()
    assert shares == dict.fromkeys(sharing, Decimal(10) / len(sharing))
    assert totals == {"uploaded": "10.0000", "allocated": "10.0000", "unallocated": "0.0000",
                      "not_yet_due": "0.0000"}  # fmt: skip


def test_each_month_is_shared_by_who_was_active_at_its_end():
    make_retention_cost("2025-01-01", "2025-02-28", "59", segment="country = NL")
    shares, _totals = costs()
    # January, 31: Anna alone, Bram had not bought yet. February, 28: both.
    assert shares == {"anna": Decimal(31) + 14, "bram": Decimal(14)}


def test_what_rounding_leaves_goes_to_the_lowest_number_and_nothing_is_lost():
    make_retention_cost("2025-03-01", "2025-03-31", "0.0003", segment="country = NL")
    shares, _totals = costs()
    assert shares == {"anna": Decimal("0.0002"), "bram": Decimal("0.0001")}


def test_a_segment_in_which_nobody_is_active_leaves_its_cost_unallocated():
    make_retention_cost("2025-03-01", "2025-03-31", "10", segment="country = DE")
    make_retention_cost("2025-12-31", "2026-01-01", "8", segment="country = NL")
    shares, totals = costs()
    assert shares == {"anna": 2, "bram": 2}
    assert totals == {"uploaded": "18.0000", "allocated": "4.0000", "unallocated": "10.0000",
                      "not_yet_due": "4.0000"}  # fmt: skip


def test_costs_of_everyone_a_programme_a_segment_and_a_customer_add_up():
    anna = Customer.objects.get(external_id="anna")
    make_membership(anna, "club", "2025-01-01")
    make_retention_cost("2025-03-01", "2025-03-31", "3")
    make_retention_cost("2025-03-01", "2025-03-31", "5", programme="club")
    make_retention_cost("2025-03-01", "2025-03-31", "4", segment="country = NL")
    make_retention_cost("2025-03-01", "2025-03-31", "6", segment="Branche = horeca")
    make_retention_cost("2025-03-01", "2025-03-31", "7", customer=anna)
    shares, totals = costs()
    assert shares == {"anna": 1 + 5 + 2 + 3 + 7, "bram": 1 + 2, "carla": 1 + 3}
    assert totals["allocated"] == "25.0000"
