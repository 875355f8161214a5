"""The ranked list by segments: as columns, as filters, in the file, and from the pages on segments."""

import pytest
from django.urls import reverse

from metrics.models import CustomerValue, OwnSegment
from metrics.own_segments import count_members
from tests.customers_cast import make_cast, names, rows
from tests.page_reading import read_links, read_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    run = make_cast()
    places = {
        "A1": ("champions", "top", "loyal"), "B2": ("slipping", "middle", "cooling"),
        "C3": ("sleeping", "negative", "cooling"), "D4": ("no_order", "no_order", "no_order"),
    }  # fmt: skip
    for number, (rfm, tier, lifecycle) in places.items():
        CustomerValue.objects.filter(run=run, external_id=number).update(
            rfm=rfm, tier=tier, lifecycle=lifecycle
        )
    return run


def make_own(**criteria):
    return OwnSegment.objects.create(name="Mijn segment", slug="mijn-segment", criteria=criteria)


def test_segments_are_columns_under_the_names_that_pages_give_them(marketer, cast):
    response = marketer.get("/customers/?columns=rfm&columns=tier&columns=lifecycle")
    assert [row[2:5] for row in rows(response)] == [
        ["Kampioenen", "Top", "Trouw"],
        ["In gevaar", "Midden", "Afkoelend"],
        ["Slapend", "Onder nul", "Afkoelend"],
        ["Zonder geldige bestelling", "Zonder geldige bestelling", "Zonder geldige bestelling"],
    ]


def test_a_segment_is_no_column_to_sort_by(marketer, cast):
    response = marketer.get("/customers/?columns=rfm&columns=orders")
    sorts = {link.rpartition("sort=")[2] for link in read_links(response) if "sort=" in link}
    assert sorts == {"-orders", "value"}
    assert names(marketer, "?columns=rfm&sort=rfm")[0] == "Anna de Vries"


def test_the_file_for_excel_has_names_and_the_standard_one_identifiers(marketer, cast):
    files = {
        layout: b"".join(marketer.get(f"/customers/export/?columns=rfm&columns=tier&layout={layout}"))
        .decode("utf-8-sig")
        .splitlines()[:2]
        for layout in ("excel", "csv")
    }
    assert files == {
        "excel": [
            "Rang;Klantnummer;Naam;RFM;Waardeklasse;Gerealiseerde waarde",
            "1;A1;Anna de Vries;Kampioenen;Top;1200,5000",
        ],
        "csv": ["rank,customer_id,name,rfm,tier,realised", "1,A1,Anna de Vries,champions,top,1200.5000"],
    }


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"lifecycle": "cooling"}, ["Bram Bakker", "C3"]),
        ({"country": "BE", "first_from": "2024-01-15"}, ["Bram Bakker"]),
        ({"country": "-"}, ["C3"]),
        ({"value_min": "100", "method": "lifetime"}, ["Anna de Vries", "Bram Bakker", "C3"]),
        ({"value_max": "0", "method": "periodic"}, ["Bram Bakker"]),
        ({"value_min": "150", "value_max": "450", "method": "lifetime"}, ["Anna de Vries", "Bram Bakker"]),
    ],
)
def test_an_own_segment_narrows_the_list_to_whom_it_holds(marketer, cast, criteria, expected):
    make_own(**criteria)
    assert names(marketer, "?segment=mijn-segment") == expected
    assert count_members(cast, criteria) == len(expected)


def test_an_own_segment_of_a_channel_that_is_gone_holds_nobody(marketer, cast):
    make_own(channel="gone")
    assert marketer.get("/customers/?segment=mijn-segment").context["page"].count == 0


def test_an_own_segment_goes_with_other_filters_and_any_method(marketer, cast):
    make_own(value_min="100", method="lifetime")
    assert names(marketer, "?segment=mijn-segment&country=BE") == ["Bram Bakker"]
    assert names(marketer, "?segment=mijn-segment&value_max=0") == ["C3"]  # of realised value
    assert names(marketer, "?segment=mijn-segment&method=lifetime") == ["C3", "Anna de Vries", "Bram Bakker"]


def test_an_own_segment_is_a_chip_and_cannot_be_saved_again(marketer, cast):
    make_own(lifecycle="cooling")
    response = marketer.get("/customers/?segment=mijn-segment&country=BE")
    assert "Eigen segment: Mijn segment" in read_text(response)
    assert not response.context["saveable"]
    assert marketer.get("/customers/?country=BE").context["saveable"]
    marketer.post(reverse("segment_own_add") + "?segment=mijn-segment&country=BE", {"name": "Nog een"})
    assert OwnSegment.objects.count() == 1


def test_the_file_of_an_own_segment_has_its_members(marketer, cast):
    make_own(lifecycle="cooling")
    file = b"".join(marketer.get("/customers/export/?segment=mijn-segment&layout=csv")).decode()
    assert [line.split(",")[1] for line in file.splitlines()[1:-1]] == ["B2", "C3"]


def test_a_segment_that_is_not_there_any_more_is_said_and_narrows_nothing(marketer, cast):
    response = marketer.get("/customers/?segment=weg")
    assert len(rows(response)) == 4
    assert "weg" in read_text(response)


@pytest.mark.parametrize(("scheme", "segment"), [("rfm", "slipping"), ("tier", "middle")])
def test_every_segment_links_to_the_customers_behind_it(marketer, cast, scheme, segment):
    response = marketer.get(reverse("segment_scheme", args=[scheme]))
    address = f"/customers/?{scheme}={segment}"
    assert address in read_links(response)
    assert rows(marketer.get(address), 1) == ["Bram Bakker"]


def test_an_own_segment_links_to_its_customers_by_name(marketer, cast):
    make_own(lifecycle="cooling")
    address = "/customers/?segment=mijn-segment"
    assert address in read_links(marketer.get(reverse("segment_scheme", args=["segment"])))
    assert rows(marketer.get(address), 1) == ["Bram Bakker", "C3"]
