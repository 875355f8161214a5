"""For any file: what was read adds up, nothing is lost, amounts and days come back as they were written."""

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.imports import pipeline
from customers.imports.columns import AmountParser, MomentParser
from customers.imports.mapping import Plan
from customers.imports.reasons import BadValue
from customers.imports.records import Damage, Dialect, read_records
from customers.models import Order, Upload

CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "2", "31-01-2025", "31-02-2025", "12,50", "-3,00", "€ 4", "x", '"', ";", "Totaal"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
)
RECORDS = st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12)
HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"


class AnyFile(TestCase):
    """Imports of generated files."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(RECORDS)
    def test_counts_add_up_and_every_record_is_somewhere(self, records: list[list[str]]) -> None:
        """Good, rejected, duplicate or skipped: no record disappears."""
        text = "\n".join([HEADER, "9;K9;31-01-2025;1,50", *map(";".join, records)])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "any.csv"
            path.write_bytes(text.encode())
            upload = pipeline.import_file(path, kind="orders", decimal=",", dates="dmy")
            assert upload.state == Upload.State.DONE, upload.error
            found, dialect = upload.counts, Plan.from_json(upload.plan).dialect
            parts = ("new", "changed", "unchanged", "duplicate", "rejected", "skipped")
            assert found["read"] == sum(found[part] for part in parts)
            assert found["read"] == sum(1 for _record in read_records(path, dialect))
            assert found["new"] == Order.objects.count()
            assert found["rejected"] == upload.rejects.count()


@given(st.lists(st.binary(max_size=40), max_size=20))
@settings(deadline=None)
def test_no_physical_line_is_lost_by_damage(blocks: list[bytes]) -> None:
    """Damaged records stand on ascending lines, and what follows an open quote is read again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(b"a;b\n" + b"\n".join(blocks))
        found = list(read_records(path, Dialect("utf-8", ";")))
    lines = [line for line, _cells in found]
    assert lines == sorted(set(lines))
    assert all(cell.code for _line, cell in found if isinstance(cell, Damage))


AMOUNTS = st.decimals(-999_999_999, 999_999_999, places=4, allow_nan=False)


@given(AMOUNTS, st.booleans())
def test_amounts_with_a_decimal_comma_round_trip(amount: Decimal, grouped: bool) -> None:
    written = f"{amount:,.4f}" if grouped else f"{amount:.4f}"
    dutch = written.translate(str.maketrans({",": ".", ".": ","}))
    assert Decimal(AmountParser(",", "EUR")[dutch]) == amount
    assert Decimal(AmountParser(",", "EUR")[f"€ {dutch}"]) == amount
    assert Decimal(AmountParser(".", "EUR")[written]) == amount


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_round_trip_in_every_order(day: date) -> None:
    assert MomentParser("dmy")[f"{day:%d-%m-%Y}"] == day.isoformat()
    assert MomentParser("mdy")[f"{day:%m/%d/%Y}"] == day.isoformat()
    assert MomentParser("")[day.isoformat()] == day.isoformat()
    assert MomentParser("dmy")[f"{day.day}-{day.month}-{day.year}"] == day.isoformat()


@given(st.text(max_size=12))
def test_a_parser_answers_or_refuses_and_never_fails(text: str) -> None:
    for parser in (
        AmountParser(",", "EUR"),
        AmountParser(".", "EUR"),
        MomentParser("dmy"),
        MomentParser("mdy"),
    ):
        try:
            result = parser[text]
        except BadValue:
            continue
        assert not {"\t", "\n"} & set(result)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2010-12-01T08:26:00.000000", "2010-12-01 08:26:00.000000"),
        ("2025-12-06 10:37:33 -0500", "2025-12-06 10:37:33-0500"),
        ("2024-01-31T23:30:00Z", "2024-01-31 23:30:00+00"),
        ("05-01-2025 14:30", "2025-01-05 14:30:00"),
        ("5/1/2025 2:30 PM", "2025-01-05 14:30:00"),
        ("5/1/2025 12:05 am", "2025-01-05 00:05:00"),
        ("20250105", "2025-01-05"),
    ],
)
def test_moments_are_understood(text: str, moment: str) -> None:
    assert MomentParser("dmy")[text] == moment


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("12,-", ",", "12"),
        ("€ -12,50", ",", "-12.50"),
        ("-€12,50", ",", "-12.50"),
        ("12,50-", ",", "-12.50"),
        ("(12,50)", ",", "-12.50"),
        ("EUR 1.234,50", ",", "1234.50"),
        ("1 234,50", ",", "1234.50"),
        ("1'234.50", ".", "1234.50"),
        ("−3,00", ",", "-3.00"),
    ],
)
def test_amounts_as_they_are_written(text: str, mark: str, amount: str) -> None:
    assert AmountParser(mark, "EUR")[text] == amount
