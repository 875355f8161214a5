"""The ranked list: who stands where, by which method, with which figures, and what a URL may say."""

from urllib.parse import parse_qs

import pytest
from django.urls import reverse

from customers.models import Customer
from metrics.models import CustomerValue, Run
from metrics.pages.customers import ranking
from tests.builders import make_customer
from tests.customers_cast import make_cast, names, rows
from tests.page_reading import read_links, read_tables, read_text
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db

# Session, user, permissions 2, run, channels, countries, own segments, last rank, ids, rows, first value,
# shop, objections.
LIST_QUERIES = 14
HEAD = [
    "Rang", "Klant", "Kanaal", "Bestellingen", "Laatste bestelling", "Omzet",
    "Gerealiseerde waarde balk: aandeel van nr. 1",
]  # fmt: skip


@pytest.fixture
def cast() -> Run:
    return make_cast()


def test_the_list_stands_by_realised_value_with_everyone_but_who_objected(marketer, cast):
    response = marketer.get("/customers/")
    assert read_tables(response)[0] == [
        HEAD,
        ["1", "Anna de Vries", "ads", "4", "20 mrt 2025", "€ 550,00", "€ 1.200,50"],
        ["2", "Bram Bakker", "ads", "2", "10 feb 2025", "€ 200,00", "€ 300,13"],
        ["3", "C3", "onbekend", "2", "31 dec 2024", "€ 140,00", "€ -21,33"],
        ["4", "Daan Smit", "organic", "0", "n.v.t.", "€ -70,00", "€ -75,00"],
    ]
    assert "1 klant die bezwaar maakte tegen profilering staat niet in de lijst." in read_text(response)
    assert "1–4 van 4" in read_text(response)


def test_in_english_the_same_list_reads_english(marketer, cast):
    marketer.cookies["django_language"] = "en"
    table = read_tables(marketer.get("/customers/"))[0]
    assert table[0][2:] == [
        "Channel", "Orders", "Last order", "Revenue", "Realised value bar: share of no. 1",
    ]  # fmt: skip
    assert table[3] == ["3", "C3", "unknown", "2", "31 Dec 2024", "€140.00", "-€21.33"]


def test_another_method_has_its_own_ranks_and_puts_who_has_no_value_last(marketer, cast):
    assert rows(marketer.get("/customers/?method=lifetime")) == [
        ["1", "C3", "onbekend", "2", "31 dec 2024", "€ 140,00", "€ 500,00"],
        ["2", "Anna de Vries", "ads", "4", "20 mrt 2025", "€ 550,00", "€ 442,25"],
        ["3", "Bram Bakker", "ads", "2", "10 feb 2025", "€ 200,00", "€ 162,40"],
        ["4", "Daan Smit", "organic", "0", "n.v.t.", "€ -70,00", "n.v.t."],
    ]


def test_without_a_method_in_the_url_the_ranking_method_of_the_run_counts(marketer):
    run = make_run(ranking_method="loyalty")
    make_value(run, make_customer("A1"), loyalty="1")
    make_value(run, make_customer("B2"), loyalty="2")
    publish(run)
    assert names(marketer) == ["B2", "A1"]


def test_the_bar_is_the_share_of_the_value_of_number_one(marketer, cast):
    widths = [line.split('width="')[2].split('"')[0] for line in _bars(marketer.get("/customers/"))]
    assert widths == ["100.0", "25.0", "1.8", "6.2"]  # 1200.50; 300.125; -21.3333; -75


def test_a_negative_value_has_a_bar_of_its_own_colour(marketer, cast):
    negative = ["share-fill-negative" in bar for bar in _bars(marketer.get("/customers/"))]
    assert negative == [False, False, True, True]


def _bars(response) -> list[str]:
    return response.content.decode().split('<svg class="share-bar"')[1:]


def test_customers_of_equal_value_stand_by_their_number(marketer):
    run = make_run()
    for number in ("b", "a", "B"):
        make_value(run, make_customer(number), realised="10")
    publish(run)
    assert names(marketer) == ["B", "a", "b"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("value", ["Bram Bakker", "C3", "Anna de Vries", "Daan Smit"]),
        ("-value", ["Anna de Vries", "C3", "Bram Bakker", "Daan Smit"]),
        ("-revenue", ["Anna de Vries", "Bram Bakker", "C3", "Daan Smit"]),
        ("revenue", ["Daan Smit", "C3", "Bram Bakker", "Anna de Vries"]),
        ("-last_order", ["Anna de Vries", "Bram Bakker", "C3", "Daan Smit"]),
        ("last_order", ["C3", "Bram Bakker", "Anna de Vries", "Daan Smit"]),
    ],
)
def test_a_sort_puts_what_is_not_known_last_both_ways(marketer, cast, sort, expected):
    assert names(marketer, f"?method=periodic&sort={sort}") == expected
    filtered = names(marketer, f"?method=periodic&sort={sort}&first_to=2026-01-01")
    assert filtered == [name for name in expected if name != "Daan Smit"]  # has no first order


def test_the_sorted_column_says_so_to_screen_readers(marketer, cast):
    html = marketer.get("/customers/?sort=-revenue").content.decode()
    assert html.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in html


def test_a_column_without_an_index_cannot_be_sorted(marketer, cast):
    assert names(marketer, "?sort=channel") == names(marketer)
    assert not [link for link in read_links(marketer.get("/customers/")) if "sort=channel" in link]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("channel=ads", ["Anna de Vries", "Bram Bakker"]),
        ("channel=-", ["C3"]),
        ("country=BE", ["Bram Bakker", "Daan Smit"]),
        ("country=BE&channel=ads", ["Bram Bakker"]),
        ("first_from=2024-02-01", ["Bram Bakker", "C3"]),
        ("first_from=2024-01-10&first_to=2024-02-01", ["Anna de Vries", "Bram Bakker"]),
        ("value_min=300,125", ["Anna de Vries", "Bram Bakker"]),
        ("value_max=300.1250", ["Bram Bakker", "C3", "Daan Smit"]),
        ("value_min=-21.3333&value_max=300.12", ["C3"]),
        ("value_min=-1000&method=lifetime", ["C3", "Anna de Vries", "Bram Bakker"]),
        ("value_max=442.2514&method=lifetime", ["Anna de Vries", "Bram Bakker"]),
        ("value_min=x&first_from=gisteren&channel=tv", ["Anna de Vries", "Bram Bakker", "C3", "Daan Smit"]),
    ],
)
def test_filters_keep_who_fits(marketer, cast, query, expected):
    assert names(marketer, f"?{query}") == expected


def test_an_amount_is_typed_with_the_readers_mark_or_the_other_and_never_guessed(marketer, cast):
    """A comma that a browser's own number field drops would make 3,000 of 300,0."""
    page = marketer.get("/customers/?value_min=300,0").content.decode()
    assert names(marketer, "?value_min=300,0") == names(marketer, "?value_min=300.0")
    assert '<input type="text" name="value_min" value="300,0" inputmode="decimal"' in page
    text = read_text(marketer.get("/customers/?value_min=1.000"))
    assert "‘1.000’ is op twee manieren te lezen: schrijf 1000 of 1,000." in text
    marketer.cookies["django_language"] = "en"
    assert names(marketer, "?value_min=1.000") == ["Anna de Vries", "Bram Bakker"]
    assert "“300,000” can be read in two ways" in read_text(marketer.get("/customers/?value_max=300,000"))


def test_a_range_of_values_is_right_where_a_customer_was_erased(marketer, cast):
    CustomerValue.objects.filter(external_id="B2").delete()
    assert names(marketer, "?value_max=1200") == ["C3", "Daan Smit"]
    assert names(marketer, "?value_min=-30") == ["Anna de Vries", "C3"]


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_day_in_an_address_is_the_same_day_for_every_reader(marketer, cast, language):
    """1/2/2024 is 1 February to one reader and 2 January to another: it is refused, not guessed."""
    marketer.cookies["django_language"] = language
    assert names(marketer, "?first_from=2024-02-01") == ["Bram Bakker", "C3"]
    for written in ("1/2/2024", "01-02-2024"):
        response = marketer.get(f"/customers/?first_from={written}")
        assert len(rows(response)) == 4
        assert 'id="id_first_from_error"' in response.content.decode()


def test_every_filter_is_a_chip_that_takes_it_away(marketer, cast):
    response = marketer.get("/customers/?channel=ads&value_min=10&method=realised&first_from=2024-01-01")
    chips = {chip.label: (chip.value, chip.url) for chip in response.context["chips"]}
    assert {label: value.replace("\N{NO-BREAK SPACE}", " ") for label, (value, _url) in chips.items()} == {
        "Kanaal": "ads", "Eerste bestelling vanaf": "1 jan 2024", "Waarde vanaf": "€ 10,00",
    }  # fmt: skip
    assert parse_qs(chips["Kanaal"][1].removeprefix("?")) == {
        "method": ["realised"], "first_from": ["2024-01-01"], "value_min": ["10"],
    }  # fmt: skip
    assert parse_qs(response.context["clear_url"].removeprefix("?")) == {"method": ["realised"]}


def test_nobody_fits_says_so_and_offers_to_clear_the_filters(marketer, cast):
    response = marketer.get("/customers/?country=BE&value_min=5000")
    assert "Geen klanten gevonden" in read_text(response)
    assert "?" in read_links(response)
    assert read_tables(response) == []


def test_before_the_first_calculation_the_page_asks_for_orders(marketer):
    response = marketer.get("/customers/")
    assert "Er is nog geen berekening" in read_text(response)
    assert reverse("uploads") in read_links(response)


def test_who_objects_after_the_calculation_is_gone_at_once(marketer, cast):
    Customer.objects.filter(external_id="A1").update(objects_to_profiling=True)
    assert names(marketer) == ["Bram Bakker", "C3", "Daan Smit"]


def test_columns_are_chosen_in_the_url_and_never_more_than_ten(marketer, cast):
    table = read_tables(
        marketer.get("/customers/?columns=country&columns=loyalty&columns=customer_id&columns=x")
    )[0]
    assert table[0][2:-1] == ["Land", "Klantnummer", "Trouw"]
    assert table[1] == ["1", "Anna de Vries", "NL", "A1", "€ 200,00", "€ 1.200,50"]
    many = ["orders", "revenue", "first_order", "last_order", "country", "city", "contribution", "recency"]
    response = marketer.get("/customers/", {"columns": many})
    assert len(read_tables(response)[0][0]) == 10
    assert "Er zijn meer dan 7 kolommen gekozen" in read_text(response)


def test_a_long_list_has_pages_of_25_and_the_last_one_for_a_number_beyond_it(marketer):
    run = make_run()
    for number in range(60):
        make_value(run, make_customer(f"K{number:02}"), realised=str(1000 - number))
    publish(run)
    assert names(marketer) == [f"K{number:02}" for number in range(25)]
    assert names(marketer, "?page=3") == [f"K{number:02}" for number in range(50, 60)]
    for beyond in ("99", "1000000000", "9" * 5000):
        assert names(marketer, f"?page={beyond}") == names(marketer, "?page=3")
    assert names(marketer, "?page=2&sort=value") == [f"K{number:02}" for number in range(34, 9, -1)]
    assert names(marketer, "?page=2&value_max=999") == [f"K{number:02}" for number in range(26, 51)]
    assert "26–50 van 60" in read_text(marketer.get("/customers/?page=2"))


def test_a_filtered_list_is_counted_up_to_a_cap_and_goes_on_by_next(marketer, monkeypatch):
    monkeypatch.setattr(ranking, "COUNT_CAP", 30)
    run = make_run()
    for number in range(60):
        make_value(
            run, make_customer(f"K{number:02}", acquisition_channel="ads"), realised=str(1000 - number)
        )
    publish(run)
    first, last = (marketer.get(f"/customers/?channel=ads&page={page}") for page in (1, 3))
    assert "1–25 van 30+" in read_text(first)
    assert "?channel=ads&page=2" in read_links(first)
    assert rows(last, 1) == [f"K{number:02}" for number in range(50, 60)]
    assert "?channel=ads&page=4" not in read_links(last)


def test_the_number_of_queries_does_not_grow_with_the_list(marketer, django_assert_num_queries):
    run = make_run()
    for number in range(3):
        make_value(run, make_customer(f"K{number:02}"))
    publish(run)
    marketer.get("/customers/")
    with django_assert_num_queries(LIST_QUERIES):
        marketer.get("/customers/")
    for number in range(3, 40):
        make_value(
            run, make_customer(f"K{number:02}", acquisition_channel=f"kanaal {number}", country=f"L{number}")
        )
    publish(run)
    with django_assert_num_queries(LIST_QUERIES):
        marketer.get("/customers/")


def test_while_no_cost_is_known_the_list_stands_by_revenue_and_says_what_is_missing(marketer):
    run = make_run()
    make_value(run, make_customer("A1"), revenue="100", realised=None, contribution=None, cost_of_goods=None)
    make_value(run, make_customer("B2"), revenue="300", realised=None, contribution=None, cost_of_goods=None)
    make_value(run, make_customer("C3"), revenue="-5", orders=0, realised="-5")
    run.totals = {"buyers": {"n": 2, "realised_known": 0, "loyalty_known": 2}}
    publish(run)
    response = marketer.get("/customers/")
    assert [[row[0], row[1], *row[-2:]] for row in read_tables(response)[0]] == [
        ["Nr.", "Klant", "Omzet", "Gerealiseerde waarde"],
        ["1", "B2", "€ 300,00", "n.v.t."],
        ["2", "A1", "€ 100,00", "n.v.t."],
        ["3", "C3", "€ -5,00", "€ -5,00"],
    ]
    sentence = (
        "2 van de 2 klanten met een bestelling hebben geen gerealiseerde waarde: de inkoopwaarde van hun "
        "bestellingen is niet bekend."
    )
    assert sentence in read_text(response)
    assert "Op volgorde van omzet, tot en met 31 dec 2025" in read_text(response)
    assert sentence not in read_text(marketer.get("/customers/?method=loyalty"))
    assert names(marketer, "?sort=-value") == ["C3", "A1", "B2"]
