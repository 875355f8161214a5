"""Which cards stand on the overview: four to six that each user chooses, else those of the role."""

import pytest
from django.test import Client
from django.urls import reverse

from customers.permissions import MANAGER
from metrics.models import OverviewCards, Run
from tests.builders import make_user
from tests.kpi_builders import LAST, SNAPSHOT, make_kpi
from tests.overview_page import make_worked_run, plain, read, read_cards

pytestmark = pytest.mark.django_db

CHOICE = ["frequency", "revenue", "nps", "gross_margin", "orders"]


@pytest.fixture(autouse=True)
def run() -> Run:
    return make_worked_run()


def sign_in(name: str, **user: str) -> Client:
    client = Client()
    client.force_login(make_user(name, **user))
    return client


@pytest.fixture
def marieke() -> Client:
    return sign_in("marieke")


def keep(client: Client, *kpis: str, follow_to: str = "/?window=month&month=2025-11") -> str:
    """Choose cards; returns what the page then says."""
    data = {"kpis": kpis, "next": follow_to}
    answer = client.post(reverse("overview_cards"), data, follow=True)
    return plain(answer.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def test_a_role_has_its_usual_cards(marieke):
    joost = sign_in("joost", role=MANAGER)
    assert list(read_cards(read(marieke))) == [
        "revenue", "new_customers", "aov", "retention_rate", "full_cac", "realised_mean"
    ]  # fmt: skip
    assert list(read_cards(read(joost))) == [
        "revenue", "contribution", "customers", "retention_rate", "ltv_cac", "realised_mean"
    ]  # fmt: skip


def test_with_a_prediction_the_usual_cards_show_total_value(marieke, run):
    make_kpi(run, "clv", LAST, SNAPSHOT, 480, 4)
    assert read_cards(read(marieke))["clv"]["figure"].startswith("€ 120,00")


def test_the_cards_one_chooses_are_there_from_then_on_in_the_order_of_the_register(marieke):
    keep(marieke, *CHOICE)
    assert list(read_cards(read(marieke))) == ["revenue", "orders", "frequency", "gross_margin", "nps"]


def test_a_choice_is_for_oneself_alone(marieke):
    joost = sign_in("joost")
    keep(marieke, *CHOICE)
    assert "new_customers" in read_cards(read(joost))


def test_one_comes_back_to_the_page_one_came_from(marieke):
    data = {"kpis": CHOICE, "next": "/?window=month&month=2025-11"}
    assert marieke.post(reverse("overview_cards"), data)["Location"] == "/?window=month&month=2025-11"


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example/", "foo", "", "?kpi=aov"]
)
def test_one_is_not_sent_elsewhere(marieke, address):
    data = {"kpis": CHOICE, "next": address}
    assert marieke.post(reverse("overview_cards"), data)["Location"] == "/"


@pytest.mark.parametrize(
    ("kpis", "told"),
    [
        ([], "je koos er 0"),
        (CHOICE[:3], "je koos er 3"),
        ([*CHOICE, "aov", "customers"], "je koos er 7"),
        ([*CHOICE[:3], "magic"], "magic"),
    ],
)
def test_fewer_than_four_more_than_six_or_an_unknown_one_change_nothing_and_say_why(marieke, kpis, told):
    keep(marieke, *CHOICE)
    text = keep(marieke, *kpis)
    assert "Je kaarten zijn niet veranderd." in text
    assert told in text
    assert len(read_cards(read(marieke))) == len(CHOICE)


def test_the_usual_cards_come_back_with_one_button(marieke):
    keep(marieke, *CHOICE)
    marieke.post(reverse("overview_cards"), {"usual": "1"})
    assert "new_customers" in read_cards(read(marieke))
    assert not OverviewCards.objects.exists()


def test_a_key_figure_that_is_no_longer_in_the_register_is_passed_over(marieke):
    keep(marieke, *CHOICE)
    OverviewCards.objects.update(kpis=["gone", *CHOICE])
    assert set(read_cards(read(marieke))) == set(CHOICE)
