"""Own segments at the end of every month, worked out by hand: who met their filters then."""

from datetime import date

import pytest

from metrics.models import OwnSegment, SegmentMonth, SegmentSettings, SegmentSum
from tests.builders import make_customer, make_order, make_retention_cost
from tests.worked_example_shop import calculate

pytestmark = pytest.mark.django_db(transaction=True)
AS_OF = date(2025, 12, 31)


def buy(customer, *orders):
    for day, net in orders:
        make_order(customer, day, net, cost_of_goods=0, transaction_cost=0)


@pytest.fixture(autouse=True)
def shop():
    """Anna buys in October and November, Bram in November, Carla in January; Eva objects. Nothing costs.

    So what they have realised is their revenue: Anna's 100 and then 200, Bram's 40, Carla's 70.
    """
    SegmentSettings.objects.create(rfm_high_revenue=150, tier_top=150, tier_high=90, tier_middle=20)
    buy(make_customer("anna", country="NL"), ("2025-10-10", "100"), ("2025-11-10", "100"))
    buy(make_customer("bram", country="BE"), ("2025-11-20", "40"))
    buy(make_customer("carla", country="NL"), ("2025-01-05", "70"))
    buy(make_customer("eva", country="NL", objects_to_profiling=True), ("2025-10-01", "500"))


def sizes(**criteria):
    """Sizes at the ends of October, November and December; the last is that of the run itself."""
    OwnSegment.objects.create(name="Eigen", slug="eigen", criteria=criteria)
    run = calculate(AS_OF)
    rows = SegmentMonth.objects.filter(run=run, scheme="segment", segment="eigen").order_by("month")
    found = [row.customers for row in rows][-3:]
    if found:
        assert SegmentSum.objects.get(run=run, scheme="segment", segment="eigen").customers == found[-1]
    return found


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"country": "NL"}, [2, 2, 2]),  # Eva is in no segment
        ({"country": "-"}, [0, 0, 0]),
        ({"first_from": "2025-11-01"}, [0, 1, 1]),
        ({"rfm": "promising"}, [0, 1, 1]),  # Anna, once she came back
        ({"lifecycle": "cooling", "country": "NL"}, [1, 1, 1]),  # Carla: 299, 329 and 360 days
        ({"tier": "middle"}, [1, 2, 2]),  # Carla, then Bram
        ({"tier": "top", "rfm": "promising"}, [0, 1, 1]),
        ({"value_min": "90", "method": "revenue"}, [1, 1, 1]),
        ({"value_min": "150", "method": "revenue"}, [0, 1, 1]),
        ({"value_min": "40.01", "value_max": "70", "method": "realised"}, [1, 1, 1]),
        ({"value_max": "70", "method": "realised"}, [1, 2, 2]),
    ],
)
def test_who_met_the_filters_at_each_month_end(criteria, expected):
    assert sizes(**criteria) == expected


def test_twelve_months_up_to_a_month_end_are_those_of_who_was_in_it_then():
    sizes(country="NL")
    row = SegmentMonth.objects.get(scheme="segment", month="2025-11-01")
    assert (row.customers, row.revenue_12m, row.contribution_12m) == (2, 270, 270)


def test_several_segments_are_told_apart_however_they_overlap():
    for slug, country in (("nl", "NL"), ("be", "BE"), ("nergens", "XX")):
        OwnSegment.objects.create(name=slug, slug=slug, criteria={"country": country})
    assert sizes(first_to="2025-10-31") == [2, 2, 2]
    rows = SegmentMonth.objects.filter(scheme="segment", month="2025-12-01")
    assert dict(rows.values_list("segment", "customers")) == {"nl": 2, "be": 1, "nergens": 0, "eigen": 2}


def test_what_only_the_day_of_the_calculation_knows_has_no_month_ends():
    assert sizes(value_min="1", method="lifetime") == []


def test_realised_value_has_no_month_ends_while_its_costs_are_not_known_by_month():
    make_retention_cost("2025-11-01", "2025-11-30", "3", segment="country = NL")
    OwnSegment.objects.create(name="Rijk", slug="rijk", criteria={"value_min": "1", "method": "revenue"})
    assert sizes(tier="top") == []
    assert SegmentMonth.objects.filter(scheme="segment", segment="rijk").exists()
