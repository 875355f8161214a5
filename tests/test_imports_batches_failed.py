"""A file of a batch that was not imported: what refers to it waits until somebody says what to do."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from customers.imports import batches, pipeline, queue, retention, states
from customers.imports.reasons import UnusableFile
from customers.models import Order, Refund, Shop, Upload, UploadBatch
from tests.page_reading import read_tables
from tests.test_imports_batches import COSTS, CUSTOMERS, ORDERS, REFUNDS, get, receive, run_all, states_of
from tests.uploading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

BROKEN_ORDERS = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;31-02-2025;1.219,95\n"


@pytest.fixture
def batch(tmp_path: Path) -> UploadBatch:
    """Orders of which not one is right, with refunds that refer to them and costs that do not."""
    files = {"refunds.csv": REFUNDS, "costs.csv": COSTS, "orders.csv": BROKEN_ORDERS}
    batch = receive(tmp_path, {**files, "customers.csv": CUSTOMERS})
    pipeline.confirm_clear(batch)
    run_all(batch)
    return batch


def test_what_refers_to_a_file_that_was_not_imported_is_held(batch: UploadBatch) -> None:
    assert states_of(batch) == {
        "customers.csv": "done",
        "orders.csv": "rejected",
        "refunds.csv": "held",
        "costs.csv": "done",
    }
    pipeline.run(get(batch, "refunds.csv").pk)  # its job is still in the queue, and does nothing
    assert (states_of(batch)["refunds.csv"], Refund.objects.count()) == ("held", 0)


def test_what_fails_on_the_way_holds_back_what_was_queued_behind_it(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"refunds.csv": REFUNDS, "orders.csv": ORDERS})
    pipeline.confirm_clear(batch)
    states.fail(get(batch, "orders.csv"), UnusableFile("interrupted"))
    assert states_of(batch) == {"orders.csv": "failed", "refunds.csv": "held"}


def test_a_held_file_can_be_imported_without_the_one_that_failed(batch: UploadBatch) -> None:
    states.go_without(get(batch, "refunds.csv"))
    assert queue.list_deferred() >= {get(batch, "refunds.csv").pk}
    run_all(batch)
    assert (states_of(batch)["refunds.csv"], Refund.objects.get().order) == ("done", None)


def test_only_a_file_that_is_held_by_failed_ones_alone_can_go_without_them(batch: UploadBatch) -> None:
    with pytest.raises(UnusableFile) as refused:
        states.go_without(get(batch, "costs.csv"))
    assert refused.value.code == "already_active"


def test_the_failed_file_read_again_lets_go_of_what_waited_once_it_is_imported(batch: UploadBatch) -> None:
    failed = get(batch, "orders.csv")
    failed.path.write_text(ORDERS)
    again = pipeline.read_again(failed, None)
    assert again.batch == batch
    states.enqueue(again, pipeline.recognise(again).plan, all_or_nothing=False)
    assert states_of(batch)["refunds.csv"] in {"held", "queued"}  # never before the orders in the queue
    pipeline.run(again.pk)
    run_all(batch)
    assert get(batch, "refunds.csv").state == Upload.State.DONE
    assert Refund.objects.get().order == Order.objects.get(external_id="1")


@pytest.mark.parametrize("repeated", ["first reading", "second reading"])
def test_the_third_reading_lets_go_of_what_waited_too(batch: UploadBatch, repeated: str) -> None:
    first = get(batch, "orders.csv")
    second = pipeline.read_again(first, None)
    states.fail(second, UnusableFile("interrupted"))
    chosen = first if repeated == "first reading" else second
    chosen.path.write_text(ORDERS)
    third = pipeline.read_again(chosen, None)
    states.enqueue(third, pipeline.recognise(third).plan, all_or_nothing=False)
    pipeline.run(third.pk)
    run_all(batch)
    assert get(batch, "refunds.csv").state == Upload.State.DONE


def test_a_second_reading_that_fails_holds_what_waits_and_is_named_alone(batch: UploadBatch) -> None:
    second = pipeline.read_again(get(batch, "orders.csv"), None)
    states.fail(second, UnusableFile("interrupted"))
    held = get(batch, "refunds.csv")
    assert held.state == Upload.State.HELD
    assert batches.list_lost(held, batch.uploads.all()) == [second]


def test_reading_it_again_and_leaving_it_lets_nothing_go(batch: UploadBatch) -> None:
    pipeline.cancel(pipeline.read_again(get(batch, "orders.csv"), None))
    assert get(batch, "refunds.csv").state == Upload.State.HELD


def test_what_nobody_ever_answered_is_stopped_when_its_time_is_over(batch: UploadBatch) -> None:
    later = timezone.now() + timedelta(days=Shop.load().upload_keep_days + 1)
    retention.delete_old_files(later)
    refunds = get(batch, "refunds.csv")
    assert (refunds.state, refunds.path.exists()) == (Upload.State.CANCELLED, False)


def test_the_page_says_what_to_do_and_offers_both(marieke: Client, batch: UploadBatch) -> None:
    page = marieke.get(f"/imports/batches/{batch.uuid}/")
    row = next(row for row in read_tables(page)[0] if row[0].startswith("refunds.csv"))
    assert "orders.csv was not imported, and this file refers to what it holds." in row[3]
    assert "Correct that file and read it again, or import this one without it." in row[3]
    page = marieke.post(f"/imports/{get(batch, 'refunds.csv').uuid}/without/", follow=True)
    assert page.redirect_chain == [(f"/imports/batches/{batch.uuid}/", 302)]
    assert get(batch, "refunds.csv").state == Upload.State.QUEUED


def test_the_page_of_a_held_file_says_so_too(marieke: Client, batch: UploadBatch) -> None:
    text = text_of(marieke.get(f"/imports/{get(batch, 'refunds.csv').uuid}/"))
    assert "orders.csv was not imported, and this file refers to what it holds." in text
