"""What a manager sets of segments: the advice on them, and the thresholds."""

import pytest
from django.urls import reverse

from customers.permissions import MANAGER
from metrics.models import Run, SegmentAdvice, SegmentSettings
from tests.page_reading import read_tables
from tests.segment_pages import make_segments_run, read, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return make_segments_run()


@pytest.fixture
def manager(client):
    return sign_in(client, "mo", MANAGER)


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


def test_who_changed_which_threshold_from_what_to_what_is_told(manager, run):
    first = SegmentSettings.current()
    manager.post(reverse("segment_thresholds"), to_form(first, rfm_recent_days=60, rfm_high_revenue=""))

    head, *rows = read_tables(manager.get(reverse("segment_thresholds")))[-1]
    assert head == ["Setting", "From", "To", "Who", "When", "Version"]
    assert [row[:4] for row in rows] == [
        ["Bought recently: at most this many days ago", "90", "60", "mo"],
        ["High revenue: from", "€400.00", "not set", "mo"],
    ]


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
