"""Files as dirty as they come: each is read exactly or refused with its line; nothing is lost or repaired."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from customers.imports.detect import Fixed, detect, normalise, read_header
from customers.imports.kinds import known_headers
from customers.imports.records import Damage, Dialect, read_records

pytestmark = pytest.mark.usefixtures("in_english")
KNOWN = known_headers() | {normalise("Qty"), normalise("Price")}

#: What every table below holds, as it should come out.
HEADER = ["Klantnummer", "Naam", "Plaats", "Omschrijving"]
RECORDS = [
    ["K1", "Jansen", "Delft", "stoel"],
    ["K2", "de Vries", "", "tafel, rond"],
    ["K3", "Bakker", "Den Haag", "kast"],
]


@pytest.fixture
def in_english() -> Iterator[None]:
    """Columns without a name get one in the language of the reader."""
    with translation.override("en"):
        yield


def read(
    path: Path, fixed: Fixed | None = None
) -> tuple[Dialect, list[str], list[tuple[int, list[str] | str]]]:
    """Return dialect, header, and the records that are not blank: cells, or the code of what is wrong."""
    dialect = detect(path, KNOWN, fixed or Fixed())
    records: list[tuple[int, list[str] | str]] = []
    for line, cells in read_records(path, dialect):
        if isinstance(cells, Damage):
            records.append((line, cells.code))
        elif any(cell.strip() for cell in cells):
            records.append((line, cells))
    return dialect, read_header(path, dialect), records


def read_text(folder: Path, text: str | bytes, fixed: Fixed | None = None) -> tuple[list[str], list]:
    """Write and read; returns header and records without their lines."""
    path = folder / "any.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    _dialect, header, records = read(path, fixed)
    return header, [cells for _line, cells in records]


def write(delimiter: str, end: str = "\n", quote: str = '"', always: bool = False) -> str:
    """Return the table in a dialect; cells are quoted where they must be, or always."""

    def cell(text: str) -> str:
        if quote and (always or delimiter in text or quote in text):
            return quote + text.replace(quote, quote * 2) + quote
        return text

    return end.join(delimiter.join(map(cell, row)) for row in [HEADER, *RECORDS]) + end


@pytest.mark.parametrize(
    "delimiter",
    [";", ",", "\t", "|", "~", "^", ":", "#", "*", "&", "§", "¦", "\x01", "\x02", "\x1e", "\x1f",
     "||", "::", ";;", "~~", ", ", "; ", " | ", " \t", "\t ", "|~|", "<>", "=>", "%%", "^^^"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters(tmp_path: Path, delimiter: str, end: str) -> None:
    path = tmp_path / "any.csv"
    path.write_text(write(delimiter, end), newline="")
    dialect, header, records = read(path)
    assert dialect.delimiter == delimiter
    assert (header, records) == (HEADER, list(enumerate(RECORDS, start=2)))


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|", "||", ", ", " "])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_around_every_cell(tmp_path: Path, delimiter: str, quote: str) -> None:
    assert read_text(tmp_path, write(delimiter, quote=quote, always=True)) == (HEADER, RECORDS)


def test_a_blank_as_delimiter(tmp_path: Path) -> None:
    text = "DATE TIME Qty Price\n2020-01-01 10:00 3 4.5\n2020-01-02 11:00 1 2.5\n"
    header, records = read_text(tmp_path, text)
    assert header == ["DATE", "TIME", "Qty", "Price"]
    assert records == [["2020-01-01", "10:00", "3", "4.5"], ["2020-01-02", "11:00", "1", "2.5"]]


@pytest.mark.parametrize(
    ("body", "cells"),
    [
        ('K1;"say ""hi"" now";x\n', ["K1", 'say "hi" now', "x"]),
        ('K1;"say \\"hi\\", now";x\n', ["K1", 'say "hi", now', "x"]),
        ('K1;"C:\\new\\table";x\n', ["K1", "C:\\new\\table", "x"]),
        ('K1;12" monitor;x\n', ["K1", '12" monitor', "x"]),
        ("K1;'s-Hertogenbosch;'t Hooft\n", ["K1", "'s-Hertogenbosch", "'t Hooft"]),
        ('K1;"two\nlines";x\n', ["K1", "two\nlines", "x"]),
        ('K1;"two\r\nlines";x\n', ["K1", "two\r\nlines", "x"]),
        ('K1;"";x\n', ["K1", "", "x"]),
        ('K1; "x" ;x\n', ["K1", ' "x" ', "x"]),
        ("K1;=cmd();-x\n", ["K1", "=cmd()", "-x"]),
        ('K1;"a;b";x\n', ["K1", "a;b", "x"]),
        ('K1;"""";x\n', ["K1", '"', "x"]),
    ],
)
def test_quotes_and_escapes_in_a_cell(tmp_path: Path, body: str, cells: list[str]) -> None:
    text = f"Klantnummer;Naam;Plaats\nK0;a;b\n{body}K9;c;d\n"
    _header, records = read_text(tmp_path, text)
    assert records == [["K0", "a", "b"], cells, ["K9", "c", "d"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('K1;"open;x', "open_quote"),
        ('K1;"a"b;x', "open_quote"),
        ("K1;a\0b;x", "nul"),
        ("K1;" + "x" * 200_000 + ";x", "too_long"),
        ("K1;" + "x" * (1 << 20) + ";x", "line_too_long"),
    ],
)
def test_a_record_that_cannot_be_read_costs_itself_only(tmp_path: Path, body: str, code: str) -> None:
    text = f"Klantnummer;Naam;Plaats\nK0;a;b\n{body}\n" + "K9;c;d\n" * 6
    path = tmp_path / "any.csv"
    path.write_text(text, newline="")
    _dialect, _header, records = read(path, Fixed(quote='"'))
    assert records[:3] == [(2, ["K0", "a", "b"]), (3, code), (4, ["K9", "c", "d"])]
    assert len(records) == 8


def test_line_ends_of_every_kind_in_one_file(tmp_path: Path) -> None:
    header, records = read_text(tmp_path, "Klantnummer;Naam\rK1;a\nK2;b\r\nK3;c\rK4;d")
    assert (header, records) == (
        ["Klantnummer", "Naam"],
        [["K1", "a"], ["K2", "b"], ["K3", "c"], ["K4", "d"]],
    )


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Klantnummer;Naam\r\nK1;Zoë Brûlée € ’\r\n"
    assert read_text(tmp_path, text.encode(encoding)) == (["Klantnummer", "Naam"], [["K1", "Zoë Brûlée € ’"]])


def test_a_mark_of_big_endian_utf16(tmp_path: Path) -> None:
    text = "Klantnummer\tNaam\r\nK1\tZoë\r\n"
    assert read_text(tmp_path, b"\xfe\xff" + text.encode("utf-16-be")) == (
        ["Klantnummer", "Naam"],
        [["K1", "Zoë"]],
    )


def test_a_file_in_two_encodings_is_not_read_in_one(tmp_path: Path) -> None:
    head, old, new = b"Klantnummer;Naam\n", "K1;Zoë\n".encode("cp1252"), "K2;Zoë\n".encode()
    _header, mostly_old = read_text(tmp_path, head + old * 3 + new)
    assert mostly_old == [["K1", "Zoë"]] * 3 + ["mixed_encodings"]
    _header, mostly_new = read_text(tmp_path, head + new * 3 + old)
    assert mostly_new == [["K2", "Zoë"]] * 3 + ["bad_byte"]


def test_half_a_character_at_the_end_of_utf16_is_refused(tmp_path: Path) -> None:
    content = b"\xff\xfe" + "Klantnummer;Naam\nK1;Zoë\nK2;x".encode("utf-16-le") + b"\x3d"
    assert read_text(tmp_path, content)[1] == [["K1", "Zoë"], "bad_byte"]


@pytest.mark.parametrize(
    ("text", "header", "records"),
    [
        ("sep=;\nKlantnummer;Naam\nK1;x\n", ["Klantnummer", "Naam"], [["K1", "x"]]),
        ('"sep=,"\nKlantnummer,Naam\nK1,x\n', ["Klantnummer", "Naam"], [["K1", "x"]]),
        ("SEP=||\r\nKlantnummer||Naam\r\nK1||x\r\n", ["Klantnummer", "Naam"], [["K1", "x"]]),
        ("Klantnummer;Naam", ["Klantnummer", "Naam"], []),
        ("Klantnummer;Naam\n\n\nK1;x\n\n", ["Klantnummer", "Naam"], [["K1", "x"]]),
        ("\n\nKlantnummer;Naam\nK1;x", ["Klantnummer", "Naam"], [["K1", "x"]]),
        ("Klantnummer\nK1\nK2\n", ["Klantnummer"], [["K1"], ["K2"]]),
        ("Klantnummer;Naam;;\nK1;x;;\n", ["Klantnummer", "Naam", "", ""], [["K1", "x", "", ""]]),
        ("Lijst van klanten\nper 1 mei; alle\n\nKlantnummer;Naam\nK1;x\n", ["Klantnummer", "Naam"],
         [["K1", "x"]]),
        ("Lijst;;\n;;\nKlantnummer;Naam;Plaats\nK1;x;y\n", ["Klantnummer", "Naam", "Plaats"],
         [["K1", "x", "y"]]),
        ("Klantnummer;Naam\nK1;x\nK2\nK3;y;z\n", ["Klantnummer", "Naam"],
         [["K1", "x"], ["K2"], ["K3", "y", "z"]]),
        ("a,b\n1,2\n3,4\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ("1;2\n3;4\n", ["column 1", "column 2"], [["1", "2"], ["3", "4"]]),
        ("K1;jan@x.nl;2025-01-31\nK2;an@x.nl;2025-02-01\n", ["column 1", "column 2", "column 3"],
         [["K1", "jan@x.nl", "2025-01-31"], ["K2", "an@x.nl", "2025-02-01"]]),
        ("Order;Bedrag;Aantal\nnummer;EUR;stuks\nK1;1,50;2\nK2;2,50;1\n",
         ["Order nummer", "Bedrag EUR", "Aantal stuks"], [["K1", "1,50", "2"], ["K2", "2,50", "1"]]),
        ("Klant;Bedrag\nK1;1,50\nK2;2,50\n\nKanaal;Kosten;Dag\nads;5;1\n", ["Klant", "Bedrag"],
         [["K1", "1,50"], ["K2", "2,50"], "second_table", "second_table"]),
        ("Klant;Bedrag\nK1;1,50\n;\nKanaal;Kosten\nads;5\n", ["Klant", "Bedrag"],
         [["K1", "1,50"], "second_table", "second_table"]),
        ("Klant;Bedrag\nK1;1,50\n\nK2;2,50\n", ["Klant", "Bedrag"], [["K1", "1,50"], ["K2", "2,50"]]),
    ],
)  # fmt: skip
def test_what_stands_around_the_table(tmp_path: Path, text: str, header: list[str], records: list) -> None:
    assert read_text(tmp_path, text) == (header, records)


def test_a_table_of_a_thousand_columns(tmp_path: Path) -> None:
    names = [f"kolom{number}" for number in range(1000)]
    values = [str(number) for number in range(1000)]
    assert read_text(tmp_path, ",".join(names) + "\n" + ",".join(values) + "\n") == (names, [values])


def test_everything_can_be_overruled(tmp_path: Path) -> None:
    text = "oud;x\nKlantnummer;Naam\nK1|'a;b'|c\\|d\n".encode("cp1252")
    fixed = Fixed(encoding="cp1252", delimiter="|", quote="'", escape="\\", header="0")
    header, records = read_text(tmp_path, text, fixed)
    assert records == [["oud;x"], ["Klantnummer;Naam"], ["K1", "a;b", "c|d"]]
    assert header == ["column 1"]
    assert read_text(tmp_path, "a;b\nc;d\n1;2\n", Fixed(header="2")) == (["c", "d"], [["1", "2"]])
    assert read_text(tmp_path, 'a;b\n"x;y\n', Fixed(quote="none")) == (["a", "b"], [['"x', "y"]])
