"""The report of an import and what can be done with it: counts, totals, rejects, undo."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.imports import reasons, takeback
from customers.models import Customer, Order, Upload
from customers.pages.reasons_named import REASONS
from customers.quality.measure import measure_uploads
from tests.builders import make_shop, make_upload, make_user
from tests.page_reading import read_links, read_tables
from tests.uploading import ORDERS, address, confirm, import_file, run_and_open, send, text_of

pytestmark = pytest.mark.django_db

EXPORTS = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "exports"
#: What the header says; what is right; and on lines 4 to 13 one fault each.
FAULTY = """Ordernummer;Klantnummer;Besteldatum;Bedrag;Status
A1;anna;31-01-2025;1.250,50;voltooid
A2;bram;01-02-2025;19,95;voltooid
A3;anna;28-02-2025;12,5,0;voltooid
A4;anna;30-02-2025;10,00;voltooid
A5;anna;voorjaar;10,00;voltooid
;anna;28-02-2025;10,00;voltooid
1,23E+12;anna;28-02-2025;10,00;voltooid
A8;anna;28-02-2025;USD 10,00;voltooid
A9;anna;28-02-2025;10,00
A10;anna;28-02-2025;10,00;zoek
A11;"anna;28-02-2025;10,00;voltooid
A12;an\0na;28-02-2025;10,00;voltooid
"""


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


def table_named(page: Any, first_cell: str) -> list[list[str]]:
    """The table of the page whose first row, or first data row, starts with this cell."""
    return next(table for table in read_tables(page) if first_cell in {row[0] for row in table[:2] if row})


def equation(page: Any) -> list[list[str]]:
    """The lines from the file's money to what was imported."""
    return next(table for table in read_tables(page) if table[0] == ["What", "records", "amount"])[1:]


# What became of the file -----------------------------------------------------------------------------------


def test_the_counts_are_shown_as_a_sum_that_adds_up(marieke: Client) -> None:
    page = import_file(marieke, FAULTY + "A2;bram;01-02-2025;19,95;voltooid\nTotaal;;;1.270,45;\n")
    assert table_named(page, "new") == [
        ["new", "2"],
        ["+ changed", "0"],
        ["+ the same as before", "0"],
        ["+ duplicate within the file", "1"],
        ["+ rejected", "10"],
        ["+ skipped (blank lines and totals)", "1"],
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
        ["In the file, column “UnitPrice”", "2", "€10.00"],
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
    assert "What was there before is untouched." in text
    assert Order.objects.get().net_revenue == Decimal("5.0000")


def test_all_or_nothing_still_lists_what_was_wrong(marieke: Client) -> None:
    page = import_file(marieke, ORDERS, rejects="nothing")
    assert table_named(page, "right, and held back") == [
        ["right, and held back", "2"],
        ["+ rejected", "1"],
        ["+ skipped (blank lines and totals)", "0"],
        ["= records read", "3"],
    ]
    assert [row[0] for row in table_named(page, "Line")[1:]] == ["4"]


def test_the_report_of_a_failed_import_says_that_nothing_changed(marieke: Client) -> None:
    upload = make_upload(state=Upload.State.FAILED, errors=[{"code": "no_rows", "data": {}}])
    text = text_of(marieke.get(f"/imports/{upload.uuid}/"))
    assert "This file was not imported. The file holds a header and no rows under it." in text
    assert "Export a period with data. What was there before is untouched." in text


# What was refused ------------------------------------------------------------------------------------------


def test_each_refused_record_has_line_column_value_and_reason(marieke: Client) -> None:
    page = import_file(marieke, FAULTY)
    assert table_named(page, "Line") == [
        ["Line", "Column", "Value", "What is wrong"],
        ["4", "Bedrag", "12,5,0", "“12,5,0” is not an amount such as 1.234,56."],
        ["5", "Besteldatum", "30-02-2025",
         "“30-02-2025” is a day or a time that does not exist; expected 31-12-2025."],
        ["6", "Besteldatum", "voorjaar", "“voorjaar” is not a date such as 31-12-2025."],
        ["7", "Ordernummer", "—", "Is empty, and a value is needed here."],
        ["8", "Ordernummer", "1,23E+12", "“1,23E+12” is a number that a spreadsheet shortened: its "
         "digits are gone. Export again with this column as text."],
        ["9", "Bedrag", "USD", "The amount is in USD, and the shop reports in EUR. Convert it first, or "
         "export in EUR: amounts in two currencies are never added up."],
        ["10", "—", "—", "The record has 4 cells where the header has 5. Look for a missing "
         "or superfluous separator or quote."],
        ["11", "Status", "zoek", "“zoek” is not a status we know, such as completed, cancelled or test."],
        ["12", "—", "—", "A quote is opened here and not closed as it should be. Close or remove it."],
        ["13", "—", "—", "The record holds a NUL, which no text has. The file is damaged here; export "
         "again."],
    ]  # fmt: skip


def test_a_bad_byte_is_refused_with_its_line(marieke: Client) -> None:
    content = "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;anna;31-01-2025;1,50\n".encode("utf-8-sig")
    page = import_file(marieke, content + b"A2;\xe4nna;31-01-2025;1,50\n")
    assert table_named(page, "Line")[1][0] == "3"
    assert table_named(page, "Line")[1][3].startswith("The record holds a byte that is no character in")


def test_negative_orders_are_imported_and_said(marieke: Client) -> None:
    rows = "A1;anna;31-01-2025;-5,00\nA2;anna;31-01-2025;15,00\n"
    text = text_of(import_file(marieke, f"Ordernummer;Klantnummer;Besteldatum;Bedrag\n{rows}"))
    assert "1 order is worth less than 0 and counts as a refund without an order: A1." in text


def test_refused_records_can_be_filtered_by_reason(marieke: Client) -> None:
    page = import_file(marieke, FAULTY)
    filtered = marieke.get(address(page) + "?reason=impossible_date")
    assert [row[0] for row in table_named(filtered, "Line")[1:]] == ["5"]
    assert "all (10)" in text_of(filtered)
    assert "date does not exist (1)" in text_of(filtered)


def test_refused_records_can_be_filtered_by_column_and_downloaded_as_they_are_shown(marieke: Client) -> None:
    page = import_file(marieke, FAULTY)
    filtered = marieke.get(address(page) + "?column=Besteldatum")
    assert [row[0] for row in table_named(filtered, "Line")[1:]] == ["5", "6"]
    assert "Besteldatum (2)" in text_of(filtered)
    assert "Download these 2 as CSV" in text_of(filtered)
    both = marieke.get(address(page) + "?column=Besteldatum&reason=not_date")
    assert [row[0] for row in table_named(both, "Line")[1:]] == ["6"]
    whole = marieke.get(address(page) + "?column=∅")
    assert [row[0] for row in table_named(whole, "Line")[1:]] == ["10", "12", "13"]
    response = marieke.get(address(page, "rejects.csv") + "?column=Besteldatum")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text), delimiter=";")] == ["Ordernummer", "A4", "A5"]


def test_an_unknown_filter_shows_all(marieke: Client) -> None:
    page = import_file(marieke, FAULTY)
    assert len(table_named(marieke.get(address(page) + "?reason=%00"), "Line")[1:]) == 10


def test_every_reason_has_a_short_name_for_the_filter() -> None:
    assert set(REASONS) == set(reasons.REASONS)


def test_the_refused_records_come_back_in_the_layout_of_the_file(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    response = marieke.get(address(page, "rejects.csv"))
    assert response["Content-Disposition"] == 'attachment; filename="orders-rejects.csv"'
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text), delimiter=";")) == [
        ["Ordernummer", "Klantnummer", "Besteldatum", "Bedrag excl. btw", "Opmerking", "Klantwaarde: reason"],
        ["A3", "anna", "28-02-2025", "12,5,0", "",
         "Line 4, column “Bedrag excl. btw”: “12,5,0” is not an amount such as 1.234,56."],
    ]  # fmt: skip


def test_a_refused_record_cannot_run_as_a_formula(marieke: Client) -> None:
    rows = '=HYPERLINK("http://x");anna;28-02-2025;12,5,0\nA2;anna;28-02-2025;-7,0,0\n'
    page = import_file(
        marieke, f"Ordernummer;Klantnummer;Besteldatum;Bedrag\n{rows}A3;anna;31-01-2025;1,50\n"
    )
    text = b"".join(marieke.get(address(page, "rejects.csv")).streaming_content).decode("utf-8-sig")
    records = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
    assert records[0][0].startswith("'=HYPERLINK(")
    assert records[1][3] == "-7,0,0"


def test_corrected_refusals_are_uploaded_as_they_are(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    response = marieke.get(address(page, "rejects.csv"))
    corrected = b"".join(response.streaming_content).replace(b";12,5,0;", b";12,50;")
    import_file(marieke, corrected, "corrected.csv")
    assert Order.objects.get(external_id="A3").net_revenue == Decimal("12.5000")


def test_the_number_of_queries_does_not_grow_with_the_refusals(marieke: Client) -> None:
    few_page = import_file(marieke, ORDERS)
    rows = "".join(f"B{number};anna;28-02-2025;x;\n" for number in range(60))
    many_page = import_file(marieke, ORDERS + rows)
    with CaptureQueriesContext(connection) as few:
        marieke.get(address(few_page))
    with CaptureQueriesContext(connection) as many:
        marieke.get(address(many_page))
    assert len(many) == len(few)


# Undo ------------------------------------------------------------------------------------------------------


def test_undoing_shows_first_what_it_touches(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    preview = marieke.get(address(page, "undo/"))
    assert read_tables(preview)[0] == [
        ["Rows", "removed", "put back", "left alone"],
        ["Customers", "2", "0", "0"],
        ["Orders", "2", "0", "0"],
    ]
    assert Order.objects.count() == 2


def test_an_import_is_undone(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    waiting = marieke.post(address(page, "undo/"), follow=True)
    assert "Undoing" in text_of(waiting)
    assert Order.objects.count() == 2
    takeback.run(page.context["upload"].pk, None)
    assert "This import was undone." in text_of(marieke.get(address(page)))
    assert (Order.objects.count(), Customer.objects.count()) == (0, 0)


def test_rows_that_a_later_import_changed_are_listed_and_left_alone(marieke: Client) -> None:
    page = import_file(marieke, ORDERS)
    import_file(marieke, ORDERS.replace("1.250,50", "1.300,00"), "later.csv")
    text = text_of(marieke.get(address(page, "undo/")))
    assert "Some rows are left alone, because a later import changed them again or refers to them:" in text
    assert "Orders: A1" in text
    assert "Customers: anna" in text
    marieke.post(address(page, "undo/"))
    takeback.run(page.context["upload"].pk, None)
    assert Order.objects.get().net_revenue == Decimal("1300.0000")


def test_only_an_import_that_is_done_can_be_undone(marieke: Client) -> None:
    upload = make_upload(state=Upload.State.CANCELLED)
    assert marieke.post(f"/imports/{upload.uuid}/undo/").status_code == 302
    upload.refresh_from_db()
    assert upload.state == Upload.State.CANCELLED


# Real exports ----------------------------------------------------------------------------------------------


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
