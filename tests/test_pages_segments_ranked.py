"""The table of a scheme is ranked by the column that a URL names, and its file stands in the same order."""

import re

import pytest
from django.urls import reverse

from metrics.models import KpiValue, OwnSegment, SegmentSum
from tests.segment_pages import make_segments_run, make_sum, read, sign_in

pytestmark = pytest.mark.django_db

#: Without sums: in no order but the scheme's.
EMPTY = ["Loyal customers", "Promising", "Need attention", "Too good to lose", "Slipping away", "Sleeping"]


@pytest.fixture
def run():
    """Of RFM: champions 40 customers and 2,400; new 10 and -100; long silent 50 and 700."""
    return make_segments_run()


@pytest.fixture
def marketer(client):
    return sign_in(client)


def read_table(page):
    """Return the ranks and names in the table, in its order; None for a rank where there is none."""
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = [row for row in body.split("<tr>")[1:] if 'class="total"' not in row.split("<th")[0]]
    found = []
    for row in rows:
        rank = re.search(r'<td class="number">(\d*)</td>\s*<th scope="row">', row)
        name = re.search(r'<th scope="row"><a [^>]+>([^<]+)</a>', row)
        found.append((int(rank[1]) if rank and rank[1] else None, name[1]))
    return found


def read_file(client, scheme, **query):
    """Return the keys of the segments in the file, in its order; its last line says who objected."""
    response = client.get(reverse("segment_export", args=[scheme, "segments"]), {"layout": "csv", **query})
    return [line.split(",")[0] for line in response.content.decode().splitlines()[1:-1]]


def read_sorted(page):
    """Return the heads by which a table says that it stands: (how, name)."""
    return re.findall(r'aria-sort="(\w+)"><a [^>]+>([^<]+)<', page)


def make_kpi(run, dimension, member, kpi, numerator, denominator=None):
    KpiValue.objects.create(
        run=run, kpi=kpi, period="2025-12-01", window="12m", dimension=dimension, member=member,
        numerator=numerator, denominator=denominator, n=40, complete=True,
    )  # fmt: skip


def test_the_segment_with_the_largest_share_of_value_is_first(marketer, run):
    page = read(marketer, "segment_scheme", "rfm")

    assert read_table(page) == [
        (1, "Champions"), (2, "Long silent"), (3, "New"), *((None, name) for name in EMPTY)
    ]  # fmt: skip
    assert read_sorted(page) == [("descending", "Share of value")]


def test_another_column_ranks_otherwise(marketer, run):
    page = read(marketer, "segment_scheme", "rfm", sort="customers")

    assert read_table(page)[:3] == [(1, "Long silent"), (2, "Champions"), (3, "New")]
    assert read_sorted(page) == [("descending", "Customers in it")]


def test_nobody_has_a_rank_in_the_order_of_the_scheme(marketer, run):
    page = read(marketer, "segment_scheme", "rfm", sort="scheme")

    assert [name for _rank, name in read_table(page)][:4] == [
        "Champions",
        "Loyal customers",
        "Promising",
        "New",
    ]
    assert {rank for rank, _name in read_table(page)} == {None}
    assert ">Rank<" not in page
    assert read_sorted(page) == [("other", "Segment")]


def test_a_column_that_does_not_exist_is_the_usual_one(marketer, run):
    page = read(marketer, "segment_scheme", "rfm", sort="name; drop table")

    assert read_table(page)[:2] == [(1, "Champions"), (2, "Long silent")]
    assert read_sorted(page) == [("descending", "Share of value")]
    assert "drop+table" not in page.split("<table")[1].split("</table>")[0]


def test_a_segment_whose_figure_is_not_known_has_no_rank_and_comes_after(marketer, run):
    make_kpi(run, "", "", "revenue", 900)
    make_kpi(run, "rfm", "new", "retention_rate", 30, 40)

    page = read(marketer, "segment_scheme", "rfm", sort="retention_rate", window="12m", month="2025-12")

    assert read_table(page)[:2] == [(1, "New"), (None, "Champions")]
    assert "month=2025-12&amp;sort=retention_rate" in page  # another period stays ranked by it


def test_a_column_known_of_nobody_leaves_the_order_of_the_scheme(marketer, run):
    SegmentSum.objects.filter(run=run, scheme="rfm").update(realised=None, realised_known=0)

    page = read(marketer, "segment_scheme", "rfm")

    assert [name for _rank, name in read_table(page)][:2] == ["Champions", "Loyal customers"]
    assert read_sorted(page) == [("other", "Segment")]


def test_who_is_apart_is_last_and_has_no_rank_even_as_the_largest(marketer, run):
    make_sum(run, "tier", "low", 10, "5")
    make_sum(run, "tier", "top", 3, "900")
    SegmentSum.objects.create(
        run=run, scheme="tier", segment="unknown", customers=80, orders=1, revenue=1, realised=None,
        realised_known=0, predicted_known=0, at_risk_known=0,
    )  # fmt: skip
    make_sum(run, "tier", "no_order", 90, "9999")

    for sort, first in (("customers", "Low"), ("realised", "Top")):
        table = read_table(read(marketer, "segment_scheme", "tier", sort=sort))
        assert table[0] == (1, first)
        assert table[-2:] == [(None, "Value not known"), (None, "Without a valid order")]


@pytest.mark.parametrize(
    ("sort", "names"), [("", ["Big", "Small", "Alike"]), ("scheme", ["Alike", "Big", "Small"])]
)
def test_own_segments_are_ranked_by_value_or_stand_by_name(marketer, run, sort, names):
    make_sum(run, "lifecycle", "active", 100, "1000")
    for name, realised in (("Small", "10"), ("Big", "600"), ("Alike", None)):
        OwnSegment.objects.create(name=name, slug=name.lower(), criteria={"channel": "ads"}, size=5)
        if realised:
            make_sum(run, "segment", name.lower(), 5, realised)

    page = read(marketer, "segment_scheme", "segment", sort=sort)

    assert [name for _rank, name in read_table(page)] == names
    assert read_sorted(page) == ([("ascending", "Segment")] if sort else [("descending", "Share of value")])
    assert read_file(marketer, "segment", sort=sort) == [name.lower() for name in names]


def test_an_own_segment_with_the_name_of_who_is_apart_is_ranked(marketer, run):
    make_sum(run, "lifecycle", "active", 100, "1000")
    OwnSegment.objects.create(name="Unknown", slug="unknown", criteria={"channel": "ads"}, size=5)
    make_sum(run, "segment", "unknown", 5, "10")

    assert read_table(read(marketer, "segment_scheme", "segment")) == [(1, "Unknown")]


@pytest.mark.parametrize(
    ("sort", "first"), [("", "champions"), ("customers", "silent"), ("realised_mean", "champions")]
)
def test_the_file_is_in_the_order_of_the_screen(marketer, run, sort, first):
    page = read(marketer, "segment_scheme", "rfm", sort=sort)
    keys = read_file(marketer, "rfm", sort=sort)

    assert keys[0] == first
    assert len(keys) == len(read_table(page))
    assert (f"sort={sort}&amp;layout=" in page or f"layout=csv&amp;sort={sort}" in page) == bool(sort)


def test_totals_and_charts_stay_as_they_are(marketer, run):
    page = read(marketer, "segment_scheme", "rfm", sort="customers")

    total = page.split('<tr class="total">')[1].split("</tr>")[0]
    assert total.count("<td") == page.split("<thead>")[1].split("</thead>")[0].count("<th ") - 1
    chart = page.split('id="segment-shares-data"')[1].split("</script>")[0]
    assert chart.index("Champions") < chart.index("Promising") < chart.index("Long silent")
