"""How a file is written: encoding, delimiter, header row, preamble; decimal mark and date order by column."""

from pathlib import Path

import pytest

from customers.imports import pipeline
from customers.imports.formats import decide
from customers.imports.recognise import recognise_file
from customers.models import Customer, Order
from tests.builders import write_csv

TEXT = "Klantnummer;Naam;Plaats\r\nK1;Zoë Brûlée;'s-Hertogenbosch\r\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("cp1252", "cp1252"), ("utf-16", "utf-16")],
)
def test_encodings_are_told_apart_without_guessing(tmp_path: Path, encoding: str, found: str) -> None:
    upload = pipeline.import_file(write_csv(tmp_path, TEXT, encoding=encoding))
    assert upload.plan["encoding"] == found
    assert Customer.objects.get().name == "Zoë Brûlée"


@pytest.mark.django_db
def test_one_byte_at_the_end_of_the_file_decides_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(
        b"Klantnummer;Naam\n" + b"".join(b"K%d;Jan\n" % n for n in range(200_000)) + b"K;Zo\xeb\n"
    )
    assert recognise_file(path).plan.encoding == "cp1252"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "delimiter", "header_line"),
    [
        ("Klantnummer;Naam\nK1;Jansen, P.\n", ";", 1),
        ("Klantnummer,Naam\nK1,Jan\n", ",", 1),
        ("Klantnummer\tNaam\nK1\tJan\n", "\t", 1),
        ("sep=;\nKlantnummer;Naam\nK1;Jan\n", ";", 2),
        ("sep=|\r\nKlantnummer|Naam\r\nK1|Jan\r\n", "|", 2),
        ('Klanten per 1 januari\n"Gemaakt, door ons"\n\nKlantnummer;Naam\nK1;Jan\n', ";", 4),
        ('"Klantnummer";"Naam"\n"K1";"Jan\nde Vries"\n', ";", 1),
    ],
)
def test_delimiter_and_header_row_are_found(
    tmp_path: Path, text: str, delimiter: str, header_line: int
) -> None:
    plan = recognise_file(write_csv(tmp_path, text)).plan
    assert (plan.delimiter, plan.header_line) == (delimiter, header_line)
    assert [column.target for column in plan.columns] == ["external_id", "name"]
    upload = pipeline.import_file(tmp_path / "export.csv")
    assert (upload.counts["new"], upload.counts["skipped"]) == (1, upload.counts["read"] - 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (
            "Klantnummer;Naam;E-mailadres;Land;Plaats;Klant sinds;Acquisitiekanaal;Campagne;Bezwaar "
            "profilering",
            "customers",
        ),
        (
            "Ordernummer;Klantnummer;Besteldatum;Omzet excl. "
            "btw;Korting;Verzendkosten;Transactiekosten;Status;"
            "Verkoopkanaal",
            "orders",
        ),
        (
            "Ordernummer;Regelnummer;Product;Categorie;Aantal;Bedrag excl. btw;Inkoopprijs per stuk",
            "order_lines",
        ),
        ("Creditnota;Ordernummer;Klantnummer;Datum;Bedrag;Reden", "refunds"),
        ("Kanaal;Campagne;Van;Tot en met;Bedrag", "acquisition_costs"),
        ("Omschrijving;Klantnummer;Van;Tot en met;Bedrag", "retention_costs"),
        ("Klantnummer;Programma;Van;Tot en met", "programme_memberships"),
        ("id;customer;moment;net;cost of goods;transaction cost;channel;status", "orders"),
        ("id;acquisition channel;campaign;country", "customers"),
        ("id;day;amount;order;customer", "refunds"),
        ("id;channel;campaign;first;last;amount", "acquisition_costs"),
        ("id;customer;programme;first day;last day;amount", "retention_costs"),
        ("order;product;category;quantity;net amount;unit cost", "order_lines"),
    ],
)
def test_the_kind_follows_from_dutch_and_english_names(tmp_path: Path, header: str, kind: str) -> None:
    record = ";".join("31-01-2025" for _name in header.split(";"))
    reading = recognise_file(write_csv(tmp_path, f"{header}\n{record}\n"))
    assert (reading.plan.kind, reading.ignored) == (kind, [])


@pytest.mark.django_db
def test_the_channel_of_an_order_is_its_sales_channel(tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, "id;customer;moment;net;channel\nO1;A;2024-01-10;100;ads\n"))
    assert (Order.objects.get().sales_channel, Customer.objects.get().acquisition_channel) == ("ads", "")


def column(*values: str) -> list[tuple[int, list[str]]]:
    """Return records of one column, from line 2."""
    return [(line, [value]) for line, value in enumerate(values, start=2)]


@pytest.mark.parametrize(
    ("values", "mark", "is_question"),
    [
        (("12", "1.234,50"), ",", False),
        (("1.234", "12,5"), ",", False),
        (("1,234", "12.5"), ".", False),
        (("1.234.567",), ",", False),
        (("0.125",), ".", False),
        (("12", "13"), "", False),
        (("1.234", "12"), "", True),
        (("12,50", "12.50"), ",", True),
        (("12,5,0",), "", False),
        (("1.234", *["12"] * 9000, "12,50"), ",", False),  # the last line settles it
    ],
)
def test_the_decimal_mark_is_decided_over_the_whole_column(
    values: tuple[str, ...], mark: str, is_question: bool
) -> None:
    evidence = decide(column(*values), [0], [])[0]
    assert (evidence.answer, evidence.is_question) == (mark, is_question)


@pytest.mark.parametrize(
    ("values", "order", "is_question"),
    [
        (("03-04-2025", "31-01-2025"), "dmy", False),
        (("03/04/2025", "01/31/2025"), "mdy", False),
        (("2025-04-03",), "ymd", False),
        (("03-03-2025",), "", False),
        (("03-04-2025",), "", True),
        (("31-01-2025", "01-31-2025"), "dmy", True),
        (("03-04-2025", *["05-06-2025"] * 9000, "31-01-2025"), "dmy", False),
    ],
)
def test_the_order_of_day_and_month_is_decided_over_the_whole_column(
    values: tuple[str, ...], order: str, is_question: bool
) -> None:
    evidence = decide(column(*values), [], [0])[0]
    assert (evidence.answer, evidence.is_question) == (order, is_question)


@pytest.mark.django_db
def test_another_column_of_the_file_settles_first_days_of_months(tmp_path: Path) -> None:
    text = "Kanaal;Van;Tot en met;Bedrag\nads;01-02-2025;28-02-2025;5\nads;01-03-2025;31-03-2025;5\n"
    reading = recognise_file(write_csv(tmp_path, text))
    assert reading.questions == []
    assert [column.dates for column in reading.plan.columns] == ["", "dmy", "dmy", ""]
