"""The pages on segments, over a run whose figures are given: what stands on them, who may change what."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.permissions import MANAGER
from metrics.models import (
    CustomerValue,
    KpiValue,
    OwnSegment,
    Run,
    SegmentAdvice,
    SegmentMonth,
    SegmentMoves,
    SegmentRun,
    SegmentSettings,
    SegmentSum,
)
from metrics.own_segments import count_members
from tests.builders import make_customer, make_user
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db

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


@pytest.fixture
def run():
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


@pytest.fixture
def marketer(client):
    client.force_login(make_user("marieke"))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def manager(client):
    client.force_login(make_user("mo", role=MANAGER))
    client.cookies["django_language"] = "en"
    return client


def read(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("segments", ()), ("segment_scheme", ("rfm",)), ("segment_scheme", ("segment",)),
        ("segment_moves", ("rfm",)), ("segment", ("rfm", "champions")),
    ],
)  # fmt: skip
def test_before_the_first_calculation_pages_say_what_is_missing(marketer, name, args):
    assert "Nothing has been calculated yet" in read(marketer, name, *args)


def test_segments_stand_side_by_side_with_their_shares(marketer, run):
    page = read(marketer, "segment_scheme", "rfm")

    assert "40.0%" in page  # 40 of 100 customers
    assert "80.0%" in page  # 2,400 of 3,000 realised
    assert "€2,400" in page


def test_who_went_where_says_how_many_stayed_and_moved(marketer, run):
    page = read(marketer, "segment_moves", "rfm", before="2025-10", after="2025-12")

    assert "26 of 85 customers are in another segment now" in page  # 6, and 5 + 15
    assert "83.3%" in page  # 30 of the 36 champions stayed
    assert "No customer yet" in page
    assert "End of October 2025 to end of December 2025" in page


def test_tiers_without_a_history_say_why(marketer, run):
    assert "segments have retention cost of their own" in read(marketer, "segment_scheme", "tier")
    assert "segments have retention cost of their own" in read(marketer, "segment_moves", "tier")


def test_a_segment_opens_to_the_customers_behind_it(marketer, run):
    page = read(marketer, "segment", "rfm", "champions")
    assert f"{reverse('customers')}?rfm=champions" in page

    listed = read(marketer, "customers", rfm="champions")

    assert "Anna" in listed
    assert "Bram" not in listed


def test_fewer_than_thirty_customers_are_greyed(marketer, run):
    assert '<dd class="few">10 ' in read(marketer, "segment", "rfm", "new")
    assert '<dd class="few">40' not in read(marketer, "segment", "rfm", "champions")


def test_a_segment_of_nobody_says_so(marketer, run):
    assert "Nobody is in this segment." in read(marketer, "segment", "rfm", "precious")


def test_a_segment_that_does_not_exist_is_not_found(marketer, run):
    for path in ("/segments/rfm/of/none/", "/segments/none/", "/segments/segment/of/none/"):
        assert marketer.get(path).status_code == 404


def test_kpis_of_the_period_stand_beside_each_segment(marketer, run):
    for kpi, numerator, denominator in (("revenue", 1234, None), ("retention_rate", 30, 40)):
        for dimension, member in (("", ""), ("rfm", "champions")):
            KpiValue.objects.create(
                run=run, kpi=kpi, period="2025-12-01", window="12m", dimension=dimension, member=member,
                numerator=numerator, denominator=denominator, n=40, complete=True,
            )  # fmt: skip
    page = read(marketer, "segment_scheme", "rfm", window="12m", month="2025-12")
    assert "€1,234" in page
    assert "75.0%" in page


def test_the_number_of_queries_does_not_grow_with_own_segments(marketer, run):
    def count():
        with CaptureQueriesContext(connection) as found:
            read(marketer, "segment_scheme", "segment")
        return len(found)

    count()  # permissions are read once
    OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"}, size=1)
    before = count()
    for number in range(10):
        criteria = {"channel": "ads", "value_min": "10", "method": "realised"}
        OwnSegment.objects.create(name=f"S{number}", slug=f"s{number}", criteria=criteria, size=1)
    assert count() == before


@pytest.mark.parametrize(("layout", "line"), [
    ("excel", "champions;Champions;40;0,4000000000;2400,0000;0,8000000000;60,0000000000"),
    ("csv", "champions,Champions,40,0.4000000000,2400.0000,0.8000000000,60.0000000000"),
])  # fmt: skip
def test_the_table_as_a_file(marketer, run, layout, line):
    response = marketer.get(reverse("segment_export", args=["rfm", "segments"]), {"layout": layout})
    assert line in response.content.decode()
    assert f"klantwaarde-rfm-segments-{run.as_of}.csv" in response["Content-Disposition"]


def test_the_file_closes_with_who_objected_so_that_totals_stay_whole(marketer, run):
    make_value(run, make_customer("Dora", objects_to_profiling=True), rank_realised=None)
    url = reverse("segment_export", args=["rfm", "segments"])
    assert marketer.get(url).content.decode().splitlines()[-1] == "1 customer who objected"


def test_history_and_moves_as_files(marketer, run):
    history = marketer.get(reverse("segment_export", args=["rfm", "history"]), {"layout": "csv"})
    assert "2025-11-01,champions,Champions,35,9000.0000,3000.0000" in history.content.decode()
    moves = marketer.get(reverse("segment_export", args=["rfm", "moves"]), {"layout": "csv"})
    assert "2025-10-01,2025-12-01,Champions,Long silent,6,0.1666666667" in moves.content.decode()


def test_a_manager_writes_what_to_do_and_an_empty_text_brings_ours_back(manager, run):
    url = reverse("segment_advice", args=["rfm", "champions"])

    manager.post(url, {"text": "Send flowers."})

    page = read(manager, "segment", "rfm", "champions")
    assert "Send flowers." in page
    assert "mo" in page
    manager.post(url, {"text": " "})
    assert not SegmentAdvice.objects.exists()
    assert "Thank them, do not discount." in read(manager, "segment", "rfm", "champions")


def to_form(settings, **changes):
    names = [field.name for field in SegmentSettings._meta.fields]
    values = {name: getattr(settings, name) for name in names if "_" in name and "created" not in name}
    return {**values, "version": settings.pk, **changes}


def test_other_thresholds_are_counted_before_they_are_saved(manager, run):
    settings = SegmentSettings.current()

    response = manager.post(reverse("segment_thresholds"), to_form(settings, rfm_recent_days=10, preview="1"))

    page = " ".join(response.content.decode().split())
    # Anna bought 30 days ago, six times: no champion within 10 days, loyal within 180.
    assert '<th scope="row">Loyal customers</th><td class="number">0</td><td class="number"><strong>1' in page
    assert SegmentSettings.current() == settings


def test_saved_thresholds_are_a_new_version_and_queue_a_calculation(manager, run):
    before = SegmentSettings.current()

    manager.post(reverse("segment_thresholds"), to_form(before, rfm_recent_days=60))

    after = SegmentSettings.current()
    assert (after.pk > before.pk, after.rfm_recent_days, after.created_by.username) == (True, 60, "mo")
    assert Run.objects.get(state=Run.State.QUEUED).reason == "segments"


def test_thresholds_that_changed_meanwhile_are_not_overwritten(manager, run):
    seen = SegmentSettings.current()
    SegmentSettings.objects.create(rfm_recent_days=45)

    response = manager.post(reverse("segment_thresholds"), to_form(seen, rfm_recent_days=60))

    assert "were changed since you opened this page" in response.content.decode()
    assert SegmentSettings.current().rfm_recent_days == 45


@pytest.mark.parametrize("wrong", [{"tier_high": "600"}, {"rfm_quiet_days": "90"}, {"tier_top": "-1"}])
def test_thresholds_that_leave_a_segment_empty_are_refused(manager, run, wrong):
    before = SegmentSettings.current()
    page = manager.post(reverse("segment_thresholds"), to_form(before, **wrong)).content.decode()
    assert "Nothing has been saved yet." in page
    assert SegmentSettings.current() == before


def test_a_filter_of_the_list_becomes_a_segment(marketer, run):
    address = reverse("segment_own_add") + "?channel=ads&value_min=5&method=realised&sort=-revenue&page=3"
    assert "<dd>1</dd>" in marketer.get(address).content.decode()

    response = marketer.post(address, {"name": " Ads  boven 5 "})

    own = OwnSegment.objects.get()
    assert (own.name, own.slug, own.size) == ("Ads boven 5", "ads-boven-5", 1)
    assert own.criteria == {"channel": "ads", "value_min": "5", "method": "realised"}
    assert response.url == reverse("segment", args=["segment", "ads-boven-5"])
    assert Run.objects.filter(state=Run.State.QUEUED).exists()
    assert "Channel: ads" in read(marketer, "segment", "segment", "ads-boven-5")


def make_sum(run, scheme, segment, customers, realised):
    SegmentSum.objects.create(
        run=run, scheme=scheme, segment=segment, customers=customers, orders=1, revenue=Decimal(1000),
        realised=Decimal(realised), realised_known=customers, predicted_known=0, at_risk_known=0,
    )  # fmt: skip


def test_shares_of_own_segments_are_of_all_customers_however_they_overlap(marketer, run):
    make_sum(run, "lifecycle", "loyal", 60, "3000")
    make_sum(run, "lifecycle", "silent", 40, "1000")
    for name, customers, realised in (("ads", 80, "3600"), ("web", 70, "2000")):
        OwnSegment.objects.create(name=name, slug=name, criteria={"channel": name}, size=1)
        make_sum(run, "segment", name, customers, realised)

    response = marketer.get(reverse("segment_scheme", args=["segment"]))

    assert [(row.share, row.value_share) for row in response.context["rows"]] == [
        (Decimal("0.8"), Decimal("0.9")), (Decimal("0.7"), Decimal("0.5")),
    ]  # fmt: skip
    assert response.context["shares_chart"]["series"][0]["values"] == [Decimal("0.8"), Decimal("0.7")]
    assert "80.0%" in read(marketer, "segments")
    file = marketer.get(reverse("segment_export", args=["segment", "segments"]), {"layout": "csv"})
    assert "ads,ads,80,0.8000000000,3600.0000,0.9000000000" in file.content.decode()


def test_a_segment_saved_again_has_nothing_of_the_removed_one(marketer, run):
    make_sum(run, "segment", "horeca", 40, "2400")  # of one that was removed since
    make_sum(run, "segment", "horeca-2", 30, "2300")  # and of another

    response = marketer.post(reverse("segment_own_add") + "?channel=ads", {"name": "Horeca"})

    assert response.url == reverse("segment", args=["segment", "horeca-3"])
    row = marketer.get(response.url).context["row"]
    assert (row.customers, row.realised) == (1, None)
    marketer.post(reverse("segment_own_add") + "?channel=ads", {"name": "HORECA"})
    assert OwnSegment.objects.count() == 1  # the name is taken, whatever its address
    longest = "a" * 60
    make_sum(run, "segment", longest, 40, "2400")
    marketer.post(reverse("segment_own_add") + "?channel=ads", {"name": longest})
    assert OwnSegment.objects.get(name=longest).slug == "a" * 58 + "-2"


@pytest.mark.parametrize("name", ["", "…", "ADS!"])
def test_a_name_that_says_nothing_or_is_taken_is_refused(marketer, run, name):
    OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"})
    marketer.post(reverse("segment_own_add") + "?channel=ads", {"name": name})
    assert OwnSegment.objects.count() == 1


def test_everybody_is_no_segment(marketer, run):
    assert "No filter to save" in read(marketer, "segment_own_add")
    marketer.post(reverse("segment_own_add") + "?sort=-revenue", {"name": "Iedereen"})
    assert not OwnSegment.objects.exists()


def test_who_saved_a_segment_may_remove_it_and_another_marketer_may_not(client, run):
    anna, bob = make_user("anna"), make_user("bob")
    OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"}, created_by=anna)
    url = reverse("segment_own_remove", args=["ads"])
    client.force_login(bob)
    assert client.post(url).status_code == 403
    client.force_login(anna)
    assert client.post(url).status_code == 302
    assert not OwnSegment.objects.exists()


@pytest.mark.parametrize("criteria", [
    {"channel": "ads"}, {"channel": "-"}, {"rfm": "silent"}, {"tier": "top", "lifecycle": "loyal"},
    {"first_from": "2025-06-01"}, {"first_to": "2025-06-01"},
    {"method": "realised", "value_min": "10", "value_max": "40"}, {"method": "loyalty", "value_max": "50"},
])  # fmt: skip
def test_a_segment_holds_whom_the_list_shows(marketer, run, criteria):
    run.refresh_from_db()
    listed = marketer.get(reverse("customers"), criteria).context["page"].count
    assert count_members(run, criteria) == listed


def test_the_page_of_a_customer_says_in_which_segments_and_why(marketer, run):
    anna = CustomerValue.objects.get(external_id="Anna").customer_id

    page = read(marketer, "customer", anna)

    assert "last order 30 days ago · 6 orders · revenue €800.00" in page
    assert "last order at most 90 days ago, and at least 5 orders, and revenue of at least €400.00" in page
