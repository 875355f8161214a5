"""Excel workbooks: typed cells become values that read in one way; the rest goes as in a CSV file."""

import csv
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from openpyxl import Workbook

from customers.imports import pipeline
from customers.imports.recognise import Choices, recognise_file
from customers.imports.rejects import reject_rows
from customers.imports.workbook_cells import write_cell
from customers.models import Customer, Order, Upload

HEADER = ["Ordernummer", "Klantnummer", "Besteldatum", "Omzet excl. btw"]


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def save(folder: Path, *rows: list[Any], sheets: dict[str, list[list[Any]]] | None = None) -> Path:
    """Write a workbook of one sheet, or of several."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, content in (sheets or {"Blad1": list(rows)}).items():
        sheet = workbook.create_sheet(name)
        for row in content:
            sheet.append(row)
    path = folder / "orders.csv"  # whatever its name says
    workbook.save(path)
    return path


def rejected(upload: Upload) -> list[str]:
    return [reject.sentence for reject in upload.rejects.all()]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (12, "12"),
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (1.234, "1.2340"),
        (-1.5, "-1.5"),
        (1234.567, "1234.567"),
        (0.00001, "0.00001"),
        (9013808660771, "9013808660771"),
        (9.013808660771123e17, "9.01380866077112E+17"),
        (True, "TRUE"),
        (datetime(2025, 1, 31), "2025-01-31"),
        (datetime(2025, 1, 31, 14, 30), "2025-01-31 14:30:00"),
        (datetime(2025, 1, 31, 14, 29, 59, 999_900), "2025-01-31 14:30:00"),
        (date(2025, 1, 31), "2025-01-31"),
        (time(14, 30), "14:30:00"),
        ("'t Hooft", "'t Hooft"),
        ("00123", "00123"),
    ],
)
def test_a_typed_cell_becomes_text_that_reads_in_one_way(value: Any, text: str) -> None:
    assert write_cell(value) == text


@pytest.mark.django_db
def test_a_workbook_is_imported_like_a_csv_file(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        ["Export van 1 mei"],
        [],
        HEADER,
        [1001, "K1", datetime(2025, 3, 4), 1.234],
        [None, None, None, None],
        [1002, "00123", datetime(2025, 3, 4, 14, 30), 19.95],
        ["Totaal", None, None, 21.184],
    )
    upload = pipeline.import_file(path)
    assert upload.state == Upload.State.DONE, upload.error
    assert list(Order.objects.order_by("external_id").values_list("external_id", "net_revenue")) == [
        ("1001", Decimal("1.2340")),
        ("1002", Decimal("19.95")),
    ]
    assert [
        str(day) for day in Order.objects.order_by("external_id").values_list("ordered_on", flat=True)
    ] == [
        "2025-03-04",
        "2025-03-04",
    ]
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"K1", "00123"}
    assert (upload.counts["new"], upload.counts["skipped"], upload.counts["rejected"]) == (2, 4, 0)
    assert (upload.plan["encoding"], upload.plan["sheet"], upload.plan["header_line"]) == ("xlsx", "Blad1", 3)


@pytest.mark.django_db
def test_amounts_typed_as_text_leave_the_numbers_beside_them_what_they_are(tmp_path: Path) -> None:
    day = date(2025, 3, 14)
    path = save(
        tmp_path,
        HEADER,
        [1001, "K1", day, 1250.5],
        [1002, "K1", day, "12,50"],
        [1003, "K1", day, -1.125],
        [1004, "K1", day, "€ 1.250,00"],
        [1005, "K1", day, "1.250"],
    )
    upload = pipeline.import_file(path)
    assert (upload.state, rejected(upload)) == (Upload.State.DONE, []), upload.error
    assert [str(order.net_revenue) for order in Order.objects.order_by("external_id")] == [
        "1250.5000",
        "12.5000",
        "-1.1250",
        "1250.0000",
        "1250.0000",
    ]
    assert upload.control_totals["revenue"] == "3761.8750"


@pytest.mark.django_db
def test_numbers_do_not_say_how_the_texts_beside_them_are_meant(tmp_path: Path) -> None:
    path = save(
        tmp_path, HEADER, [1001, "K1", date(2025, 3, 14), 19.95], [1002, "K1", date(2025, 3, 14), "1.250"]
    )
    [question] = recognise_file(path, Choices()).questions
    assert (question.header, question.line, question.value) == ("Omzet excl. btw", 3, "1.250")


@pytest.mark.django_db
def test_rejects_of_a_workbook_name_the_row_and_come_back_as_csv(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        HEADER,
        [1001, "K1", date(2025, 1, 31), 5],
        [1002, "K1", "gisteren", 6],
        [1003, "K1", date(2025, 1, 31), "#N/A"],
        [1004, "K1", date(2025, 1, 31), "=B2+1"],
        [12345678901234567, "K1", date(2025, 1, 31), 7],
        [1005, "K1", date(2025, 1, 31), 7, "extra"],
    )
    upload = pipeline.import_file(path)
    assert rejected(upload) == [
        "Line 3, column “Besteldatum”: “gisteren” is not a date such as 2025-12-31.",
        "Line 4: cell D4 holds an error of the spreadsheet instead of a value. Correct it.",
        "Line 5: cell D5 holds a formula whose result was not saved. Open the workbook in Excel and save it "
        "again.",
        "Line 6, column “Ordernummer”: “1.23456789012346E+16” is a number that a spreadsheet shortened: its "
        "digits are gone. Export again with this column as text.",
        "Line 7: the record has 5 cells where the header has 4. "
        "Look for a missing or superfluous separator or quote.",
    ]
    lines = list(csv.reader("".join(reject_rows(upload)).splitlines(), delimiter=";"))
    assert lines[0][:4] == HEADER
    assert lines[1][:4] == ["1002", "K1", "gisteren", "6"]
    assert lines[2][:4] == ["1003", "K1", "2025-01-31", "#N/A"]


@pytest.mark.django_db
def test_the_first_sheet_with_a_table_is_read_and_another_can_be_chosen(tmp_path: Path) -> None:
    sheets = {
        "Toelichting": [["Dit zijn de orders."], ["Vragen? Bel ons."]],
        "Leeg": [],
        "Orders": [HEADER, [1, "K1", date(2025, 1, 31), 5]],
        "Klanten": [["Klantnummer", "Naam"], ["K1", "Jan"]],
    }
    path = save(tmp_path, sheets=sheets)
    assert recognise_file(path).plan.sheet == "Orders"
    reading = recognise_file(path, Choices(sheet="Klanten"))
    assert (reading.plan.sheet, reading.plan.kind) == ("Klanten", "customers")
    assert reading.other_sheets == ["Toelichting", "Leeg", "Orders"]


@pytest.mark.django_db
def test_a_second_table_in_a_sheet_is_refused_row_by_row(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        ["Klantnummer", "Naam"], ["K1", "Jan"], [], ["Kanaal", "Medium"], ["ads", "zoek"],
    )  # fmt: skip
    upload = pipeline.import_file(path)
    assert [(reject.line, reject.reason_code) for reject in upload.rejects.all()] == [
        (4, "second_table"),
        (5, "second_table"),
    ]
    assert upload.counts["new"] == 1


@pytest.mark.django_db
def test_amounts_as_text_in_two_notations_are_asked(tmp_path: Path) -> None:
    path = save(tmp_path, HEADER, [1, "K1", date(2025, 1, 31), "1.234"])
    assert [question.about for question in recognise_file(path).questions] == ["decimal"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        ({"Blad1": []}, "No sheet of the workbook holds a table. Its sheets are: Blad1."),
        ({"Blad1": [HEADER]}, "The file holds a header and no rows under it. Export a period with data."),
    ],
)
def test_a_workbook_without_rows_says_so(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], sentence: str
) -> None:
    assert pipeline.import_file(save(tmp_path, sheets=sheets)).error == sentence


@pytest.mark.django_db
def test_a_workbook_that_unpacks_to_more_than_fits_is_refused_before_it_is_read(
    tmp_path: Path, settings: Any
) -> None:
    path = save(tmp_path, HEADER, [1, "K1", date(2025, 1, 31), 5])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet2.xml", b"0" * (4 << 20))
    settings.UPLOAD_MAX_UNPACKED_BYTES = 2 << 20
    upload = pipeline.import_file(path)
    assert upload.error.startswith("Unpacked, the workbook has 42")
    assert "at most 2097152 are read" in upload.error


@pytest.mark.django_db
@pytest.mark.parametrize("part", ["xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_a_part_that_would_fill_memory_is_refused(tmp_path: Path, part: str) -> None:
    source = save(tmp_path, HEADER, [1, "K1", date(2025, 1, 31), 5])
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, b"<a>" + b"x" * (130 << 20) if name == part else old.read(name))
        if part not in old.namelist():
            new.writestr(part, b"x" * (130 << 20))
    assert pipeline.import_file(path).error.startswith("Unpacked, the workbook has 1363")


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_half_a_workbook_is_damaged(tmp_path: Path, cut: float) -> None:
    path = save(tmp_path, HEADER, *([number, "K1", date(2025, 1, 31), 5] for number in range(500)))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * cut)])
    upload = pipeline.import_file(path)
    assert upload.state == Upload.State.FAILED
    assert upload.error.startswith(("The workbook is damaged", "This is a zip archive"))


@pytest.mark.django_db
def test_broken_xml_in_a_sheet_is_a_sentence(tmp_path: Path) -> None:
    source = save(tmp_path, HEADER, *([number, "K1", date(2025, 1, 31), 5] for number in range(5000)))
    path = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) * 3 // 4] if "sheet1" in name else content)
    upload = pipeline.import_file(path)
    assert upload.state == Upload.State.FAILED
    assert upload.error.startswith("The workbook is damaged")
    assert not Order.objects.exists()
