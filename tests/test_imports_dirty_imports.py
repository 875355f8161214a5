"""Dirty files on their whole way: what is imported of them, and what is said of the rest."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from customers.imports import mapping, pipeline
from customers.imports.recognise import Choices, recognise_file, settle
from customers.models import Customer, Order, Upload
from tests.builders import write_csv

pytestmark = pytest.mark.django_db

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def rejects(upload: Upload) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason_code) for reject in upload.rejects.all()]


@pytest.mark.parametrize(
    ("amount", "understood"),
    [
        ("€ -12,50", "-12.5"),
        ("-€ 12,50", "-12.5"),
        ("(12,00)", "-12"),
        ("12,50-", "-12.5"),
        ("1\u202f234,56", "1234.56"),
        ("1\xa0234,56", "1234.56"),
        ("1'234,56", "1234.56"),
        ("1.234", "1234"),
        ("1.234,5", "1234.5"),
        ("12.50", "not_amount"),
        ("1.23.456", "not_amount"),
        ("=cmd()", "not_amount"),
        ("1,23E+12", "not_amount"),
        ("12,50 EUR", "12.5"),
    ],
)
def test_amounts_beside_a_decimal_comma(tmp_path: Path, amount: str, understood: str) -> None:
    text = f"{HEADER}\n1;K1;31-01-2025;10,50\n2;K1;31-01-2025;{amount}\n"
    upload = pipeline.import_file(write_csv(tmp_path, text), decimal=",")
    if understood[0] in "-0123456789":
        assert Order.objects.get(external_id="2").net_revenue == Decimal(understood)
    else:
        assert rejects(upload) == [(3, understood)]


@pytest.mark.parametrize(
    ("day", "understood"),
    [
        ("29-02-2025", "impossible_date"),
        ("29-02-2024", "2024-02-29"),
        ("31-04-2025", "impossible_date"),
        ("31-01-2025 24:00", "impossible_date"),
        ("31-01-20225", "not_date"),
        ("31-01-0225", "impossible_date"),
        ("01-31-2025", "impossible_date"),
        ("45688", "not_date"),
        ("31-01-2025 23:30", "2025-01-31"),
        ("2025-01-31T23:30:00Z", "2025-02-01"),
        ("2025-01-31 23:30:00 -0500", "2025-02-01"),
    ],
)
def test_days_beside_a_day_in_front(tmp_path: Path, day: str, understood: str) -> None:
    text = f"{HEADER}\n1;K1;31-01-2025;10,50\n2;K1;{day};10,50\n"
    upload = pipeline.import_file(write_csv(tmp_path, text), dates="dmy")
    if understood[0] == "2":
        assert str(Order.objects.get(external_id="2").ordered_on) == understood
    else:
        assert rejects(upload) == [(3, understood)]


def test_a_day_broken_over_two_lines_is_refused(tmp_path: Path) -> None:
    text = f'{HEADER}\n1;K1;31-01-2025;10,50\n2;K1;"31\n-04-2025";10,50\n3;K1;01-02-2025;1,50\n'
    assert rejects(pipeline.import_file(write_csv(tmp_path, text))) == [(3, "not_date")]


@pytest.mark.parametrize(
    ("value", "understood"),
    [
        ("1,23E+12", "scientific_id"),
        ("9.01380866077E+12", "scientific_id"),
        ("'00123", "00123"),
        ("=A1", "=A1"),
    ],
)
def test_ids_are_text(tmp_path: Path, value: str, understood: str) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, f"Klantnummer;Naam\nK1;Jan\n{value};'t Hooft\n"))
    if understood == "scientific_id":
        assert rejects(upload) == [(3, understood)]
    else:
        assert Customer.objects.get(external_id=understood).name == "'t Hooft"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Klantnummer||Naam\nK1||Jan|Piet\nK2||\n", {"K1": "Jan|Piet", "K2": ""}),
        ("'Klantnummer','Naam'\n'K1','O''Brien, P.'\n", {"K1": "O'Brien, P."}),
        ('Klantnummer,Naam\n"K1","Jan \\"de\\" Vries, C:\\\\x"\n', {"K1": 'Jan "de" Vries, C:\\x'}),
        ("Klantnummer\x1fNaam\nK1\x1fJan; Piet\n", {"K1": "Jan; Piet"}),
        ("Klantnummer\nK1\nK2\n", {"K1": "", "K2": ""}),
    ],
)
def test_odd_dialects_are_imported(tmp_path: Path, text: str, names: dict[str, str]) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert upload.state == Upload.State.DONE, upload.error
    assert dict(Customer.objects.values_list("external_id", "name")) == names


def test_the_second_of_two_tables_is_refused_line_by_line(tmp_path: Path) -> None:
    text = f"{HEADER}\n1;K1;31-01-2025;10,50\n\nCreditnota;Klant;Dag;Bedrag\nC1;K1;01-02-2025;5,00\n"
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert rejects(upload) == [(4, "second_table"), (5, "second_table")]
    assert (upload.counts["new"], upload.counts["skipped"], Order.objects.count()) == (1, 1, 1)


def test_a_file_without_header_is_mapped_by_the_user(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "K1;Jan;31-01-2025\nK2;An;01-02-2025\n")
    reading = recognise_file(path)
    assert [column.header for column in reading.plan.columns] == ["column 1", "column 2", "column 3"]
    assert [problem.code for problem in reading.problems] == ["no_header"]
    targets = ["external_id", "name", "acquired_on"]
    columns = [
        mapping.ColumnPlan(column.header, target)
        for column, target in zip(reading.plan.columns, targets, strict=True)
    ]
    plan = replace(reading.plan, kind="customers", columns=columns)
    assert settle(path, plan).obstacles == []
    with path.open("rb") as file:
        upload = pipeline.receive(file, path.name, None)
    pipeline.confirm(upload, plan)
    pipeline.run(upload.pk)
    assert dict(Customer.objects.values_list("external_id", "name")) == {"K1": "Jan", "K2": "An"}


def test_what_is_said_about_a_file_overrules_what_is_found(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "Naam;Klantnummer\n'K1;x';Jan\n")
    plan = recognise_file(path, Choices(quote="'", header="0", encoding="cp1252")).plan
    assert (plan.quote, plan.header_line, plan.encoding) == ("'", 0, "cp1252")


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (Choices(encoding="klingon"), "“klingon” is no encoding we know, such as utf-8, cp1252 or utf-16."),
        (Choices(delimiter=";", quote=";"), "Delimiter, quote and escape must differ"),
        (Choices(quote="''"), "Delimiter, quote and escape must differ"),
        (Choices(header="99"), "Line 99 of the file holds no names of columns"),
    ],
)
def test_what_cannot_be_said_about_a_file(tmp_path: Path, choices: Choices, sentence: str) -> None:
    path = write_csv(tmp_path, "Klantnummer;Naam\nK1;Jan\n")
    with path.open("rb") as file:
        upload = pipeline.receive(file, path.name, None, choices)
    assert upload.error.startswith(sentence)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (b"PAR1", "This is a Parquet or Arrow file"),
        (b'{"orders": [1]}', "This is a JSON file"),
        (b'[{"id": 1}]', "This is a JSON file"),
        (b"PK\x03\x04 vnd.oasis.opendocument.spreadsheet", "This is an OpenDocument sheet"),
        (b"PK\x03\x04 Index/Document.iwa", "This is a Numbers spreadsheet"),
        (b"PK\x03\x04 xl/workbook.bin", "This is a binary Excel workbook"),
        (OLE, "This is an old Excel workbook"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "This is a workbook that is protected by a password"),
        (b"7z\xbc\xaf\x27\x1c", "This is an archive"),
        (b"<table><tr><td>Order</td></tr></table>", "This is a web page"),
    ],
)  # fmt: skip
def test_containers_are_named(tmp_path: Path, start: bytes, sentence: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(start + b"\n" * 200)
    assert pipeline.import_file(path).error.startswith(sentence)


@pytest.mark.parametrize("number", ["Totaal", "Total:", "Klantnummer", "customer id"])
def test_a_total_or_a_header_that_comes_again_is_no_customer(tmp_path: Path, number: str) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, f"Klantnummer;Naam\nK1;Jan\n{number};Naam\nK2;An\n"))
    assert rejects(upload) == [(3, "no_number")]
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"K1", "K2"}
