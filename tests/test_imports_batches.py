"""Several files at once: the order of loading, what holds what back, one calculation in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from customers.imports import batches, pipeline, queue, retention, states, takeback
from customers.imports.kinds import KINDS, find_earlier_kinds, loading_order
from customers.imports.mapping import Plan
from customers.models import Customer, Order, Refund, Shop, Upload, UploadBatch
from customers.signals import facts_changed
from tests.builders import write_csv

pytestmark = pytest.mark.django_db

CUSTOMERS = "Klantnummer;Naam;Kanaal\nK1;Anna;ads\nK2;Bram;mail\n"
ORDERS = (
    "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;31-01-2025;1.219,95\n2;K2;30-01-2025;5,00\n"
)
REFUNDS = "Creditnota;Ordernummer;Datum;Bedrag\nC1;1;13-02-2025;19,95\n"
COSTS = "Kanaal;Van;Tot en met;Kosten\nads;01-01-2025;31-01-2025;100,00\n"
#: Neither day nor month comes first for certain.
UNSETTLED_ORDERS = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;03-04-2025;1.219,95\n"
FILES = {"refunds.csv": REFUNDS, "costs.csv": COSTS, "orders.csv": ORDERS, "customers.csv": CUSTOMERS}


def receive(folder: Path, files: dict[str, str]) -> UploadBatch:
    """Upload files together, in the order given."""
    batch = UploadBatch.objects.create()
    for name, text in files.items():
        with write_csv(folder, text).open("rb") as file:
            pipeline.receive(file, name, None, batch=batch)
    return batch


def states_of(batch: UploadBatch) -> dict[str, str]:
    return {upload.file_name: upload.state for upload in batches.sort_by_loading(batch.uploads.all())}


def queued() -> list[str]:
    """Names of the files in the queue, in its order."""
    jobs = ProcrastinateJob.objects.filter(task_name=queue.IMPORT).order_by("id")
    numbers = [args["upload_id"] for args in jobs.values_list("args", flat=True)]
    names = dict(Upload.objects.values_list("pk", "file_name"))
    return [names[number] for number in numbers]


def run_all(batch: UploadBatch) -> None:
    """Do what is queued, as the worker would."""
    while waiting := batches.sort_by_loading(batch.uploads.filter(state=Upload.State.QUEUED)):
        pipeline.run(waiting[0].pk)


def get(batch: UploadBatch, name: str) -> Upload:
    return batch.uploads.get(file_name=name)


@contextmanager
def heard() -> Iterator[list[str]]:
    """What the storey above is told."""
    told: list[str] = []

    def listen(reason: str, **_rest: object) -> None:
        told.append(reason)

    facts_changed.connect(listen)
    try:
        yield told
    finally:
        facts_changed.disconnect(listen)


def test_every_kind_is_loaded_after_those_it_refers_to() -> None:
    order = loading_order()
    assert set(order) == set(KINDS)
    for name in order:
        assert all(order.index(earlier) < order.index(name) for earlier in find_earlier_kinds(name))
    assert find_earlier_kinds("refunds") == {"customers", "orders", "order_lines"}
    assert find_earlier_kinds("acquisition_costs") == set()


def test_what_is_clear_is_queued_in_the_order_of_loading(tmp_path: Path) -> None:
    batch = receive(tmp_path, FILES)
    assert pipeline.confirm_clear(batch) == 4
    place = queued().index
    assert place("customers.csv") < place("orders.csv") < place("refunds.csv")
    run_all(batch)
    assert set(states_of(batch).values()) == {Upload.State.DONE}
    assert (Customer.objects.count(), Order.objects.count()) == (2, 2)
    assert Refund.objects.get().order.external_id == "1"


def test_one_calculation_is_asked_for_after_the_last_file(tmp_path: Path) -> None:
    batch = receive(tmp_path, FILES)
    pipeline.confirm_clear(batch)
    with heard() as told:
        run_all(batch)
    assert len(told) == 1
    assert all(name in told[0] for name in FILES)


def test_the_calculation_is_not_lost_when_the_last_file_fails(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"orders.csv": ORDERS, "refunds.csv": REFUNDS.replace("13-02", "32-02")})
    pipeline.confirm_clear(batch)
    with heard() as told:
        run_all(batch)
    assert states_of(batch) == {"orders.csv": "done", "refunds.csv": "rejected"}
    assert told == ["import orders.csv"]


def test_the_calculation_is_not_lost_when_the_last_file_is_stopped(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"orders.csv": ORDERS, "refunds.csv": REFUNDS})
    pipeline.confirm_clear(batch)
    with heard() as told:
        pipeline.run(get(batch, "orders.csv").pk)
        assert told == []
        pipeline.cancel(get(batch, "refunds.csv"))
    assert told == ["import orders.csv"]


def test_nothing_is_calculated_for_files_that_changed_nothing(tmp_path: Path) -> None:
    for _time in range(2):
        batch = receive(tmp_path, FILES)
        pipeline.confirm_clear(batch)
        with heard() as told:
            run_all(batch)
    assert told == []


def test_a_file_with_a_question_holds_back_only_what_refers_to_it(tmp_path: Path) -> None:
    batch = receive(tmp_path, {**FILES, "orders.csv": UNSETTLED_ORDERS})
    pipeline.confirm_clear(batch)
    assert states_of(batch) == {
        "customers.csv": "queued", "costs.csv": "queued", "orders.csv": "received", "refunds.csv": "held",
    }  # fmt: skip
    with heard() as told:
        run_all(batch)
    assert len(told) == 1  # what went in is calculated; the others may take days


def test_what_was_held_back_starts_by_itself_once_the_question_is_answered(tmp_path: Path) -> None:
    batch = receive(tmp_path, {**FILES, "orders.csv": UNSETTLED_ORDERS})
    pipeline.confirm_clear(batch)
    orders = get(batch, "orders.csv")
    plan = orders.plan
    plan["columns"][2]["dates"] = "dmy"
    pipeline.confirm(orders, Plan.from_json(plan))
    assert states_of(batch)["refunds.csv"] == "queued"
    assert queued()[-2:] == ["orders.csv", "refunds.csv"]


def test_what_was_held_back_starts_when_the_file_before_it_is_discarded(tmp_path: Path) -> None:
    batch = receive(tmp_path, {**FILES, "orders.csv": UNSETTLED_ORDERS})
    pipeline.confirm_clear(batch)
    pipeline.cancel(get(batch, "orders.csv"))
    assert states_of(batch)["refunds.csv"] == "queued"


def test_a_file_confirmed_by_itself_still_waits_for_what_it_refers_to(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"refunds.csv": REFUNDS, "orders.csv": UNSETTLED_ORDERS})
    refunds = get(batch, "refunds.csv")
    pipeline.confirm(refunds, Plan.from_json(refunds.plan))
    assert refunds.state == Upload.State.HELD
    assert queued() == []


def test_a_held_file_can_be_stopped(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"refunds.csv": REFUNDS, "orders.csv": UNSETTLED_ORDERS})
    pipeline.confirm_clear(batch)
    assert pipeline.cancel(get(batch, "refunds.csv"))
    assert states_of(batch)["refunds.csv"] == "cancelled"


def test_a_file_that_waits_too_long_for_its_answer_no_longer_holds_back_others(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"refunds.csv": REFUNDS, "orders.csv": UNSETTLED_ORDERS})
    pipeline.confirm_clear(batch)
    orders = get(batch, "orders.csv")
    long_ago = orders.created_at - timedelta(days=Shop.load().upload_keep_days + 1)
    Upload.objects.filter(pk=orders.pk).update(created_at=long_ago)
    retention.delete_old_files()
    assert states_of(batch) == {"orders.csv": "cancelled", "refunds.csv": "queued"}


def test_a_file_that_cannot_be_used_is_kept_with_its_sentence_and_holds_nothing_back(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"customers.csv": "", "orders.csv": ORDERS})
    pipeline.confirm_clear(batch)
    assert states_of(batch) == {"orders.csv": "queued", "customers.csv": "failed"}
    assert get(batch, "customers.csv").error


def test_an_import_of_a_batch_is_undone_alone(tmp_path: Path) -> None:
    batch = receive(tmp_path, {"orders.csv": ORDERS, "costs.csv": COSTS})
    pipeline.confirm_clear(batch)
    run_all(batch)
    orders = get(batch, "orders.csv")
    states.ask_to_undo(orders, None)
    takeback.run(orders.pk, None)
    assert states_of(batch) == {"costs.csv": "done", "orders.csv": "undone"}
    assert not Order.objects.exists()
