"""The cards of the overview: figure, changes, over how many, and where each leads."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import KpiValue, Run, Target
from tests.kpi_builders import YEAR, make_kpi
from tests.overview_page import CARDS, choose, figures, make_worked_run, plain, read, read_cards, sign_in

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


@pytest.fixture
def run() -> Run:
    return make_worked_run()


# The worked example's figures, rolling 12 months of December 2025


def test_the_cards_show_the_worked_example_in_dutch(marieke, run):
    assert figures(read(marieke)) == {
        "revenue": "€ 550,00",
        "customers": "3",
        "aov": "€ 112,00",
        "frequency": "1,33",
        "retention_rate": "66,7%",
        "full_cac": "€ 125,00",
    }
    choose("realised_mean", "value_to_cost")
    found = figures(read(marieke))
    assert (found["realised_mean"], found["value_to_cost"]) == ("€ -12,00", "2,09")


def test_the_cards_show_the_worked_example_in_english(marieke, run):
    assert figures(read(marieke, language="en")) == {
        "revenue": "€550.00",
        "customers": "3",
        "aov": "€112.00",
        "frequency": "1.33",
        "retention_rate": "66.7%",
        "full_cac": "€125.00",
    }


def test_a_change_has_an_arrow_a_sign_and_what_it_is_compared_with(marieke, run):
    cards = read_cards(read(marieke))
    assert cards["revenue"]["change"].startswith("▲ +14,6% t.o.v. 12 mnd t/m dec 2024")  # 480 → 550
    assert cards["aov"]["change"] == "▲ +16,7% t.o.v. 12 mnd t/m dec 2024"  # 96 → 112
    assert cards["frequency"]["change"] == "▼ -20,0% t.o.v. 12 mnd t/m dec 2024"  # 5/3 → 4/3
    assert cards["customers"]["change"] == "0,0% t.o.v. 12 mnd t/m dec 2024"  # 3 → 3


def test_a_cost_that_falls_is_good_news(marieke, run):
    card = read_cards(read(marieke))["full_cac"]  # 484/3 → 125
    assert "-22,5%" in card["change"]
    assert 'class="delta good"' in card["html"]


def test_a_rate_changes_in_points(marieke, run):
    KpiValue.objects.filter(kpi="retention_rate", period=date(2024, 12, 1)).update(numerator=1, denominator=2)
    assert "▲ +16,7 %‑punt" in read_cards(read(marieke))["retention_rate"]["change"]


def test_payback_is_a_month_and_its_change_is_in_months(marieke, run):
    make_kpi(run, "payback", DECEMBER, YEAR, 3, n=40)
    make_kpi(run, "payback", date(2024, 12, 1), YEAR, 5, n=40)
    choose("payback")
    html = read(marieke)
    card = read_cards(html)["payback"]
    assert card["figure"] == "maand 3"
    assert card["change"] == "▼ -2 maanden t.o.v. 12 mnd t/m dec 2024"
    assert 'class="delta good"' in card["html"]
    row = html.split('<th scope="row">Terugverdientijd')[1].split("</tr>")[0]
    assert plain(row).startswith("maand 3 maand 5 ▼ -2 maanden")


def test_the_fold_says_the_sum_with_its_own_numbers_and_over_how_many(marieke, run):
    fold = read_cards(read(marieke, language="en"))["aov"]["fold"]
    assert re.search(r"€560\.00 \([^)]+\) ÷ 5 \([^)]+\) = €112\.00", fold)
    assert "12 months to Dec 2025, n = 4" in fold


def test_every_card_links_to_its_whole_definition(marieke, run):
    html = read(marieke)
    assert [f"{reverse('help')}#kpi-{key}" in html for key in CARDS] == [True] * len(CARDS)


def test_a_figure_over_few_says_over_how_many(marieke, run):
    assert read_cards(read(marieke))["aov"]["figure"] == "€ 112,00 n = 4"


def test_large_amounts_leave_out_the_cents_on_a_card_and_keep_them_in_the_table(marieke, run):
    KpiValue.objects.filter(kpi="revenue", window=YEAR, period=DECEMBER).update(numerator="1234567.89")
    html = read(marieke)
    assert figures(html)["revenue"] == "€ 1.234.568"
    assert "€ 1.234.567,89" in html


def test_a_card_leads_to_the_chart_of_its_kpi_or_to_the_customers_behind_it(marieke, run):
    choose("aov", "realised_mean")
    cards = read_cards(read(marieke))
    assert 'href="?window=12m&amp;month=2025-12&amp;kpi=aov#over-time"' in cards["aov"]["html"]
    assert f'href="{reverse("customers")}?method=realised"' in cards["realised_mean"]["html"]


# Targets


def set_target(value: str, **values: object) -> None:
    whole_year = {"first_day": date(2025, 1, 1), "last_day": date(2025, 12, 31)}
    Target.objects.create(**{"kpi": "revenue", "value": value, **whole_year, **values})


def test_a_card_says_how_its_target_stands(marieke, run):
    set_target("500")
    revenue = read_cards(read(marieke))["revenue"]["html"]
    assert "Doel € 500,00 : Gehaald: € 50,00 boven het doel." in plain(revenue)
    assert "kpi-target-good" in revenue
    set_target("600", kpi="customers")
    assert "kpi-target-bad" in read_cards(read(marieke))["customers"]["html"]  # 3 of 600


def test_a_target_of_a_channel_is_no_target_of_the_shop(marieke, run):
    set_target("500", channel="ads")
    assert "kpi-target" not in read(marieke)


# What customers said


def test_nps_says_over_how_many_answers_and_which_share_of_the_customers_that_is(marieke, run):
    choose("nps")
    make_kpi(run, "nps", DECEMBER, YEAR, 100, 2, n=2)
    make_kpi(run, "nps", date(2024, 12, 1), YEAR, 90, 2, n=2)
    card = read_cards(read(marieke))["nps"]
    assert card["figure"] == "50 n = 2"
    assert card["change"] == (
        "▲ +5,0 t.o.v. 12 mnd t/m dec 2024 n = 2 antwoorden op 3 klanten van deze periode (66,7%)"
    )


def test_without_surveys_nps_says_where_to_upload_them(marieke, run):
    choose("nps")
    card = read_cards(read(marieke))["nps"]
    assert (card["figure"], card["change"]) == ("n.v.t.", "er zijn nog geen enquêteantwoorden: upload ze")
    assert f'href="{reverse("uploads")}"' in card["html"]
