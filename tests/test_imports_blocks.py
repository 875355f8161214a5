"""Reading by blocks and by columns gives what reading record by record and cell by cell gives."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st

from customers.imports import blocks
from customers.imports.columns import (
    NULL,
    AmountParser,
    EmailParser,
    IdParser,
    LabelParser,
    Parser,
    TextParser,
)
from customers.imports.reasons import BadValue
from customers.imports.records import Damage, Dialect, read_records
from customers.imports.row_text import _parse_column

CELLS = st.sampled_from(
    ["a", "b", "1", "é", "â", "x y", "", "12,5", '"q;q"', '"two\nlines"', '"two\rlines"', '"', "\0", "Ã«"]
)
PLAIN = st.sampled_from(["a", "b", "1", "é", "x y", "", "12,5"])
ROWS = st.lists(
    st.one_of(
        st.lists(PLAIN, min_size=3, max_size=3).map(";".join),
        st.lists(PLAIN, min_size=3, max_size=3).map(";".join),
        st.lists(CELLS, min_size=1, max_size=4).map(";".join),
        st.sampled_from(["", ";;", "h1;h2;h3"]),
    ),
    max_size=30,
)


def read_by_blocks(path: Path, dialect: Dialect) -> list[tuple[int, list[str] | Damage]]:
    """Return ``(line, cells)`` of every record, in the order of the lines."""
    found: list[tuple[int, list[str] | Damage]] = []
    with blocks.open_blocks(path, dialect) as read:
        for block in read:
            found += [*zip(block.lines, block.rows, strict=True), *block.damaged]
    return sorted(found, key=lambda record: record[0])


@settings(deadline=None, max_examples=400)
@given(
    rows=ROWS,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    last=st.booleans(),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    header=st.sampled_from([0, 1, 3]),
    quote=st.sampled_from(['"', ""]),
    size=st.sampled_from([1, 7, 20, 60, 300]),
)
def test_blocks_hold_what_the_reader_finds_record_by_record(
    rows: list[str], end: str, last: bool, encoding: str, header: int, quote: str, size: int
) -> None:
    text = end.join(["h1;h2;h3", *rows]) + (end if last else "")
    dialect = Dialect(encoding, ";", quote, header_line=header)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(text.encode(encoding, "replace"))
        expected = sorted(read_records(path, dialect), key=lambda record: record[0])
        with patch.object(blocks, "_CHARACTERS", size), patch.object(blocks, "_RECORDS", 3):
            assert read_by_blocks(path, dialect) == expected


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from([1, 16, 64]))
def test_blocks_of_any_bytes_hold_what_the_reader_finds(content: bytes, size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(b"a;b\n" + content)
        for encoding in ("utf-8", "cp1252"):
            dialect = Dialect(encoding, ";")
            expected = sorted(read_records(path, dialect), key=lambda record: record[0])
            with patch.object(blocks, "_CHARACTERS", size):
                assert read_by_blocks(path, dialect) == expected


VALUES = st.one_of(
    st.sampled_from(
        ["", " ", "0", "12", "12,50", "-3,00", "1.234,56", "1.234", "12.345.678,9", "1,234.56", "0001,5", "-",
         "€ 4", "(12,50)", "12,50-", "1.23", "12,5,0", "1234.567,8", "9" * 16, "9" * 15,
         "1.234.567.890.123,1", "123.456.789.012.345.678", "٣", "'12", "1,2E+12", "a\\b",
         "a\tb", "é" * 400, "é" * 401, "A@B.nl", " x ", "−3,00", "12,-"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=6),
)  # fmt: skip


def read_one_by_one(parser: Parser, cells: Sequence[str]) -> tuple[list[str], set[int]]:
    """Return what COPY gets of each cell, and the places of those that are refused."""
    found, bad = [], set()
    for place, cell in enumerate(cells):
        try:
            found.append(parser[cell])
        except BadValue:
            found.append(NULL)
            bad.add(place)
    return found, bad


@settings(deadline=None, max_examples=300)
@given(st.lists(VALUES, min_size=1, max_size=80), st.booleans())
@example([*["1,00"] * 40, "12,5,0", *["2,00"] * 40, "31"], True)
def test_a_column_read_at_once_is_what_its_cells_are_one_by_one(cells: list[str], required: bool) -> None:
    makers = (
        lambda: AmountParser(",", "EUR", required=required),
        lambda: AmountParser(".", "EUR", required=required),
        lambda: AmountParser("", "EUR", required=required),
        lambda: TextParser(required=required),
        lambda: LabelParser(required=required),
        lambda: IdParser(required=required),
        lambda: EmailParser(required=required),
    )
    for make in makers:
        bad: dict[int, BadValue] = {}
        found = list(_parse_column(make(), cells, bad))
        expected, refused = read_one_by_one(make(), cells)
        assert bad.keys() == refused
        assert [cell for place, cell in enumerate(found) if place not in refused] == [
            cell for place, cell in enumerate(expected) if place not in refused
        ]
