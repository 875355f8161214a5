"""Segments in Chromium: thresholds are counted and changed, a filter of the list becomes a segment."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from customers.permissions import MANAGER
from metrics.models import OwnSegment, SegmentRun, SegmentSettings
from metrics.pipeline import find_waiting_run, recalculate
from metrics.publishing import current_run
from tests.browser_shop import visit
from tests.builders import make_user
from tests.worked_example_shop import calculate, import_worked_example

pytestmark = pytest.mark.browser


@pytest.fixture
def example(transactional_db, tmp_path):
    import_worked_example(tmp_path)
    SegmentSettings.objects.create(rfm_high_revenue=400, tier_top=200, tier_high=50, tier_middle=10)
    return calculate()


def test_a_manager_counts_and_then_changes_thresholds(example, live_server, chromium_path):
    manager = make_user("mo", role=MANAGER)
    with visit(chromium_path, live_server.url, user=manager) as reader:
        page = reader.open(reverse("segment_scheme", args=["rfm"]))
        page.get_by_role("link", name="Grenzen wijzigen").click()
        page.get_by_label("Lang geleden besteld").fill("300")
        page.get_by_role("button", name="Klanten tellen").click()
        counted = page.locator("#preview tbody tr").filter(has_text="Lang stil")
        expect(counted.locator("td")).to_have_text(["0", "2"])  # B after 324 days and C after 365
        page.get_by_role("button", name="Grenzen opslaan").click()
        expect(page.get_by_text("Er staat een berekening klaar")).to_be_visible()

    recalculate(find_waiting_run().pk)

    with visit(chromium_path, live_server.url, user=manager) as reader:
        page = reader.open(reverse("segment", args=["rfm", "silent"]))
        expect(page.locator("dl.facts dd").first).to_contain_text("2")
    assert SegmentSettings.objects.count() == 2
    assert SegmentRun.objects.get(run=current_run()).thresholds["rfm_silent_days"] == "300"


def test_a_marketer_saves_a_filter_as_a_segment_and_finds_its_customers(example, live_server, chromium_path):
    with visit(chromium_path, live_server.url, user=make_user("marieke")) as reader:
        page = reader.open(reverse("customers"))
        page.locator("#id_channel").select_option("ads")
        page.get_by_role("button", name="Tonen").click()
        page.get_by_role("link", name="Bewaren als segment").click()
        expect(page.locator("dl.facts")).to_contain_text("3")  # A, B and E
        page.get_by_label("Naam").fill("Van advertenties")
        page.get_by_role("button", name="Segment bewaren").click()

        expect(page.get_by_role("heading", level=1)).to_have_text("Van advertenties")
        page.get_by_role("link", name="De klanten erachter").click()
        expect(page.locator("#customer-list tbody tr")).to_have_count(3)
    assert OwnSegment.objects.get().size == 3


def test_the_matrix_of_moves_follows_the_months_chosen(example, live_server, chromium_path):
    with visit(chromium_path, live_server.url, user=make_user("marieke")) as reader:
        page = reader.open(reverse("segment_moves", args=["rfm"]))
        first, second = (page.get_by_label(label, exact=True).bounding_box() for label in ("Van", "Naar"))
        assert first
        assert second
        assert first["x"] + first["width"] < second["x"]  # beside each other, not over
        page.get_by_label("Van", exact=True).select_option("2025-04")
        page.get_by_label("Naar", exact=True).select_option("2025-12")
        page.get_by_role("button", name="Tonen").click()
        expect(page.locator("tbody tr").filter(has_text="Veelbelovend")).to_contain_text("100,0%")
        assert "before=2025-04" in page.url
