"""The pages on room to grow and on value at risk: who is listed, in what order, and what is said without."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer
from customers.permissions import ADMIN
from metrics.models import CalculationSettings, Prediction
from tests.builders import make_customer, make_user
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db

TOLD = {
    "customers": 3, "known": 3, "without_prediction": 0,
    "value_from": "50.0000", "potential_from": "100.0000",
    "quarters": [
        {"key": "grow", "customers": 2, "value": "30.0000", "potential": "300.0000", "gap": "270.0000"},
        {"key": "keep", "customers": 1, "value": "60.0000", "potential": "100.0000", "gap": "40.0000"},
        {"key": "maintain", "customers": 0, "value": "0.0000", "potential": "0.0000", "gap": "0.0000"},
        {"key": "let_be", "customers": 0, "value": "0.0000", "potential": "0.0000", "gap": "0.0000"},
    ],
    "sources": {"peers": 2, "today": 0, "predicted": 0, "assortment": 0, "market": 1},
    "bins": [{"value": 15.0, "potential": 150.0, "n": 2, "quarter": "grow"}],
    "market": [
        {"attribute": "country", "value": "NL", "source": "Markt Monitor", "amount": "300.0000",
         "number": 1_000, "ours": 25, "room": "117000.0000"},
        {"attribute": "branche", "value": "horeca", "source": "Schatting", "amount": "20.0000",
         "number": None, "ours": 3, "room": None},
    ],
    "at_risk": {"known": 3, "customers": 2, "amount": "45.0000"},
    "trial": {
        "reason": "", "cut_off": "2024-12-31",
        "growth": {"customers": 900, "large": -33.5, "small": -9.25, "difference": -24.25, "low": -31.0,
                   "high": -16.5, "tenths": []},
    },
}  # fmt: skip
PEOPLE = {
    # external id: quarter, predicted, potential, gap, rank by gap, at risk, rank by it
    "Anna": ("grow", "10", "180", "170", 1, "15", 2),
    "Bram": ("keep", "60", "100", "40", 3, "0", 3),
    "Carla": ("grow", "20", "120", "100", 2, "30", 1),
}


@pytest.fixture
def run():
    found = make_run()
    for name, (quarter, predicted, most, gap, rank, risk, risk_rank) in PEOPLE.items():
        make_value(
            found, make_customer(name, acquisition_channel="ads"), quarter=quarter,
            year_contribution=Decimal(8), predicted_12=Decimal(predicted), potential=Decimal(most),
            potential_revenue=Decimal(most) * 2, potential_source="peers", gap=Decimal(gap), rank_gap=rank,
            p_active=Decimal("0.25"), next_order_from="2025-11-01", next_order_to="2025-12-01",
            overdue_days=30, at_risk=Decimal(risk), rank_at_risk=risk_rank,
        )  # fmt: skip
    publish(found)
    Prediction.objects.create(run=found, model="mbgnbd", potential=TOLD)
    return found


def read(client, name, *args, **query):
    return client.get(reverse(name, args=args), query).content.decode()


def test_the_four_quarters_add_up_and_say_what_to_do(marieke, run):
    page = read(marieke, "potential")
    for text in (
        "€270.00",
        "€310.00",
        "€400.00",
        "Sums are a ceiling, not a forecast",
        "look after them first",
    ):
        assert text in page
    assert reverse("potential_customers", args=["keep"]) in page


def test_the_back_test_is_reported_when_room_did_not_mean_growth(marieke, run):
    page = read(marieke, "potential")
    assert "among 900 customers" in page
    assert "a difference of -€24.25 (95% certain: between -€31.00 and -€16.50)" in " ".join(page.split())
    assert "So room has not meant growth by itself in this shop" in page


def test_reach_is_ours_of_the_number_in_the_market_and_names_its_source(marieke, run):
    page = read(marieke, "potential")
    assert "2.50%" in page
    assert "€117,000" in page
    assert "Markt Monitor" in page
    assert "those of their source" in page


def test_the_quarters_are_a_file_that_adds_up(marieke, run):
    text = read(marieke, "potential_table_export", "quarters", layout="csv")
    rows = [line[:6] for line in csv.reader(io.StringIO(text))]
    assert rows == [
        ["quarter", "label", "customers", "value", "potential", "gap"],
        ["grow", "Grow", "2", "30.0000", "300.0000", "270.0000"],
        ["keep", "Keep", "1", "60.0000", "100.0000", "40.0000"],
        ["maintain", "Maintain", "0", "0.0000", "0.0000", "0.0000"],
        ["let_be", "Let be", "0", "0.0000", "0.0000", "0.0000"],
        ["all", "Everyone", "3", "90.0000", "400.0000", "310.0000"],
    ]


def test_without_a_prediction_the_file_of_quarters_calls_value_what_it_is(marieke, run):
    head = read(marieke, "potential_table_export", "quarters").splitlines()[0]
    Prediction.objects.update(reason="few_buyers")
    without = read(marieke, "potential_table_export", "quarters").splitlines()[0]
    assert (head.split(";")[3], without.split(";")[3]) == ("Predicted, 12 months", "Last 365 days")


def test_reach_is_a_file_with_its_source_and_n_a_empty(marieke, run):
    assert read(marieke, "potential_table_export", "reach", layout="csv").splitlines() == [
        "market,amount,number,ours,reach,room,source",
        "country = NL,300.0000,1000,25,0.025000,117000.0000,Markt Monitor",
        "branche = horeca,20.0000,,3,,,Schatting",
    ]


def test_the_page_links_to_the_files_of_its_tables(marieke, run):
    page = read(marieke, "potential")
    for table in ("quarters", "reach"):
        assert f'href="{reverse("potential_table_export", args=[table])}?layout=excel"' in page


def test_a_table_of_potential_that_is_not_there_is_not_found(marieke, run):
    assert marieke.get(reverse("potential_table_export", args=["nonsense"])).status_code == 404


def test_a_quarter_lists_its_customers_most_room_first(marieke, run):
    page = read(marieke, "potential_customers", "grow")
    assert page.index("Anna") < page.index("Carla")
    assert "Bram" not in page
    everyone = read(marieke, "potential_customers", "all")
    assert everyone.index("Anna") < everyone.index("Carla") < everyone.index("Bram")
    assert "Nobody here" in read(marieke, "potential_customers", "let_be")
    assert marieke.get(reverse("potential_customers", args=["churned"])).status_code == 404


def test_who_objects_after_the_calculation_is_in_no_list_and_no_file(marieke, run):
    anna = run_customer("Anna")
    anna.objects_to_profiling = True
    anna.save()
    assert "Anna" not in read(marieke, "potential_customers", "all")
    assert "Anna" not in read(marieke, "at_risk")
    assert "Anna" not in download(marieke, "potential_export", "all", layout="csv")
    assert "Anna" not in download(marieke, "at_risk_export", layout="csv")


def run_customer(external_id):
    return Customer.objects.get(external_id=external_id)


def download(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode()


def test_the_standard_file_has_points_and_keys_the_dutch_one_commas_and_words(marieke, run):
    rows = list(csv.DictReader(io.StringIO(download(marieke, "potential_export", "grow", layout="csv"))))
    assert [row["customer_id"] for row in rows[:-1]] == ["Anna", "Carla"]
    assert rows[-1]["rank"] == "0 customers who objected"
    assert (rows[0]["gap"], rows[0]["potential_revenue"], rows[0]["potential_source"]) == (
        "170.0000", "360.0000", "peers",
    )  # fmt: skip
    marieke.cookies["django_language"] = "nl"
    text = download(marieke, "potential_export", "all", layout="excel")
    head, first, *_rest = text.splitlines()
    assert head.startswith("\N{BYTE ORDER MARK}Rang;Klantnummer;Naam;Kwadrant;Kanaal")
    assert "laten groeien" in first
    assert ";170,0000" in first
    assert marieke.get(reverse("potential_export", args=["all"]), {"layout": "pdf"}).status_code == 404


def test_value_at_risk_lists_who_has_any_and_asks_for_the_share_won_back(marieke, run):
    page = read(marieke, "at_risk")
    assert page.index("Carla") < page.index("Anna")
    assert "Bram" not in page
    for text in ("€45.00", "25.0%", "1 Nov – 1 Dec 2025", "An administrator can set it", "n/a"):
        assert text in page
    assert "churn" not in page.lower()
    marieke.force_login(make_user("beheerder", role=ADMIN))
    assert reverse("settings") in read(marieke, "at_risk")


def test_what_keeping_one_may_cost_is_the_share_won_back_of_the_value_at_risk(marieke, run):
    CalculationSettings.objects.filter(pk=run.settings_id).update(share_won_back=Decimal("0.15"))
    page = read(marieke, "at_risk")
    assert "€6.75" in page
    assert "€4.50" in page
    rows = list(csv.DictReader(io.StringIO(download(marieke, "at_risk_export", layout="csv"))))
    assert (rows[0]["at_risk"], rows[0]["most"], rows[0]["overdue_days"]) == ("30.0000", "4.5000", "30")


def test_without_a_prediction_the_pages_say_what_is_missing(marieke, run):
    told = {**TOLD, "trial": {"reason": "no_prediction"}, "without_prediction": 3, "market": []}
    Prediction.objects.filter(run=run).update(model="", reason="few_buyers", potential=told)
    page = read(marieke, "potential")
    assert "at least 500 customers with an order are needed to predict" in page
    assert "cannot be tested on your own data yet: there is no prediction" in page
    assert "No market figures have been uploaded" in page
    assert "There are no order lines with a category" in page
    for row in PEOPLE:
        value = run_customer(row).values.get(run=run)
        value.at_risk = None
        value.save()
    assert "No value at risk without a prediction" in read(marieke, "at_risk")


def test_without_costs_the_page_says_so(marieke, run):
    told = {**TOLD, "known": 0, "bins": [], "market": []}
    Prediction.objects.filter(run=run).update(potential=told)
    page = read(marieke, "potential")
    assert "No potential without costs" in page
    assert "Four quarters" not in page


def test_a_run_from_before_predictions_has_pages(marieke):
    publish(make_run())
    assert "No customers to tell apart" in read(marieke, "potential")
    assert "No value at risk without a prediction" in read(marieke, "at_risk")


def test_more_customers_take_no_more_queries(marieke, run):
    names = [("potential",), ("potential_customers", "grow"), ("potential_customers", "all"), ("at_risk",)]
    for name, *args in names:
        read(marieke, name, *args)
    counts = [count_queries(marieke, name, *args) for name, *args in names]
    for number in range(20):
        make_value(
            run, make_customer(f"D{number}"), quarter="grow", gap=Decimal(1), potential=Decimal(1),
            rank_gap=10 + number, at_risk=Decimal(1), rank_at_risk=10 + number, rank_realised=10 + number,
        )  # fmt: skip
    assert [count_queries(marieke, name, *args) for name, *args in names] == counts


def count_queries(client, name, *args):
    with CaptureQueriesContext(connection) as queries:
        read(client, name, *args)
    return len(queries)
