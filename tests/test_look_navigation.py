"""The main navigation: which places it has for whom, and where the reader is."""

import re

import pytest
from django.test import Client

from customers.permissions import ADMIN
from klantwaarde.templatetags import navigation
from klantwaarde.templatetags.navigation import Group, Place
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def read_row(path: str, **user: str) -> str:
    """The row of groups, as a wide screen shows it, in one line."""
    return read_navigation(path, **user).partition("site-nav-menu")[0]


def read_navigation(path: str, **user: str) -> str:
    client = Client()
    client.force_login(make_user(**user))
    client.cookies["django_language"] = "en"
    html = client.get(path).content.decode()
    found = re.search(r'<nav class="site-nav".*?</nav>', html, re.DOTALL)
    assert found
    return " ".join(found[0].split())


def list_links(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


def test_pages_stand_in_groups_and_what_is_daily_stands_before_them(settings):
    row = read_row("/imports/")
    heads = re.findall(r"nav-top[^>]*>([^<]+)", row)
    assert heads[:3] == ["Overview", "Customers", "Analysis"]
    assert heads[-1] == "Data"  # a marketer administers nothing


def test_a_narrow_screen_has_the_same_places_in_one_menu():
    both = read_navigation("/imports/")
    row, _menu, narrow = both.partition("site-nav-menu")
    assert list_links(row) == list_links(narrow)


def test_only_who_may_sees_what_is_for_administrators():
    assert "/users/" not in list_links(read_row("/imports/"))
    assert {"/users/", "/settings/"} < set(list_links(read_row("/imports/", name="ans", role=ADMIN)))


def test_the_page_one_is_on_is_marked_and_its_group_with_it():
    row = read_row("/data-quality/")
    assert '<a class="menu-item" href="/data-quality/" aria-current="page">' in row
    assert re.findall(r'<summary class="nav-top nav-current">(\w+)', row) == ["Data"]


def test_below_a_page_its_entry_is_marked_as_the_way_there():
    row = read_row("/data-quality/persons/")
    assert '<a class="menu-item" href="/data-quality/" aria-current="true">' in row


def test_a_page_the_site_does_not_have_has_no_link_and_an_empty_group_no_head(monkeypatch):
    menu = (Place("uploads", "Imports"), Group("Nothing", (Place("no_such_page", "Nowhere"),)))
    monkeypatch.setattr(navigation, "MENU", menu)
    row = read_row("/imports/")
    assert list_links(row) == ["/imports/"]
    assert "Nothing" not in row
