"""Erasing a person: who it was is nowhere any more, and every total is what it was."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers
from django.db import connection
from django.db.models import Sum
from django.test import Client

from customers import jobs
from customers.imports import pipeline, undo
from customers.models import (
    Customer,
    ErasedKey,
    Erasure,
    Order,
    Refund,
    RetentionCost,
    SurveyAnswer,
    Upload,
)
from customers.persons.decisions import accept
from customers.privacy import erasing, traces
from tests.builders import make_customer, make_order, make_user, write_csv
from tests.uploading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

CUSTOMERS = """Klantnummer;Naam;E-mail;Plaats;Land
K100001;Anna de Boer;anna@example.nl;Gent;BE
K2;Bram;b@example.nl;Ede;NL
"""
MOVED = "Klantnummer;Naam;E-mail;Plaats;Land\nK100001;Anna van Dam;anna@example.nl;Brugge;BE\n"
ORDERS = """Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw
A1;K100001;31-01-2025;100,00
A2;K100001;31-02-2025;10,00
A3;K2;28-02-2025;50,00
"""
REFUNDS = "Creditnota;Ordernummer;Datum;Bedrag;Reden\nC1;A1;13-02-2025;20,00;Anna de Boer belde\n"
ANSWERS = "Klantnummer;Datum;Schaal;Score;Toelichting\nK100001;31-03-2025;NPS;9;Groeten, Anna de Boer\n"
COSTS = "Klantnummer;Van;Kosten;Omschrijving\nK100001;31-03-2025;5,00;bloemen voor Anna de Boer\n"
FILES = {
    "customers": CUSTOMERS, "moved": MOVED, "orders": ORDERS, "refunds": REFUNDS, "answers": ANSWERS,
    "costs": COSTS,
}  # fmt: skip
#: What says who Anna is.
TRACES = ("K100001", "Anna", "anna@example.nl", "Brugge", "Gent")


@pytest.fixture
def uploads(tmp_path: Path) -> dict[str, Upload]:
    """Everything that the shop knows of Anna and Bram, imported."""
    found = {}
    for name, text in FILES.items():
        upload = pipeline.import_file(write_csv(tmp_path, text, name=f"{name}.csv"))
        assert upload.state == Upload.State.DONE, upload.error
        found[name] = upload
    return found


def erase(number: str = "K100001") -> Erasure:
    return erasing.erase(erasing.ask(Customer.objects.get(external_id=number), None).pk)


def dump() -> str:
    """Every row of every table of the customers, as text."""
    tables = [name for name in connection.introspection.table_names() if name.startswith("customers_")]
    with connection.cursor() as cursor:
        texts = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(jsonb_agg(to_jsonb(t))::text, '') FROM {table} t")
            texts.append(cursor.fetchone()[0])
    return "\n".join(texts)


def totals() -> dict[str, Any]:
    return {
        "revenue": Order.objects.aggregate(sum=Sum("net_revenue"))["sum"],
        "refunds": Refund.objects.aggregate(sum=Sum("amount"))["sum"],
        "costs": RetentionCost.objects.aggregate(sum=Sum("amount"))["sum"],
        "scores": list(SurveyAnswer.objects.values_list("score", flat=True)),
        "customers": Customer.objects.count(),
        "countries": sorted(Customer.objects.values_list("country", flat=True)),
        "by_customer": sorted(Order.objects.values_list("customer_id", "net_revenue")),
    }


def test_nothing_says_who_it_was_any_more_and_totals_are_whole(uploads: dict[str, Upload]) -> None:
    before = totals()
    assert all(trace in dump() for trace in TRACES)
    erasure = erase()
    left = dump()
    assert [trace for trace in TRACES if trace in left] == []
    assert totals() == before
    anna = Customer.objects.get(external_id=erasure.number)
    assert (anna.country, anna.objects_to_profiling) == ("BE", True)
    assert "b@example.nl" in left


def test_the_files_that_name_the_person_go_and_the_others_stay(
    uploads: dict[str, Upload], tmp_path: Path
) -> None:
    other = pipeline.import_file(write_csv(tmp_path, "Klantnummer;Naam\nK2;Bram\n", name="other.csv"))
    erasure = erase()
    refunds = uploads.pop("refunds")  # it has no number, no address, and the name within a sentence
    assert [upload.file_name for upload in uploads.values() if upload.path.exists()] == []
    assert other.path.exists()
    assert erasure.counts["files"] == len(uploads) + (not refunds.path.exists())


def test_the_log_says_when_and_how_much_and_not_who(uploads: dict[str, Upload]) -> None:
    user = make_user("manager", role="manager")
    erasure = erasing.ask(Customer.objects.get(external_id="K100001"), user)
    erasing.erase(erasure.pk)
    erasure.refresh_from_db()
    assert (erasure.user, erasure.customer, erasure.done_at is not None) == (user, None, True)
    assert (erasure.counts["customers"], erasure.counts["texts"], erasure.counts["rejects"]) == (1, 3, 1)
    text = serializers.serialize("json", [erasure, *ErasedKey.objects.all()])
    assert [trace for trace in TRACES if trace in text] == []


def test_undoing_an_import_brings_nothing_back(uploads: dict[str, Upload]) -> None:
    erasure = erase()
    undo.undo(uploads["moved"])
    anna = Customer.objects.get(external_id=erasure.number)
    assert (anna.name, anna.city, anna.email, anna.country) == ("", "", "", "BE")


def test_the_same_files_again_are_recognised_and_kept_anonymous(
    uploads: dict[str, Upload], tmp_path: Path
) -> None:
    before = totals()
    erasure = erase()
    for name, text in FILES.items():
        again = pipeline.import_file(write_csv(tmp_path, text, name=f"{name}.csv"))
        assert again.state == Upload.State.DONE, again.error
        assert "kept_out" in {found["code"] for found in again.findings}, name
        assert not again.path.exists(), name
    assert totals() == before
    left = dump()
    assert [trace for trace in TRACES if trace in left] == []
    assert Customer.objects.filter(external_id=erasure.number).count() == 1


def test_a_new_order_of_the_person_counts_for_the_anonymous_number(
    uploads: dict[str, Upload], tmp_path: Path
) -> None:
    erasure = erase()
    header = "Ordernummer;Klantnummer;E-mail;Klantnaam;Besteldatum;Omzet excl. btw\n"
    text = f"{header}A9;K100001;anna@example.nl;Anna de Boer;01-04-2025;7,00\n"
    text += "A10;;anna@example.nl;Anna de Boer;31-03-2025;8,00\n"
    pipeline.import_file(write_csv(tmp_path, text))
    orders = Order.objects.filter(customer__external_id=erasure.number, external_id__in=["A9", "A10"])
    assert orders.aggregate(sum=Sum("net_revenue"))["sum"] == Decimal(15)
    assert Customer.objects.get(external_id=erasure.number).name == ""


def test_orders_that_name_customers_by_address_alone_are_recognised(tmp_path: Path) -> None:
    make_order(make_customer("anna@example.nl", email="anna@example.nl"), "2025-01-05", "10")
    erasure = erase("anna@example.nl")
    text = "Ordernummer;E-mail;Besteldatum;Omzet excl. btw\nA9;Anna@Example.nl;31-03-2025;7,00\n"
    text += "A8;b@c.nl;31-03-2025;1,00\n"
    pipeline.import_file(write_csv(tmp_path, text))
    assert Order.objects.get(external_id="A9").customer == Customer.objects.get(external_id=erasure.number)
    assert Order.objects.get(external_id="A8").customer == Customer.objects.get(external_id="b@c.nl")


def test_joined_customers_are_one_person_and_go_together() -> None:
    for number in ("K100001", "K100002"):
        customer = make_customer(number, email="anna@example.nl", name="Anna de Boer")
        make_order(customer, "2025-01-05", "10")
    accept("anna@example.nl", ["K100001", "K100002"], "K100001", None)
    erasure = erase()
    assert sorted(Customer.objects.values_list("external_id", flat=True)) == [
        erasure.number,
        f"{erasure.number}-2",
    ]
    left = dump()
    assert [trace for trace in (*TRACES, "K100002") if trace in left] == []


def test_a_file_that_still_waits_is_left_and_goes_once_it_is_imported(tmp_path: Path) -> None:
    make_customer("K100001")
    with write_csv(tmp_path, CUSTOMERS).open("rb") as file:
        waiting = pipeline.receive(file, "customers.csv", None)
    assert erase().counts["files_left"] == 1
    assert waiting.path.exists()
    pipeline.confirm(waiting, pipeline.recognise(waiting).plan)
    done = pipeline.run(waiting.pk)
    assert (done.counts["new"], done.counts["skipped"], done.path.exists()) == (1, 1, False)


def wait_with(tmp_path: Path, text: str) -> Upload:
    """Return an upload that waits for confirmation while the person in it is erased."""
    make_customer("K100001")
    with write_csv(tmp_path, text).open("rb") as file:
        waiting = pipeline.receive(file, "waiting.csv", None)
    assert erase().counts["files_left"] == 1
    return waiting


def test_a_file_that_waited_goes_when_it_is_refused_too(tmp_path: Path) -> None:
    broken = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\nA2;K100001;31-02-2025;10,00\n"
    waiting = wait_with(tmp_path, broken)
    pipeline.confirm(waiting, pipeline.recognise(waiting).plan)
    refused = pipeline.run(waiting.pk)
    assert (refused.state, refused.path.exists()) == (Upload.State.REJECTED, False)
    assert not refused.rejects.exclude(record=[]).exists()


def test_a_file_that_waited_goes_when_it_is_never_imported(tmp_path: Path) -> None:
    waiting = wait_with(tmp_path, CUSTOMERS)
    jobs.delete_old_files(0)
    assert waiting.path.exists()
    pipeline.cancel(waiting)
    jobs.delete_old_files(0)
    assert not waiting.path.exists()
    assert traces.LEFT not in Erasure.objects.get().counts


def test_a_file_that_comes_later_and_is_refused_goes_as_well(tmp_path: Path) -> None:
    make_customer("K100001")
    erase()
    text = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\nA1;K100001;31-01-2025;1,00\nA2;K2;x;1,00\n"
    refused = pipeline.import_file(write_csv(tmp_path, text), all_or_nothing=True)
    assert (refused.state, refused.path.exists()) == (Upload.State.REJECTED, False)


def test_erasing_twice_does_nothing_more(uploads: dict[str, Upload]) -> None:
    erasure = erase()
    assert erasing.erase(erasure.pk).counts == erasure.counts
    assert erasing.is_erased(Customer.objects.get(external_id=erasure.number))


def test_a_manager_erases_on_the_page_of_a_customer_with_the_number(client: Client) -> None:
    client.cookies["django_language"] = "en"
    client.force_login(make_user("monique", role="manager"))
    anna = make_customer("K100001", name="Anna de Boer")
    address = f"/customers/{anna.pk}/erase/"
    assert address in client.get(f"/customers/{anna.pk}/").content.decode()
    assert "This cannot be undone" in text_of(client.get(address))
    refused = client.post(address, {"number": "K2"})
    assert (refused.status_code, Erasure.objects.count()) == (400, 0)
    page = client.post(address, {"number": "K100001"}, follow=True)
    assert "waits for the worker" in text_of(page)
    erasing.erase(Erasure.objects.get().pk)
    page = client.get("/customers/erased/")
    assert Erasure.objects.get().number in text_of(page)
    assert "Anna" not in text_of(page)


def test_someone_of_marketing_cannot_erase(marieke: Client) -> None:
    anna = make_customer("K100001")
    assert marieke.get(f"/customers/{anna.pk}/erase/").status_code == 403
    assert "Erase this person" not in text_of(marieke.get(f"/customers/{anna.pk}/"))


def test_an_objection_stays_when_imports_are_undone_and_when_the_person_comes_again(tmp_path: Path) -> None:
    head = "Klantnummer;Naam;Bezwaar profilering\n"
    pipeline.import_file(write_csv(tmp_path, f"{head}K100001;Anna;nee\n", name="1.csv"))
    objected = pipeline.import_file(write_csv(tmp_path, f"{head}K100001;Anna;ja\n", name="2.csv"))
    erasure = erase()
    undo.undo(objected)
    assert Customer.objects.get(external_id=erasure.number).objects_to_profiling
    undo.undo(Upload.objects.get(file_name="1.csv"))
    assert not Customer.objects.exists()
    pipeline.import_file(write_csv(tmp_path, ORDERS, name="3.csv"))
    assert Customer.objects.get(external_id=erasure.number).objects_to_profiling
    assert not Customer.objects.get(external_id="K2").objects_to_profiling


def test_a_person_whose_row_is_gone_by_then_is_erased_by_what_was_known(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, ORDERS))
    erasure = erasing.ask(Customer.objects.get(external_id="K100001"), None)
    undo.undo(upload)
    erasure = erasing.erase(erasure.pk)
    assert erasure.done_at
    assert not upload.path.exists()
    assert [trace for trace in TRACES if trace in dump()] == []
    pipeline.import_file(write_csv(tmp_path, ORDERS, name="again.csv"))
    assert set(Customer.objects.values_list("external_id", "objects_to_profiling")) == {
        (erasure.number, True),
        ("K2", False),
    }


@pytest.mark.parametrize("again", [ORDERS, ""])
def test_a_person_who_was_imported_anew_or_joined_by_then_is_erased(tmp_path: Path, again: str) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, ORDERS))
    erasure = erasing.ask(Customer.objects.get(external_id="K100001"), None)
    if again:
        undo.undo(upload)
        pipeline.import_file(write_csv(tmp_path, again, name="again.csv"))
    else:
        Customer.objects.update(email="anna@example.nl")
        accept("anna@example.nl", ["K100001", "K2"], "K2", None)
    erasure = erasing.erase(erasure.pk)
    assert erasure.done_at
    assert Order.objects.get(external_id="A1").customer == Customer.objects.get(external_id=erasure.number)
    assert [trace for trace in TRACES if trace in dump()] == []


def test_costs_of_the_same_day_stay_apart_without_their_descriptions(tmp_path: Path) -> None:
    make_customer("K100001")
    text = COSTS + "K100001;31-03-2025;7,00;taart voor Anna\n"
    pipeline.import_file(write_csv(tmp_path, text, name="costs.csv"))
    erase()
    assert [trace for trace in TRACES if trace in dump()] == []
    again = pipeline.import_file(write_csv(tmp_path, text, name="again.csv"))
    assert again.counts["unchanged"] == 2
    assert sorted(RetentionCost.objects.values_list("amount", flat=True)) == [Decimal(5), Decimal(7)]


def test_a_request_of_which_nothing_is_known_any_more_ends_and_touches_nobody_else(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, ORDERS))
    other = pipeline.import_file(write_csv(tmp_path, ORDERS.replace(";K2;", ";;"), name="blank.csv"))
    erasure = Erasure.objects.create(number="erased-x", customer=Customer.objects.latest("pk").pk + 1)
    assert erasing.erase(erasure.pk).done_at
    assert (upload.path.exists(), other.path.exists(), other.rejects.exclude(record=[]).count()) == (
        True,
        True,
        1,
    )
