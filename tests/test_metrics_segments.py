"""Segments of the worked example's five customers, worked out by hand; and against independent SQL."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from metrics.models import (
    CustomerValue,
    OwnSegment,
    SegmentMonth,
    SegmentMoves,
    SegmentRun,
    SegmentSettings,
    SegmentSum,
)
from tests.builders import make_retention_cost
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)

AMOUNTS = {"rfm_high_revenue": 400, "tier_top": 200, "tier_high": 50, "tier_middle": 10}


def read_segments(run):
    values = CustomerValue.objects.filter(run=run).order_by("external_id")
    return {value.external_id: (value.rfm, value.tier, value.lifecycle) for value in values}


def read_sizes(run, scheme, month):
    rows = SegmentMonth.objects.filter(run=run, scheme=scheme, month=month, customers__gt=0)
    return dict(rows.values_list("segment", "customers"))


@pytest.fixture
def example(tmp_path):
    import_worked_example(tmp_path)
    SegmentSettings.objects.create(**AMOUNTS)


def test_every_customer_is_in_the_segments_that_its_days_and_orders_say(example):
    # A: last order 286 days ago, 4 orders; B: 324 days, 2; C: 365 days, 2; E: 33 days, 1; D: none.
    assert read_segments(calculate()) == {
        "A": ("slipping", "high", "cooling"),  # realised 60.17
        "B": ("slipping", "negative", "cooling"),
        "C": ("slipping", "negative", "cooling"),
        "D": ("no_order", "no_order", "no_order"),
        "E": ("new", "negative", "new"),
    }


def test_sums_of_a_segment_are_those_of_its_customers(example):
    sums = {row.segment: row for row in SegmentSum.objects.filter(run=calculate(), scheme="rfm")}
    # Revenue of A, B and C: 550 + 200 + 140; realised 60.1666 - 69.3333 - 21.3333.
    assert {key: (row.customers, row.orders, row.revenue) for key, row in sums.items()} == {
        "slipping": (3, 8, Decimal("890.0000")),
        "new": (1, 1, Decimal("110.0000")),
        "no_order": (1, 0, Decimal("0.0000")),
    }
    assert sums["slipping"].realised == Decimal("-30.5000")


def test_month_ends_by_hand(example):
    run = calculate()
    # End of January 2025 (A 230 days silent with 2 orders, B 365 with 1, C 31 with 2).
    assert read_sizes(run, "rfm", date(2025, 1, 1)) == {"slipping": 1, "sleeping": 1, "promising": 1}
    # End of April: A bought on 20 March (4 orders), B on 10 February (2), C 120 days ago.
    assert read_sizes(run, "rfm", date(2025, 4, 1)) == {"promising": 2, "attention": 1}
    assert read_sizes(run, "lifecycle", date(2025, 4, 1)) == {"loyal": 1, "active": 2}
    assert read_sizes(run, "rfm", date(2025, 12, 1)) == {"slipping": 3, "new": 1}


def test_who_went_where_by_hand(example):
    run = calculate()
    moves = SegmentMoves.objects.get(run=run, scheme="rfm", before="2025-04-01", after="2025-12-01")
    shown = ["champions", "loyal", "promising", "new", "attention", "precious", "slipping", "sleeping",
             "silent", "no_order", "absent"]  # fmt: skip
    found = {
        (shown[before], shown[after]): n
        for before, row in enumerate(moves.counts)
        for after, n in enumerate(row)
        if n
    }
    assert found == {("promising", "slipping"): 2, ("attention", "slipping"): 1, ("absent", "new"): 1}


def test_the_last_month_end_is_the_day_of_the_run(example):
    run = calculate()
    now = SegmentSum.objects.filter(run=run, scheme="lifecycle").exclude(segment="no_order")
    assert read_sizes(run, "lifecycle", date(2025, 12, 1)) == dict(now.values_list("segment", "customers"))


def test_twelve_months_of_a_segment_at_a_month_end(example):
    row = SegmentMonth.objects.get(run=calculate(), scheme="rfm", month="2025-12-01", segment="slipping")
    # 2025: A 250 + 50, B 120, C nothing but a refund of 10.
    assert row.revenue_12m == Decimal("410.0000")


def test_tiers_at_month_ends_by_hand(example):
    run = calculate()
    assert SegmentRun.objects.get(run=run).tiers_known is True
    # End of January 2025: A 119 of contribution - 170 to win it; B 28 - 130; C 72 - 60 = 12.
    assert read_sizes(run, "tier", date(2025, 1, 1)) == {"middle": 1, "negative": 2}
    # In February 100 was spent on keeping everyone: a third each.
    assert read_sizes(run, "tier", date(2025, 2, 1)) == {"negative": 3}
    # November: A 60.1666 + 15.5 for the programme in December, E -17.5 + 15.5.
    assert read_sizes(run, "tier", date(2025, 11, 1)) == {"high": 1, "negative": 3}
    now = CustomerValue.objects.filter(run=run, orders__gt=0)
    at_the_end = read_sizes(run, "tier", date(2025, 12, 1))
    assert at_the_end == {tier: now.filter(tier=tier).count() for tier in ("high", "negative")}


def test_tiers_have_no_history_while_a_segment_has_retention_cost_of_its_own(example):
    make_retention_cost("2025-06-01", "2025-06-30", "30", segment="country = NL", external_id="NL")
    run = calculate()
    assert SegmentRun.objects.get(run=run).tiers_known is False
    assert not SegmentMonth.objects.filter(run=run, scheme="tier").exists()


def test_an_own_segment_is_asked_again_of_every_run(example):
    OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"})
    OwnSegment.objects.create(
        name="Waarde", slug="waarde", criteria={"method": "realised", "value_min": "-20", "value_max": "100"}
    )
    OwnSegment.objects.create(name="Leeg", slug="leeg", criteria={"rfm": "champions"})

    rows = SegmentSum.objects.filter(run=calculate(), scheme="segment")

    # Realised: A 60.17, B -69.33, C -21.33, D -5, E -17.50.
    assert dict(rows.values_list("segment", "customers")) == {"ads": 3, "waarde": 3, "leeg": 0}


def test_without_amounts_the_run_proposes_them_and_keeps_them_only_from_enough_customers(tmp_path):
    import_worked_example(tmp_path)
    kept = SegmentRun.objects.get(run=calculate())
    # Revenue of the four buyers: 110, 140, 200, 550; the best fifth starts at 550. Realised above 0: A alone.
    assert kept.thresholds["rfm_high_revenue"] == "550.0000"
    assert (kept.thresholds["tier_middle"], kept.thresholds["tier_top"]) == ("60.0000", "240.0000")
    assert kept.provisional is True
    assert SegmentSettings.objects.get().rfm_high_revenue is None


def test_who_objects_is_in_no_segment(example):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET objects_to_profiling = true WHERE external_id = 'A'")
    run = calculate()
    assert read_segments(run)["A"] == ("", "", "")
    assert SegmentSum.objects.get(run=run, scheme="rfm", segment="slipping").customers == 2
    assert read_sizes(run, "rfm", date(2025, 12, 1)) == {"slipping": 2, "new": 1}
