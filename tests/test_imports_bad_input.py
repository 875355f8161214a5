"""Bad input gets a sentence with line, column, value and expectation; what was there stays untouched."""

import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from customers.imports import pipeline
from customers.imports.presets import PRESETS
from customers.imports.reasons import describe
from customers.models import Customer, Order, Upload
from tests.builders import write_csv
from tests.refused_files import GOOD, HEADER, assert_nothing_came, make_before, rejected, try_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def before() -> Order:
    """What was there before; every test leaves it as it is."""
    return make_before()


@pytest.mark.parametrize(
    ("text", "choices", "sentence"),
    [
        (b"", {}, "The file is empty. Export it again and look whether it holds rows."),
        (b"\xef\xbb\xbf\r\n  \r\n", {}, "The file is empty. Export it again and look whether it holds rows."),
        (HEADER, {}, "The file holds a header and no rows under it. Export a period with data."),
        (
            "1001;K1;31-01-2025;19,95\n1002;K1;31-01-2025;20,00\n",
            {},
            "No row looks like a header: expected names of columns such as “Ordernummer” or “Order date”, "
            "found “1001;K1;31-01-2025;19,95”. Say what each column is, or add a first row with the names of "
            "the columns.",
        ),
        (
            f"{HEADER}\n{GOOD}\n",
            {"kind": "customers"},
            "You said that this file holds customers, and its columns look like orders. Choose orders, or "
            "another "
            "file.",
        ),
        (
            "Ordernummer;Klantnummer;Omzet excl. btw;Status\n1001;K1;19,95;voltooid\n",
            {},
            "No column holds the order date, which orders need. The file has: Ordernummer, Klantnummer, "
            "Omzet excl. btw, Status. Name one of these as the order date, or export with that column.",
        ),
        (
            f"{HEADER}\n{GOOD}\n",
            {"preset": "magento"},
            f"There is no preset “magento”. The presets are: {', '.join(PRESETS)}.",
        ),
        (
            f"{HEADER}\n{GOOD}\n",
            {"preset": "shopify_orders"},
            "The preset “shopify_orders” needs the column “Name”, which this file does not have. "
            "Its columns are: Ordernummer, Klantnummer, Besteldatum, Omzet excl. btw.",
        ),
        (
            "Ordernummer;Besteldatum;Bedrag;Bedrag\n1001;31-01-2025;1,00;2,00\n",
            {},
            "Line 1, the header, has the column “Bedrag” more than once. Which one counts cannot be told: "
            "rename or remove one.",
        ),
        (
            f"{HEADER}\n1001;K1;03-04-2025;19,95\n1002;K1;05-06-2025;19,95\n",
            {},
            "Column “Besteldatum”, line 2: “03-04-2025” can be read in more than one way, and no "
            "other value of the column settles whether the day, the month or the year comes first. "
            "Say which.",
        ),
        (
            f"{HEADER}\n1001;K1;31-01-2025;1.234\n1002;K1;31-01-2025;12\n",
            {},
            "Column “Omzet excl. btw”, line 2: “1.234” can be read in two ways, and no other value of the "
            "column "
            "settles whether the decimal mark is a comma or a point. Say which.",
        ),
        (
            f"{HEADER}\n1001;K1;31-01-2025;12,50\n1002;K1;31-01-2025;12.50\n",
            {},
            "Column “Omzet excl. btw”, line 3: “12.50” has another decimal mark than values above it. Say "
            "which counts: records that go against it are rejected.",
        ),
        (
            "Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Net Sales\n"
            "2025-01-01,1,€ 5.00,completed,Jan,new,5\n",
            {},
            "This is the order report of WooCommerce Analytics. It has neither an e-mail address nor a "
            "customer "
            "number, so it cannot say what a customer is worth. Export the orders with an order export "
            "plugin: files of the one by WebToffee are recognised here.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, before: Order, text: str | bytes, choices: dict[str, str], sentence: str
) -> None:
    upload = try_file(tmp_path, text, **choices)
    assert (upload.state, upload.error) == (Upload.State.FAILED, sentence)
    assert_nothing_came(before)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 [Content_Types].xml xl/workbook.xml", "The workbook is damaged"),
        (b"PK\x03\x04 orders.csv", "This is a zip archive"),
        (gzip.compress(b"id;net\n1;2\n", mtime=0), "This is a gzip archive"),
        (b"<!DOCTYPE html><html><title>Sign in</title>", "This is a web page"),
        (b"%PDF-1.7", "This is a PDF document"),
    ],
)
def test_another_kind_of_file_is_recognised_and_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    upload = try_file(tmp_path, content)
    assert upload.state == Upload.State.FAILED
    assert upload.error.startswith(sentence)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (
            "1002;K1;31-01-2025;12,5,0",
            "Line 3, column “Omzet excl. btw”: “12,5,0” is not an amount such as 1.234,56.",
        ),
        (
            "1002;K1;31-02-2025;12,50",
            "Line 3, column “Besteldatum”: “31-02-2025” is a day or a time that does not exist; "
            "expected 31-12-2025.",
        ),
        (
            "1002;K1;gisteren;12,50",
            "Line 3, column “Besteldatum”: “gisteren” is not a date such as 31-12-2025.",
        ),
        (
            "1002;K1;31-01-2025 25:00;12,50",
            "Line 3, column “Besteldatum”: “31-01-2025 25:00” is a day or a time that does not exist; "
            "expected 31-12-2025 23:59.",
        ),
        (";K1;31-01-2025;12,50", "Line 3, column “Ordernummer”: is empty, and a value is needed here."),
        (
            "1,23E+12;K1;31-01-2025;12,50",
            "Line 3, column “Ordernummer”: “1,23E+12” is a number that a spreadsheet shortened: its "
            "digits are "
            "gone. Export again with this column as text.",
        ),
        (
            "1002;K1;31-01-2025;$ 12,50",
            "Line 3, column “Omzet excl. btw”: the amount is in USD, and the shop reports in EUR. Convert "
            "it first, "
            "or export in EUR: amounts in two currencies are never added up.",
        ),
        (
            "1002;K1;31-01-2025;12,50;x",
            "Line 3: the record has 5 cells where the header has 4. "
            "Look for a missing or superfluous separator or quote.",
        ),
        (
            "1002;K1",
            "Line 3: the record has 2 cells where the header has 4. "
            "Look for a missing or superfluous separator or quote.",
        ),
        (
            "1002;K\0;31-01-2025;12,50",
            "Line 3: the record holds a NUL, which no text has. The file is damaged here; export again.",
        ),
        (
            '1002;"K2;31-01-2025;12,50',
            "Line 3: a quote is opened here and not closed as it should be. Close or remove it.",
        ),
        (
            "1002;K1;31-01-2025;9999999999999999",
            "Line 3, column “Omzet excl. btw”: “9999999999999999” is larger than the 15 digits before the "
            "decimal "
            "mark that fit.",
        ),
    ],
)
def test_a_bad_record_is_kept_with_its_reason_and_the_good_ones_go_in(
    tmp_path: Path, before: Order, record: str, sentence: str
) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n{record}\n1003;K2;01-02-2025;5,00\n")
    assert rejected(upload) == [sentence]
    assert upload.counts == {
        "header": 1, "read": 3, "new": 2, "changed": 0, "unchanged": 0, "duplicate": 0, "rejected": 1,
        "skipped": 0,
    }  # fmt: skip
    assert set(Order.objects.values_list("external_id", flat=True)) == {"1000", "1001", "1003"}


def test_a_bad_byte_in_a_file_that_says_it_is_utf8_costs_one_record(tmp_path: Path) -> None:
    text = f"\ufeff{HEADER}\n{GOOD}\n".encode() + b"1002;K\xff;31-01-2025;1,00\n"
    upload = try_file(tmp_path, text)
    assert rejected(upload) == [
        "Line 3: the record holds a byte that is no character in utf-8-sig. Export as UTF-8."
    ]


def test_a_currency_column_rejects_by_name(tmp_path: Path) -> None:
    upload = try_file(tmp_path, f"{HEADER};Valuta\n{GOOD};EUR\n1002;K1;31-01-2025;5,00;USD\n")
    assert rejected(upload) == [
        "Line 3, column “Valuta”: the amount is in USD, and the shop reports in EUR. Convert it first, or "
        "export "
        "in EUR: amounts in two currencies are never added up."
    ]


def test_all_or_nothing_imports_nothing_and_keeps_the_reasons(tmp_path: Path, before: Order) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n1002;K1;31-02-2025;1,00\n", all_or_nothing=True)
    assert upload.state == Upload.State.REJECTED
    assert upload.error == (
        "1 of 2 records have something wrong, and you chose all or nothing: nothing was imported. "
        "Correct them, or choose the good rows."
    )
    assert len(rejected(upload)) == 1
    assert_nothing_came(before)


def test_a_file_with_only_bad_records_is_not_imported(tmp_path: Path, before: Order) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n1002;K1;31-02-2025;1,00\n")
    assert upload.state == Upload.State.REJECTED
    assert_nothing_came(before)


def test_the_customer_of_an_order_who_is_not_known_is_created_and_said(tmp_path: Path) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n")
    assert Customer.objects.get().external_id == "K1"
    assert upload.findings == [{"code": "customers_created", "count": 1, "examples": []}]


def test_a_negative_order_is_kept_as_it_is_and_said(tmp_path: Path) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n1002;K1;31-01-2025;-5,00\n")
    assert str(Order.objects.get(external_id="1002").net_revenue) == "-5.0000"
    assert {"code": "negative_orders", "count": 1, "examples": ["1002"]} in upload.findings


def test_a_negative_cost_is_refused(tmp_path: Path) -> None:
    upload = try_file(tmp_path, "Kanaal;Van;Tot en met;Bedrag\nads;01-01-2025;31-01-2025;-5,00\n")
    assert rejected(upload) == [
        "Line 2, column “Bedrag”: “-5,00” is a cost below 0. A cost is what was spent: leave out credits, "
        "or lower the row they belong to."
    ]


def test_the_same_file_twice_is_a_no_op_that_says_so(tmp_path: Path) -> None:
    path = write_csv(tmp_path, f"{HEADER}\n{GOOD}\n")
    first = pipeline.import_file(path)
    again = pipeline.import_file(path)
    assert (first.counts["new"], again.counts["unchanged"]) == (1, 1)
    assert [found["code"] for found in again.findings] == ["already_imported"]
    assert Order.objects.get().upload == first


@pytest.mark.parametrize(
    ("text", "english", "dutch"),
    [
        (
            "Ordernummer;Klantnummer;Omzet excl. btw;Status\n1;K1;5,00;voltooid\n",
            "No column holds the order date, which orders need.",
            "besteldatum",
        ),
        ("", "The file is empty.", "Het bestand is leeg."),
    ],
)
def test_why_a_file_was_not_imported_is_said_in_the_readers_language(
    tmp_path: Path, text: str, english: str, dutch: str
) -> None:
    upload = try_file(tmp_path, text)
    assert english in upload.error
    assert "--" not in upload.error  # a page has no options
    with translation.override("nl"):
        assert dutch in upload.error


def test_a_question_on_a_page_names_no_option_of_the_command(tmp_path: Path) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n1;K1;03-04-2025;1.234\n")
    assert len(upload.errors) == 2
    assert "--" not in upload.error


@pytest.mark.parametrize(
    ("amount", "understood"),
    [
        ("€ 1.234,56", "1234.56"),
        ("1.234,56-", "-1234.56"),
        ("(12,50)", "-12.5"),
        ("EUR 12", "12"),
        ("12,50 €", "12.5"),
        ("- 5,00", "-5"),
        ("12,5 %", None),
        ("€", None),
        ("--", None),
        ("-", None),
        (",50", None),
        ("1e5", None),
        ("NaN", None),
    ],
)
def test_amounts_as_they_come(tmp_path: Path, amount: str, understood: str | None) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n1002;K1;31-01-2025;{amount}\n")
    if understood is None:
        assert rejected(upload) == [
            f"Line 3, column “Omzet excl. btw”: “{amount}” is not an amount such as 1.234,56."
        ]
    else:
        assert Order.objects.get(external_id="1002").net_revenue == Decimal(understood)


def test_a_year_in_front_says_nothing_about_days_in_front(tmp_path: Path) -> None:
    upload = try_file(tmp_path, f"{HEADER}\n1001;K1;2025-01-31;1,50\n1002;K1;03-04-2025;1,50\n")
    assert "line 3: “03-04-2025” can be read in more than one way" in upload.error
    both = try_file(tmp_path, f"{HEADER}\n1001;K1;2025-01-31;1,50\n1002;K1;31-01-2025;1,50\n")
    assert both.counts["new"] == 2


def test_a_header_with_a_separator_too_many_is_said_record_by_record(tmp_path: Path, before: Order) -> None:
    upload = try_file(tmp_path, f"{HEADER};\n{GOOD}\n")
    assert rejected(upload) == [
        "Line 2: the record has 4 cells where the header has 5. "
        "Look for a missing or superfluous separator or quote."
    ]
    assert_nothing_came(before)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_are_counted_as_an_editor_does(tmp_path: Path, end: str, mark: str) -> None:
    records = [HEADER + ";Opm", f'{GOOD};"a{end}b"', "1002;K1;31-02-2025;1,00;"]
    upload = try_file(tmp_path, mark + end.join(records) + end)
    assert [reject.line for reject in upload.rejects.all()] == [4]
    assert upload.counts["new"] == 1


def test_a_currency_that_was_refused_before_cells_were_kept_whole_is_still_told() -> None:
    assert describe("foreign_currency", {"currency": "EUR"}, "USD").startswith("the amount is in USD, and")
