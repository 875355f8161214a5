"""Lines that carry their order's columns make orders and customers; without a date they fill known orders."""

import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.utils import translation

from customers.imports import bulk, pipeline, undo
from customers.models import Customer, Order, OrderLine, Refund, Upload
from tests.builders import make_customer, make_order, make_shop, write_csv

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent / "data"

DUTCH = (
    "Factuurnummer;Factuurdatum;Klantnummer;Land;Status;Valuta;Artikel;Aantal;Stukprijs;Regelkorting\n"
    "F1;31-12-2024 23:30;K1;NL;voltooid;EUR;Mok;2;5,00;1,00\n"
    "F1;31-12-2024 23:30;K1;NL;voltooid;EUR;Bord;1;7,50;\n"
    "F2;02-01-2025 10:00;;BE;geannuleerd;EUR;Mok;1;5,00;\n"
)
ENGLISH = (
    "Invoice no,Invoice date,Customer ID,Country,Product,Quantity,Line amount\n"
    "F1,2024-12-31 23:30,K1,NL,Mug,2,9.00\n"
    "F1,2024-12-31 23:30,K1,NL,Plate,1,7.50\n"
)


def load(folder: Path, text: str, **choices: Any) -> Upload:
    """Import a file that is taken."""
    upload = pipeline.import_file(write_csv(folder, text), **choices)
    assert upload.state == Upload.State.DONE, upload.error
    return upload


def import_csv(*arguments: str) -> dict[str, Any]:
    """Run the command and return what it prints as JSON."""
    out = StringIO()
    call_command("import_csv", *arguments, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def orders() -> list[tuple[Any, ...]]:
    """Return the orders as they are stored."""
    fields = ("external_id", "customer__external_id", "ordered_on", "net_revenue", "status")
    return [
        (number, customer, str(day), str(net), status)
        for number, customer, day, net, status in Order.objects.order_by("external_id").values_list(*fields)
    ]


def test_invoice_lines_with_dutch_headings_make_orders_and_customers(tmp_path: Path) -> None:
    upload = load(tmp_path, DUTCH)
    assert upload.kind == "order_lines"
    assert orders() == [
        ("F1", "K1", "2024-12-31", "16.5000", "placed"),  # 2 × 5,00 − 1,00 + 7,50
        ("F2", None, "2025-01-02", "5.0000", "cancelled"),
    ]
    assert (Customer.objects.get().country, OrderLine.objects.count()) == ("NL", 3)
    assert upload.counts["new"] == upload.counts["read"] == 3
    assert (upload.control_totals["orders"], upload.control_totals["anonymous_orders"]) == (2, 1)


def test_invoice_lines_with_english_headings_do_the_same(tmp_path: Path) -> None:
    assert load(tmp_path, ENGLISH, kind="order_lines").kind == "order_lines"
    assert orders() == [("F1", "K1", "2024-12-31", "16.5000", "placed")]


def test_lines_that_make_orders_may_be_called_orders(tmp_path: Path) -> None:
    assert load(tmp_path, ENGLISH, kind="orders").kind == "order_lines"


def test_the_same_lines_again_change_nothing_and_a_changed_one_its_order(tmp_path: Path) -> None:
    load(tmp_path, DUTCH)
    assert load(tmp_path, DUTCH).counts["unchanged"] == 3
    changed = load(tmp_path, DUTCH.replace("7,50", "8,50"))
    assert (changed.counts["changed"], changed.facts["orders"]) == (2, {"new": 0, "changed": 1})
    assert Order.objects.get(external_id="F1").net_revenue == Decimal("17.5")
    undo.undo(changed)
    assert Order.objects.get(external_id="F1").net_revenue == Decimal("16.5")


def test_amounts_of_a_line_are_not_taken_for_the_orders(tmp_path: Path) -> None:
    load(
        tmp_path,
        "Factuurnummer;Datum;Product;Aantal;Bedrag excl. btw;Btw;Bedrag incl. btw;Korting\n"
        "F1;13-01-2025;Mok;1;10,00;2,10;12,10;0\nF1;13-01-2025;Bord;1;20,00;4,20;24,20;0\n",
    )
    assert Order.objects.get().net_revenue == Decimal("30")


def test_a_line_without_a_date_is_refused_where_lines_make_orders(tmp_path: Path) -> None:
    upload = load(tmp_path, ENGLISH + "F2,,K1,NL,Mug,1,5.00\n")
    assert [(r.line, r.column, r.reason_code) for r in upload.rejects.all()] == [
        (4, "Invoice date", "missing")
    ]


def test_without_a_date_lines_only_fill_known_orders(tmp_path: Path) -> None:
    make_order(make_customer("K1"), "2025-01-01", "5.00", external_id="F1")
    text = "Factuurnummer;Klantnummer;Product;Aantal;Bedrag\nF1;K9;Mok;1;5,00\nF2;K9;Mok;1;5,00\n"
    upload = load(tmp_path, text)
    assert [reject.reason_code for reject in upload.rejects.all()] == ["unknown_order"]
    assert [order[:2] for order in orders()] == [("F1", "K1")]
    ignored = [column["header"] for column in upload.plan["columns"] if not column["target"]]
    assert ignored == ["Klantnummer"]  # shown as ignored in the preview


def test_a_line_without_an_amount_is_refused(tmp_path: Path) -> None:
    make_order(make_customer("K1"), "2025-01-01", "5.00", external_id="F1")
    upload = load(tmp_path, "Ordernummer;Product;Aantal;Bedrag\nF1;Mok;1;\nF1;Bord;1;5,00\n")
    assert [(r.line, r.column, r.reason_code) for r in upload.rejects.all()] == [(2, "Bedrag", "missing")]
    assert upload.counts["new"] == 1


def test_an_order_with_a_description_is_no_line(tmp_path: Path) -> None:
    upload = load(tmp_path, "Ordernummer;Klant;Datum;Omschrijving;Bedrag\n1;K1;13-01-2025;Mok;5,00\n")
    assert upload.kind == "orders"


@pytest.mark.parametrize("options", [[], ["--as", "order_lines"]])
@pytest.mark.parametrize("preset", [[], ["--preset", "online_retail"]])
def test_online_retail_is_a_file_of_order_lines(options: list[str], preset: list[str]) -> None:
    make_shop(time_zone="Europe/London")
    found = import_csv(str(SAMPLES / "online_retail.csv"), *options, *preset)
    assert (found["kind"], found["preset"]) == ("order_lines", "online_retail")
    assert found["read"] == found["new"]
    assert (Order.objects.count(), Refund.objects.count()) == (2, 1)


def test_a_known_export_that_is_called_something_else_is_refused() -> None:
    with pytest.raises(CommandError):
        import_csv(str(SAMPLES / "online_retail.csv"), "--as", "customers")
    assert Upload.objects.get().state == Upload.State.FAILED
    assert not Order.objects.exists()


def test_rejects_of_the_database_are_sentences_too(tmp_path: Path) -> None:
    make_order(make_customer("K1"), "2025-01-01", "5.00", external_id="F1")
    upload = load(
        tmp_path, 'Ordernummer;Product;Aantal;Bedrag\nF1;Mok;1;5,00\nF2;"Bord\nblauw";1;7,00\nF3;Kom;1;1,00\n'
    )
    with translation.override("en"):
        assert [reject.sentence for reject in upload.rejects.all()] == [
            "Line 3, column “Ordernummer”: order “F2” is not known here. Import the orders first.",
            "Line 5, column “Ordernummer”: order “F3” is not known here. Import the orders first.",
        ]
    assert [reject.record[0] for reject in upload.rejects.all()] == ["F2", "F3"]


FILLING = (
    "Ordernummer;Product;Categorie;Aantal;Bedrag;Inkoopprijs\n"
    "F1;Mok;Keuken;2;9,00;2,00\nF1;Lamp;Wonen;1;7,50;3,00\n"
)


def sums() -> tuple[Any, ...]:
    """Return what the order has of its lines."""
    order = Order.objects.get(external_id="F1")
    return order.net_revenue, order.line_total, order.line_cost, order.main_category, order.lines.count()


def test_the_first_lines_of_an_order_are_taken_away_by_undo(tmp_path: Path) -> None:
    load(tmp_path, "Ordernummer;Klantnummer;Besteldatum;Omzet\nF1;K1;13-01-2025;\nF2;K1;13-01-2025;5,00\n")
    before = sums()
    lines = load(tmp_path, FILLING)
    assert sums() == (Decimal("16.5"), Decimal("16.5"), Decimal("7"), "Keuken", 2)
    assert not lines.before_images.exists()  # there was nothing to keep
    preview = undo.preview(lines)
    assert preview is not None
    assert preview.tables["order_lines"].deleted == 1
    assert undo.undo(lines) == preview
    assert sums() == before == (Decimal(0), None, None, "", 0)
    assert load(tmp_path, FILLING).counts["new"] == 2


def test_lines_that_a_later_import_replaced_are_kept_and_listed(tmp_path: Path) -> None:
    load(tmp_path, "Ordernummer;Klantnummer;Besteldatum;Omzet\nF1;K1;13-01-2025;\n")
    first = load(tmp_path, FILLING)
    second = load(tmp_path, FILLING.replace("9,00", "10,00"))
    preview = undo.preview(first)
    assert preview is not None
    assert preview.tables["order_lines"].examples == ["F1"]
    undo.undo(second)
    assert sums() == (Decimal("16.5"), Decimal("16.5"), Decimal("7"), "Keuken", 2)
    undo.undo(first)
    assert sums() == (Decimal(0), None, None, "", 0)


def test_an_order_whose_lines_came_later_is_kept_with_them(tmp_path: Path) -> None:
    orders = load(tmp_path, "Ordernummer;Klantnummer;Besteldatum;Omzet\nF1;K1;13-01-2025;5,00\n")
    load(tmp_path, FILLING)
    undo.undo(orders)
    assert sums()[4] == 2


def test_the_main_category_has_the_largest_amount_else_comes_first_by_alphabet(tmp_path: Path) -> None:
    head = "Ordernummer;Datum;Product;Categorie;Aantal;Bedrag\n"
    load(
        tmp_path,
        head + "1;13-01-2025;a;Wonen;1;5\n1;13-01-2025;b;Bad;1;2\n1;13-01-2025;c;Bad;1;2\n"
        "2;13-01-2025;a;Wonen;1;5\n2;13-01-2025;b;Bad;1;5\n3;13-01-2025;a;;1;5\n3;13-01-2025;a;Tuin;1;5\n",
    )
    assert list(Order.objects.order_by("external_id").values_list("main_category", flat=True)) == [
        "Wonen",
        "Bad",
        "Tuin",
    ]


def guards() -> set[tuple[str, str]]:
    """Return the indexes and constraints of the facts as statements."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'customers_%'
            UNION SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid::regclass::text LIKE 'customers_%'
        """)
        return set(cursor.fetchall())


def test_a_line_of_no_order_is_refused_by_the_database() -> None:
    OrderLine.objects.create(order_id=1, ordinal=1, quantity=1, net_amount=1, upload_id=1)
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_a_large_import_leaves_every_index_and_constraint_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "ENOUGH", 1)
    before = guards()
    load(tmp_path, "Ordernummer;Klantnummer;Besteldatum;Omzet\nF1;K1;13-01-2025;\nF2;K2;13-01-2025;5,00\n")
    load(tmp_path, FILLING)
    assert sums() == (Decimal("16.5"), Decimal("16.5"), Decimal("7"), "Keuken", 2)
    assert guards() == before
