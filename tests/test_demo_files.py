"""The demo's CSV is what Dutch Excel writes."""

from datetime import date

import numpy as np
import pytest

from customers.demo import files
from customers.demo.files import CsvFile, Texts


def read_column(column):
    return [bytes(row[row != 0]).decode("cp1252") for row in column]


def test_amounts_have_decimal_comma_and_point_per_thousand():
    cents = np.array([0, 5, 99, 100, 6_495, 99_999, 100_000, 123_456, 100_000_000])
    assert read_column(files.amounts(cents)) == [
        "0,00", "0,05", "0,99", "1,00", "64,95", "999,99", "1.000,00", "1.234,56", "1.000.000,00",
    ]  # fmt: skip


def test_whole_numbers_have_no_leading_zeros():
    assert read_column(files.whole_numbers(np.array([0, 7, 10, 1_000_001]))) == ["0", "7", "10", "1000001"]


def test_days_are_written_day_first_also_before_the_first_day():
    written = read_column(files.days(date(2024, 2, 28), np.array([0, 1, 2, -59])))
    assert written == ["28-02-2024", "29-02-2024", "01-03-2024", "31-12-2023"]


def test_moments_add_hour_and_minute():
    written = read_column(files.moments(date(2024, 12, 31), np.array([0, 1]), np.array([23 * 60 + 30, 5])))
    assert written == ["31-12-2024 23:30", "01-01-2025 00:05"]


def test_text_that_would_need_quotes_is_refused():
    with pytest.raises(ValueError, match="'tas; rood' must not hold a semicolon"):
        Texts(["tas; rood"])


def test_file_is_cp1252_with_semicolons_and_crlf(tmp_path):
    path = tmp_path / "klein.csv"
    with CsvFile(path, ("Naam", "Bedrag")) as file:
        file.write(
            Texts(["Zoë 't Hooft", "tot € 25"]).column(np.array([0, 1])), files.amounts(np.array([100, 250]))
        )
    assert path.read_bytes() == b"Naam;Bedrag\r\nZo\xeb 't Hooft;1,00\r\ntot \x80 25;2,50\r\n"


def test_blanked_fields_stay_as_empty_columns(tmp_path):
    path = tmp_path / "leeg.csv"
    number = files.empty_where(np.array([True, False]), files.whole_numbers(np.array([12, 34])))
    with CsvFile(path, ("Klantnummer", "Bedrag")) as file:
        file.write(number, files.amounts(np.array([100, 200])))
    assert path.read_bytes() == b"Klantnummer;Bedrag\r\n;1,00\r\n34;2,00\r\n"


def test_columns_must_match_the_header(tmp_path):
    with (
        CsvFile(tmp_path / "fout.csv", ("A", "B")) as file,
        pytest.raises(ValueError, match="has 2 columns, got 1"),
    ):
        file.write(files.whole_numbers(np.array([1])))
