"""A first import is written past indexes and checks; what comes of it is what a later one makes of it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from customers.imports import bulk, pipeline, report, undo
from customers.models import Customer, Order, OrderLine, Upload
from tests.builders import write_csv

pytestmark = pytest.mark.django_db

HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw;Status\r\n"
FILE = (
    HEADER + "1;K1;05-01-2025;10,50;Voltooid\r\n"
    "2;K2;06-01-2025;1.234,00;Geannuleerd\r\n"
    "3;;07-01-2025;-5,00;Voltooid\r\n"
    "2;K2;06-01-2025;1.234,50;Geannuleerd\r\n"
    "4;K1;18-01-2025;2,00;test\r\n"
    "5;K1;31-02-2025;2,00;Voltooid\r\n"
)

LINES = (
    "Ordernummer;Klantnummer;Besteldatum;Product;Aantal;Regelbedrag\r\n"
    "1;K1;15-01-2025;Boek;1;10,50\r\n"
    "1;K1;15-01-2025;Pen;2;2,00\r\n"
    "2;K2;16-01-2025;Boek;2;21,00\r\n"
)


@pytest.fixture
def written_in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that are empty are filled in bulk from one row on."""
    monkeypatch.setattr(bulk, "FEW", 1)


def list_structure() -> set[tuple[str, str]]:
    """Return every index and constraint of orders, customers and what refers to them, as they are made."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexname::text, indexdef FROM pg_indexes
               WHERE tablename IN ('customers_order', 'customers_customer', 'customers_orderline')
               UNION SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
               WHERE conrelid::regclass::text LIKE 'customers_%'"""
        )
        return set(cursor.fetchall())


def list_temporary() -> set[str]:
    """Return the names of the tables and views that an import left behind, for this connection or for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname::text FROM pg_class
               WHERE relnamespace = pg_my_temp_schema() OR starts_with(relname, 'import_')"""
        )
        return {name for (name,) in cursor.fetchall()}


def list_orders() -> list[tuple[Any, ...]]:
    """Return what the orders hold, but for their upload."""
    names = ("external_id", "customer__external_id", "ordered_on", "net_revenue", "status", "net_from_lines")
    return list(Order.objects.order_by("external_id").values_list(*names))


def describe(upload: Upload) -> tuple[Any, ...]:
    """Return the report of an import."""
    return upload.counts, upload.facts, upload.findings, upload.control_totals


@pytest.mark.usefixtures("written_in_bulk")
def test_a_first_import_in_bulk_leaves_the_tables_as_they_were_made(tmp_path: Path) -> None:
    before = list_structure()
    upload = pipeline.import_file(write_csv(tmp_path, FILE))
    assert upload.state == Upload.State.DONE, upload.error
    assert list_structure() == before
    assert not {"import_stage", "import_order"} & list_temporary()
    assert Customer.objects.count() == 2


@pytest.mark.usefixtures("written_in_bulk")
def test_first_lines_in_bulk_leave_the_tables_as_they_were_made(tmp_path: Path) -> None:
    before = list_structure()
    upload = pipeline.import_file(write_csv(tmp_path, LINES))
    assert upload.state == Upload.State.DONE, upload.error
    assert list_structure() == before
    assert list(OrderLine.objects.order_by("order_id", "ordinal").values_list("product", "net_amount")) == [
        ("Boek", Decimal("10.5")), ("Pen", Decimal("2")), ("Boek", Decimal("21")),
    ]  # fmt: skip
    assert Order.objects.get(external_id="2").net_revenue == Decimal("21")


@pytest.mark.usefixtures("written_in_bulk")
def test_a_first_import_says_and_writes_what_a_later_one_does(tmp_path: Path) -> None:
    first = pipeline.import_file(write_csv(tmp_path, FILE))
    orders = list_orders()
    undo.undo(first)
    assert not Order.objects.exists()
    another = write_csv(tmp_path, HEADER + "9;K9;01-01-2024;1,00;Voltooid\r\n", name="another.csv")
    other = pipeline.import_file(another)
    assert other.counts["new"] == 1
    later = pipeline.import_file(write_csv(tmp_path, FILE))
    Order.objects.filter(external_id="9").delete()
    assert list_orders() == orders
    assert describe(later) == describe(first)
    assert first.control_totals["customers"] == 2
    assert first.control_totals["revenue"] == "1242.0000"
    assert first.control_totals["anonymous_revenue"] == "-5.0000"
    assert {found["code"]: found["count"] for found in first.findings} == {
        "superseded": 1, "customers_created": 2, "negative_orders": 1,
    }  # fmt: skip


@pytest.mark.usefixtures("written_in_bulk")
def test_a_first_import_that_fails_leaves_an_empty_shop_and_its_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list_structure()

    def fail(*_arguments: Any) -> None:
        raise RuntimeError("the report could not be made")

    with monkeypatch.context() as patched:
        patched.setattr(report, "find_findings", fail)
        with pytest.raises(RuntimeError):
            pipeline.import_file(write_csv(tmp_path, FILE))
    assert list_structure() == before
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert pipeline.import_file(write_csv(tmp_path, FILE)).counts["new"] == 4
