"""The report of an import: counts that add up, totals, what the file itself leaves open; real exports."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from customers.models import Order, Upload
from customers.quality.measure import measure_uploads
from tests.builders import make_shop, make_upload
from tests.page_reading import read_links, read_tables
from tests.uploading import (
    FAULTY,
    ORDERS,
    address,
    confirm,
    equation,
    import_file,
    run_and_open,
    send,
    table_named,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]

EXPORTS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "exports"


def test_the_counts_are_shown_as_a_sum_that_adds_up(marieke: Client) -> None:
    page = import_file(marieke, FAULTY + "A2;bram;01-02-2025;19,95;voltooid\nTotaal;;;1.270,45;\n")
    assert table_named(page, "new") == [
        ["new", "2"],
        ["+ changed", "0"],
        ["+ the same as before", "0"],
        ["+ duplicate within the file", "1"],
        ["+ rejected", "10"],
        ["+ skipped (titles, blank lines and totals)", "1"],
        ["= records read", "14"],
    ]


def test_rows_written_are_shown_by_table(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    [_head, *rows] = next(table for table in read_tables(page) if table[0][1:] == ["new", "changed"])
    assert sorted(rows) == [["Customers", "2", "0"], ["Orders", "2", "0"]]


def test_customers_created_from_orders_are_said(marieke: Client) -> None:
    text = text_of(import_file(marieke, ORDERS))
    assert "2 customers were not known and were created from this file." in text


def test_the_same_file_again_changes_nothing_and_says_when_it_was_imported(marieke: Client) -> None:
    import_file(marieke, ORDERS)
    first = Upload.objects.get()
    page = send(marieke, ORDERS)
    assert "This file was already imported on " in text_of(page)
    assert f"/imports/{first.uuid}/" in read_links(page)
    report = run_and_open(marieke, confirm(marieke, page))
    assert "This file was imported before, on " in text_of(report)
    assert ["+ the same as before", "2"] in table_named(report, "new")
    assert Order.objects.count() == 2


def test_control_totals_can_be_held_against_the_shops_own(marieke: Client) -> None:
    page = import_file(marieke, ORDERS + "A4;;01-03-2025;5,00;\n")
    [split, rest] = [table for table in read_tables(page) if table[1][0] in {"Orders", "First day"}][-2:]
    assert split == [
        ["What", "with customer", "without", "total"],
        ["Orders", "2", "1", "3"],
        ["Revenue without VAT", "€1,270.45", "€5.00", "€1,275.45"],
    ]
    assert rest == [["Customers", "2"], ["First day", "31 Jan 2025"], ["Last day", "1 Mar 2025"]]


def test_credit_notes_are_taken_off_for_customers_and_for_nobody(marieke: Client) -> None:
    page = import_file(
        marieke,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,A,Mug,2,2025-01-31T10:00:00,10.00,17850,NL\n"
        "2,A,Mug,1,2025-01-31T11:00:00,10.00,,NL\n"
        "C3,A,Mug,-1,2025-02-01T10:00:00,10.00,17850,NL\n"
        "C4,A,Mug,-1,2025-02-01T11:00:00,4.00,,NL\n",
    )
    split = next(table for table in read_tables(page) if table[0][1:2] == ["with customer"])
    assert split[1:] == [
        ["Orders", "1", "1", "2"],
        ["Revenue without VAT", "€20.00", "€10.00", "€30.00"],
        ["Refunds", "1", "1", "2"],
        ["Refunded", "€10.00", "€4.00", "€14.00"],
        ["Revenue after refunds", "€10.00", "€6.00", "€16.00"],
    ]


def test_revenue_with_vat_is_reconciled_with_what_was_imported(marieke: Client) -> None:
    page = import_file(
        marieke,
        "Ordernummer;Klantnummer;Besteldatum;Totaal incl. btw;Btw\n"
        "A1;anna;31-01-2025;121,00;21,00\nA2;bram;01-02-2025;60,50;10,50\n",
    )
    assert equation(page) == [
        ["In the file, column “Totaal incl. btw”", "2", "€181.50"],
        ["− VAT", "", "€31.50"],
        ["= Imported revenue, without VAT", "2", "€150.00"],
    ]


DIRTY = """Ordernummer;Klantnummer;Besteldatum;Totaal incl. btw;Btw;Terugbetaald;Status;Valuta
A1;anna;31-01-2025;121,00;21,00;;voltooid;EUR
A2;bram;01-02-2025;60,50;10,50;24,20;voltooid;EUR
A3;bram;02-02-2025;12,10;2,10;;geannuleerd;EUR
A4;bram;02-02-2025;6,05;1,05;;test;EUR
A5;bram;30-02-2025;24,20;4,20;;voltooid;EUR
A6;bram;31-02-2025;1,21;0,21;;voltooid;EUR
A7;bram;02-02-2025;;0,00;;zoek;EUR
A8;bram;02-02-2025;500,00;0,00;;voltooid;USD
A1;anna;31-01-2025;120,00;21,00;;voltooid;EUR
A1;anna;31-01-2025;242,00;42,00;;voltooid;EUR
"""


def test_every_difference_between_file_and_import_has_its_line_and_its_records(marieke: Client) -> None:
    page = import_file(marieke, DIRTY)
    assert equation(page) == [
        ["In the file, column “Totaal incl. btw”", "8", "€587.06"],
        ["− refused: date does not exist", "2", "€25.41"],
        ["− refused: unknown status amount not known", "1", "n/a"],
        ["− refused: another currency not added up", "1", "n/a"],
        ["− a later record has the same key", "2", "€241.00"],
        ["− VAT", "", "€55.65"],
        ["= Imported revenue, without VAT", "4", "€265.00"],
        ["− cancelled", "1", "€10.00"],
        ["− test orders", "1", "€5.00"],
        ["= Revenue that counts", "2", "€250.00"],
        ["− refunded", "1", "€20.00"],
        ["= Left after refunds", "2", "€230.00"],
    ]
    links = read_links(page)
    base = address(page)
    assert f"{base}?reason=impossible_date#rejects" in links
    for key, rows in {
        "duplicate": [["2", "A1", "€121.00", "yes", "11"], ["10", "A1", "€120.00", "yes", "11"]],
        "cancelled": [["A3", "2 Feb 2025", "bram", "€10.00"]],
        "test": [["A4", "2 Feb 2025", "bram", "€5.00"]],
        "refunded": [["A2", "1 Feb 2025", "bram", "€50.00", "€20.00"]],
    }.items():
        assert f"{base}quality/{key}/" in links
        assert read_tables(marieke.get(f"{base}quality/{key}/"))[0][1:] == rows


def test_the_parts_of_the_equation_add_up_to_the_cent(marieke: Client) -> None:
    import_file(marieke, DIRTY)
    parts = Upload.objects.get().control_totals["reconciliation"]
    places = {part["key"]: place for place, part in enumerate(parts)}
    amounts = [Decimal(part["amount"]) for part in parts]
    for first, last in (("file", "imported"), ("imported", "counted"), ("counted", "left")):
        taken = amounts[places[first] + 1 : places[last]]
        assert amounts[places[first]] - sum(taken) == amounts[places[last]]


def test_a_total_that_repeats_on_each_line_of_an_order_counts_once(marieke: Client) -> None:
    page = import_file(
        marieke,
        "Ordernummer;Klantnummer;Besteldatum;Orderbedrag excl. btw;Product;Aantal;Regelbedrag\n"
        "A1;anna;31-01-2025;30,00;Mok;1;10,00\nA1;anna;31-01-2025;30,00;Kom;1;20,00\n",
    )
    assert equation(page) == [
        ["In the file, column “Orderbedrag excl. btw”", "2", "€60.00"],
        ["− repeated on further rows of the same order", "1", "€30.00"],
        ["= Imported revenue, without VAT", "1", "€30.00"],
    ]


def test_credit_notes_are_a_line_of_the_equation(marieke: Client) -> None:
    page = import_file(
        marieke,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,A,Mug,2,2025-01-31T10:00:00,10.00,17850,NL\nC3,A,Mug,-1,2025-02-01T10:00:00,10.00,17850,NL\n",
    )
    assert equation(page) == [
        ["In the file, “Quantity” × “UnitPrice”", "2", "€10.00"],
        ["+ credit notes, imported as refunds", "1", "€10.00"],
        ["= Imported revenue, without VAT", "1", "€20.00"],
    ]


def test_costs_and_refunds_are_reconciled_too(marieke: Client) -> None:
    page = import_file(
        marieke, "Kanaal;Van;Tot en met;Bedrag\nads;01-01-2025;31-01-2025;10,00\nads;40-01-2025;;5,00\n"
    )
    assert equation(page) == [
        ["In the file, column “Bedrag”", "2", "€15.00"],
        ["− refused: date does not exist", "1", "€5.00"],
        ["= Imported", "1", "€10.00"],
    ]
    page = import_file(
        marieke, "Creditnota;Datum;Bedrag\nC1;01-01-2025;-10,00\nC1;01-01-2025;-10,00\n", "refunds.csv"
    )
    assert equation(page) == [
        ["In the file, column “Bedrag”", "2", "€20.00"],
        ["− a later record has the same key", "1", "€10.00"],
        ["= Imported", "1", "€10.00"],
    ]


def test_the_quality_of_the_file_is_told_once_the_worker_has_looked(marieke: Client) -> None:
    page = import_file(marieke, ORDERS + "A4;;01-03-2025;5,00;\n")
    assert "The rows that this import wrote are checked by the worker" in text_of(page)
    measure_uploads()
    page = marieke.get(address(page))
    text = text_of(page)
    assert "Orders with a customer 66.7% Orders with a known cost 0.0%" in text
    assert "Orders without a customer leaves figures incomplete Count 1 Share 33.3%" in text
    assert address(page, "quality/orders_without_customer/") in read_links(page)
    assert "E-mail addresses that several customers share" not in text


def test_what_was_set_aside_stays_when_the_file_is_checked(marieke: Client) -> None:
    page = import_file(marieke, DIRTY)
    measure_uploads()
    assert "A1" in text_of(marieke.get(address(page, "quality/duplicate/")))
    text = b"".join(marieke.get(address(page, "quality/duplicate.csv")).streaming_content).decode("utf-8-sig")
    assert text.splitlines() == [
        "line,number,amount (EUR),holds something else,line that counts",
        "2,A1,121.00,true,11",
        "10,A1,120.00,true,11",
    ]


def test_a_file_without_money_has_no_equation_and_keeps_its_doubles(marieke: Client) -> None:
    page = import_file(marieke, "Klantnummer;Naam\nK1;Anna\nK1;Anne\n", "customers.csv")
    assert "From the file to what was imported" not in text_of(page)
    rows = read_tables(marieke.get(address(page, "quality/duplicate/")))[0]
    assert rows[1] == ["2", "K1", "n/a", "yes", "3"]


def test_what_comes_next_is_linked(marieke: Client) -> None:
    assert "/calculations/" in read_links(import_file(marieke, ORDERS))


def test_all_or_nothing_imports_nothing_and_keeps_what_was_there(marieke: Client) -> None:
    import_file(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;anna;31-01-2025;5,00\n")
    page = import_file(marieke, ORDERS, rejects="nothing")
    text = text_of(page)
    assert "Nothing was imported. 1 of 3 records have something wrong, and you chose all or nothing" in text
    assert "What was there before is untouched. The good records were not imported either:" in text
    assert Order.objects.get().net_revenue == Decimal("5.0000")


def test_all_or_nothing_still_lists_what_was_wrong(marieke: Client) -> None:
    page = import_file(marieke, ORDERS, rejects="nothing")
    assert table_named(page, "right, and held back") == [
        ["right, and held back", "2"],
        ["+ rejected", "1"],
        ["+ skipped (titles, blank lines and totals)", "0"],
        ["= records read", "3"],
    ]
    assert [row[0] for row in table_named(page, "Line")[1:]] == ["4"]


def test_the_report_of_a_failed_import_says_that_nothing_changed(marieke: Client) -> None:
    upload = make_upload(state=Upload.State.FAILED, errors=[{"code": "no_rows", "data": {}}])
    text = text_of(marieke.get(f"/imports/{upload.uuid}/"))
    assert "This file was not imported. The file holds a header and no rows under it." in text
    assert "Export a period with data. What was there before is untouched." in text


@pytest.mark.skipif(not EXPORTS.exists(), reason=f"the sample exports are not in {EXPORTS}")
@pytest.mark.parametrize(
    ("file", "preset", "currency"),
    [
        ("shopify_orders.csv", "shopify_orders", "INR"),
        ("woocommerce_orders.csv", "woocommerce_webtoffee", "USD"),
    ],
)
def test_a_real_export_goes_in_as_it_is_proposed(
    marieke: Client, file: str, preset: str, currency: str
) -> None:
    make_shop(currency=currency)
    page = send(marieke, (EXPORTS / file).read_bytes(), file)
    assert page.context["form"]["preset"].value() == preset
    assert page.context["questions"] == []
    report = run_and_open(marieke, confirm(marieke, page))
    assert "Imported on" in text_of(report)
    upload = report.context["upload"]
    assert upload.counts["new"] > 0
    assert upload.counts["rejected"] == 0
