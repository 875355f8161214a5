"""Searching for customers: what is found, that it is in no address, and who may ask for it again."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from metrics.models import Run
from metrics.pages.customers import ranking
from tests.builders import make_customer, make_user
from tests.customers_cast import make_cast, rows
from tests.page_reading import read_links, read_tables, read_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Run:
    return make_cast()


def search(client: Client, text: str, query: str = "", **extra):
    return client.post("/customers/search/", {"text": text, "list": query}, **extra)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna", ["Anna de Vries"]),
        ("VRI ann", ["Anna de Vries"]),
        ("anna@exa", ["Anna de Vries"]),
        ("b2", ["Bram Bakker"]),
        ("utre", ["C3"]),
        ("jansen", []),  # objected
    ],
)
def test_a_search_finds_by_the_beginning_of_name_number_address_or_town(marketer, cast, text, expected):
    response = search(marketer, text, follow=True)
    assert (rows(response, 1) if read_tables(response) else []) == expected


def test_what_was_typed_is_in_no_address(marketer, cast):
    response = search(marketer, "anna vries", "channel=ads&sort=-revenue&page=3&evil=1")
    asked = parse_qs(urlsplit(response["Location"]).query)
    assert set(asked) == {"channel", "sort", "search"}
    page = marketer.get(response["Location"])
    addresses = [response["Location"], *read_links(page)]
    for part in ("anna", "vries", "Anna", "example.nl"):
        assert not [address for address in addresses if part in address]
    assert 'value="anna vries"' in page.content.decode()


def test_the_same_search_has_the_same_address_and_an_empty_one_has_none(marketer, cast):
    assert search(marketer, "anna")["Location"] == search(marketer, " anna ")["Location"]
    assert search(marketer, "")["Location"] == "/customers/?"


def test_a_search_of_somebody_else_is_not_repeated_and_said(marketer, cast):
    address = search(marketer, "anna")["Location"]
    other = Client()
    other.force_login(make_user("joost"))
    response = other.get(address)
    assert "een zoekopdracht van iemand anders" in read_text(response)
    assert len(rows(response)) == 4


def test_a_search_keeps_to_the_filters(marketer, cast):
    response = search(marketer, "ba", "country=NL", follow=True)
    assert read_tables(response) == []
    assert [chip.label for chip in response.context["chips"]] == ["Zoeken", "Land"]


def test_a_search_that_finds_too_many_says_so(marketer, cast, monkeypatch):
    monkeypatch.setattr(ranking, "COUNT_CAP", 1)
    monkeypatch.setattr("metrics.pages.customers.query.COUNT_CAP", 1)
    monkeypatch.setattr("metrics.pages.customers.listing.COUNT_CAP", 1)
    make_customer("B3", name="Bram Visser")
    assert "Meer dan 1 klanten voldoen aan de zoekopdracht" in read_text(
        search(marketer, "bram", follow=True)
    )


def test_a_search_by_htmx_puts_the_address_of_the_list_in_the_browser(marketer, cast):
    response = search(marketer, "anna", follow=True, headers={"HX-Request": "true"})
    assert (
        response["HX-Replace-Url"] == response.request["PATH_INFO"] + "?" + response.request["QUERY_STRING"]
    )
