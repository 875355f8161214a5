"""What the overview says of a figure that is not there."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import KpiValue, Run
from tests.kpi_builders import MONTH, YEAR, make_kpi
from tests.overview_page import choose, make_worked_run, read, read_cards, sign_in

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


@pytest.fixture
def run() -> Run:
    return make_worked_run()


# What is missing


def test_retention_says_how_many_months_it_needs_and_has(marieke, run):
    html = read(marieke, "?window=12m&month=2024-12")
    card = read_cards(html)["retention_rate"]
    assert card["figure"].startswith("n.v.t.")
    assert card["change"] == "24 complete maanden nodig; er zijn er 12"


def test_without_acquisition_costs_the_card_says_so_and_links_to_the_upload(marieke, run):
    KpiValue.objects.filter(kpi="full_cac").update(numerator=0)
    run.totals["acquisition"]["uploaded"] = "0"
    run.save()
    card = read_cards(read(marieke))["full_cac"]
    assert card["figure"].startswith("n.v.t.")
    assert card["change"] == "er zijn nog geen acquisitiekosten: upload ze"
    assert f'href="{reverse("uploads")}"' in card["html"]


def test_without_any_costs_value_to_cost_says_so(marieke, run):
    choose("value_to_cost")
    KpiValue.objects.filter(kpi="value_to_cost").update(denominator=0)
    run.totals["acquisition"]["uploaded"] = run.totals["retention"]["uploaded"] = "0"
    run.save()
    assert "acquisitie- of behoudskosten" in read_cards(read(marieke))["value_to_cost"]["change"]


def test_a_month_without_orders_has_revenue_and_no_order_value(marieke, run):
    # The worked example's May 2025: revenue 70, and the only order was refunded in full in June.
    make_kpi(run, "aov", date(2025, 5, 1), MONTH, 0, 0, n=0)
    cards = read_cards(read(marieke, "?window=month&month=2025-05"))
    assert cards["revenue"]["figure"].startswith("€ 70,00")
    assert (cards["aov"]["figure"], cards["aov"]["change"]) == ("n.v.t.", "geen bestellingen in deze periode")


def test_new_customers_of_the_first_year_may_be_older_unless_the_history_is_complete(marieke, run):
    choose("new_customers")
    make_kpi(run, "new_customers", date(2024, 12, 1), YEAR, 3, n=3)
    first_year = "?window=12m&month=2024-12"
    assert "kan oudere klanten bevatten" in read_cards(read(marieke, first_year))["new_customers"]["change"]
    assert "kan oudere klanten bevatten" not in read(marieke)
    run.settings.shop = {"history_complete": True}
    run.settings.save()
    assert "kan oudere klanten bevatten" not in read(marieke, first_year)
