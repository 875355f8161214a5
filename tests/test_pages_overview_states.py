"""The overview before the first run, while one is under way, and after one that failed."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from metrics.models import CalculationSettings, Run
from tests.builders import make_customer
from tests.kpi_builders import MONTH, YEAR, make_kpi, make_worked_figures
from tests.overview_page import figures, make_worked_run, read, sign_in
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db

DECEMBER = date(2025, 12, 1)


@pytest.fixture
def marieke() -> Client:
    return sign_in()


@pytest.fixture
def run() -> Run:
    return make_worked_run()


# Before the first run, and while a newer one is under way


def test_before_the_first_run_there_is_one_button_to_upload(marieke):
    html = read(marieke)
    assert "Je winkel in één oogopslag" in html
    assert html.count("button-primary") == 1
    assert f'class="button button-primary" href="{reverse("uploads")}"' in html


def test_a_run_without_orders_says_what_is_missing(marieke):
    publish(make_run())
    assert "De berekening vond geen geldige bestellingen" in read(marieke)


def test_while_the_first_run_is_under_way_the_page_waits_and_more_can_be_uploaded(marieke):
    first = Run.objects.create(settings=CalculationSettings.current(), state=Run.State.RUNNING)
    html = read(marieke)
    assert f'hx-get="{reverse("run_progress", args=[first.pk])}"' in html
    assert f'<a class="button button-primary" href="{reverse("uploads")}">Bestellingen uploaden</a>' in html


def test_a_newer_run_under_way_is_announced_above_the_figures(marieke, run):
    newer = Run.objects.create(settings=run.settings, state=Run.State.RUNNING, step="ranks", done=4, total=8)
    html = read(marieke)
    assert "Er loopt een nieuwe berekening" in html
    assert f'hx-get="{reverse("run_progress", args=[newer.pk])}"' in html
    assert 'max="8" value="4"' in html
    assert figures(html)["revenue"] == "€ 550,00"


def test_a_failed_run_leaves_the_figures_and_says_so(marieke, run):
    Run.objects.create(settings=run.settings, state=Run.State.FAILED)
    html = read(marieke)
    assert "De laatste berekening is mislukt" in html
    assert figures(html)["revenue"] == "€ 550,00"


def test_an_older_failed_run_is_no_news(marieke):
    Run.objects.create(settings=CalculationSettings.current(), state=Run.State.FAILED)
    publish(make_worked_figures())
    assert "mislukt" not in read(marieke)


# How much it asks of the database


def test_the_page_asks_the_database_as_often_for_ten_years_as_for_one(
    marieke, run, django_assert_max_num_queries
):
    marieke.get("/")  # the session is in use
    with django_assert_max_num_queries(16) as few:
        marieke.get("/")
    for year in range(2010, 2020):
        for month in range(1, 13):
            for window in (MONTH, YEAR):
                make_kpi(run, "revenue", date(year, month, 1), window, 1)
    for number in range(30):
        make_value(run, make_customer(f"more-{number}"))
    publish(run)
    with django_assert_max_num_queries(len(few)) as many:
        marieke.get("/")
    assert len(many) == len(few)
