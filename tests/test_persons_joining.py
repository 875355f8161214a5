"""Customers who are one person: joined, met by later imports, and taken apart again exactly as they were."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from customers.imports import pipeline
from customers.imports.undo import preview, undo
from customers.models import (
    Customer,
    JoinedFact,
    Order,
    PersonDecision,
    ProgrammeMembership,
    Referral,
    SurveyAnswer,
    Upload,
)
from customers.persons import decisions
from customers.persons.decisions import DecisionRefused, accept, decline, withdraw
from metrics.models import Run
from tests.builders import (
    make_customer,
    make_membership,
    make_order,
    make_refund,
    make_retention_cost,
    make_upload,
    make_user,
    write_csv,
)

pytestmark = pytest.mark.django_db

MAIL = "anna@example.nl"
TABLES = (
    "customers_customer", "customers_order", "customers_refund", "customers_retentioncost",
    "customers_programmemembership", "customers_surveyanswer", "customers_referral",
)  # fmt: skip


def read_facts() -> dict[str, list[Any]]:
    """Every row of every table with customers, as text."""
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY id")
            found[table] = cursor.fetchall()
    return found


@pytest.fixture
def shop() -> dict[str, Customer]:
    """K1 and K2 are one person with something of everything; bram is somebody else."""
    upload = make_upload()
    one = make_customer("K1", email=MAIL, name="Anna", country="", acquired_on="2024-06-01")
    two = make_customer(
        "K2", email=MAIL.upper(), name="A. de Vries", country="NL", acquired_on="2024-02-01",
        objects_to_profiling=True, acquisition_channel="ads",
    )  # fmt: skip
    bram = make_customer("bram")
    make_order(one, "2025-01-05", "10", external_id="A1")
    second = make_order(two, "2025-02-05", "20", external_id="A2")
    make_refund("2025-02-06", "5", customer=two, order=second)
    make_retention_cost("2025-01-01", "2025-12-31", "3", customer=two)
    for customer in (one, two):
        make_membership(customer, "club", "2025-01-01", None if customer is one else "2025-06-30")
    make_membership(two, "gold", "2025-01-01")
    SurveyAnswer.objects.create(
        external_id="S1", customer=two, answered_on="2025-03-01", scale="nps", score=9, upload=upload
    )
    for referrer, referred in ((one, two), (two, bram), (one, bram)):
        Referral.objects.create(referrer=referrer, referred=referred, upload=upload)
    return {"one": one, "two": two, "bram": bram}


def test_everything_goes_to_the_kept_customer(shop: dict[str, Customer]) -> None:
    accept(MAIL, ["K1", "K2"], "K1", make_user())
    kept = Customer.objects.get(external_id="K1")
    assert not Customer.objects.filter(external_id="K2").exists()
    assert sorted(kept.orders.values_list("external_id", flat=True)) == ["A1", "A2"]
    assert (kept.refunds.count(), kept.retention_costs.count(), kept.survey_answers.count()) == (1, 1, 1)


def test_a_membership_both_had_is_one_and_nobody_has_referred_himself(shop: dict[str, Customer]) -> None:
    accept(MAIL, ["K1", "K2"], "K1", make_user())
    members = ProgrammeMembership.objects.order_by("programme").values_list(
        "customer__external_id", "programme", "last_day"
    )
    assert list(members) == [("K1", "club", None), ("K1", "gold", None)]
    pairs = Referral.objects.values_list("referrer__external_id", "referred__external_id")
    assert list(pairs) == [("K1", "bram")]


def test_the_kept_row_is_filled_and_an_objection_holds_for_the_person(shop: dict[str, Customer]) -> None:
    accept(MAIL, ["K1", "K2"], "K1", make_user())
    kept = Customer.objects.get(external_id="K1")
    assert (kept.name, kept.country, kept.acquisition_channel) == ("Anna", "NL", "ads")
    assert kept.objects_to_profiling
    assert str(kept.acquired_on) == "2024-02-01"


def test_taken_back_everything_is_as_it_was(shop: dict[str, Customer]) -> None:
    before = read_facts()
    marieke, joost = make_user("marieke"), make_user("joost")
    decision = accept(MAIL, ["K1", "K2"], "K1", marieke)
    assert read_facts() != before
    withdraw(decision, joost)
    assert read_facts() == before
    assert not JoinedFact.objects.exists()
    decision.refresh_from_db()
    assert (decision.user, decision.withdrawn_by) == (marieke, joost)
    assert decision.withdrawn_at is not None


def test_both_ask_for_a_calculation(shop: dict[str, Customer]) -> None:
    decision = accept(MAIL, ["K1", "K2"], "K1", None)
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1
    Run.objects.all().delete()
    withdraw(decision, None)
    assert Run.objects.filter(state=Run.State.QUEUED).count() == 1


def test_who_was_joined_before_comes_along(shop: dict[str, Customer]) -> None:
    before = read_facts()
    make_order(make_customer("K3", email=MAIL), "2025-03-05", "40", external_id="A3")
    first = accept(MAIL, ["K1", "K2"], "K1", None)
    second = accept(MAIL, ["K1", "K3"], "K3", None)
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert second.numbers == ["K1", "K2", "K3"]
    kept = Customer.objects.get(external_id="K3")
    assert sorted(kept.orders.values_list("external_id", flat=True)) == ["A1", "A2", "A3"]
    withdraw(second, None)
    Order.objects.get(external_id="A3").delete()
    Customer.objects.get(external_id="K3").delete()
    assert read_facts() == before


ORDERS = "Ordernummer;Klantnummer;E-mail;Besteldatum;Bedrag\n"
TWO = ORDERS + "A1;K1;anna@example.nl;31-01-2025;10,00\nA2;K2;anna@example.nl;28-02-2025;20,00\n"


def test_a_later_order_under_the_old_number_is_of_the_person(tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, TWO))
    decision = accept(MAIL, ["K1", "K2"], "K1", None)
    upload = pipeline.import_file(
        write_csv(tmp_path, ORDERS + "A3;K2;anna@example.nl;31-03-2025;30,00\n", name="later.csv")
    )
    assert upload.counts["new"] == 1
    assert upload.facts["customers"] == {"new": 0, "changed": 0}
    assert set(Order.objects.values_list("customer__external_id", flat=True)) == {"K1"}
    withdraw(decision, None)
    assert dict(Order.objects.values_list("external_id", "customer__external_id")) == {
        "A1": "K1", "A2": "K2", "A3": "K2",
    }  # fmt: skip


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, TWO))
    accept(MAIL, ["K1", "K2"], "K1", None)
    before = read_facts()
    upload = pipeline.import_file(write_csv(tmp_path, TWO))
    assert upload.counts["unchanged"] == 2
    assert read_facts() == before


def test_a_file_of_customers_with_the_old_number_is_no_new_customer(tmp_path: Path) -> None:
    text = "Klantnummer;Naam\nK1;Anna\nK2;A. de Vries\n"
    pipeline.import_file(write_csv(tmp_path, text))
    decision = accept(MAIL, ["K1", "K2"], "K1", None)
    upload = pipeline.import_file(
        write_csv(tmp_path, text.replace("A. de Vries", "Anna de Vries"), name="b.csv")
    )
    assert (upload.counts["new"], upload.counts["changed"], upload.counts["unchanged"]) == (0, 1, 1)
    assert Customer.objects.get().name == "Anna"
    withdraw(decision, None)
    assert Customer.objects.get(external_id="K2").name == "Anna de Vries"


def test_an_import_can_be_undone_under_a_joined_person(tmp_path: Path) -> None:
    first = pipeline.import_file(write_csv(tmp_path, TWO))
    later = pipeline.import_file(
        write_csv(tmp_path, TWO.replace("20,00", "25,00").replace("28-02", "27-02"), name="later.csv")
    )
    decision = accept(MAIL, ["K1", "K2"], "K1", None)
    before = read_facts()
    assert preview(later).tables["orders"].restored == 1
    assert read_facts() == before
    undo(later)
    order = Order.objects.get(external_id="A2")
    assert (order.net_revenue, order.customer.external_id) == (Decimal(20), "K1")
    undo(first)
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)
    again = pipeline.import_file(write_csv(tmp_path, TWO))
    assert again.state == Upload.State.DONE
    assert set(Order.objects.values_list("customer__external_id", flat=True)) == {"K1"}
    withdraw(decision, None)
    assert Customer.objects.count() == 2


@pytest.mark.parametrize(("numbers", "kept"), [(["K1"], "K1"), (["K1", "K2"], "bram"), (["K1", "no"], "K1")])
def test_what_cannot_be_one_person_is_refused(
    shop: dict[str, Customer], numbers: list[str], kept: str
) -> None:
    before = read_facts()
    with pytest.raises(DecisionRefused):
        accept(MAIL, numbers, kept, None)
    assert read_facts() == before
    assert not PersonDecision.objects.exists()


def test_an_address_of_very_many_is_of_no_person(shop: dict[str, Customer]) -> None:
    numbers = [make_customer(f"x{n}", email=MAIL).external_id for n in range(decisions.MOST_JOINED + 1)]
    with (
        translation.override("en"),
        pytest.raises(DecisionRefused, match="At most 20 customers can be one person"),
    ):
        accept(MAIL, numbers, "x1", None)


def test_what_was_taken_back_cannot_be_taken_back_again(shop: dict[str, Customer]) -> None:
    decision = decline(MAIL, ["K1", "K2"], None)
    withdraw(decision, None)
    with translation.override("en"), pytest.raises(DecisionRefused, match="taken back already"):
        withdraw(decision, None)
