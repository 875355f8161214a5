"""Which period and which part of the shop the overview is about: the URL says it."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import KpiValue, Run
from tests.kpi_builders import MONTH, YEAR, make_kpi
from tests.overview_page import choose, figures, make_worked_run, plain, read, read_cards, sign_in
from tests.value_builders import make_run, publish

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


@pytest.fixture
def run() -> Run:
    return make_worked_run()


# Which period


def test_the_last_whole_year_is_shown_unless_the_url_says_otherwise(marieke, run):
    assert "1 jan – 31 dec 2025" in plain(read(marieke))


def test_a_month_is_compared_with_the_same_month_a_year_before(marieke, run):
    cards = read_cards(read(marieke, "?window=month&month=2025-11"))
    assert cards["revenue"]["figure"].startswith("€ 140,00")
    assert cards["revenue"]["change"] == "▲ +133,3% t.o.v. november 2024"  # 60 → 140; October had none
    assert cards["aov"]["figure"].startswith("€ 70,00")
    assert cards["full_cac"]["figure"].startswith("€ 63,00")


def test_a_month_is_compared_with_the_year_and_the_month_before(marieke, run):
    change = read_cards(read(marieke, "?window=month&month=2025-03"))["revenue"]["change"]
    assert change == "▲ +150,0% t.o.v. februari 2025"  # 120 → 300; March 2024 had none
    set_revenue(date(2024, 3, 1), "400")
    change = read_cards(read(marieke, "?window=month&month=2025-03"))["revenue"]["change"]
    assert change == "▼ -25,0% t.o.v. maart 2024 ▲ +150,0% t.o.v. februari 2025"


def test_twelve_months_are_compared_with_the_year_before_and_with_those_of_a_month_ago(marieke, run):
    # 480 → 550, and 550 - 0 + 90 (December 2025 had none, December 2024 had 90) = 640 → 550
    change = read_cards(read(marieke))["revenue"]["change"]
    assert change == "▲ +14,6% t.o.v. 12 mnd t/m dec 2024 ▼ -14,1% t.o.v. 12 mnd t/m nov 2025"


def test_a_month_after_a_year_below_zero_is_compared_with_the_month_before_alone(marieke, run):
    # July 2024 came to -50, so there is nothing to divide by.
    set_revenue(date(2025, 6, 1), "25")
    set_revenue(date(2025, 7, 1), "50")
    change = read_cards(read(marieke, "?window=month&month=2025-07"))["revenue"]["change"]
    assert change == "▲ +100,0% t.o.v. juni 2025"


def make_kpi_of_june(run: Run, amount: str) -> None:
    KpiValue.objects.filter(run=run, kpi="revenue", window=MONTH, period=date(2025, 6, 1)).update(
        numerator=amount
    )


def set_revenue(month: date, amount: str) -> None:
    KpiValue.objects.filter(kpi="revenue", window=MONTH, period=month).update(numerator=amount)


def test_on_a_month_retention_says_that_it_is_over_twelve(marieke, run):
    card = read_cards(read(marieke, "?window=month&month=2025-12"))["retention_rate"]
    assert card["figure"].startswith("66,7%")
    assert "over de 12 mnd t/m dec 2025" in card["change"]


def test_value_is_as_of_the_day_of_the_run_whatever_the_period(marieke, run):
    choose("realised_mean")
    for query in ("", "?window=month&month=2024-06"):
        card = read_cards(read(marieke, query))["realised_mean"]
        assert card["figure"].startswith("€ -12,00")
        assert card["change"] == "stand t/m 31 dec 2025"


@pytest.mark.parametrize(
    "query", ["?month=1999-01", "?month=2025-13", "?month=x", "?window=week", "?month=٢٠٢٥-١٢"]
)
def test_a_period_that_does_not_exist_becomes_the_newest_whole_one(marieke, run, query):
    assert "1 jan – 31 dec 2025" in plain(read(marieke, query))


def test_without_a_whole_year_the_newest_whole_month_is_shown(marieke):
    run = make_run("2025-03-12")
    for month, complete in [(date(2025, 2, 1), True), (date(2025, 3, 1), False)]:
        make_kpi(run, "revenue", month, MONTH, 10, complete=complete)
        make_kpi(run, "revenue", month, YEAR, 10, complete=False)
    publish(run)
    assert "1 feb – 28 feb 2025" in plain(read(marieke))


def test_one_can_step_a_month_back_but_not_beyond_the_figures(marieke, run):
    assert 'href="?window=12m&month=2025-11"' in read(marieke).replace("&amp;", "&")
    assert "month=2026-01" not in read(marieke)


def test_an_incomplete_period_is_shown_marked_and_not_compared(marieke, run):
    KpiValue.objects.filter(period=DECEMBER, window=YEAR).update(complete=False)
    html = read(marieke, "?window=12m&month=2025-12")
    cards = read_cards(html)
    assert "Deze periode is niet compleet" in html
    assert cards["revenue"]["figure"].startswith("€ 550,00")
    assert cards["revenue"]["change"] == "niet compleet, niet vergeleken"


def test_an_incomplete_year_before_is_nothing_to_compare_with(marieke, run):
    KpiValue.objects.filter(period=date(2024, 12, 1), window=YEAR).update(complete=False)
    assert "dec 2024" not in read_cards(read(marieke))["revenue"]["change"]
    KpiValue.objects.filter(period=date(2025, 11, 1), window=YEAR).update(complete=False)
    assert read_cards(read(marieke))["revenue"]["change"] == "geen eerdere periode om mee te vergelijken"


# Which part of the shop


def make_channel(run: Run, channel: str, revenue: int) -> None:
    """Give a channel figures over 2025 and the year before."""
    for month in (DECEMBER, date(2024, 12, 1)):
        for kpi, figure in (("revenue", (revenue, None)), ("orders", (2, None)), ("aov", (revenue, 2))):
            make_kpi(run, kpi, month, YEAR, *figure, dimension="channel", member=channel)


def test_a_channel_in_the_url_is_the_channel_shown(marieke, run):
    make_channel(run, "ads", 300)
    html = read(marieke, "?dimension=channel&member=ads")
    assert figures(html)["revenue"] == "€ 300,00"
    assert figures(html)["aov"] == "€ 150,00"
    assert "<strong>Kanaal: ads</strong>" in html
    assert f'href="{reverse("customers")}?channel=ads"' in html


def test_the_channel_goes_along_when_another_period_is_chosen(marieke, run):
    make_channel(run, "ads", 300)
    html = read(marieke, "?dimension=channel&member=ads&kpi=aov").replace("&amp;", "&")
    assert 'href="?window=month&month=2025-12&dimension=channel&member=ads&kpi=aov"' in html
    assert '<input type="hidden" name="kpi" value="aov">' in html


def test_a_form_without_scripts_sends_the_channel_in_one_field(marieke, run):
    make_channel(run, "ads", 300)
    html = read(marieke, "?scope=dimension%3Dchannel%26member%3Dads")
    assert figures(html)["revenue"] == "€ 300,00"
    assert '<option value="dimension=channel&amp;member=ads" selected>ads</option>' in html
    assert figures(read(marieke, "?scope="))["revenue"] == "€ 550,00"


@pytest.mark.parametrize("query", ["?dimension=channel&member=nobody", "?dimension=colour&member=ads"])
def test_a_part_that_does_not_exist_becomes_the_whole_shop(marieke, run, query):
    make_channel(run, "ads", 300)
    assert figures(read(marieke, query))["revenue"] == "€ 550,00"


def test_what_is_not_known_of_a_channel_says_so(marieke, run):
    make_channel(run, "ads", 300)
    card = read_cards(read(marieke, "?dimension=channel&member=ads"))["full_cac"]
    assert (card["figure"], card["change"]) == ("n.v.t.", "niet bekend voor dit deel van de winkel")


def test_members_stand_in_groups_the_unknown_and_the_rest_last(marieke, run):
    for channel in ("zoeken", "", "Ads", "\x1fother"):
        make_channel(run, channel, 1)
    make_kpi(run, "orders", DECEMBER, YEAR, 2, dimension="country", member="NL")
    html = read(marieke)
    groups = re.findall(r'<optgroup label="(\w+)">(.*?)</optgroup>', html)
    assert [(label, re.findall(r">([^<]+)</option>", options)) for label, options in groups] == [
        ("Kanaal", ["Ads", "zoeken", "onbekend", "overige"]), ("Land", ["NL"])
    ]  # fmt: skip
