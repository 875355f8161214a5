"""The pages of imports, as their reader sees them: upload, check, confirm, watch, report."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from procrastinate.contrib.django import app as jobs

from customers.imports import pipeline
from customers.imports.arrival import ArrivalHandler, ArrivingFile
from customers.imports.presets import PRESETS
from customers.models import Order, Upload
from tests.builders import make_upload, make_user
from tests.page_reading import read_tables
from tests.uploading import (
    ORDERS,
    UNSETTLED,
    address,
    change,
    confirm,
    fields_of,
    import_file,
    send,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_root(settings: Any, tmp_path: Path) -> Path:
    """Files of the tests go to a folder of their own."""
    settings.UPLOAD_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def meanings(page: Any) -> dict[str, str]:
    """Header of each mapped column → its values as they were understood, from the page."""
    return {row[0]: row[-1] for row in read_tables(page)[0][1:]}


# Uploading -------------------------------------------------------------------------------------------------


def test_before_the_first_import_the_page_says_which_exports_can_be_used(marieke: Client) -> None:
    text = text_of(marieke.get("/imports/"))
    usable = [preset for preset in PRESETS.values() if preset.kind and not preset.unusable]
    assert len(usable) > 10
    with override("en"):
        assert all(str(preset.label) in text for preset in usable)
    assert "Nothing has been imported yet." in text


def test_no_file_is_said_at_the_field(marieke: Client) -> None:
    text = text_of(marieke.post("/imports/", {}))
    assert "No file was chosen. Choose the CSV file that your shop exported." in text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Export it again and look whether it holds rows."),
        (b"PK\x03\x04" + b"xl/workbook.xml" * 9, "The workbook is damaged (File is not a zip file)."),
        (b"PK\x03\x04" + b"orders.csv" * 9, "This is a zip archive, whatever its name says."),
        (b"\x1f\x8b\x08" + b"\0" * 30, "This is a gzip archive, whatever its name says."),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "This is a web page, whatever its name says."),
        (
            b"Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,"
            b"Coupon(s),Net Sales,Attribution\n",
            "This is the order report of WooCommerce Analytics. It has neither an e-mail address",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_name_at_the_field(
    marieke: Client, content: bytes, sentence: str
) -> None:
    page = send(marieke, content)
    assert page.redirect_chain == []
    assert str(page.context["form"].errors["file"][0]).startswith(sentence)


def test_a_file_that_is_too_large_is_refused_with_the_limit(marieke: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("This file is larger than 50 bytes, the most that is taken at once.")
    assert not Upload.objects.exists()


def test_a_full_disk_is_said_and_leaves_no_upload(marieke: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("customers.imports.files.store", refuse)
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("There is no room left on the disk (No space left on device).")
    assert not Upload.objects.exists()


def test_a_disk_that_fills_while_a_file_arrives_is_said_and_leaves_nothing(
    marieke: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    def refuse(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    settings.UPLOAD_ROOT = tmp_path
    monkeypatch.setattr(ArrivingFile, "write", refuse, raising=False)
    error = send(marieke, ORDERS).context["form"].errors["file"][0]
    assert error.startswith("There is no room left on the disk (No space left on device).")
    assert (Upload.objects.count(), list(tmp_path.iterdir())) == (0, [])


def test_a_file_is_written_once_where_it_stays(
    marieke: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    written: list[int] = []
    complete = ArrivalHandler.file_complete

    def note(handler: ArrivalHandler, size: int) -> ArrivingFile:
        file = complete(handler, size)
        written.append(Path(file.temporary_file_path()).stat().st_ino)
        return file

    settings.UPLOAD_ROOT = tmp_path / "not there yet"
    monkeypatch.setattr(ArrivalHandler, "file_complete", note)
    send(marieke, ORDERS)
    upload = Upload.objects.get()
    assert upload.path.read_bytes() == ORDERS.encode()
    assert (upload.size, upload.sha256) == (len(ORDERS.encode()), sha256(ORDERS.encode()).hexdigest())
    assert [path.name for path in settings.UPLOAD_ROOT.iterdir()] == [str(upload.uuid)]
    assert [upload.path.stat().st_ino] == written  # the very same file, not a copy
    assert upload.path.stat().st_mode & 0o777 == 0o644


def test_htmx_is_sent_on_by_a_header(marieke: Client) -> None:
    file = SimpleUploadedFile("orders.csv", ORDERS.encode())
    response = marieke.post("/imports/", {"file": file}, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == f"/imports/{Upload.objects.get().uuid}/"


def test_who_may_only_look_cannot_upload(client: Client) -> None:
    reader = make_user("eva", role="")
    reader.user_permissions.add(Permission.objects.get(codename="view_customervalue"))
    client.force_login(reader)
    assert "upload-form" not in client.get("/imports/").content.decode()
    assert send(client, ORDERS).status_code == 403
    assert not Upload.objects.exists()


# Checking --------------------------------------------------------------------------------------------------


def test_the_reading_shows_what_each_column_becomes_and_how_its_values_are_understood(
    marieke: Client,
) -> None:
    page = send(marieke, ORDERS)
    assert meanings(page) == {
        "Ordernummer": "A1 A2 A3",
        "Klantnummer": "anna bram",
        "Besteldatum": "31 Jan 2025 1 Feb 2025 28 Feb 2025",
        "Bedrag excl. btw": "“12,5,0” is not an amount such as 1.234,56. €1,250.50 €19.95",
    }
    assert fields_of(page) == {
        "kind": "orders", "preset": "generic", "encoding": "utf-8", "delimiter": ";", "quote": '"',
        "header_line": "1", "target_0": "external_id", "target_1": "customer", "target_2": "moment",
        "dates_2": "dmy", "target_3": "net_revenue", "decimal_3": ",", "vat_3": "", "target_4": "",
    }  # fmt: skip
    assert [column["header"] for column in page.context["ignored"]] == ["Opmerking"]


def test_the_first_records_are_shown_as_they_were_understood(marieke: Client) -> None:
    preview = read_tables(send(marieke, ORDERS))[-1]
    assert preview == [
        ["Line", "order number", "customer number", "order date", "net revenue"],
        ["2", "A1", "anna", "31 Jan 2025", "€1,250.50"],
        ["3", "A2", "bram", "1 Feb 2025", "€19.95"],
        ["4", "A3", "anna", "28 Feb 2025", "“12,5,0” is not an amount such as 1.234,56."],
    ]


def test_what_no_value_settles_is_asked_with_both_meanings(marieke: Client) -> None:
    page = send(marieke, UNSETTLED)
    text = text_of(page)
    assert "Column “Bedrag”, line 2: what is “1.250”? €1.25 the comma is" not in text
    assert "Column “Bedrag”, line 2: what is “1.250”?" in text
    assert "€1,250.00 the comma is the decimal mark" in text
    assert "€1.25 the point is the decimal mark" in text
    assert "3 Apr 2025 day-month-year" in text
    assert "4 Mar 2025 month-day-year" in text


def test_an_open_question_is_not_passed_over(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, UNSETTLED), decimal_3=",")
    assert "Not imported yet: first answer or mend what is marked below." in text_of(page)
    assert Upload.objects.get().state == Upload.State.RECEIVED
    assert [question["name"] for question in page.context["questions"]] == ["dates_2"]


def test_the_answers_decide_what_is_imported(marieke: Client) -> None:
    import_file(marieke, UNSETTLED, decimal_3=".", dates_2="mdy")
    assert [(str(order.ordered_on), str(order.net_revenue)) for order in Order.objects.order_by("pk")] == [
        ("2025-03-04", "1.2500"), ("2025-05-06", "2.5000"),
    ]  # fmt: skip


def test_an_answer_is_kept_when_the_page_is_opened_again(marieke: Client) -> None:
    page = send(marieke, UNSETTLED)
    change(marieke, page, decimal_3=".", dates_2="dmy")
    again = marieke.get(address(page))
    assert again.context["questions"] == []
    assert meanings(again)["Bedrag"] == "€1.25 €2.50"


def test_a_column_can_become_something_else_and_is_looked_at_anew(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), target_3="gross_revenue", target_4="")
    assert fields_of(page)["target_3"] == "gross_revenue"
    assert fields_of(page)["decimal_3"] == ","
    assert "No column holds the VAT, which orders need." in text_of(page)


def test_a_missing_column_is_said_at_once_with_the_columns_there_are(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Omzet excl. btw\nA1;anna;12,50\n")
    text = text_of(page)
    assert (
        "No column holds the order date, which orders need. The file has: Ordernummer, Klantnummer," in text
    )


def test_all_missing_columns_are_named(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Winkel\nA1;anna;Gouda\n")
    page = change(marieke, page, kind="orders") if fields_of(page)["kind"] != "orders" else page
    assert "Needed and not found: order date, net revenue" in text_of(page)


def test_a_file_with_a_missing_column_is_not_imported(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, "Ordernummer;Klantnummer;Bedrag\nA1;anna;12,50\n"), kind="orders")
    assert "Not imported yet" in text_of(page)
    assert Upload.objects.get().state == Upload.State.RECEIVED


def test_two_columns_cannot_become_the_same(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), target_4="customer")
    assert "The columns “Klantnummer” and “Opmerking” are both read as the customer number." in text_of(page)


def test_another_kind_proposes_other_columns(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), kind="customers")
    assert fields_of(page)["kind"] == "customers"
    assert fields_of(page)["target_1"] == "external_id"
    assert fields_of(page)["target_0"] == ""


def test_columns_of_which_nothing_is_known_ask_what_the_file_holds(marieke: Client) -> None:
    page = send(marieke, "Aap;Noot;Mies\n1;2;drie\n")
    assert "The columns (Aap, Noot, Mies) do not tell what this file holds. Choose what it is" in text_of(
        page
    )
    assert fields_of(page)["kind"] == ""


def test_another_encoding_reads_the_words_with_accents_otherwise(marieke: Client) -> None:
    orders = "Ordernummer;Klantnummer;Naam;Besteldatum;Bedrag\nA1;anna;Anaïs Köhler;31-01-2025;1,50\n"
    page = send(marieke, orders.encode("cp1252"))
    assert page.context["words"] == ["Anaïs", "Köhler"]
    assert "its words with accents are: Anaïs, Köhler ." in text_of(page)
    page = change(marieke, page, encoding="utf-8")
    assert page.context["words"] == []


def test_another_separator_reads_other_columns(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), delimiter=",")
    assert page.context["ignored"][0]["header"].startswith("Ordernummer;Klantnummer")


def test_a_line_that_the_file_does_not_have_is_refused_and_the_reading_stays(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), header_line="40")
    assert "What was sent does not fit this file any more. It is read like this now." in text_of(page)
    assert fields_of(page)["header_line"] == "1"


def test_a_preset_that_the_file_is_not_is_refused(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), preset="shopify_orders")
    assert fields_of(page)["preset"] == "generic"
    assert "What was sent does not fit this file any more." in text_of(page)


def test_a_duplicate_header_is_said_with_its_line(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag;Bedrag\nA1;anna;31-01-2025;1,50;2,50\n")
    assert "Line 1, the header, has the column “Bedrag” more than once." in text_of(page)


def test_a_header_without_rows_is_said(marieke: Client) -> None:
    text = text_of(send(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag\n"))
    assert "The file holds a header and no rows under it." in text


def test_a_file_that_waits_can_be_discarded(marieke: Client) -> None:
    page = marieke.post(address(send(marieke, ORDERS), "cancel/"), follow=True)
    assert "“orders.csv” was discarded. Nothing was imported." in text_of(page)
    assert Upload.objects.get().state == Upload.State.CANCELLED


def test_a_raw_file_that_was_deleted_meanwhile_is_said(marieke: Client, upload_root: Path) -> None:
    page = send(marieke, ORDERS)
    (upload_root / str(page.context["upload"].uuid)).unlink()
    assert "The uploaded file is no longer there. Upload it again." in text_of(marieke.get(address(page)))
    assert "The uploaded file is no longer there." in text_of(confirm(marieke, page))


def test_a_file_with_as_many_columns_as_are_read_can_be_confirmed(marieke: Client) -> None:
    extra = [f"kolom {number}" for number in range(996)]
    header = ";".join(["Ordernummer", "Klantnummer", "Besteldatum", "Bedrag", *extra])
    row = ";".join(["A1", "anna", "31-01-2025", "1,50", *["x"] * 996])
    import_file(marieke, f"{header}\n{row}\n")
    assert Order.objects.count() == 1


# Waiting ---------------------------------------------------------------------------------------------------


def add_worker(seconds_ago: float = 0.0) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def test_confirming_queues_the_import_for_the_worker(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    upload = page.context["upload"]
    assert upload.state == Upload.State.QUEUED
    [job] = jobs.job_manager.list_jobs(task="customers.import_upload")
    assert json.loads(job.task_kwargs) == {"upload_id": upload.pk}
    assert "Waiting for its turn" in text_of(page)


def test_without_a_worker_the_page_says_so_and_what_to_do(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    for text in (text_of(page), text_of(marieke.get("/imports/"))):
        assert "No worker is running, so nothing moves." in text
        assert "python manage.py worker" in text


@pytest.mark.parametrize(("seconds_ago", "said"), [(3.0, False), (60.0, True)])
def test_a_worker_counts_while_it_gives_signs_of_life(
    marieke: Client, seconds_ago: float, said: bool
) -> None:
    add_worker(seconds_ago)
    page = confirm(marieke, send(marieke, ORDERS))
    assert ("No worker is running" in text_of(page)) is said


def test_a_second_import_says_which_one_it_waits_for(marieke: Client) -> None:
    add_worker()
    confirm(marieke, send(marieke, ORDERS, "first.csv"))
    second = confirm(marieke, send(marieke, UNSETTLED, "second.csv"), decimal_3=",", dates_2="dmy")
    assert "1 import goes before this one: first.csv" in text_of(second)


def test_a_running_import_shows_bytes_records_time_left_and_its_last_sign_of_life(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_worker()
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    upload = make_upload(
        state=Upload.State.RUNNING, size=1000, bytes_done=250, rows_done=12345, step="staging",
        started_at=now - timedelta(seconds=10), heartbeat=now,
    )  # fmt: skip
    page = marieke.get(f"/imports/{upload.uuid}/progress/")
    text = text_of(page)
    assert "250 bytes of 1.0 kB · 12,345 records" in text
    assert "about 30 s left for reading" in text
    assert "last sign of life 0.0 s ago" in text
    assert "HX-Refresh" not in page


def test_an_import_whose_worker_fell_silent_says_what_happens_next(marieke: Client) -> None:
    add_worker()
    silent = timezone.now() - timedelta(seconds=45)
    upload = make_upload(state=Upload.State.RUNNING, size=10, started_at=silent, heartbeat=silent)
    text = text_of(marieke.get(f"/imports/{upload.uuid}/progress/"))
    assert "another one takes the import up again within two minutes; nothing is imported twice" in text


def test_an_import_that_ended_has_its_page_load_again(marieke: Client) -> None:
    upload = make_upload()
    assert marieke.get(f"/imports/{upload.uuid}/progress/")["HX-Refresh"] == "true"


def test_a_queued_import_can_be_stopped(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    stopped = marieke.post(address(page, "cancel/"), follow=True)
    assert "The import of “orders.csv” was stopped. Nothing was imported." in text_of(stopped)
    pipeline.run(page.context["upload"].pk)
    assert not Order.objects.exists()


def test_stopping_what_has_ended_says_that_it_had(marieke: Client) -> None:
    page = marieke.post(f"/imports/{make_upload().uuid}/cancel/", follow=True)
    assert "“orders.csv” had already ended." in text_of(page)


def test_confirming_twice_imports_once(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    confirm(marieke, page)
    confirm(marieke, page)
    assert len(jobs.job_manager.list_jobs(task="customers.import_upload")) == 1


# History ---------------------------------------------------------------------------------------------------


def test_the_history_says_who_when_what_and_what_it_did(marieke: Client) -> None:
    import_file(marieke, ORDERS)
    upload = Upload.objects.get()
    [header, row] = read_tables(marieke.get("/imports/"))[0]
    assert header == [
        "File", "State", "What it did", "Holds", "Received", "By", "File kept", "Actions",
    ]  # fmt: skip
    assert row[0] == f"orders.csv 151 bytes · {upload.sha256[:8]}"
    assert row[1:4] == ["imported", "2 new, 1 rejected", "orders"]
    assert row[5] == "marieke"
    assert row[6].startswith("until ")
    assert f'href="/imports/{upload.uuid}/"' in marieke.get("/imports/").content.decode()


def test_the_history_is_paged(marieke: Client) -> None:
    for number in range(30):
        make_upload(file_name=f"{number:02}.csv")
    assert [row[0].split()[0] for row in read_tables(marieke.get("/imports/?page=2"))[0][1:]] == [
        "04.csv", "03.csv", "02.csv", "01.csv", "00.csv",
    ]  # fmt: skip


def test_the_number_of_queries_does_not_grow_with_the_history(marieke: Client) -> None:
    make_upload(user=make_user("joost"))
    marieke.get("/imports/")
    with CaptureQueriesContext(connection) as few:
        marieke.get("/imports/")
    for number in range(20):
        make_upload(user=make_user(f"user{number}"))
    with CaptureQueriesContext(connection) as many:
        marieke.get("/imports/")
    assert len(many) == len(few)
