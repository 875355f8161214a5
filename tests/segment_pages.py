"""A run whose segments are given, and readers of the pages on them."""

from decimal import Decimal

from django.urls import reverse

from customers.permissions import MARKETER
from metrics.models import SegmentMonth, SegmentMoves, SegmentRun, SegmentSettings, SegmentSum
from tests.builders import make_customer, make_user
from tests.value_builders import make_run, make_value, publish

THRESHOLDS = {
    "rfm_recent_days": "90", "rfm_many_orders": "5", "rfm_high_revenue": "400.0000", "rfm_quiet_days": "180",
    "rfm_repeat_orders": "2", "rfm_silent_days": "365", "tier_top": "500.0000", "tier_high": "100.0000",
    "tier_middle": "20.0000", "lifecycle_new_days": "90", "lifecycle_cooling_days": "180",
    "lifecycle_loyal_orders": "4", "lifecycle_silent_days": "365",
}  # fmt: skip
#: In the order of the scheme: champions, loyal, promising, new, attention, precious, slipping, sleeping,
#: silent, without an order; last, who was no customer yet.
NOBODY = [0] * 11


def row(**places):
    names = ("champions", "loyal", "promising", "new", "attention", "precious", "slipping", "sleeping",
             "silent", "no_order", "absent")  # fmt: skip
    return [places.get(name, 0) for name in names]


def make_segments_run():
    """A run of three customers whose RFM has sizes, a history and moves."""
    found = make_run()
    people = {
        "Anna": {"rfm": "champions", "tier": "top", "lifecycle": "loyal", "orders": 6, "revenue": "800",
                 "last_order": "2025-12-01", "realised": "600"},
        "Bram": {"rfm": "new", "tier": "low", "lifecycle": "new", "channel": "ads", "realised": "10",
                 "first_order": "2025-12-15", "last_order": "2025-12-15"},
        "Carla": {"rfm": "silent", "tier": "middle", "lifecycle": "silent", "last_order": "2024-05-05"},
    }  # fmt: skip
    for name, values in people.items():
        make_value(found, make_customer(name, name=name), **values)
    publish(found)
    settings = SegmentSettings.objects.create(
        rfm_high_revenue=400, tier_top=500, tier_high=100, tier_middle=20
    )
    months = ["2025-10-01", "2025-11-01", "2025-12-01"]
    SegmentRun.objects.create(run=found, settings=settings, thresholds=THRESHOLDS, months=months)
    sums = {"champions": (40, "2400"), "new": (10, "-100"), "silent": (50, "700")}
    for segment, (customers, realised) in sums.items():
        SegmentSum.objects.create(
            run=found, scheme="rfm", segment=segment, customers=customers, orders=1, revenue=Decimal(1000),
            realised=Decimal(realised), realised_known=customers, predicted_known=0, at_risk_known=0,
        )  # fmt: skip
    for month, customers in zip(months, (30, 35, 40), strict=True):
        SegmentMonth.objects.create(
            run=found, scheme="rfm", month=month, segment="champions", customers=customers,
            revenue_12m=Decimal(9000), contribution_12m=Decimal(3000),
        )  # fmt: skip
    counts = [list(NOBODY) for _row in NOBODY]
    counts[0], counts[3] = row(champions=30, silent=6), row(champions=5, silent=15)
    counts[8], counts[10] = row(silent=29), row(champions=5, new=10)
    SegmentMoves.objects.create(run=found, scheme="rfm", before=months[0], after=months[2], counts=counts)
    return found


def sign_in(client, name="marieke", role=MARKETER):
    """Sign in somebody who reads English."""
    client.force_login(make_user(name, role=role))
    client.cookies["django_language"] = "en"
    return client


def read(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def make_sum(run, scheme, segment, customers, realised):
    SegmentSum.objects.create(
        run=run, scheme=scheme, segment=segment, customers=customers, orders=1, revenue=Decimal(1000),
        realised=Decimal(realised), realised_known=customers, predicted_known=0, at_risk_known=0,
    )  # fmt: skip
