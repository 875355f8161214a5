"""Undoing files that were imported together: the last one first, with one calculation in the end."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from customers.imports import pipeline, states, takeback, undo_batch
from customers.imports.reasons import UnusableFile
from customers.models import Customer, Order, Refund, Upload, UploadBatch
from tests.builders import write_csv
from tests.page_reading import read_tables
from tests.test_imports_batches import FILES, get, heard, receive, run_all, states_of
from tests.uploading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

#: An order of another upload, of a customer of the first.
LATER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n9;K1;28-02-2025;1,00\n"


@pytest.fixture
def batch(tmp_path: Path) -> UploadBatch:
    """Customers, their orders, a refund and costs, all imported."""
    batch = receive(tmp_path, FILES)
    pipeline.confirm_clear(batch)
    run_all(batch)
    return batch


def work_off(batch: UploadBatch) -> None:
    """Do what was asked, as the worker would: in the order of the queue."""
    for upload in undo_batch.sort_for_undoing(batch.uploads.filter(state=Upload.State.UNDOING)):
        takeback.run(upload.pk, None)


def rows_left() -> tuple[int, int, int]:
    return Customer.objects.count(), Order.objects.count(), Refund.objects.count()


def test_the_preview_says_what_undoing_all_of_them_does_and_does_nothing(batch: UploadBatch) -> None:
    found = undo_batch.preview(batch)
    assert found is not None
    assert [upload.file_name for upload, _report in found] == [
        "refunds.csv",
        "orders.csv",
        "costs.csv",
        "customers.csv",
    ]
    assert sum(report.kept for _upload, report in found) == 0
    assert sum(report.touched for _upload, report in found) == 6  # 1 cost, 1 refund, 2 orders, 2 customers
    assert rows_left() == (2, 2, 1)
    assert set(states_of(batch).values()) == {"done"}


def test_all_are_undone_with_one_calculation_in_the_end(batch: UploadBatch) -> None:
    with heard() as told:
        undo_batch.ask(batch, None)
        assert set(states_of(batch).values()) == {"undoing"}
        work_off(batch)
    assert set(states_of(batch).values()) == {"undone"}
    assert rows_left() == (0, 0, 0)
    assert len(told) == 1
    assert told[0].startswith("undo ")


def test_what_a_later_import_needs_stays_and_is_said(batch: UploadBatch, tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, LATER))
    found = undo_batch.preview(batch)
    assert found is not None
    assert [report.tables["customers"].examples for _upload, report in found if report.kept] == [["K1"]]
    undo_batch.ask(batch, None)
    work_off(batch)
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["K1"]


def test_when_one_cannot_be_undone_those_before_it_are_left_as_they_are(
    batch: UploadBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    undo_batch.ask(batch, None)

    def fail(upload: Upload, user: object) -> None:
        raise ValueError("the database says no")

    monkeypatch.setattr(takeback, "undo", fail)
    with pytest.raises(ValueError, match="says no"):
        takeback.run(get(batch, "refunds.csv").pk, None)
    assert set(states_of(batch).values()) == {"done"}
    assert get(batch, "orders.csv").errors == [{"code": "undo_held", "data": {"file": "refunds.csv"}}]
    assert rows_left() == (2, 2, 1)


def test_stopping_one_leaves_the_calculation_to_the_last(batch: UploadBatch) -> None:
    with heard() as told:
        undo_batch.ask(batch, None)
        takeback.run(get(batch, "refunds.csv").pk, None)
        assert told == []
        for name in ("orders.csv", "costs.csv", "customers.csv"):
            states.cancel(get(batch, name))
    assert len(told) == 1
    assert rows_left() == (2, 2, 0)


def test_nothing_of_a_batch_that_was_not_imported_is_undone(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile):
        undo_batch.ask(receive(tmp_path, FILES), None)


def test_the_page_shows_each_file_in_order_and_leaves_it_to_the_worker(
    marieke: Client, batch: UploadBatch
) -> None:
    address = f"/imports/batches/{batch.uuid}/"
    assert f"{address}undo/" in marieke.get(address).content.decode()
    page = marieke.get(f"{address}undo/")
    assert [row[:1] + row[2:] for row in read_tables(page)[0][1:]] == [
        ["refunds.csv", "1", "0", "0"],
        ["orders.csv", "2", "0", "0"],
        ["costs.csv", "1", "0", "0"],
        ["customers.csv", "2", "0", "0"],
    ]
    answer = marieke.post(f"{address}undo/", follow=True)
    assert "being undone" in text_of(answer)
    work_off(batch)
    assert rows_left() == (0, 0, 0)


def test_the_command_undoes_files_imported_together_by_their_one_number(
    batch: UploadBatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_csv", "--list", "--json")
    listed = json.loads(capsys.readouterr().out)
    assert {upload["batch"] for upload in listed} == {str(batch.uuid)}
    call_command("import_csv", "--undo", str(batch.uuid), "--json")
    told = json.loads(capsys.readouterr().out)
    assert [(found["file"], found["state"]) for found in told][:2] == [
        ("refunds.csv", "undone"),
        ("orders.csv", "undone"),
    ]
    assert rows_left() == (0, 0, 0)
    with pytest.raises(CommandError):
        call_command("import_csv", "--undo", str(batch.uuid))
