"""Segments of one's own: saved filters of the customer list, their figures, their name and their end."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from metrics.models import OwnSegment, Run, SegmentMonth
from metrics.own_segments import count_members
from tests.builders import make_retention_cost, make_user
from tests.segment_pages import make_segments_run, make_sum, read, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return make_segments_run()


@pytest.fixture
def marketer(client):
    return sign_in(client)


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


@pytest.mark.parametrize("language", ["en", "nl"])
def test_an_amount_reaches_the_segment_as_it_was_typed_in_either_language(marketer, run, language):
    marketer.cookies["django_language"] = language
    typed = {"en": "5.125", "nl": "5,125"}[language]
    page = marketer.get(reverse("segment_own_add"), {"value_min": typed})

    marketer.post(f"{reverse('segment_own_add')}?{page.context['query']}", {"name": "Boven 5"})

    assert OwnSegment.objects.get().criteria == {"value_min": "5.1250", "method": "realised"}


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


def test_a_segment_that_costs_were_made_for_stays_and_says_why(marketer, run):
    marieke = User.objects.get(username="marieke")
    own = OwnSegment.objects.create(name="Ads", slug="ads", criteria={"channel": "ads"}, created_by=marieke)
    cost = make_retention_cost("2025-03-01", "2025-03-31", "12", segment="segment = ads")

    response = marketer.post(reverse("segment_own_remove", args=["ads"]), follow=True)

    assert OwnSegment.objects.filter(pk=own.pk).exists()
    assert "Ads stays: retention costs were made for it" in response.content.decode()
    cost.delete()
    marketer.post(reverse("segment_own_remove", args=["ads"]))
    assert not OwnSegment.objects.exists()


def make_month(run, month, customers):
    SegmentMonth.objects.create(
        run=run, scheme="segment", month=month, segment="ads", customers=customers, revenue_12m=900,
        contribution_12m=300,
    )  # fmt: skip


def test_the_size_of_an_own_segment_stands_by_month_end(marketer, run):
    OwnSegment.objects.create(name="Van advertenties", slug="ads", criteria={"channel": "ads"})
    make_month(run, "2025-11-01", 31)
    make_month(run, "2025-12-01", 42)

    one = marketer.get(reverse("segment", args=["segment", "ads"]))
    scheme = marketer.get(reverse("segment_scheme", args=["segment"]))

    assert [chart["series"][0]["values"] for chart in one.context["charts"]] == [[31, 42], [300, 300]]
    assert scheme.context["sizes_chart"]["series"] == [{"label": "Van advertenties", "values": [31, 42]}]
    assert "Its size is known by calculation" not in one.content.decode()
    assert "Who went where?" not in scheme.content.decode()
    file = marketer.get(reverse("segment_export", args=["segment", "history"]), {"layout": "csv"})
    assert file.content.decode().splitlines()[1] == "2025-11-01,ads,Van advertenties,31,900.0000,300.0000"


@pytest.mark.parametrize(
    "criteria",
    [{"value_min": "5", "method": "total"}, {"tier": "top"}, {"value_max": "5", "method": "realised"}],
)
def test_a_segment_that_earlier_month_ends_do_not_know_says_so(marketer, run, criteria):
    """The run of this test does not know of tiers at earlier month ends."""
    OwnSegment.objects.create(name="Rijk", slug="rijk", criteria=criteria)
    make_sum(run, "segment", "rijk", 40, "2400")
    page = read(marketer, "segment", "segment", "rijk")
    assert "Its size is known by calculation" in page
