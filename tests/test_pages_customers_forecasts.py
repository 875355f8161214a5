"""What is expected of customers, on the ranked list and on the page of one: by hand-made figures."""

import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from metrics.models import CustomerValue, Run
from tests.builders import make_customer
from tests.page_reading import read_links, read_tables, read_text
from tests.value_builders import make_peers, make_prediction, make_run, make_value, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return make_run(share_won_back="0.25")


@pytest.fixture
def anna(run: Run) -> Customer:
    """Three customers with a prediction, as published: Anna and Bram of channel ads, Carla of none."""
    anna = make_customer("A", name="Anna", acquisition_channel="ads")
    make_value(
        run, anna, peer_group=make_peers(run, n=412, lifetime_years="4.25"), realised="60.1666",
        predicted_12="600", predicted_12_low="450.5", predicted_12_high="810", predicted_12_variance=900.0,
        total="660.1666", p_active="0.962500", purchases_12="7.254000", next_order_from="2026-01-03",
        next_order_to="2026-02-20", at_risk="12.4000", potential="900", gap="300", potential_source="peers",
    )  # fmt: skip
    bram = make_customer("B", name="Bram", acquisition_channel="ads")
    make_value(
        run, bram, realised="30", predicted_12="200", predicted_12_low="0", predicted_12_high="510",
        predicted_12_variance=700.0, total="230", p_active="0.05", purchases_12="0.4",
        next_order_from="2025-06-01", next_order_to="2025-12-19", overdue_days=12, at_risk="80",
    )  # fmt: skip
    make_value(run, make_customer("C", name="Carla"), orders=0, realised="-5")
    make_prediction(run)
    publish(run)
    return anna


def page(client: Client, customer: Customer) -> str:
    return read_text(client.get(reverse("customer", args=[customer.pk])))


def test_the_page_says_what_is_expected_in_words_and_figures(marketer, anna):
    text = page(marketer, anna)
    for said in (
        "Verwacht, 12 maanden € 600,00 nr. 1 van 3 met 80% zekerheid tussen € 450,50 en € 810,00",
        "Totale waarde € 660,17 gerealiseerd € 60,17 + verwacht over 12 maanden € 600,00",
        "Kans op activiteit vrijwel zeker actief (96%)",
        "Verwachte aankopen in 12 maanden 7,25",
        "Volgende bestelling verwacht tussen 3 jan 2026 en 20 feb 2026",
        "Waarde in gevaar € 12,40",
        "Wat behouden hoogstens mag kosten € 3,10",
        "Klantpotentieel van de komende 12 maanden € 900,00 volgens: de beste vergelijkbare klanten",
        "Groeiruimte € 300,00 klantpotentieel − verwacht",
    ):
        assert said in text


def test_two_and_three_years_ahead_have_their_intervals_too(marketer, run):
    dora = make_customer("D")
    make_value(
        run, dora, predicted_12="100", predicted_12_low="80", predicted_12_high="120", predicted_24="180",
        predicted_24_low="130.5", predicted_24_high="240", predicted_36="240", predicted_36_low="150",
        predicted_36_high="350",
    )  # fmt: skip
    make_prediction(run)
    publish(run)
    text = page(marketer, dora)
    assert "Verwacht, 24 maanden € 180,00 met 80% zekerheid tussen € 130,50 en € 240,00" in text
    assert "Verwacht, 36 maanden € 240,00 met 80% zekerheid tussen € 150,00 en € 350,00" in text


def test_in_english_the_page_reads_english(marketer, anna):
    marketer.cookies["django_language"] = "en"
    text = page(marketer, anna)
    assert "Next order expected between 3 Jan 2026 and 20 Feb 2026" in text
    assert "Chance of being active almost certainly active (96%)" in text


def test_an_overdue_customer_is_late_and_never_called_lost(marketer, anna):
    text = page(marketer, Customer.objects.get(external_id="B"))
    assert "12 dagen over tijd; werd verwacht tussen 1 jun 2025 en 19 dec 2025" in text
    assert "vrijwel zeker niet actief (5%)" in text
    assert "Klantpotentieel van de komende" not in text  # none is known of Bram
    marketer.cookies["django_language"] = "en"
    assert "churned" not in page(marketer, Customer.objects.get(external_id="B"))


def test_a_total_is_realised_plus_predicted_line_by_line(marketer, anna):
    tables = read_tables(marketer.get(reverse("customer", args=[anna.pk])))
    assert [
        ["Onderdeel", "Berekening", "Bedrag"],
        ["Gerealiseerde waarde", "€ 60,1666", "€ 60,1666"],
        ["+ Verwacht, 12 maanden", "€ 600,00", "€ 600,0000"],
        ["Totale waarde", "", "€ 660,1666"],
    ] in tables


def test_an_expectation_above_its_interval_says_what_carries_it(marketer, run):
    dora = make_customer("D")
    make_value(run, dora, predicted_12="10.31", predicted_12_low="-0.09", predicted_12_high="-0.09")
    make_prediction(run)
    publish(run)
    assert "met 90% zekerheid hoogstens € -0,09: een kleine kans op veel draagt de verwachting" in page(
        marketer, dora
    )


def test_lifetime_and_loyalty_say_of_how_many_peers_with_which_cap(marketer, anna):
    text = page(marketer, anna)
    assert "levensduur 4,25 jaar (hoogstens 10); vergelijkingsgroep van 412" in text
    assert "herhaalaankooppercentage 50,0%; vergelijkingsgroep van 412" in text


def test_an_assumed_lifetime_is_called_so_on_the_card(marketer, run):
    peers = make_peers(run, n=31, lifetime_assumed=True, retention_denominator=None)
    dora = make_customer("D")
    make_value(run, dora, peer_group=peers)
    publish(run)
    assert "levensduur 3,00 jaar, aangenomen; vergelijkingsgroep van 31" in page(marketer, dora)


def test_who_has_no_order_has_no_prediction_and_that_is_said(marketer, anna):
    text = page(marketer, Customer.objects.get(external_id="C"))
    assert "Er is geen voorspelling Deze klant heeft geen geldige bestelling om van te voorspellen." in text
    assert "Totale waarde n.v.t." in text


def test_without_a_prediction_the_page_says_why_and_leaves_the_cards_out(marketer, run):
    dora = make_customer("D")
    make_value(run, dora)
    make_prediction(run, reason="few_buyers", shop={"buyers": 3})
    publish(run)
    response = marketer.get(reverse("customer", args=[dora.pk]))
    assert "Er is geen voorspelling" in read_text(response)
    assert reverse("predictions") in read_links(response)
    assert "Totale waarde" not in read_text(response)


def test_the_curve_of_the_shop_stands_beside_the_lifetime_until_fewer_than_30_are_left(marketer, run):
    points = [{"months": month, "share": 0.5 - month / 10, "n": 60 - 20 * month} for month in range(4)]
    curve = {"customers": 60, "silent": 40, "median_months": 0.0, "points": points}
    dora = make_customer("D")
    make_value(run, dora)
    make_prediction(run, shop={"horizons": {}, "survival": curve})
    publish(run)
    response = marketer.get(reverse("customer", args=[dora.pk]))
    assert [
        ["Maanden sinds de eerste aankoop", "nog niet een jaar stil"], ["0", "50,0%"], ["1", "40,0%"],
    ] in read_tables(response)  # fmt: skip
    assert "van wie er 40 een jaar stil zijn geweest; de lijn eindigt bij 1 maanden" in read_text(response)


def test_the_list_ranks_by_what_is_predicted_with_the_columns_asked_for(marketer, anna):
    asked = (
        "p_active",
        "purchases_12",
        "predicted_12_low",
        "next_order_to",
        "overdue_days",
        "at_risk",
        "gap",
    )
    query = "&".join(f"columns={name}" for name in asked)
    table = read_tables(marketer.get(f"/customers/?method=predicted_12&{query}"))[0]
    assert [row[1:] for row in table[1:]] == [
        ["Anna", "€ 450,50", "96,3%", "7,25", "20 feb 2026", "n.v.t.", "€ 12,40", "€ 300,00", "€ 600,00"],
        ["Bram", "€ 0,00", "5,0%", "0,40", "19 dec 2025", "12", "€ 80,00", "n.v.t.", "€ 200,00"],
        ["Carla", "n.v.t.", "n.v.t.", "n.v.t.", "n.v.t.", "n.v.t.", "n.v.t.", "n.v.t.", "n.v.t."],
    ]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [("-at_risk", ["Bram", "Anna", "Carla"]), ("at_risk", ["Anna", "Bram", "Carla"])],
)
def test_the_list_can_stand_by_value_at_risk(marketer, anna, sort, expected):
    table = read_tables(marketer.get(f"/customers/?method=total&columns=at_risk&sort={sort}"))[0]
    assert [row[1] for row in table[1:]] == expected


def test_a_filtered_list_adds_up_its_prediction_with_an_interval(marketer, anna):
    # 600 + 200; the shop's 10 %, widened twice, of 800 is 160; √(900 + 700 + 160²) × 1.28155 = 211.36.
    text = read_text(marketer.get("/customers/?method=predicted_12&channel=ads"))
    assert (
        "De 2 klanten op deze lijst brengen in de komende 12 maanden samen naar verwachting € 800 op. "
        "Met 80% zekerheid ligt het tussen € 589 en € 1.011." in text
    )


def test_the_total_value_of_a_selection_has_the_same_interval(marketer, anna):
    marketer.cookies["django_language"] = "en"
    text = read_text(marketer.get("/customers/?method=total&channel=ads"))
    assert (
        "The 2 customers on this list have a total value of €890 together: realised plus predicted." in text
    )
    assert "With 80% certainty it is between €679 and €1,102." in text


def test_an_interval_that_no_earlier_cut_off_has_widened_says_what_it_leaves_out(marketer, anna, run):
    run.prediction.shop["widening"] = None
    run.prediction.save()
    text = read_text(marketer.get("/customers/?method=predicted_12&channel=ads"))
    # √(900 + 700 + 80²) × 1.28155 = 114.63
    assert "tussen € 685 en € 915. Alleen de onzekerheid van het model" in text


def test_a_total_over_24_months_has_the_interval_of_24_months(marketer, anna, run):
    """Anna 700 ± and Bram 300 ± by chance; the shop's 1,500 of 30,000, widened twice, are 10 % of 1,000."""
    run.settings.prediction_months = 24
    run.settings.save()
    for name, predicted, variance in (("A", "700", 900.0), ("B", "300", 700.0)):
        CustomerValue.objects.filter(customer__external_id=name).update(
            predicted_24=predicted, total_variance=variance
        )
    run.prediction.shop["horizons"]["24"] = {"expected": 30_000.0, "deviation": 1_500.0}
    run.prediction.save()
    text = read_text(marketer.get("/customers/?method=total&channel=ads"))
    # √(900 + 700 + 100²) × 1.28155 = 138.03 around 890.
    assert "totale waarde van € 890" in text
    assert "Met 80% zekerheid ligt het tussen € 752 en € 1.028." in text


def test_a_horizon_that_the_shop_does_not_reach_has_a_total_without_an_interval(marketer, anna, run):
    run.settings.prediction_months = 24
    run.settings.save()
    text = read_text(marketer.get("/customers/?method=total&channel=ads"))
    assert "totale waarde van € 890" in text
    assert "zekerheid" not in text


@pytest.mark.parametrize("query", ["method=predicted_12", "method=realised&channel=ads"])
def test_nothing_is_added_up_without_a_filter_or_without_a_forecast(marketer, anna, query):
    assert "op deze lijst" not in read_text(marketer.get(f"/customers/?{query}"))


def test_a_selection_beyond_the_cap_is_added_up_when_asked_for(marketer, anna, monkeypatch):
    at_once = read_text(marketer.get("/customers/?method=predicted_12&channel=ads"))
    monkeypatch.setattr("metrics.pages.customers.ranking.COUNT_CAP", 1)
    response = marketer.get("/customers/?method=predicted_12&channel=ads")
    assert "brengen in de komende 12 maanden" not in read_text(response)
    [link] = {link for link in read_links(response) if "together=1" in link}
    [said] = re.findall(r"De 2 klanten op deze lijst .*? ligt het tussen \S+ \S+ en € [\d.]+", at_once)
    assert said in read_text(marketer.get(f"/customers/{link}"))


def test_who_objected_since_the_calculation_is_in_no_sum(marketer, anna):
    Customer.objects.filter(external_id="B").update(objects_to_profiling=True)
    assert "1 klant op deze lijst brengt in de komende 12 maanden naar verwachting € 600 op." in read_text(
        marketer.get("/customers/?method=predicted_12&channel=ads")
    )


def test_a_list_by_prediction_without_one_says_why_and_stands_by_revenue(marketer, run):
    for number, revenue in (("A", "10"), ("B", "90")):
        make_value(run, make_customer(number), revenue=revenue)
    make_prediction(run, reason="few_buyers", shop={"buyers": 2})
    run.totals = {"scored": {"n": 2, "predicted_12_known": 0, "total_known": 0, "realised_known": 2}}
    publish(run)
    response = marketer.get("/customers/?method=total")
    text = read_text(response)
    assert "Er is geen voorspelling" in text
    assert "500" in text  # the fewest buyers that it takes
    assert reverse("predictions") in read_links(response)
    assert [row[1] for row in read_tables(response)[0][1:]] == ["B", "A"]
    assert "Er is geen voorspelling" not in read_text(marketer.get("/customers/?method=realised"))


def test_the_export_of_the_list_has_chances_to_six_places(marketer, anna):
    query = "layout=csv&method=predicted_12&columns=p_active&columns=next_order_to&columns=overdue_days"
    answer = marketer.get(f"/customers/export/?{query}")
    assert b"".join(answer.streaming_content).decode().split("\r\n")[:3] == [
        "rank,customer_id,name,p_active,next_order_to,overdue_days,predicted_12",
        "1,A,Anna,0.962500,2026-02-20,,600.0000",
        "2,B,Bram,0.050000,2025-12-19,12,200.0000",
    ]


def test_the_page_of_a_predicted_list_takes_two_more_queries_however_long_it_is(
    marketer, anna, run, django_assert_num_queries
):
    marketer.get("/customers/?method=predicted_12&channel=ads")
    with django_assert_num_queries(LIST_QUERIES):
        marketer.get("/customers/?method=predicted_12&channel=ads")
    for number in range(30):
        make_value(run, make_customer(f"K{number}", acquisition_channel="ads"), predicted_12=str(number))
    publish(run)
    assert CustomerValue.objects.filter(predicted_12__gte=Decimal(0)).count() == 32
    with django_assert_num_queries(LIST_QUERIES):
        marketer.get("/customers/?method=predicted_12&channel=ads")


# Session, user, permissions 2, run, members 2, own segments, matches, rows, first value, shop, prediction and
# sum, objections, prediction.
LIST_QUERIES = 16
