"""A file too large to be looked through while its upload waits: the worker does it, and the page follows."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from customers import jobs
from customers.imports import looking, passes, pipeline, queue, states
from customers.models import Order, Upload, UploadBatch
from tests.builders import make_user, write_csv
from tests.page_reading import read_tables
from tests.uploading import address, change, confirm, fields_of, run_and_open, send, text_of

pytestmark = pytest.mark.django_db

LIMIT = 2_000
HEADER = "Ordernummer;Klantnummer;Besteldatum;Bedrag;Gewicht;Status\n"
#: Dates and amounts are settled by the first record, which the encoding of the file is not.
ROWS = "".join(f"A{n};K{n};31-01-2025;12,50;1.250;betaald\n" for n in range(200))
LARGE = HEADER + ROWS
SMALL = "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;K1;31-01-2025;12,50\n"
REFUNDS = "Creditnota;Ordernummer;Datum;Bedrag\nC1;A1;13-02-2025;19,95\n"


@pytest.fixture(autouse=True)
def anything_is_large(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Files of some kilobytes are large here; what passes found in one test is not known in the next."""
    monkeypatch.setattr(looking, "AT_ONCE", LIMIT)
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    forget()
    yield
    forget()


@pytest.fixture
def marieke(client: Client) -> Client:
    """Someone of marketing who reads English."""
    client.cookies["django_language"] = "en"
    client.force_login(make_user("marieke"))
    return client


def forget() -> None:
    """Know no more of files than a process that has not looked at any."""
    passes._kept.clear()


def work() -> None:
    """Do what is to be looked at, as the worker would, in a process of its own."""
    forget()
    for upload in Upload.objects.filter(state=Upload.State.READING):
        jobs.look_at_upload.func(upload_id=upload.pk)
    forget()


def state_of(page: Any) -> str:
    return Upload.objects.get(uuid=page.context["upload"].uuid).state


def send_and_look(client: Client, content: str = LARGE) -> Any:
    """Upload a large file, let it be looked at, and open its page."""
    page = send(client, content)
    work()
    return client.get(address(page))


def test_a_file_of_more_than_four_megabytes_is_stored_and_answered_without_being_looked_at(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "AT_ONCE", 4 << 20)
    monkeypatch.setattr(pipeline, "recognise_file", None)  # whoever called it would fail
    page = send(marieke, HEADER + ROWS * 600)
    upload = Upload.objects.get()
    assert upload.size > 4 << 20
    assert upload.path.stat().st_size == upload.size
    assert (upload.state, upload.plan, upload.kind) == (Upload.State.READING, {}, "")
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.lock) == (queue.LOOK, {"upload_id": upload.pk}, queue.LOOK_LOCK)
    assert "Looking through the file" in text_of(page)
    assert "No worker is running, so nothing moves." in text_of(page)


def test_the_page_goes_on_to_the_mapping_once_the_worker_has_looked(marieke: Client) -> None:
    page = send(marieke, LARGE)
    assert "HX-Refresh" not in marieke.get(address(page, "progress/")).headers
    work()
    assert marieke.get(address(page, "progress/")).headers["HX-Refresh"] == "true"
    page = marieke.get(address(page))
    assert (state_of(page), page.context["reading"].plan.kind) == (Upload.State.RECEIVED, "orders")
    assert run_and_open(marieke, confirm(marieke, page)).context["upload"].counts["new"] == 200


def test_a_small_file_is_looked_at_while_its_upload_waits(marieke: Client) -> None:
    assert "form" in send(marieke, SMALL).context
    assert not ProcrastinateJob.objects.exists()


def test_a_workbook_is_large_sooner_because_it_is_compressed(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    book, content = Workbook(), BytesIO()
    for line in SMALL.splitlines():
        book.active.append(line.split(";"))
    book.save(content)
    monkeypatch.setattr(looking, "AT_ONCE", 2 * len(content.getvalue()))
    page = send(marieke, content.getvalue(), "orders.xlsx")
    assert state_of(page) == Upload.State.READING
    work()
    assert marieke.get(address(page)).context["reading"].plan.kind == "orders"


def test_the_page_says_how_far_the_worker_is_in_bytes_with_the_time_left(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = send(marieke, LARGE)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    Upload.objects.update(
        size=1000,
        bytes_done=250,
        step="looking",
        heartbeat=now,
        started_at=now - timedelta(seconds=10),
    )
    text = text_of(marieke.get(address(page, "progress/")))
    assert "looking through its amounts and dates" in text
    assert "250 bytes of 1.0 kB · about 30 s left · last sign of life 0.0 s ago" in text


def test_every_pass_tells_how_far_it_is() -> None:
    told: list[tuple[str, int]] = []
    upload = Upload(size=0)
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.write_text(HEADER + "A1;K1;03-04-2025;1.250;1.250;betaald\n" * 100)
    with passes.watched_by(lambda step, size, _records: told.append((step, size))):
        looking.look(upload.path, looking.Look())
    size = upload.path.stat().st_size
    assert list(dict(told).items()) == [("decoding", size), ("looking", size)]


def test_a_large_file_that_is_no_table_is_refused_beside_the_field(marieke: Client) -> None:
    page = send(marieke, b"\x1f\x8b\x08" + b"\0" * LIMIT)
    assert "This is a gzip archive" in page.context["form"].errors["file"][0]
    assert not ProcrastinateJob.objects.exists()


def test_a_large_file_that_cannot_be_used_ends_as_failed_with_its_sentence(marieke: Client) -> None:
    page = send(marieke, "\n" * (LIMIT + 1))
    work()
    assert "This file was not imported. The file is empty." in text_of(marieke.get(address(page)))


def test_a_look_that_died_is_done_again_and_one_that_ended_is_left_alone(marieke: Client) -> None:
    page = send(marieke, LARGE)
    upload = states.claim_look(Upload.objects.get().pk)  # and kill -9
    assert upload is not None
    work()
    assert state_of(page) == Upload.State.RECEIVED
    Upload.objects.update(kind="looked at")
    jobs.look_at_upload.func(upload_id=upload.pk)
    assert Upload.objects.get().kind == "looked at"


def test_a_file_that_is_stopped_while_it_is_looked_at_leaves_nothing(marieke: Client) -> None:
    page = send(marieke, LARGE)
    said = marieke.post(address(page, "cancel/"), follow=True)
    assert "Nothing was imported." in text_of(said)
    work()
    jobs.look_at_upload.func(upload_id=Upload.objects.get().pk)
    assert (state_of(page), Order.objects.exists()) == (Upload.State.CANCELLED, False)


def test_a_file_that_was_stopped_can_be_started_again(marieke: Client) -> None:
    page = send(marieke, LARGE)
    marieke.post(address(page, "cancel/"))
    page = marieke.post(address(page, "again/"), follow=True)
    assert state_of(page) == Upload.State.READING
    work()
    assert state_of(page) == Upload.State.RECEIVED


def test_what_was_found_in_a_file_is_not_looked_for_again_by_another_process(marieke: Client) -> None:
    unsettled = LARGE.replace("12,50", "1.250")
    page = send_and_look(marieke, unsettled)
    assert state_of(page) == Upload.State.RECEIVED
    assert "what is “1.250”?" in text_of(page)
    page = change(marieke, page, decimal_3=",")
    assert "what is “1.250”?" not in text_of(page)
    assert ProcrastinateJob.objects.count() == 1


def test_a_choice_that_needs_the_whole_file_is_left_to_the_worker(marieke: Client) -> None:
    page = send_and_look(marieke)
    data = {**fields_of(page), "target_3": "", "target_4": "net_revenue"}
    answer = marieke.post(address(page), data, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == address(page)
    assert "Looking through the file" in text_of(marieke.get(address(page)))
    work()
    page = marieke.get(address(page))
    assert "what is “1.250”?" in text_of(page)
    assert page.context["reading"].plan.columns[4].target == "net_revenue"


def test_a_choice_that_does_not_need_it_is_shown_at_once(marieke: Client) -> None:
    page = send_and_look(marieke)
    page = change(marieke, page, target_1="")
    assert page.context["reading"].plan.columns[1].target == ""
    assert state_of(page) == Upload.State.RECEIVED


def test_a_choice_that_is_stopped_leaves_the_file_as_it_was_read(marieke: Client) -> None:
    page = send_and_look(marieke)
    change(marieke, page, target_3="", target_4="net_revenue")
    said = marieke.post(address(page, "cancel/"), follow=True)
    assert "Stopped. The file is read as it was before." in text_of(said)
    assert said.context["reading"].plan.columns[3].target == "net_revenue"


def test_a_choice_after_one_that_was_stopped_is_the_one_that_counts(marieke: Client) -> None:
    page = send_and_look(marieke)
    change(marieke, page, target_3="", target_4="net_revenue")
    first = states.claim_look(Upload.objects.get().pk)
    assert first is not None
    marieke.post(address(page, "cancel/"))
    change(marieke, page, target_3="discount", target_4="net_revenue")
    reading = looking.look(first.path, looking.Look.from_json(first.asked))
    with pytest.raises(looking.Cancelled):
        states.end_look(first, reading, {})
    work()
    assert [column["target"] for column in Upload.objects.get().plan["columns"]][3:5] == [
        "discount", "net_revenue",
    ]  # fmt: skip


def test_confirming_a_choice_that_needs_the_whole_file_says_what_comes_first(marieke: Client) -> None:
    page = send_and_look(marieke)
    page = confirm(marieke, page, target_3="", target_4="net_revenue", decimal_4="")
    assert "Not imported yet: the file is looked through first. Then confirm again." in text_of(page)
    assert state_of(page) == Upload.State.READING


def test_words_of_a_whole_large_file_are_counted_by_the_worker(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.imports.words.SAMPLE", 50)
    page = send_and_look(marieke)
    assert "50" in text_of(page)
    marieke.post(address(page), {**fields_of(page), "count": "5"})
    assert state_of(page) == Upload.State.READING
    work()
    [status] = [column for column in marieke.get(address(page)).context["mapped"] if "words" in column]
    assert (status["words"]["records"], status["words"]["whole"]) == (200, True)


def test_the_list_says_that_nobody_looks_at_a_file(marieke: Client) -> None:
    send(marieke, LARGE)
    text = text_of(marieke.get("/imports/"))
    assert "No worker is running, so nothing moves." in text
    assert "being looked at" in text


def test_a_command_looks_at_a_large_file_itself(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, LARGE))
    assert (upload.state, upload.counts["new"]) == (Upload.State.DONE, 200)
    assert not ProcrastinateJob.objects.filter(task_name=queue.LOOK).exists()


def test_a_look_that_nobody_takes_up_is_ended(marieke: Client) -> None:
    page = send(marieke, LARGE)
    ProcrastinateJob.objects.all().delete()
    long_ago = timezone.now() - timedelta(hours=1)
    Upload.objects.update(created_at=long_ago, heartbeat=long_ago)
    assert states.close_abandoned() == 1
    assert state_of(page) == Upload.State.FAILED


# Beside others ---------------------------------------------------------------------------------------------


def send_both(client: Client) -> Any:
    """Upload a large file of orders and a small one of refunds, which refer to orders."""
    files = {"orders.csv": LARGE, "refunds.csv": REFUNDS}
    sent = [SimpleUploadedFile(name, text.encode()) for name, text in files.items()]
    return client.post("/imports/", {"file": sent}, follow=True)


def batch_address(action: str = "") -> str:
    return f"/imports/batches/{UploadBatch.objects.get().uuid}/{action}"


def test_a_batch_shows_the_large_file_as_being_looked_at(marieke: Client) -> None:
    page = send_both(marieke)
    text = text_of(page)
    assert {row[0].split()[0]: row[2] for row in read_tables(page)[0][1:]} == {
        "orders.csv": "being looked at", "refunds.csv": "clear",
    }  # fmt: skip
    assert "1 file is still being looked at." in text
    assert "Waits for: orders.csv" in text
    assert f'hx-get="{batch_address()}"' in page.content.decode()
    work()
    assert [row[2] for row in read_tables(marieke.get(batch_address()))[0][1:]] == ["clear", "clear"]


def test_what_may_refer_to_a_file_that_is_looked_at_waits_for_it(marieke: Client) -> None:
    send_both(marieke)
    marieke.post(batch_address("confirm/"))
    assert set(Upload.objects.values_list("state", flat=True)) == {"reading", "held"}
    work()
    page = marieke.get(batch_address())
    assert [row[2] for row in read_tables(page)[0][1:]] == ["clear", "waiting for another file"]
    page = marieke.post(batch_address("confirm/"), follow=True)
    assert [row[2] for row in read_tables(page)[0][1:]] == ["waiting for its turn"] * 2


def test_a_file_that_turns_out_to_hold_nothing_to_wait_for_lets_the_others_go(marieke: Client) -> None:
    customers = "Klantnummer;Naam\nK1;Anna\n"
    surveys = "Klantnummer;Datum;NPS\n" + "K1;31-01-2025;9\n" * 200
    files = {"customers.csv": customers, "refunds.csv": REFUNDS, "survey.csv": surveys}
    sent = [SimpleUploadedFile(name, text.encode()) for name, text in files.items()]
    marieke.post("/imports/", {"file": sent})
    marieke.post(batch_address("confirm/"))
    assert Upload.objects.get(file_name="refunds.csv").state == Upload.State.HELD
    work()
    assert Upload.objects.get(file_name="refunds.csv").state == Upload.State.QUEUED


def test_stopping_everything_stops_the_look_too(marieke: Client) -> None:
    send_both(marieke)
    marieke.post(batch_address("cancel/"))
    work()
    assert set(Upload.objects.values_list("state", flat=True)) == {"cancelled"}
