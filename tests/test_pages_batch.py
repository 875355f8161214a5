"""Several files at once, as their reader sees them: one page that follows them all."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from customers.imports import batches, pipeline
from customers.models import Order, Upload, UploadBatch
from tests.builders import make_upload
from tests.page_reading import read_tables
from tests.uploading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

CUSTOMERS = "Klantnummer;Naam;Kanaal\nK1;Anna;ads\n"
ORDERS = "Ordernummer;Klantnummer;Besteldatum;Bedrag excl. btw\nA1;K1;31-01-2025;1.250,50\n"
REFUNDS = "Creditnota;Ordernummer;Datum;Bedrag\nC1;A1;13-02-2025;19,95\n"
UNSETTLED = "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;K1;03-04-2025;1.250\n"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def send_all(client: Client, **files: str | bytes) -> Any:
    """Upload files with one form, as a browser without JavaScript does."""
    sent = [
        SimpleUploadedFile(f"{name}.csv", text if isinstance(text, bytes) else text.encode())
        for name, text in files.items()
    ]
    return client.post("/imports/", {"file": sent}, follow=True)


def address(action: str = "") -> str:
    return f"/imports/batches/{UploadBatch.objects.get().uuid}/{action}"


def rows_of(page: Any) -> list[list[str]]:
    return read_tables(page)[0][1:]


def run_all() -> None:
    while waiting := batches.sort_by_loading(Upload.objects.filter(state=Upload.State.QUEUED)):
        pipeline.run(waiting[0].pk)


def test_several_files_have_one_page_in_the_order_of_loading(marieke: Client) -> None:
    page = send_all(marieke, refunds=REFUNDS, orders=ORDERS, customers=CUSTOMERS)
    assert page.redirect_chain == [(address(), 302)]
    assert [row[1:3] for row in rows_of(page)] == [
        ["customers", "clear"], ["orders", "clear"], ["refunds", "clear"],
    ]  # fmt: skip
    assert "3 files are clear and can be imported, in the order below." in text_of(page)


def test_one_click_imports_all_that_is_clear(marieke: Client) -> None:
    send_all(marieke, refunds=REFUNDS, orders=ORDERS, customers=CUSTOMERS)
    page = marieke.post(address("confirm/"), follow=True)
    assert [row[2] for row in rows_of(page)] == ["waiting for its turn"] * 3
    assert "2 imports go before this one. The first: customers.csv" in text_of(page)
    run_all()
    page = marieke.get(address())
    assert [row[2:] for row in rows_of(page)] == [
        ["imported", "1 new"], ["imported", "1 new"], ["imported", "1 new"],
    ]  # fmt: skip
    assert "3 files were imported. Watch the calculation" in text_of(page)


def test_a_file_with_a_question_links_to_its_page_and_holds_back_what_refers_to_it(marieke: Client) -> None:
    page = send_all(marieke, refunds=REFUNDS, orders=UNSETTLED, customers=CUSTOMERS)
    text = text_of(page)
    assert "1 file needs an answer. It holds back only the files that refer to what it holds." in text
    assert "1 of them then waits until what goes before it is answered, and starts by itself." in text
    _customers, orders, refunds = rows_of(page)
    assert orders[2] == "needs an answer"
    assert "“1.250” can be read in two ways" in orders[3]
    assert "Answer: orders.csv" in orders[3]
    assert "Waits for: orders.csv" in refunds[3]
    page = marieke.post(address("confirm/"), follow=True)
    assert [row[2] for row in rows_of(page)] == [
        "waiting for its turn", "needs an answer", "waiting for another file",
    ]  # fmt: skip


def test_an_answer_leads_back_to_the_batch_and_lets_go_of_what_waited(marieke: Client) -> None:
    send_all(marieke, refunds=REFUNDS, orders=UNSETTLED)
    marieke.post(address("confirm/"))
    orders = Upload.objects.get(file_name="orders.csv")
    reading = marieke.get(f"/imports/{orders.uuid}/")
    assert "This file was uploaded together with others." in text_of(reading)
    form = reading.context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    said |= {"decimal_3": ",", "dates_2": "dmy"}
    page = marieke.post(f"/imports/{orders.uuid}/confirm/", said, follow=True)
    assert page.redirect_chain[-1] == (address(), 302)
    assert [row[2] for row in rows_of(page)] == ["waiting for its turn"] * 2


def test_an_answer_that_is_given_but_not_confirmed_makes_the_file_clear(marieke: Client) -> None:
    send_all(marieke, refunds=REFUNDS, orders=UNSETTLED)
    orders = Upload.objects.get(file_name="orders.csv")
    form = marieke.get(f"/imports/{orders.uuid}/").context["form"]
    said = {name: form[name].value() or "" for name in form.fields}
    marieke.post(f"/imports/{orders.uuid}/", {**said, "decimal_3": ",", "dates_2": "dmy"})
    assert [row[2] for row in rows_of(marieke.get(address()))] == ["clear", "clear"]


def test_a_held_file_says_on_its_own_page_what_it_waits_for(marieke: Client) -> None:
    send_all(marieke, refunds=REFUNDS, orders=UNSETTLED)
    marieke.post(address("confirm/"))
    refunds = Upload.objects.get(file_name="refunds.csv")
    text = text_of(marieke.get(f"/imports/{refunds.uuid}/"))
    assert "starts by itself once they are answered: orders.csv" in text
    assert "No worker is running" not in text


def test_a_file_that_cannot_be_used_says_why_beside_the_others(marieke: Client) -> None:
    page = send_all(marieke, orders=ORDERS, logo=PICTURE)
    logo = rows_of(page)[1]
    assert logo[2] == "failed"
    assert logo[3].startswith("This is not a text file, whatever its name says.")


def test_all_or_nothing_is_of_each_file(marieke: Client) -> None:
    send_all(marieke, orders=ORDERS, refunds=REFUNDS.replace("13-02", "32-02"))
    marieke.post(address("confirm/"), {"rejects": "nothing"})
    run_all()
    assert dict(Upload.objects.values_list("file_name", "state")) == {
        "orders.csv": "done", "refunds.csv": "rejected",
    }  # fmt: skip


def test_everything_that_has_not_ended_can_be_stopped(marieke: Client) -> None:
    send_all(marieke, refunds=REFUNDS, orders=UNSETTLED, customers=CUSTOMERS)
    marieke.post(address("confirm/"))
    page = marieke.post(address("cancel/"), follow=True)
    assert "3 files were stopped. Nothing of them was imported." in text_of(page)
    assert set(Upload.objects.values_list("state", flat=True)) == {"cancelled"}
    run_all()
    assert not Order.objects.exists()


def test_a_file_too_large_is_named_among_several(marieke: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 60
    error = send_all(marieke, customers=CUSTOMERS, orders=ORDERS).context["form"].errors["file"][0]
    assert error.startswith("orders.csv: This file is larger than 60 bytes")
    assert not Upload.objects.exists()


def test_the_page_asks_for_itself_while_something_moves(marieke: Client) -> None:
    send_all(marieke, orders=ORDERS, customers=CUSTOMERS)
    assert "hx-get" not in marieke.get(address()).content.decode()
    marieke.post(address("confirm/"))
    part = marieke.get(address(), headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{address()}"' in part
    assert "<html" not in part


def test_files_sent_one_by_one_come_together(marieke: Client) -> None:
    started = marieke.post("/imports/batches/").json()
    for name, text in {"orders.csv": ORDERS, "customers.csv": CUSTOMERS}.items():
        answer = marieke.post(started["files"], {"file": SimpleUploadedFile(name, text.encode())})
        assert (answer.status_code, answer.json()) == (200, {})
    assert [row[1] for row in rows_of(marieke.get(started["page"]))] == ["customers", "orders"]


def test_a_file_that_is_refused_on_arrival_says_why(marieke: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50
    started = marieke.post("/imports/batches/").json()
    answer = marieke.post(started["files"], {"file": SimpleUploadedFile("orders.csv", ORDERS.encode())})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("This file is larger than 50 bytes")


def test_a_batch_of_which_nothing_arrived_says_so(marieke: Client) -> None:
    marieke.post("/imports/batches/")
    assert "None of the files arrived. Upload them again." in text_of(marieke.get(address()))


def test_a_running_file_shows_how_far_it_is(marieke: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    make_upload(batch=UploadBatch.objects.create(), state=Upload.State.RUNNING, size=1000, bytes_done=250,
                rows_done=12345, step="staging", started_at=now - timedelta(seconds=10),
                heartbeat=now)  # fmt: skip
    text = text_of(marieke.get(address()))
    assert "Reading and checking the records · 250 bytes of 1.0 kB · 12,345 records" in text
    assert "about 30 s left for reading" in text
