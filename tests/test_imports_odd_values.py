"""Values that look right to a person and would stop the database: refused with their line, like any other."""

import random
from decimal import Decimal
from pathlib import Path
from string import ascii_letters, ascii_lowercase

import pytest
from django.utils import translation

from customers.imports import pipeline
from customers.imports.recognise import recognise_file
from customers.imports.report import describe_finding, finding
from customers.models import Order, Upload
from tests.builders import write_csv

pytestmark = pytest.mark.django_db

ORDERS = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\nA1;anna;31-01-2025;10,50\n"


def rejects(upload: Upload) -> list[tuple[int, str, str]]:
    return [(reject.line, reject.column, reject.reason_code) for reject in upload.rejects.all()]


@pytest.mark.parametrize(
    ("day", "amount", "column", "reason"),
    [
        ("31-01-2025", "１２,００", "Omzet excl. btw", "not_amount"),
        ("31-01-2025", "١٢,٥٠", "Omzet excl. btw", "not_amount"),
        ("31-01-2025", "12²", "Omzet excl. btw", "not_amount"),
        ("３１-01-2025", "12,50", "Besteldatum", "not_date"),
        ("31-01-2025 10:00+25:00", "12,50", "Besteldatum", "not_date"),
        ("31-01-2025 10:00-99", "12,50", "Besteldatum", "not_date"),
        ("31-01-2025 10:00+01:75", "12,50", "Besteldatum", "not_date"),
    ],
)
def test_digits_of_other_scripts_and_impossible_offsets_are_refused(
    tmp_path: Path, day: str, amount: str, column: str, reason: str
) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, f"{ORDERS}A2;anna;{day};{amount}\n"))
    assert upload.counts["new"] == 1
    assert rejects(upload) == [(3, column, reason)]


def test_a_score_in_digits_of_another_script_is_refused(tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, ORDERS, name="orders.csv"))
    text = "Klantnummer;Datum;Schaal;Score\nanna;31-01-2025;NPS;9\nanna;01-02-2025;NPS;９\n"
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert rejects(upload) == [(3, "Score", "not_score")]


def test_a_blank_vat_beside_a_gross_amount_is_not_taken_for_none(tmp_path: Path) -> None:
    text = """Ordernummer;Klantnummer;Besteldatum;Bedrag incl. btw;Btw-bedrag
A1;anna;31-01-2025;121,00;21,00
A2;anna;31-01-2025;121,00;
A3;anna;31-01-2025;121,00;0,00
A4;anna;31-01-2025;0,00;
"""
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert rejects(upload) == [(3, "Btw-bedrag", "vat_missing")]
    assert dict(Order.objects.values_list("external_id", "net_revenue")) == {
        "A1": Decimal("100"), "A3": Decimal("121"), "A4": Decimal("0")
    }  # fmt: skip


@pytest.mark.parametrize(("language", "day"), [("nl", "5 mei 2025"), ("en", "5 May 2025")])
def test_the_day_of_the_first_import_reads_as_days_do(language: str, day: str) -> None:
    with translation.override(language):
        assert day in describe_finding(finding("already_imported", 1, ["2025-05-05"]))


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        ("Totaal", "skipped"),
        ("Grand total:", "skipped"),
        ("Total: Account", "skipped"),
        ("Totaal (2 regels)", "skipped"),
        ("Total War", "rejected"),
        ("Totaal Wonen BV", "rejected"),
    ],
)
def test_a_name_that_starts_with_total_is_no_row_of_totals(tmp_path: Path, first: str, outcome: str) -> None:
    text = f"Naam;Klantnummer;Woonplaats\nAnna;K1;Gent\n{first};;Delft\n"
    upload = pipeline.import_file(write_csv(tmp_path, text))
    assert (upload.counts["new"], upload.counts[outcome]) == (1, 1)


@pytest.mark.parametrize(
    ("third", "says"),
    [
        ("A3;anna;31-01-2025;1,234.50", "“1,234.50” has another decimal mark than values above it"),
        ("A3;anna;01-31-2025;1,50", "“01-31-2025” has day and month in another order than values above it"),
    ],
)
def test_a_column_that_contradicts_itself_is_said_to(tmp_path: Path, third: str, says: str) -> None:
    with translation.override("en"):
        upload = pipeline.import_file(write_csv(tmp_path, f"{ORDERS}A2;anna;30-01-2025;1.234,50\n{third}\n"))
        assert says in upload.error
        assert "line 4" in upload.error


def test_a_value_that_comes_again_in_a_row_makes_no_header_of_it(tmp_path: Path) -> None:
    names = ";".join(f"Kolom {number}" for number in range(9))
    values = ";".join(["waarde"] * 9)  # a name of a column of market figures, too
    text = f"Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw;{names}\nA1;anna;31-01-2025;10,50;{values}\n"
    reading = recognise_file(write_csv(tmp_path, text))
    assert (reading.plan.header_line, reading.plan.kind) == (1, "orders")


def test_a_sentence_names_only_the_first_of_many_columns(tmp_path: Path) -> None:
    text = ";".join(f"Vraag {letter} {letter}" for letter in ascii_lowercase * 10) + "\n" + "x;" * 259 + "x\n"
    with translation.override("en"):
        upload = pipeline.import_file(write_csv(tmp_path, text))
        assert "(Vraag a a, Vraag b b, " in upload.error
        assert ", …) do not tell what this file holds" in upload.error
        assert len(upload.error) < 700


@pytest.mark.parametrize("header", ["Dag;Kosten", "Datum;Bedrag", "Datum;Bedrag;Valuta"])
def test_a_day_and_an_amount_alone_do_not_say_which_costs_they_are(tmp_path: Path, header: str) -> None:
    upload = pipeline.import_file(
        write_csv(tmp_path, f"{header}\n31-01-2025;5,00{';EUR' * header.count('V')}\n")
    )
    assert [error["code"] for error in upload.errors] == ["unknown_kind"]


def test_costs_for_everyone_are_recognised_when_they_say_so(tmp_path: Path) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, "Datum;Bedrag;Voor wie\n31-01-2025;5,00;iedereen\n"))
    assert (upload.kind, upload.counts["new"]) == ("retention_costs", 1)


def test_days_in_a_reason_read_as_days_do(tmp_path: Path) -> None:
    text = "Kanaal;Van;Tot en met;Bedrag\nads;31-01-2025;31-12-2024;5,00\nads;31-01-2025;31-12-2025;5,00\n"
    with translation.override("nl"):
        upload = pipeline.import_file(write_csv(tmp_path, text))
        assert "31 dec 2024" in upload.rejects.get().sentence
        assert "31 jan 2025" in upload.rejects.get().sentence


def write_at_random(letters: int) -> str:
    """A text that cannot be packed into less."""
    return "".join(random.Random(letters).choices(ascii_letters, k=letters))


@pytest.mark.parametrize(
    "column", ["Ordernummer", "Klantnummer", "E-mail", "Verkoopkanaal", "Land", "Categorie"]
)
def test_a_name_or_number_longer_than_an_index_holds_is_refused(tmp_path: Path, column: str) -> None:
    cells = {
        "Ordernummer": "A2", "Klantnummer": "bram", "E-mail": "bram@shop.nl", "Besteldatum": "31-01-2025",
        "Omzet excl. btw": "10,50", "Verkoopkanaal": "web", "Land": "NL", "Product": "mok",
        "Categorie": "mokken", "Aantal": "1", "Regelbedrag excl. btw": "10,50",
    }  # fmt: skip
    good = {**cells, "Ordernummer": "A1", "Product": write_at_random(3_000)}
    bad = {**cells, column: write_at_random(3_000)}
    text = "\n".join(";".join(row) for row in (cells, good.values(), bad.values()))
    upload = pipeline.import_file(write_csv(tmp_path, text + "\n"))
    assert rejects(upload) == [(3, column, "too_long_a_name")]
    assert list(Order.objects.values_list("external_id", flat=True)) == ["A1"]


def test_a_channel_longer_than_an_index_holds_is_refused_and_a_long_one_is_not(tmp_path: Path) -> None:
    fits, accented, too_long = write_at_random(800), "é" * 400, "é" * 401
    rows = "".join(f"K{place};{name}\n" for place, name in enumerate((fits, accented, too_long)))
    upload = pipeline.import_file(write_csv(tmp_path, f"Klantnummer;Acquisitiekanaal\n{rows}"))
    assert rejects(upload) == [(4, "Acquisitiekanaal", "too_long_a_name")]
    [reject] = upload.rejects.all()
    with translation.override("en"):
        assert reject.sentence.endswith(
            "…” is too long: at most 800 letters fit, and fewer with many accents. Is this the right column?"
        )
