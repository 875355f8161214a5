"""The page of duplicate persons: suggestions with their orders, a decision, and taking it back."""

import pytest
from django.test import Client

from customers.models import Customer, Order, PersonDecision
from customers.quality.measure import measure_all
from tests.builders import make_customer, make_order, make_user
from tests.page_reading import read_tables
from tests.uploading import text_of

pytestmark = pytest.mark.django_db
PAGE = "/data-quality/persons/"
MAIL = "anna@example.nl"


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English, in a shop where Anna has two numbers and an address for one."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    make_order(make_customer("K1", email=MAIL, name="Anna"), "2025-01-05", "10")
    kept = make_customer("K2", email="ANNA@example.nl", name="Anna de Vries", city="Delft")
    make_order(kept, "2025-02-05", "20")
    make_order(kept, "2025-03-05", "30.50")
    make_order(make_customer(MAIL), "2025-04-05", "1")
    make_customer("bram", email="bram@example.nl")
    measure_all()
    return client


def test_a_suggestion_shows_its_customers_with_their_orders(marieke: Client) -> None:
    page = marieke.get(PAGE)
    assert "1 suggestion " in text_of(page)
    [table] = read_tables(page)
    assert [row[2:] for row in table] == [
        ["Customer number", "Name", "Town", "Channel", "Orders", "Revenue", "First and last order"],
        ["K1", "Anna", "", "", "1", "€10.00", "5 Jan 2025"],
        ["K2", "Anna de Vries", "Delft", "", "2", "€50.50", "5 Feb – 5 Mar 2025"],
        ["anna@example.nl", "", "", "", "1", "€1.00", "5 Apr 2025"],
    ]
    assert page.context["suggestions"][0].proposed == "K2"


def test_one_person_goes_on_as_the_chosen_customer_and_can_be_taken_back(marieke: Client) -> None:
    asked = {"email": MAIL, "verdict": "same", "customer": ["K1", "K2"], "kept": "K2"}
    page = marieke.post(f"{PAGE}decide/", asked, follow=True)
    assert "anna@example.nl is one person from now on: customer K2." in text_of(page)
    assert Order.objects.filter(customer__external_id="K2").count() == 3
    assert "No two customers share an e-mail address on which nothing was decided yet." in text_of(page)
    decision = PersonDecision.objects.get()
    assert read_tables(page)[-1][1][:3] == [MAIL, "K1, K2", "one person, goes on as K2"]
    assert read_tables(page)[-1][1][3].startswith("marieke")
    page = marieke.post(f"{PAGE}{decision.pk}/take-back/", follow=True)
    assert "The decision about anna@example.nl was taken back." in text_of(page)
    assert Order.objects.filter(customer__external_id="K1").count() == 1
    measure_all()
    assert "1 suggestion " in text_of(marieke.get(PAGE))


def test_different_people_are_not_suggested_again_unless_another_comes(marieke: Client) -> None:
    everyone = ["K1", "K2", MAIL]
    marieke.post(f"{PAGE}decide/", {"email": MAIL, "verdict": "different", "everyone": everyone})
    assert "suggestion " not in text_of(marieke.get(PAGE)).split("What was decided")[0].split("lead")[-1]
    measure_all()
    assert marieke.get(PAGE).context["suggestions"] == []
    make_customer("K9", email=MAIL)
    measure_all()
    assert len(marieke.get(PAGE).context["suggestions"]) == 1
    assert Customer.objects.count() == 5


def test_a_decision_that_cannot_be_taken_says_why(marieke: Client) -> None:
    asked = {"email": MAIL, "verdict": "same", "customer": ["K1"], "kept": "K1"}
    page = marieke.post(f"{PAGE}decide/", asked, follow=True)
    assert "Choose at least two customers, and as which of them the person goes on." in text_of(page)
    assert not PersonDecision.objects.exists()


def test_an_address_of_many_is_said_to_be_shared(marieke: Client) -> None:
    make_customer("K5", email=MAIL)
    make_customer("K6", email=MAIL)
    measure_all()
    assert "5 customers have this address: it may be that of a firm" in text_of(marieke.get(PAGE))


def test_without_a_measurement_the_page_says_what_will_be_there(client: Client) -> None:
    client.cookies["django_language"] = "en"
    client.force_login(make_user())
    assert "Suggestions will be listed here" in text_of(client.get(PAGE))
