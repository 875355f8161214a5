"""Random tables in random dialects: what was read is what was written, or was refused with its line."""

import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from customers.imports.blocks import open_blocks
from customers.imports.detect import detect, read_header
from customers.imports.kinds import known_headers
from customers.imports.records import Damage, Dialect, read_records

HEADER = ["Klantnummer", "Naam", "Plaats"]
DELIMITERS = (";", ",", "\t", "|", "~", "^", ":", "\x1f", "\x01", "||", "::", ", ", " \t", "|~|")
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32", "utf-16-le")
LETTERS = "abcdeghij XYZ0123456789éëàüñ€"
MARKS = ";,\t|~^:'\"\\\x1f\x01.-=@()"


@dataclass(frozen=True)
class Written:
    """A file: its content, how it is written, and its records with the line on which each starts."""

    content: bytes
    dialect: Dialect
    records: list[tuple[int, list[str]]]


def write_cell(cell: str, dialect: Dialect) -> str:
    """Write one cell as the dialect says; doubled quotes unless it has an escape."""
    quote, escape = dialect.quote, dialect.escape
    special = {*dialect.delimiter, *quote, *escape, "\r", "\n"}
    if escape:
        cell = re.sub(f"[{re.escape(escape + quote + dialect.delimiter)}]", lambda m: escape + m[0], cell)
    elif quote:
        cell = cell.replace(quote, quote * 2)
    return f"{quote}{cell}{quote}" if quote and special & {*cell} else cell


def make_file(
    records: list[list[str]], dialect: Dialect, end: str, preamble: list[str], *, ends: bool = True
) -> Written:
    """Write preamble, header and records."""
    text = "".join(line + end for line in preamble)
    line = len(preamble) + 1
    dialect = Dialect(
        dialect.encoding, dialect.delimiter, dialect.quote, line, dialect.escape
    )  # fmt: skip
    lines = []
    for record in [HEADER, *records]:
        raw = dialect.delimiter.join(write_cell(cell, dialect) for cell in record)
        lines.append((line, record))
        line += 1 + len(re.findall("\r\n|\r|\n", raw))
        text += raw + end
    content = (text if ends else text[: -len(end)]).encode(dialect.encoding)
    return Written(content, dialect, lines[1:])


@st.composite
def files(draw: st.DrawFn, *, tame: bool = False) -> Written:
    """A table in a dialect. ``tame``: as an export writes it, with three cells in each record."""
    quote = draw(st.sampled_from(['"', "'"] if tame else ['"', "'", ""]))
    escape = "" if tame else draw(st.sampled_from(["", "\\"]))
    dialect = Dialect(draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(DELIMITERS)), quote, 1, escape)
    marks = MARKS + ("\r\n\0" if quote else "\0")
    if not quote and not escape:
        marks = "".join(mark for mark in marks if mark not in dialect.delimiter)
    if not quote:
        marks = marks.replace("\\", "")
    cells = st.text(st.sampled_from(LETTERS + ("" if tame else marks)), max_size=12)
    if not quote and not escape:
        cells = cells.map(lambda cell: "".join(c for c in cell if c not in dialect.delimiter))
    width = st.just(3) if tame else st.integers(1, 5)
    record = width.flatmap(lambda n: st.tuples(st.sampled_from(["K1", "K22"]), *[cells] * (n - 1)).map(list))
    records = draw(st.lists(record, min_size=1, max_size=12))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    preamble = draw(st.lists(st.sampled_from(["Lijst", "Gemaakt op 1 mei", ""]), max_size=3))
    return make_file(records, dialect, end, preamble, ends=draw(st.booleans()))


def read(path: Path, dialect: Dialect) -> list[tuple[int, list[str] | Damage]]:
    return [pair for pair in read_records(path, dialect) if not isinstance(pair[1], list) or any(pair[1])]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_a_file_whose_dialect_is_known_is_read_as_it_was_written(written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(written.content)
        found = read(path, written.dialect)
        assert read_header(path, written.dialect) == HEADER
    assert [line for line, _cells in found] == [line for line, _cells in written.records]
    for (_line, cells), (_same, expected) in zip(found, written.records, strict=True):
        if any("\0" in cell for cell in expected):
            assert isinstance(cells, Damage)
            assert cells.code == "nul"
        else:
            assert cells == expected


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.integers(3, 9))
def test_a_stray_record_in_a_plain_export_is_read_or_refused(written: Written, plain: int) -> None:
    """It comes back as it was, or as damage, or ragged; else no header is known and one is asked."""
    dialect = replace(written.dialect, quote='"', escape="")
    clean = [["K1", "Jan", "Delft"]] * plain
    wild = [cells for _line, cells in written.records if len(cells) == 3]
    file = make_file([*clean, *wild[:1], *clean], dialect, "\r\n", [])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(file.content)
        found_dialect = detect(path, known_headers())
        header = read_header(path, found_dialect)
        found = dict(read(path, found_dialect))
    assert header == HEADER
    for line, expected in file.records:
        cells = found.get(line)
        assert isinstance(cells, Damage) or cells == expected or len(cells or []) != 3, (expected, cells)
    assert sum(cells == clean[0] for cells in found.values()) >= 2 * plain


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(tame=True))
def test_a_plain_export_is_recognised(written: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(written.content)
        dialect = detect(path, known_headers())
        assert read_header(path, dialect) == HEADER
        assert read(path, dialect) == written.records


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files(), st.binary(max_size=60))
@example(make_file([["a", "b", "c"]], Dialect("utf-8", ";"), "\n", []), b"\n\nNaam;Plaats\nx;y\n")
def test_blocks_hold_what_the_reader_reads(written: Written, tail: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(written.content + tail)
        found: list[tuple[int, list[str] | Damage]] = []
        with open_blocks(path, written.dialect) as blocks:
            for block in blocks:
                found += [*zip(block.lines, block.rows, strict=True), *block.damaged]
        assert sorted(found, key=lambda pair: pair[0]) == list(read_records(path, written.dialect))
