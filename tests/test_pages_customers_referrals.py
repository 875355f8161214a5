"""Whom a customer brought in, on its page: the earliest referrer counts, and objections are respected."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Referral
from metrics.models import Run
from tests.builders import make_customer, make_upload
from tests.page_reading import read_tables, read_text
from tests.value_builders import make_run, make_value, publish

pytestmark = pytest.mark.django_db


def refer(referrer: Customer, referred: Customer, day: str | None = None) -> None:
    on = date.fromisoformat(day) if day else None
    Referral.objects.create(referrer=referrer, referred=referred, referred_on=on, upload=make_upload())


def make_shop(**settings: str) -> tuple[Run, Customer]:
    """Anna brought in Bram and Carla, and named Dirk too late: Eva had brought him in before."""
    run = make_run(**settings)
    anna, eva = make_customer("A", name="Anna"), make_customer("E", name="Eva")
    bram, dirk = make_customer("B", name="Bram"), make_customer("D", name="Dirk")
    carla = make_customer("C", name="Carla", objects_to_profiling=True)
    make_value(run, anna, realised="100", referral_value="15")
    make_value(run, bram, realised="200.50")
    make_value(run, carla, realised="-50.50")
    make_value(run, dirk, realised="80")
    make_value(run, eva, realised="1")
    refer(anna, bram, "2025-03-01")
    refer(anna, carla)
    refer(anna, dirk, "2025-05-02")
    refer(eva, dirk, "2025-05-01")
    publish(run)
    return run, anna


def show(client: Client, customer: Customer) -> str:
    return read_text(client.get(reverse("customer", args=[customer.pk])))


def test_the_extra_value_is_shown_with_whom_and_how_it_came_out(marketer: Client) -> None:
    """200.50 − 50.50 = 150, of which 10 % is 15; Carla objects, and Dirk is Eva's."""
    _run, anna = make_shop(referral_share="0.10")
    text = show(marketer, anna)
    formula = "gerealiseerde waarde van wie werden aangebracht € 150,00 × aandeel 10,0% = meerwaarde € 15,00"
    assert formula in text
    assert "1 klant die bezwaar maakt tegen profilering telt mee in de som en staat er niet bij." in text
    response = marketer.get(reverse("customer", args=[anna.pk]))
    [table] = [rows for rows in read_tables(response) if rows and "Aangebracht op" in rows[0]]
    assert table[1:] == [["Bram", "1 mrt 2025", "€ 200,50"]]


def test_without_a_share_the_page_says_that_it_was_not_set(marketer: Client) -> None:
    _run, anna = make_shop()
    assert "Welk aandeel van hun waarde als meerwaarde telt, is niet ingesteld." in show(marketer, anna)


def test_who_brought_in_nobody_has_no_such_section(marketer: Client) -> None:
    make_shop(referral_share="0.10")
    assert "Aangebracht door deze klant" not in show(marketer, Customer.objects.get(external_id="B"))
