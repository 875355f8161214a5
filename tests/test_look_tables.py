"""Tables as a reader gets them: sorted headers, figures in their format, pages with an honest count."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace

import django_tables2 as tables
import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from klantwaarde import table_columns

REQUEST = "django.template.context_processors.request"
ROWS = [
    {"rank": 1, "name": "Anna", "value": Decimal("1234.5"), "share": 0.5, "seen": dt.date(2025, 5, 8)},
    {"rank": 2, "name": "Bram", "value": None, "share": None, "seen": None},
]


class Ranking(tables.Table):
    """Two customers by value."""

    caption = "Klanten op waarde"
    row_header = "name"
    rank = table_columns.NumberColumn()
    name = tables.Column()
    value = table_columns.MoneyColumn()
    share = table_columns.ShareColumn(orderable=False)
    seen = table_columns.DateColumn()


def render(
    query: str = "", source: str = "{% load django_tables2 %}{% render_table table %}", **extra
) -> str:
    request = RequestFactory().get(f"/customers/?{query}")
    context = {"currency": "EUR", "zone": "Europe/Amsterdam", "request": request, **extra}
    if "table" not in extra:
        context["table"] = Ranking(ROWS, order_by=request.GET.get("sort", ""))
    with translation.override("nl"):
        html = engines["django"].from_string(source).render(context)
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def header(html: str, name: str) -> str:
    """The opening tag of the header cell with that text."""
    return next(cell for cell in re.findall(r"<th scope=\"col\".*?</th>", html) if name in cell)


@pytest.fixture(autouse=True)
def a_page_knows_its_shop_without_asking(settings):
    """The context above says currency and zone; what the site's processors add needs a database."""
    options = {**settings.TEMPLATES[0]["OPTIONS"], "context_processors": [REQUEST]}
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": options}]


def test_the_sorted_column_says_in_which_direction():
    assert 'aria-sort="ascending"' in header(render("sort=name"), "Name")
    assert 'aria-sort="descending"' in header(render("sort=-name"), "Name")
    assert "aria-sort" not in header(render("sort=name"), "Value")


def test_sorting_keeps_the_filters_and_goes_back_to_the_first_page():
    link = re.search(r'href="([^"]*)"', header(render("channel=search&page=3"), "Name"))
    assert link[1] == "?channel=search&amp;sort=name"


def test_a_column_that_cannot_be_sorted_has_no_link():
    assert "<a" not in header(render(), "Share")


def test_figures_stand_in_the_readers_format_and_what_is_unknown_is_not_zero():
    html = render()
    assert '<td class="number">€ 1.234,50</td>' in html
    assert "50,0%" in html
    assert "8 mei 2025" in html
    assert html.count("n.v.t.") == 3


def test_each_row_is_named_by_its_customer():
    assert '<th scope="row" >Anna</th>' in render()


def test_an_empty_table_says_so():
    assert "Niets om te tonen." in render(table=Ranking([]))


def pages(count: int, *, capped: bool) -> SimpleNamespace:
    paginator = SimpleNamespace(count=count, capped=capped, num_pages=400, page_range=range(1, 401))
    return SimpleNamespace(
        number=3, has_previous=True, has_next=True, previous_page_number=2, next_page_number=4,
        start_index=51, end_index=75, paginator=paginator,
    )  # fmt: skip


PAGINATION = "{% include 'components/pagination.html' with page_field='page' %}"


def test_a_count_that_stopped_early_says_so_and_offers_only_the_neighbours():
    html = render("channel=search", PAGINATION, page=pages(10_000, capped=True))
    assert "51–75 van 10.000+" in html
    assert re.findall(r'href="([^"]*)"', html) == ["?channel=search&amp;page=2", "?channel=search&amp;page=4"]


def test_a_full_count_offers_the_last_page_as_well():
    html = render("", PAGINATION, page=pages(10_000, capped=False))
    assert "51–75 van 10.000 " in html
    assert 'href="?page=400"' in html
