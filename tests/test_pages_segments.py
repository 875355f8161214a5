"""The pages on segments, over a run whose figures are given: what stands on them and in their files."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from metrics.models import CustomerValue, KpiValue, OwnSegment
from tests.builders import make_customer
from tests.segment_pages import make_segments_run, read, sign_in
from tests.value_builders import make_value

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return make_segments_run()


@pytest.fixture
def marketer(client):
    return sign_in(client)


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


def test_pictures_say_of_which_segments_and_when(marketer, run):
    def read_captions(*args, name="segment_scheme"):
        return re.findall(r'data-about="([^"]+)"', marketer.get(reverse(name, args=args)).content.decode())

    assert read_captions("rfm") == ["RFM, 31 Dec 2025", "RFM, Oct 2025 to Dec 2025"]
    assert set(read_captions("rfm", "champions", name="segment")) == {"RFM: Champions, Oct 2025 to Dec 2025"}


def test_who_went_where_says_how_many_stayed_and_moved(marketer, run):
    page = read(marketer, "segment_moves", "rfm", before="2025-10", after="2025-12")

    assert "26 of 85 customers ended up in another segment" in page  # 6, and 5 + 15
    assert "83.3%" in page  # 30 of the 36 champions stayed
    assert "No customer yet" in page
    assert "End of October 2025 to end of December 2025" in page


def test_tiers_without_a_history_say_why(marketer, run):
    said = "customers by description (country = NL) have retention cost"
    assert said in read(marketer, "segment_scheme", "tier")
    assert said in read(marketer, "segment_moves", "tier")


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


def test_the_page_of_a_customer_says_in_which_segments_and_why(marketer, run):
    anna = CustomerValue.objects.get(external_id="Anna").customer_id

    page = read(marketer, "customer", anna)

    assert "last order 30 days ago · 6 orders · revenue €800.00" in page
    assert "last order at most 90 days ago, and at least 5 orders, and revenue of at least €400.00" in page
