"""The list of imports: narrowing it, and what can be done with each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.imports import pipeline, retention
from customers.models import Order, Upload
from tests.builders import make_shop, make_upload, make_user
from tests.page_reading import read_links, read_tables
from tests.uploading import ORDERS, address, confirm, fields_of, import_file, run_and_open, send, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


def names_in(page: Any) -> list[str]:
    return [row[0].split()[0] for row in read_tables(page)[0][1:]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?kind=orders", ["orders.csv"]),
        ("?state=failed", ["logo.png"]),
        ("?file=KLANT", ["klanten.csv"]),
        ("?file=abcdef", ["klanten.csv"]),
        ("?who=-", ["logo.png"]),
        ("?kind=orders&state=failed", ["No"]),
        ("?state=nonsense", ["logo.png", "klanten.csv", "orders.csv"]),
    ],
)
def test_the_list_can_be_narrowed(marieke: Client, query: str, names: list[str]) -> None:
    joost = make_user("joost")
    make_upload(file_name="orders.csv", kind="orders", user=joost)
    make_upload(file_name="klanten.csv", kind="customers", sha256="abcdef" + "0" * 58, user=joost)
    make_upload(file_name="logo.png", state=Upload.State.FAILED)
    assert names_in(marieke.get(f"/imports/{query}")) == names


def test_the_list_can_be_narrowed_to_a_person(marieke: Client) -> None:
    joost = make_user("joost")
    make_upload(file_name="his.csv", user=joost)
    make_upload(file_name="hers.csv", user=make_user("eva"))
    assert names_in(marieke.get(f"/imports/?who={joost.pk}")) == ["his.csv"]


def test_pages_of_a_narrowed_list_stay_narrowed(marieke: Client) -> None:
    for number in range(30):
        make_upload(file_name=f"{number:02}.csv", kind="orders")
        make_upload(file_name=f"k{number:02}.csv", kind="customers")
    page = marieke.get("/imports/?kind=orders&page=2")
    assert names_in(page) == ["04.csv", "03.csv", "02.csv", "01.csv", "00.csv"]
    [back] = {link for link in read_links(page) if link.startswith("?") and "page=1" in link}
    assert "kind=orders" in back


def test_the_list_says_until_when_a_file_is_kept_and_that_it_is_gone(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2025, 6, 10, 12, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    make_shop(upload_keep_days=10)
    upload = make_upload()
    Upload.objects.filter(pk=upload.pk).update(created_at=noon - timedelta(days=3))
    [row] = read_tables(marieke.get("/imports/"))[0][1:]
    assert row[6].startswith("until 17 Jun")
    Upload.objects.filter(pk=upload.pk).update(created_at=noon - timedelta(days=11))
    retention.delete_old_files()
    [row] = read_tables(marieke.get("/imports/"))[0][1:]
    assert row[6].startswith("deleted 10 Jun")
    assert "Download the file" not in row[7]


def test_what_can_be_done_depends_on_the_state(marieke: Client) -> None:
    def actions(**values: Any) -> str:
        Upload.objects.all().delete()
        make_upload(**values)
        return str(read_tables(marieke.get("/imports/"))[0][1][7])

    done = actions(counts={"rejected": 2})
    assert "Open Download the file Download what was rejected Undo … Read the file again …" in done
    assert "Start again" in actions(state=Upload.State.CANCELLED)
    assert "Undo" not in actions(state=Upload.State.UNDONE)
    assert "again" not in actions(state=Upload.State.RUNNING)


def test_the_original_comes_back_byte_for_byte(marieke: Client) -> None:
    page = send(marieke, ORDERS.encode("cp1252"), "béstellingen.csv")
    response = marieke.get(address(page, "file/"))
    assert b"".join(response.streaming_content) == ORDERS.encode("cp1252")
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/octet-stream"


def test_a_deleted_original_is_not_found(marieke: Client) -> None:
    page = send(marieke, ORDERS)
    page.context["upload"].path.unlink()
    assert marieke.get(address(page, "file/")).status_code == 404


def test_a_file_is_read_again_with_another_mapping_and_updates_what_it_created(marieke: Client) -> None:
    first = import_file(marieke, ORDERS)
    again = marieke.post(address(first, "again/"), follow=True)
    text = text_of(again)
    assert "This reads the file of" in text
    assert "Rows that it created are found by their number (customer, order, …) and updated" in text
    assert fields_of(again)["target_3"] == "net_revenue"
    report = run_and_open(marieke, confirm(marieke, again, target_4="status"))
    assert report.context["upload"].rerun_of == first.context["upload"]
    assert Order.objects.count() == 2


def test_a_stopped_import_is_started_again(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, ORDERS))
    marieke.post(address(page, "cancel/"))
    stopped = marieke.get(address(page))
    assert "It is still here: start again to import it after all." in text_of(stopped)
    again = marieke.post(address(page, "again/"), follow=True)
    run_and_open(marieke, confirm(marieke, again))
    assert Order.objects.count() == 2


def test_a_file_that_is_gone_cannot_be_read_again(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    page.context["upload"].path.unlink()
    answer = marieke.post(address(page, "again/"), follow=True)
    assert "The uploaded file is no longer there. Upload it again." in text_of(answer)
    assert Upload.objects.count() == 1


def test_the_files_of_two_uploads_are_deleted_one_by_one(marieke: Client) -> None:
    first = Upload.objects.get(pk=import_file(marieke, ORDERS).context["upload"].pk)
    again = pipeline.read_again(first, None)
    Upload.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=31))
    retention.delete_old_files()
    assert (first.path.exists(), again.path.exists()) == (False, True)


def test_undoing_can_be_stopped_while_it_waits(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    waiting = marieke.post(address(page, "undo/"), follow=True)
    assert "Stop undoing" in text_of(waiting)
    stopped = marieke.post(address(page, "cancel/"), follow=True)
    assert "Undoing was stopped. The import is as it was." in text_of(stopped)
    assert Upload.objects.get().state == Upload.State.DONE


def test_writing_is_estimated_by_earlier_files_of_the_kind(
    marieke: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    make_upload(kind="orders", rows_done=10_000, staged_at=now - timedelta(seconds=20), finished_at=now)
    upload = make_upload(
        state=Upload.State.RUNNING, kind="orders", size=1000, bytes_done=500, rows_done=5_000, step="staging",
        started_at=now - timedelta(seconds=10), heartbeat=now,
    )  # fmt: skip
    # 10 s of reading, and 10,000 records of 2 ms each to be written
    assert "about 30 s left ·" in text_of(marieke.get(f"/imports/{upload.uuid}/progress/"))
    Upload.objects.filter(pk=upload.pk).update(step="merging", staged_at=now - timedelta(seconds=4))
    # 5,000 records of 2 ms take 10 s, of which 4 have gone
    assert "a few seconds left ·" in text_of(marieke.get(f"/imports/{upload.uuid}/progress/"))


def test_nothing_is_estimated_in_the_first_seconds(marieke: Client) -> None:
    now = timezone.now()
    upload = make_upload(
        state=Upload.State.RUNNING, size=1000, bytes_done=500, step="staging", heartbeat=now,
        started_at=now - timedelta(seconds=1),
    )  # fmt: skip
    assert "left" not in text_of(marieke.get(f"/imports/{upload.uuid}/progress/"))


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
