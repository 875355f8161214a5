"""The page of a reading: how a file is understood, what is asked, and what can be changed."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from customers.models import Order, Upload
from tests.page_reading import read_tables
from tests.uploading import (
    ORDERS,
    UNSETTLED,
    address,
    change,
    confirm,
    fields_of,
    import_file,
    send,
    text_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("upload_root")]


def meanings(page: Any) -> dict[str, str]:
    """Header of each mapped column → its values as they were understood, from the page."""
    return {row[0]: row[-1] for row in read_tables(page)[0][1:]}


def test_the_reading_shows_what_each_column_becomes_and_how_its_values_are_understood(
    marieke: Client,
) -> None:
    page = send(marieke, ORDERS)
    assert meanings(page) == {
        "Ordernummer": "A1 A2 A3",
        "Klantnummer": "anna bram",
        "Besteldatum": "31 Jan 2025 1 Feb 2025 28 Feb 2025",
        "Bedrag excl. btw": "“12,5,0” is not an amount such as 1.234,56. €1,250.50 €19.95",
    }
    assert fields_of(page) == {
        "kind": "orders", "preset": "generic", "encoding": "utf-8", "delimiter": ";", "quote": '"',
        "escape": "", "header_line": "1", "target_0": "external_id", "target_1": "customer",
        "target_2": "moment",
        "dates_2": "dmy", "target_3": "net_revenue", "decimal_3": ",", "vat_3": "", "target_4": "",
    }  # fmt: skip
    assert [column["header"] for column in page.context["ignored"]] == ["Opmerking"]


def test_the_first_records_are_shown_as_they_were_understood(marieke: Client) -> None:
    preview = read_tables(send(marieke, ORDERS))[-1]
    assert preview == [
        ["Line", "order number", "customer number", "order date", "net revenue"],
        ["2", "A1", "anna", "31 Jan 2025", "€1,250.50"],
        ["3", "A2", "bram", "1 Feb 2025", "€19.95"],
        ["4", "A3", "anna", "28 Feb 2025", "“12,5,0” is not an amount such as 1.234,56."],
    ]


def test_the_escape_that_was_found_is_shown_and_can_be_changed(marieke: Client) -> None:
    name = r'"Anna \"de Boer\""'
    page = send(marieke, f'Klantnummer;Naam;Land\n"anna";{name};"NL"\n"bram";{name};"NL"\n')
    assert fields_of(page)["escape"] == "\\"
    assert "A quotation mark inside a cell is" in text_of(page)
    assert read_tables(page)[-1][1][:3] == ["2", "anna", 'Anna "de Boer"']
    page = change(marieke, page, escape="")
    assert page.context["reading"].plan.escape == ""
    assert change(marieke, page, escape="\\").context["reading"].plan.escape == "\\"


def test_what_no_value_settles_is_asked_with_both_meanings(marieke: Client) -> None:
    page = send(marieke, UNSETTLED)
    text = text_of(page)
    assert "Column “Bedrag”, line 2: what is “1.250”? €1.25 the comma is" not in text
    assert "Column “Bedrag”, line 2: what is “1.250”?" in text
    assert "€1,250.00 the comma is the decimal mark" in text
    assert "€1.25 the point is the decimal mark" in text
    assert "3 Apr 2025 day-month-year" in text
    assert "4 Mar 2025 month-day-year" in text


def test_an_open_question_is_not_passed_over(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, UNSETTLED), decimal_3=",")
    assert "Not imported yet: first answer or mend what is marked below." in text_of(page)
    assert Upload.objects.get().state == Upload.State.RECEIVED
    assert [question["name"] for question in page.context["questions"]] == ["dates_2"]


def test_the_answers_decide_what_is_imported(marieke: Client) -> None:
    import_file(marieke, UNSETTLED, decimal_3=".", dates_2="mdy")
    assert [(str(order.ordered_on), str(order.net_revenue)) for order in Order.objects.order_by("pk")] == [
        ("2025-03-04", "1.2500"), ("2025-05-06", "2.5000"),
    ]  # fmt: skip


def test_an_answer_is_kept_when_the_page_is_opened_again(marieke: Client) -> None:
    page = send(marieke, UNSETTLED)
    change(marieke, page, decimal_3=".", dates_2="dmy")
    again = marieke.get(address(page))
    assert again.context["questions"] == []
    assert meanings(again)["Bedrag"] == "€1.25 €2.50"


def test_a_column_can_become_something_else_and_is_looked_at_anew(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), target_3="gross_revenue", target_4="")
    assert fields_of(page)["target_3"] == "gross_revenue"
    assert fields_of(page)["decimal_3"] == ","
    assert "No column holds the VAT, which orders need." in text_of(page)


def test_a_missing_column_is_said_at_once_with_the_columns_there_are(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Omzet excl. btw\nA1;anna;12,50\n")
    text = text_of(page)
    assert (
        "No column holds the order date, which orders need. The file has: Ordernummer, Klantnummer," in text
    )


def test_all_missing_columns_are_named(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Winkel\nA1;anna;Gouda\n")
    page = change(marieke, page, kind="orders") if fields_of(page)["kind"] != "orders" else page
    assert "Needed and not found: order date, net revenue" in text_of(page)


def test_a_file_with_a_missing_column_is_not_imported(marieke: Client) -> None:
    page = confirm(marieke, send(marieke, "Ordernummer;Klantnummer;Bedrag\nA1;anna;12,50\n"), kind="orders")
    assert "Not imported yet" in text_of(page)
    assert Upload.objects.get().state == Upload.State.RECEIVED


def test_two_columns_cannot_become_the_same(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), target_4="customer")
    assert "The columns “Klantnummer” and “Opmerking” are both read as the customer number." in text_of(page)


def test_another_kind_proposes_other_columns(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), kind="customers")
    assert fields_of(page)["kind"] == "customers"
    assert fields_of(page)["target_1"] == "external_id"
    assert fields_of(page)["target_0"] == ""


def test_columns_of_which_nothing_is_known_ask_what_the_file_holds(marieke: Client) -> None:
    page = send(marieke, "Aap;Noot;Mies\n1;2;drie\n")
    assert "The columns (Aap, Noot, Mies) do not tell what this file holds. Choose what it is" in text_of(
        page
    )
    assert fields_of(page)["kind"] == ""


def test_another_encoding_reads_the_words_with_accents_otherwise(marieke: Client) -> None:
    orders = "Ordernummer;Klantnummer;Naam;Besteldatum;Bedrag\nA1;anna;Anaïs Köhler;31-01-2025;1,50\n"
    page = send(marieke, orders.encode("cp1252"))
    assert page.context["words"] == ["Anaïs", "Köhler"]
    assert "its words with accents are: Anaïs, Köhler ." in text_of(page)
    page = change(marieke, page, encoding="utf-8")
    assert page.context["words"] == []


def test_another_separator_reads_other_columns(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), delimiter=",")
    assert page.context["ignored"][0]["header"].startswith("Ordernummer;Klantnummer")


def test_a_line_that_the_file_does_not_have_is_refused_and_the_reading_stays(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), header_line="40")
    assert "What was sent does not fit this file any more. It is read like this now." in text_of(page)
    assert fields_of(page)["header_line"] == "1"


def test_a_preset_that_the_file_is_not_is_refused(marieke: Client) -> None:
    page = change(marieke, send(marieke, ORDERS), preset="shopify_orders")
    assert fields_of(page)["preset"] == "generic"
    assert "What was sent does not fit this file any more." in text_of(page)


def test_a_duplicate_header_is_said_with_its_line(marieke: Client) -> None:
    page = send(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag;Bedrag\nA1;anna;31-01-2025;1,50;2,50\n")
    assert "Line 1, the header, has the column “Bedrag” more than once." in text_of(page)


def test_a_header_without_rows_is_said(marieke: Client) -> None:
    text = text_of(send(marieke, "Ordernummer;Klantnummer;Besteldatum;Bedrag\n"))
    assert "The file holds a header and no rows under it." in text


def test_a_file_that_waits_can_be_discarded(marieke: Client) -> None:
    page = marieke.post(address(send(marieke, ORDERS), "cancel/"), follow=True)
    assert "“orders.csv” was discarded. Nothing was imported." in text_of(page)
    assert Upload.objects.get().state == Upload.State.CANCELLED


def test_a_raw_file_that_was_deleted_meanwhile_is_said(marieke: Client, upload_root: Path) -> None:
    page = send(marieke, ORDERS)
    (upload_root / str(page.context["upload"].uuid)).unlink()
    assert "The uploaded file is no longer there. Upload it again." in text_of(marieke.get(address(page)))
    assert "The uploaded file is no longer there." in text_of(confirm(marieke, page))


def test_a_file_with_as_many_columns_as_are_read_can_be_confirmed(marieke: Client) -> None:
    extra = [f"kolom {number}" for number in range(996)]
    header = ";".join(["Ordernummer", "Klantnummer", "Besteldatum", "Bedrag", *extra])
    row = ";".join(["A1", "anna", "31-01-2025", "1,50", *["x"] * 996])
    import_file(marieke, f"{header}\n{row}\n")
    assert Order.objects.count() == 1
