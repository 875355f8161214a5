"""A first import makes indexes anew while nobody reads: it waits for readers, and holds nothing meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from django.db import connection

from customers.imports import bulk, pipeline
from customers.models import Order, Upload
from tests.builders import write_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("upload_root")]

LINES = (
    "Ordernummer;Klantnummer;Besteldatum;Product;Aantal;Regelbedrag\r\n"
    "1;K1;15-01-2025;Boek;1;10,50\r\n"
    "2;K2;16-01-2025;Boek;2;21,00\r\n"
)
#: What a calculation reads, in the order in which an import does not write.
READ = ("customers_orderline", "customers_order", "customers_refund", "customers_customer")


@contextmanager
def reader() -> Iterator[psycopg.Connection]:
    """A long transaction that has read lines and is to go on to everything else."""
    parameters = connection.get_connection_params()
    parameters = {key: value for key, value in parameters.items() if key not in {"cursor_factory", "context"}}
    with psycopg.connect(**parameters) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute(f"SELECT FROM {READ[0]}")
        yield other


def import_beside(tmp_path: Path) -> tuple[Thread, list[Upload]]:
    """Import in a thread of its own, with a connection of its own."""
    done: list[Upload] = []

    def work() -> None:
        try:
            done.append(pipeline.import_file(write_csv(tmp_path, LINES)))
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    return thread, done


@pytest.fixture(autouse=True)
def written_in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are empty are filled in bulk from one row on."""
    monkeypatch.setattr(bulk, "FEW", 1)


def test_a_reader_who_goes_on_to_what_an_import_fills_is_never_stuck_with_it(tmp_path: Path) -> None:
    with reader() as other:
        thread, done = import_beside(tmp_path)
        other.execute("SELECT pg_sleep(1.5)")  # longer than the database takes to find two who wait in a ring
        for table in READ:
            other.execute(f"SELECT count(*) FROM {table}")
        assert thread.is_alive()  # it waits, for rows are written by making the indexes anew
    thread.join(60)
    assert [upload.state for upload in done] == [Upload.State.DONE]
    assert Order.objects.count() == 2


def test_who_reads_for_longer_than_an_import_waits_is_not_disturbed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PATIENCE", 0.2)
    with reader() as other:
        thread, done = import_beside(tmp_path)
        thread.join(60)
        assert [upload.state for upload in done] == [Upload.State.DONE]
        assert other.execute("SELECT count(*) FROM customers_order").fetchone() == (0,)  # as when it began
    assert Order.objects.count() == 2
