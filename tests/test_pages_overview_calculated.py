"""The overview over a run that was really calculated, from the facts of the worked example."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from metrics.kpis import KPIS
from metrics.models import KpiValue, Run
from tests.overview_page import chart_table, choose, figures, plain, read, read_bridge, read_cards, sign_in
from tests.worked_example_shop import kept_for_the_module

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("run")]


@pytest.fixture(scope="module")
def run(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Run]:
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


@pytest.fixture
def marieke(run: Run, db: None) -> Client:
    return sign_in()


def test_the_golden_figures_stand_on_the_cards(marieke):
    html = read(marieke)
    assert figures(html) == {
        "revenue": "€ 550,00",
        "customers": "3",
        "aov": "€ 112,00",
        "frequency": "1,33",
        "retention_rate": "66,7%",
        "full_cac": "€ 125,00",
    }
    choose("realised_mean", "value_to_cost")
    found = figures(read(marieke))
    assert (found["realised_mean"], found["value_to_cost"]) == ("€ -12,00", "2,09")  # 560 ÷ (125 + 143)
    assert "Bestellingen zonder klant zijn 2,9% van alle omzet" in plain(html)  # 30 of 1,040 by order


def test_2024_has_no_retention_yet(marieke):
    cards = read_cards(read(marieke, "?window=12m&month=2024-12"))
    assert cards["revenue"]["figure"].startswith("€ 480,00")
    assert cards["retention_rate"]["change"] == "24 complete maanden nodig; er zijn er 12"
    assert cards["full_cac"]["figure"].startswith("€ 161,33")  # 484/3


def test_a_month_in_which_all_was_refunded_has_revenue_and_no_order_value(marieke):
    cards = read_cards(read(marieke, "?window=month&month=2025-05"))
    assert cards["revenue"]["figure"].startswith("€ 70,00")
    assert cards["aov"]["figure"] == "n.v.t."


def test_revenue_of_each_month_is_that_of_the_worked_example(marieke):
    rows = {
        label: (now, before) for label, now, before in chart_table(read(marieke), "revenue-per-month")[1:]
    }
    assert rows["jan 2025"] == ("€ -10,00", "€ 100,00")
    assert rows["jun 2025"] == ("€ -70,00", "€ 200,00")
    assert rows["nov 2025"] == ("€ 140,00", "€ 60,00")


def test_all_positive_value_is_with_the_best_of_the_four(marieke):
    assert "De beste 10% van de klanten brengt 100% van de waarde op." in read(marieke)


def test_the_distribution_says_the_mean(marieke):
    assert "volgens gerealiseerde waarde; het gemiddelde is € -12,00." in read(marieke)  # -48 over four


def test_a_kpi_has_a_denominator_exactly_when_the_register_names_it(marieke):
    with_denominator = set(
        KpiValue.objects.filter(denominator__isnull=False).values_list("kpi", flat=True).distinct()
    )
    measured = set(KpiValue.objects.values_list("kpi", flat=True).distinct())
    # Payback is a month, or the month in which it had not come yet: that one stands below.
    assert with_denominator - {"payback"} == {key for key in measured if KPIS[key].below}


def test_what_moved_contribution_in_the_worked_example(marieke):
    # 2024: 3 customers, 5 orders, 480 revenue, 55 + 64 + 28 + 32 + 50 = 229 contribution; 484 of cost.
    # 2025: 3 customers, 4 orders, 530 revenue, 145 + 27 + 66 + 61 - 5 - 10 = 284; 125 and 143 cost; nobody's
    # order brought in 30 - 12 - 2 = 16. With a, b, c the factors that change and n = 3 customers:
    # frequency -1/3 n (45.8/3 + (51.4415 + 63.2135)/6 + 71/3) = -58.0425, the others likewise; here in cents.
    assert read_bridge(marieke)[1:] == [
        ["Klanten", "€ 0,00", "3", "3"],
        ["Bestelfrequentie", "€ -58,04", "1,67", "1,33"],
        ["Gemiddelde orderwaarde", "€ 83,01", "€ 96,00", "€ 132,50"],
        ["Marge", "€ 30,03", "47,7%", "53,6%"],
        ["Bestellingen zonder klant", "€ 16,00", "€ 0,00", "€ 16,00"],
        ["Acquisitiekosten", "€ 359,00", "€ 484,00", "€ 125,00"],
        ["Behoudskosten", "€ -143,00", "€ 0,00", "€ 143,00"],
        ["Bijdrage na kosten", "€ 287,00", "€ -255,00", "€ 32,00"],
    ]
