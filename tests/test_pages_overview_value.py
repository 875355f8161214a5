"""What the overview says around the cards: what figures cover, who is worth most, how value is spread."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer
from metrics.models import CalculationSettings, KpiValue, Run
from tests.kpi_builders import MONTH
from tests.overview_page import chart_table, make_worked_run, plain, read, sign_in

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


@pytest.fixture
def run() -> Run:
    return make_worked_run()


# What the page says around the cards


def test_the_caption_says_what_the_figures_cover(marieke, run):
    text = plain(read(marieke))
    assert "stand t/m 31 dec 2025" in text
    assert "Bestellingen zonder klant zijn 2,9% van alle omzet" in text  # 30 of 1,040
    assert "De inkoopwaarde is bekend voor 91,3% van alle omzet" in text  # 950 of 1,040


def test_the_top_ten_stands_in_order_of_value_and_links_to_each_customer(marieke, run):
    html = read(marieke)
    table = re.search(r'<table class="table overview-top">.*?</table>', html)
    assert table
    rows = re.findall(
        r'href="/customers/\d+/\?method=realised">(\w+)</a>.*?class="share">(.*?)</span>', table[0]
    )
    assert [(name, plain(value)) for name, value in rows] == [
        ("Anna", "€ 60,17"), ("Daan", "€ -5,00"), ("Eva", "€ -17,50"), ("Carla", "€ -21,33"),
        ("Bram", "€ -69,33"),
    ]  # fmt: skip
    assert 'href="/customers/?method=realised"' in html


def test_who_objected_since_the_calculation_is_not_among_the_best(marieke, run):
    assert ">Anna</a>" in read(marieke)
    Customer.objects.filter(external_id="anna").update(objects_to_profiling=True)
    assert ">Anna</a>" not in read(marieke)


def test_the_top_ten_is_a_file_of_its_own_without_who_objected(marieke, run):
    """Daan's order came back: he has none, but is worth −5. Eva objected since.

    The last line is of who had objected when it was calculated.
    """
    Customer.objects.filter(external_id="eva").update(objects_to_profiling=True)
    assert f'href="{reverse("overview_top_export")}?layout=csv"' in read(marieke)
    file = marieke.get(reverse("overview_top_export"), {"layout": "csv"})
    assert file["Content-Disposition"] == 'attachment; filename="best-customers-2025-12-31.csv"'
    assert file.content.decode().splitlines() == [
        "rank,customer_id,name,channel,orders,last_order,realised",
        "1,anna,Anna,onbekend,4,2025-01-05,60.1666",
        "2,daan,Daan,onbekend,0,2025-01-05,-5.0000",
        "4,carla,Carla,onbekend,2,2025-01-05,-21.3333",
        "5,bram,Bram,onbekend,2,2025-01-05,-69.3333",
        "0 klanten die bezwaar maakten",
    ]


def test_value_follows_the_ranking_method_of_the_run(marieke, run):
    CalculationSettings.objects.filter(pk=run.settings_id).update(ranking_method="lifetime")
    html = read(marieke)
    assert f'href="{reverse("customers")}?method=lifetime"' in html


# Charts


def test_revenue_of_each_month_stands_beside_the_same_month_a_year_before(marieke, run):
    table = chart_table(read(marieke), "revenue-per-month")
    assert table[0] == ["Maand", "12 mnd t/m dec 2025", "12 mnd t/m dec 2024"]
    assert table[1] == ["jan 2025", "€ -10,00", "€ 100,00"]
    assert table[-2] == ["nov 2025", "€ 140,00", "€ 60,00"]
    assert len(table) == 13


def test_an_incomplete_month_is_marked_in_the_chart_and_in_its_table(marieke, run):
    KpiValue.objects.filter(kpi="revenue", window=MONTH, period=DECEMBER).update(complete=False)
    html = read(marieke)
    assert chart_table(html, "revenue-per-month")[-1][0] == "dec 2025 (niet compleet)"
    assert '"incomplete": [11]' in html


def test_the_share_of_the_top_ten_percent_is_said_in_a_sentence(marieke, run):
    assert "De beste 10% van de klanten brengt 43% van de waarde op." in read(marieke)
    assert "The top 10% of customers bring 43% of value." in read(marieke, language="en")


def test_the_distribution_names_its_bars_in_amounts(marieke, run):
    assert chart_table(read(marieke), "distribution")[1:] == [
        ["€ -100 – € -50", "1"], ["€ -50 – € 0", "2"], ["€ 0 – € 50", "0"], ["€ 50 – € 100", "1"]
    ]  # fmt: skip


def test_without_curves_there_are_no_value_charts(marieke, run):
    Run.objects.update(curves={})
    html = read(marieke)
    assert "distribution-title" not in html
    assert "revenue-per-month-title" in html
