"""The worked example (reference/worked_example.md) through import and calculation, as the pages show it."""

from decimal import Decimal

import pytest
from django.urls import reverse

from customers.models import Customer
from tests.page_reading import read_tables, read_text
from tests.worked_example_shop import kept_for_the_module

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("run")]


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory):
    with kept_for_the_module(django_db_blocker, tmp_path_factory.mktemp("files")) as run:
        yield run


def test_the_list_ranks_by_every_method_as_worked_out_by_hand(marketer):
    columns = "&".join(
        f"columns={name}" for name in ("revenue", "contribution", "periodic", "lifetime", "loyalty")
    )
    table = read_tables(marketer.get(f"/customers/?{columns}"))[0]
    assert [[row[0], row[1], *row[2:]] for row in table[1:]] == [
        ["1", "Anna", "€ 550,00", "€ 291,00", "€ 179,80", "€ 442,25", "€ 200,00", "€ 60,17"],
        ["2", "Daan", "€ 0,00", "€ -5,00", "n.v.t.", "n.v.t.", "€ 0,00", "€ -5,00"],
        ["3", "Eva", "€ 110,00", "€ 61,00", "€ 73,50", "€ 170,94", "€ 73,33", "€ -17,50"],
        ["4", "Carla", "€ 140,00", "€ 72,00", "€ 46,72", "€ 200,16", "€ 0,00", "€ -21,33"],
        ["5", "Bram", "€ 200,00", "€ 94,00", "€ -34,90", "€ 162,40", "€ 80,00", "€ -69,33"],
    ]


@pytest.mark.parametrize("number", ["A", "B", "C", "D", "E"])
def test_every_explanation_adds_up_to_the_value_on_its_card(marketer, number):
    customer = Customer.objects.get(external_id=number)
    value = customer.values.get()
    response = marketer.get(reverse("customer", args=[customer.pk]))
    for part in response.context["parts"]:
        explained = [*(explanation for _name, explanation in part.steps), part.explanation]
        for explanation in explained:
            amounts = [line.amount for line in explanation.lines]
            assert explanation.total == (None if None in amounts else sum(amounts, Decimal(0)))
        assert part.explanation.total == getattr(value, part.key) == part.card["value"]


def test_anna_is_explained_with_her_own_numbers(marketer):
    text = read_text(marketer.get(reverse("customer", args=[Customer.objects.get(external_id="A").pk])))
    for line in (
        "Marge: 52,91%, van deze klant zelf: € 291,00 van € 550,00.",
        "Acquisitiekosten € 170,00",
        "Behoudskosten € 60,8334",
        "Gerealiseerde waarde € 60,1666",
        # 550 ÷ 1.9739904175 years is 278.6234 a year; × 3 years × 291/550 is 442.2514.
        "€ 550,00 ÷ max(1; 1,9739904175) × 3 × 0,5290909091",
        "Klantlevensduurwaarde (KLDW) € 442,2514",
        "Herhaalaankooppercentage: 66,67%; 2 van de 3 klanten kochten binnen een jaar opnieuw.",
    ):
        assert line in text
