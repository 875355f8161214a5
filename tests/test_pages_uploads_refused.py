"""What an import refused, as its report shows it and gives it back."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customers.imports import reasons
from customers.models import Order
from customers.pages.reasons_named import REASONS
from tests.uploading import FAULTY, ORDERS, address, import_file, table_named, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


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
        ["9", "Bedrag", "USD 10,00", "The amount is in USD, and the shop reports in EUR. Convert it "
         "first, or export in EUR: amounts in two currencies are never added up."],
        ["10", "—", "—", "The record has 4 cells where the header has 5. Look for a missing "
         "or superfluous separator or quote."],
        ["11", "Status", "zoek", "“zoek” is not a status we know, such as completed, cancelled or test. "
         "Say what it means when the file is read, or correct it."],
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
