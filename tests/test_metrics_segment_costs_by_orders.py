"""Retention cost of RFM, lifecycle and own segments, worked out by hand: as at the end of each month."""

from datetime import date
from decimal import Decimal

import pytest

from customers.models import Customer
from metrics.models import CustomerValue, KpiValue, OwnSegment, SegmentMonth, SegmentRun, SegmentSettings
from tests.builders import make_customer, make_membership, make_order, make_refund, make_retention_cost
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2025, 12, 31)


@pytest.fixture(autouse=True)
def shop():
    """Stages at the ends of March, April and May 2025, by the thresholds a shop starts with.

    Anna's last order is 80, 110 and 141 days ago: active. Bram's first one 49, 79 and 110: new, new, active.
    Carla's only one 303 days ago and more: cooling, then silent (in July, nobody is active any more by then).
    """
    anna = make_customer("anna", country="NL")
    bram = make_customer("bram", country="BE")
    carla = make_customer("carla", country="NL")
    make_order(anna, "2024-09-01", "100")
    make_order(anna, "2025-01-10", "100")
    make_order(bram, "2025-02-10", "40")
    make_order(carla, "2024-06-01", "70")


def costs(as_of=AS_OF):
    run = calculate(as_of)
    values = CustomerValue.objects.filter(run=run).exclude(retention_cost=0)
    return dict(values.values_list("external_id", "retention_cost")), run.totals["retention"]


def books(uploaded, allocated, unallocated="0", not_yet_due="0"):
    amounts = {"uploaded": uploaded, "allocated": allocated, "unallocated": unallocated,
               "not_yet_due": not_yet_due}  # fmt: skip
    return {name: f"{Decimal(amount):.4f}" for name, amount in amounts.items()}


def test_each_month_is_shared_by_who_was_in_the_segment_at_its_end():
    make_retention_cost("2025-03-01", "2025-05-31", "92", segment="lifecycle = active")
    shares, totals = costs()
    # A day costs 1. March 31 and April 30: Anna alone. May 31: Bram is active by then, too.
    assert shares == {"anna": Decimal("76.5"), "bram": Decimal("15.5")}
    assert totals == books("92", "92")


def test_what_rounding_leaves_goes_to_the_lowest_number_of_the_segment():
    make_retention_cost("2025-05-01", "2025-05-31", "0.0003", segment="lifecycle = active")
    shares, totals = costs()
    assert shares == {"anna": Decimal("0.0002"), "bram": Decimal("0.0001")}
    assert totals == books("0.0003", "0.0003")


def test_a_segment_of_rfm_goes_by_orders_and_revenue_up_to_the_end_of_the_month():
    SegmentSettings.objects.create(
        rfm_high_revenue=190, rfm_many_orders=2, tier_top=300, tier_high=200, tier_middle=100
    )
    make_refund("2025-04-15", "20", customer=Customer.objects.get(external_id="anna"))
    make_retention_cost("2025-03-01", "2025-04-30", "61", segment="rfm = champions")
    make_retention_cost("2025-03-01", "2025-04-30", "6.10", segment="rfm = loyal")
    shares, totals = costs()
    # Anna at the end of March: two orders, 200, 80 days ago: champion. In April 110 days ago: loyal.
    assert shares == {"anna": Decimal("31") + Decimal("3")}
    assert totals == books("67.10", "34", unallocated="33.10")


def test_a_refund_without_an_order_lowers_revenue_from_its_own_month_on():
    SegmentSettings.objects.create(
        rfm_high_revenue=190, rfm_many_orders=2, rfm_recent_days=120, tier_top=300, tier_high=200,
        tier_middle=100,
    )  # fmt: skip
    make_refund("2025-04-15", "20", customer=Customer.objects.get(external_id="anna"))
    make_retention_cost("2025-03-01", "2025-04-30", "61", segment="rfm = champions")
    shares, totals = costs()
    assert shares == {"anna": Decimal("31")}  # 200 at the end of March, 180 at the end of April
    assert totals == books("61", "31", unallocated="30")


def test_revenue_that_counts_as_high_is_the_one_that_the_calculation_itself_proposes():
    make_retention_cost("2025-03-01", "2025-03-31", "31", segment="rfm = promising")
    shares, _totals = costs()
    # Of 40, 70 and 200 the best fifth starts at 200. Anna: two orders; Bram: 40 is not high.
    assert SegmentRun.objects.get().thresholds["rfm_high_revenue"] == "200.0000"
    assert shares == {"anna": 31}


def test_who_objects_to_profiling_is_in_no_segment_and_shares_none_of_its_cost():
    Customer.objects.filter(external_id="anna").update(objects_to_profiling=True)
    make_retention_cost("2025-05-01", "2025-05-31", "31", segment="lifecycle = active")
    shares, totals = costs()
    assert shares == {"bram": 31}
    assert totals == books("31", "31")


def test_who_has_not_bought_for_a_year_shares_nothing_and_the_cost_stays_unallocated():
    make_retention_cost("2025-07-01", "2025-07-31", "31", segment="lifecycle = silent")
    make_retention_cost("2024-02-01", "2024-02-29", "29", segment="lifecycle = new")
    make_retention_cost("2025-12-31", "2026-01-01", "8", segment="lifecycle = active")
    assert costs() == ({}, books("68", "0", unallocated="64", not_yet_due="4"))


@pytest.mark.parametrize(
    ("criteria", "sharing"),
    [
        ({"country": "NL"}, ["anna", "carla"]),
        ({"country": "NL", "lifecycle": "active"}, ["anna"]),
        ({"country": "-"}, []),
        ({"channel": "-"}, ["anna", "bram", "carla"]),
        ({"first_from": "2024-07-01", "first_to": "2025-02-10"}, ["anna", "bram"]),
        ({"value_min": "70", "method": "revenue"}, ["anna", "carla"]),
        ({"value_min": "50", "value_max": "100", "method": "revenue"}, ["carla"]),
        ({"rfm": "sleeping"}, ["carla"]),
    ],
)
def test_an_own_segment_shares_by_its_filters(criteria, sharing):
    OwnSegment.objects.create(name="Eigen", slug="eigen", criteria=criteria)
    make_retention_cost("2025-03-01", "2025-03-31", "12", segment="segment = eigen")
    shares, totals = costs()
    assert shares == {name: Decimal(12) / len(sharing) for name in sharing}
    assert totals == books("12", "12" if sharing else "0", unallocated="0" if sharing else "12")


def test_an_own_segment_by_value_that_got_in_all_the_same_bears_nothing():
    OwnSegment.objects.create(name="Rijk", slug="rijk", criteria={"tier": "top"})
    make_retention_cost("2025-03-01", "2025-03-31", "12", segment="segment = rijk")
    assert costs() == ({}, books("12", "0", unallocated="12"))


def test_the_members_of_a_country_have_what_their_customers_got_month_by_month():
    make_retention_cost("2025-03-01", "2025-05-31", "92", segment="lifecycle = active")
    make_retention_cost("2025-05-01", "2025-05-31", "0.0003", segment="rfm = attention")
    run = calculate(AS_OF)
    found = KpiValue.objects.filter(run=run, kpi="retention_cost", window="month", dimension="country")
    rows = found.filter(period__range=("2025-03-01", "2025-05-31"))
    # In May both are active, and both need attention: 90 to 180 days ago.
    assert {(row.member, row.period.month): row.numerator for row in rows} == {
        ("NL", 3): 31, ("NL", 4): 30, ("NL", 5): Decimal("15.5002"),
        ("BE", 3): 0, ("BE", 4): 0, ("BE", 5): Decimal("15.5001"),
    }  # fmt: skip


def test_value_tiers_keep_their_history_because_such_a_cost_is_known_by_month():
    make_retention_cost("2025-03-01", "2025-05-31", "92", segment="lifecycle = active")
    run = calculate(AS_OF)
    assert SegmentRun.objects.get(run=run).tiers_known
    assert SegmentMonth.objects.filter(run=run, scheme="tier").exists()


def test_a_programme_by_the_name_of_a_segment_is_another():
    make_membership(Customer.objects.get(external_id="bram"), "lifecycle = active", "2025-01-01")
    make_retention_cost("2025-03-01", "2025-03-31", "31", programme="lifecycle = active")
    make_retention_cost("2025-03-01", "2025-03-31", "62", segment="lifecycle = active")
    assert costs() == ({"anna": 62, "bram": 31}, books("93", "93"))
