"""The page of one customer: facts, values with their explanations, orders and refunds."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from metrics.models import Run
from metrics.pages.customers.history import sum_months
from tests.builders import make_customer, make_order, make_refund, make_shop
from tests.page_reading import read_links, read_tables, read_text
from tests.value_builders import make_peers, make_run, make_value, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return make_run(interest="0.03", inflation="0.02", assumed_lifetime=3)


@pytest.fixture
def anna(run: Run) -> Customer:
    """Anna of the worked example, with its figures: lifetime 3 years, own margin 291/550, repeat rate 2/3."""
    anna = make_customer("A", name="Anna de Vries", acquisition_channel="ads", country="NL", city="Utrecht")
    peers = make_peers(
        run, n=4, revenue=1000, contribution=518, repeat_numerator=2, repeat_denominator=3,
        retention_numerator=2, retention_denominator=3, channel=None, category=None,
    )  # fmt: skip
    make_value(
        run, anna, peer_group=peers, orders=4, occasions=3, first_order="2024-01-10", last_order="2025-03-20",
        age=721, revenue="550", cost_of_goods="240", transaction_cost="19", contribution="291",
        acquisition_cost="170", retention_cost="60.8334", realised="60.1666", periodic="179.7990",
        lifetime="442.2514", loyalty="200", window_revenue="300", window_orders=2, margin="0.5290909091",
        margin_own=True,
    )  # fmt: skip
    return anna


def url(customer: Customer, query: str = "") -> str:
    return reverse("customer", args=[customer.pk]) + query


def formulas(response) -> list[list[list[str]]]:
    """The tables of "how this is computed": contribution, realised, periodic, lifetime, loyalty."""
    return [
        table
        for table in read_tables(response)
        if table and table[0] == ["Onderdeel", "Berekening", "Bedrag"]
    ]


def amount(text: str) -> Decimal:
    return Decimal(text.replace("€", "").replace(".", "").replace(",", ".").replace(" ", ""))


def test_the_page_says_who_the_customer_is(marketer, run, anna):
    publish(run)
    text = read_text(marketer.get(url(anna)))
    for fact in (
        "Anna de Vries", "Klantnummer A", "Kanaal ads", "Land NL", "Plaats Utrecht",
        "Eerste bestelling 10 jan 2024", "Laatste bestelling 20 mrt 2025", "Bestellingen 4", "Omzet € 550,00",
        "Inkoopwaarde € 240,00", "Transactiekosten € 19,00", "Aandeel in acquisitiekosten € 170,00",
        "Aandeel in behoudskosten € 60,83",
    ):  # fmt: skip
        assert fact in text


def test_every_method_has_its_value_and_rank(marketer, run, anna):
    make_value(run, make_customer("B"), realised="61", periodic="0", lifetime=None, loyalty="200")
    publish(run)
    text = read_text(marketer.get(url(anna)))
    assert "Gerealiseerde waarde € 60,17 nr. 2 van 2" in text
    assert "Waarde per periode € 179,80 nr. 1 van 2" in text
    assert "Trouw € 200,00 nr. 1 van 2" in text


def test_the_realised_value_is_explained_line_by_line(marketer, run, anna):
    publish(run)
    contribution, realised = formulas(marketer.get(url(anna)))[:2]
    assert contribution == [
        ["Onderdeel", "Berekening", "Bedrag"],
        ["Omzet", "€ 550,00", "€ 550,00"],
        ["− Inkoopwaarde", "€ 240,00", "€ -240,00"],
        ["− Transactiekosten", "€ 19,00", "€ -19,00"],
        ["Bijdrage", "", "€ 291,00"],
    ]
    assert realised == [
        ["Onderdeel", "Berekening", "Bedrag"],
        ["Bijdrage", "€ 291,00", "€ 291,0000"],
        ["− Acquisitiekosten", "€ 170,00", "€ -170,0000"],
        ["− Behoudskosten", "€ 60,8334", "€ -60,8334"],
        ["Gerealiseerde waarde", "", "€ 60,1666"],
    ]


def test_the_lines_of_every_explanation_add_up_to_the_figure_shown(marketer, run, anna):
    value = publish(run) and anna.values.get()
    tables = formulas(marketer.get(url(anna)))
    assert len(tables) == 5
    for table, method in zip(
        tables, ("contribution", "realised", "periodic", "lifetime", "loyalty"), strict=True
    ):
        *lines, total = [amount(row[2]) for row in table[1:]]
        assert sum(lines) == total == getattr(value, method)


def test_it_says_where_the_borrowed_numbers_come_from(marketer, run, anna):
    publish(run)
    text = read_text(marketer.get(url(anna)))
    for sentence in (
        "Marge: 52,91%, van deze klant zelf: € 291,00 van € 550,00.",
        "Levensduur: 3,00 jaar, gemeten: van de 3 klanten die in de 12 maanden daarvoor kochten, kochten er "
        "1 in de laatste 12 niet opnieuw; 1 ÷ 33,3%, minstens 1 en maximaal 10 jaar. "
        "Vergelijkingsgroep: 4 klanten van de hele winkel.",
        "Herhaalaankooppercentage: 66,67%; 2 van de 3 klanten kochten binnen een jaar opnieuw. "
        "Vergelijkingsgroep: 4 klanten van de hele winkel.",
        "Contant gemaakt tegen een reële rente van 0,98% per jaar: rente 3,00%, inflatie 2,00%.",
    ):
        assert sentence in text


def test_it_says_what_was_assumed_and_what_was_borrowed_from_peers(marketer):
    run = make_run()
    anna = make_customer("A")
    peers = make_peers(run, n=31, channel="ads", category="Wonen", lifetime_assumed=True)
    make_value(run, anna, peer_group=peers)
    publish(run)
    text = read_text(marketer.get(url(anna)))
    for sentence in (
        "Levensduur: 3,00 jaar, aangenomen (een instelling)",
        "Marge: 40,00%, van de vergelijkingsgroep, omdat deze klant minder dan 3 bestellingen met bekende "
        "kosten heeft: € 4.000,00 van € 10.000,00. "
        "Vergelijkingsgroep: 31 klanten van kanaal ads met eerste categorie Wonen.",
        "Niet contant gemaakt: rente en inflatie zijn niet ingesteld.",
    ):
        assert sentence in text


def test_without_orders_mean_based_values_are_not_available_and_say_why(marketer, run):
    daan = make_customer("D")
    make_value(
        run, daan, orders=0, occasions=0, first_order=None, last_order=None, recency=None, age=None,
        revenue="-70", cost_of_goods="0", contribution="-70", realised="-70", periodic=None, lifetime=None,
        loyalty=None, margin=None,
    )  # fmt: skip
    publish(run)
    text = read_text(marketer.get(url(daan)))
    assert "geen geldige bestelling" in text
    assert "Klantlevensduurwaarde (KLDW) n.v.t. Trouw n.v.t." in text  # and no rank
    assert "Niet beschikbaar, want dit is niet bekend" in text


def test_who_objects_has_facts_but_no_value_and_the_page_says_why(marketer, run, anna):
    publish(run)
    Customer.objects.update(objects_to_profiling=True)
    response = marketer.get(url(anna))
    text = read_text(response)
    assert "maakt bezwaar tegen profilering" in text
    assert "wordt daarom niet gewaardeerd" in text
    assert "Omzet € 550,00" in text
    assert "€ 60,17" not in text
    assert formulas(response) == []


def test_a_customer_of_after_the_calculation_has_no_value_yet(marketer, run, anna):
    publish(run)
    text = read_text(marketer.get(url(make_customer("N", name="Nora"))))
    assert "Deze klant zit niet in de berekening van 31 dec 2025" in text


def test_before_the_first_calculation_the_facts_are_there(marketer):
    bram = make_customer("B", name="Bram")
    make_order(bram, "2025-01-05", "19.95")
    text = read_text(marketer.get(url(bram)))
    assert "Er is nog geen berekening" in text
    assert "€ 19,95" in text


def test_one_walks_from_rank_to_rank_by_the_method_one_came_with(marketer, run, anna):
    bram, carla, daan = (make_customer(number) for number in "BCD")
    make_value(run, bram, realised="100", loyalty="1")
    make_value(run, carla, realised="70", loyalty="300")
    make_value(run, daan, realised="1", loyalty="2")
    publish(run)
    assert _walk(marketer, anna, "") == (url(carla, "?method=realised"), url(daan, "?method=realised"))
    assert _walk(marketer, anna, "?method=loyalty") == (
        url(carla, "?method=loyalty"),
        url(daan, "?method=loyalty"),
    )
    assert _walk(marketer, bram, "") == (None, url(carla, "?method=realised"))
    Customer.objects.filter(pk=carla.pk).update(objects_to_profiling=True)
    assert _walk(marketer, anna, "")[0] == url(bram, "?method=realised")


def test_without_a_value_there_is_no_rank_to_walk_by(marketer, run, anna):
    bram = make_customer("B")
    make_value(run, bram, realised=None, loyalty="1")
    publish(run)
    assert _walk(marketer, bram, "") == (None, None)
    assert _walk(marketer, bram, "?method=loyalty") == (url(anna, "?method=loyalty"), None)


def _walk(client: Client, customer: Customer, query: str) -> tuple[str | None, str | None]:
    html = client.get(url(customer, query)).content.decode()
    found = [html.partition(f'rel="{way}" href="')[2].partition('"')[0] or None for way in ("prev", "next")]
    return found[0], found[1]


def test_orders_and_refunds_stand_latest_first_with_what_is_left(marketer, run, anna):
    first = make_order(anna, "2024-01-10", "100", external_id="O1", cost_of_goods="40", transaction_cost="5")
    make_refund("2024-02-01", "30", order=first)
    make_refund("2026-01-05", "20", order=first)
    make_order(anna, "2024-06-15", "200", external_id="O2", refunded_amount="50", refunded_on="2024-07-05")
    make_order(anna, "2024-12-05", "40", external_id="O3", status="cancelled")
    make_refund("2025-01-20", "10", customer=anna, external_id="R3")
    make_order(anna, "2026-01-02", "60", external_id="O4")
    publish(run)
    table = read_tables(marketer.get(url(anna)))[-1]
    assert table == [
        ["Dag", "Nummer", "Wat", "Bedrag", "Terugbetaald", "Blijft over", "Inkoopwaarde", "Transactiekosten"],
        ["2 jan 2026", "O4", "geplaatst telt niet mee", "€ 60,00", "", "€ 60,00", "", ""],
        ["20 jan 2025", "R3", "terugbetaling zonder bestelling", "€ -10,00", "", "€ -10,00", "", ""],
        ["5 dec 2024", "O3", "geannuleerd telt niet mee", "€ 40,00", "", "€ 40,00", "", ""],
        ["15 jun 2024", "O2", "geplaatst", "€ 200,00", "€ 50,00", "€ 150,00", "", ""],
        ["10 jan 2024", "O1", "geplaatst", "€ 100,00", "€ 30,00", "€ 70,00", "€ 40,00", "€ 5,00"],
    ]


def test_the_cost_of_goods_of_the_orders_is_the_one_that_counts(marketer, anna):
    """A full refund takes the goods back, a partial one does not; unknown: by the default margin."""
    run = make_run(default_margin="0.4")
    make_value(run, anna, cost_of_goods="160")
    kept = make_order(anna, "2024-01-10", "100", external_id="O1", cost_of_goods="40")
    make_refund("2024-02-01", "99", order=kept)
    returned = make_order(
        anna, "2024-02-15", "80", external_id="O2", cost_of_goods="30", transaction_cost="5"
    )
    make_refund("2024-03-01", "80", order=returned)
    make_order(anna, "2024-03-05", "200", external_id="O3", refunded_amount="50", refunded_on="2024-07-05")
    make_order(anna, "2024-12-05", "40", external_id="O4", status="cancelled", cost_of_goods="15")
    make_order(anna, "2024-12-06", "0", external_id="O5", cost_of_goods="0")
    publish(run)
    response = marketer.get(url(anna))
    goods = {row[1]: row[6] for row in read_tables(response)[-1][1:]}
    assert goods == {"O1": "€ 40,00", "O2": "€ 0,00", "O3": "€ 120,00", "O4": "€ 15,00", "O5": "€ 0,00"}
    text = read_text(response)
    assert "Bij een volledig terugbetaalde bestelling vervalt de inkoopwaarde." in text
    assert "Zonder bekende inkoopwaarde geldt die van de standaardmarge: (1 − 40,0%) × bedrag." in text


def test_without_refunds_and_gaps_the_cost_of_goods_needs_no_explanation(marketer, run, anna):
    make_order(anna, "2024-01-10", "100", cost_of_goods="40")
    make_order(anna, "2024-02-10", "100")
    publish(run)
    text = read_text(marketer.get(url(anna)))
    assert "vervalt de inkoopwaarde" not in text
    assert "standaardmarge:" not in text


def test_the_months_add_up_to_the_revenue_at_the_day_of_the_calculation(run, anna):
    first = make_order(anna, "2025-09-30 23:30", "100")
    make_refund("2025-11-02", "30", order=first)
    make_order(anna, "2025-11-28", "110.5", refunded_amount="10.5", refunded_on="2026-01-05")
    make_order(anna, "2025-11-29", "40", status="test")
    make_order(anna, "2026-01-02", "60")
    make_refund("2025-10-01 00:30", "10", customer=anna)
    months = [(f"{month:%Y-%m}", revenue) for month, revenue in sum_months(anna, run.as_of)]
    assert months == [
        ("2025-09", Decimal(70)),
        ("2025-10", Decimal(-10)),
        ("2025-11", Decimal("110.5")),
        ("2025-12", Decimal(0)),
    ]


def test_a_long_history_has_pages(marketer, run, anna):
    for number in range(30):
        make_order(anna, "2025-01-05", "10", external_id=f"O{number:02}")
    publish(run)
    assert len(read_tables(marketer.get(url(anna)))[-1]) == 26
    assert len(read_tables(marketer.get(url(anna, "?page=2")))[-1]) == 6


def test_the_number_of_queries_does_not_grow_with_the_history(marketer, run, anna, django_assert_num_queries):
    make_shop()
    make_order(anna, "2025-01-05", "10")
    publish(run)
    marketer.get(url(anna))
    with django_assert_num_queries(PAGE_QUERIES):
        marketer.get(url(anna))
    for number in range(40):
        order = make_order(anna, "2025-01-05", "10")
        make_refund("2025-02-01", "1", order=order)
        make_value(run, make_customer(f"K{number}"), realised=str(number * 4))
    publish(run)
    with django_assert_num_queries(PAGE_QUERIES):
        marketer.get(url(anna))


# Session, user, permissions 2, customer, shop, run, value, prediction, last rank, neighbours 2, history 2,
# chart.
PAGE_QUERIES = 17


def test_nothing_in_an_address_says_who_it_is(marketer, run, anna):
    publish(run)
    assert not [link for link in read_links(marketer.get(url(anna))) if "nna" in link or "Vries" in link]


def test_a_customer_that_does_not_exist_is_not_found(marketer):
    assert marketer.get("/customers/999999/").status_code == 404


def test_a_period_of_three_months_is_no_quarter_of_the_customers(marketer, anna):
    run = make_run(period="quarter")
    make_value(run, anna)
    publish(run)
    assert "Een periode is een kwartaal; er telt altijd minstens één periode" in read_text(
        marketer.get(url(anna))
    )


def test_in_english_the_page_reads_english(marketer, run, anna):
    publish(run)
    marketer.cookies["django_language"] = "en"
    text = read_text(marketer.get(url(anna)))
    assert "Realised value €60.17 no. 1 of 1" in text
    assert "Margin: 52.91%, this customer's own: €291.00 of €550.00." in text.replace("&#x27;", "'")
