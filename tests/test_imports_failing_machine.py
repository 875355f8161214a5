"""What is wrong with the machine or too large for it is said, and what was there stays untouched."""

import errno
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import translation

from customers.imports import files, pipeline, staging
from customers.imports.reasons import UnusableFile
from customers.models import Order, Upload
from tests.refused_files import GOOD, HEADER, assert_nothing_came, make_before, try_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def before() -> Order:
    """What was there before; every test leaves it as it is."""
    return make_before()


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(UnusableFile, match=r"There is no file “/nowhere/orders\.csv”"):
        pipeline.import_file("/nowhere/orders.csv")


def test_a_disk_that_fills_while_the_file_arrives_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Order, settings: Any
) -> None:
    class FullDisk:
        def read(self, size: int) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        files.store(FullDisk(), tmp_path / "there")  # type: ignore[arg-type]
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "error",
    [psycopg.errors.DiskFull("could not extend file"), OSError(errno.ENOSPC, "could not extend file")],
)
def test_a_disk_that_fills_during_the_import_is_said_and_nothing_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Order, error: Exception
) -> None:
    def fail(*_args: Any) -> None:
        raise error

    monkeypatch.setattr(pipeline, "merge_upload", fail)
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n")
    assert upload.state == Upload.State.FAILED
    assert upload.error.startswith("There is no room left on the disk (")
    assert_nothing_came(before)


def test_an_error_of_the_program_is_raised_and_said_on_the_upload(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Order
) -> None:
    def fail(*_args: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(pipeline, "merge_upload", fail)
    with pytest.raises(ZeroDivisionError):
        try_file(tmp_path, f"{HEADER}\n{GOOD}\n")
    upload = Upload.objects.latest("id")
    assert upload.state == Upload.State.FAILED
    assert "division by zero" in upload.error
    assert_nothing_came(before)


def test_a_line_without_end_does_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.write(f"{HEADER}\n{GOOD}\n".encode())
        for _ in range(8):
            file.write(b"x" * (1 << 20))
    upload = pipeline.import_file(path)
    assert upload.counts["new"] == 1
    assert {reject.reason_code for reject in upload.rejects.all()} == {"line_too_long"}


def test_too_many_records_is_a_sentence(tmp_path: Path, settings: Any, before: Order) -> None:
    settings.UPLOAD_MAX_ROWS = 2
    upload = try_file(tmp_path, f"{HEADER}\n{GOOD}\n1002;K1;01-02-2025;1,00\n1003;K1;01-02-2025;1,00\n")
    assert upload.error == "The file has more than 2 records. Split it."
    assert_nothing_came(before)


def test_no_stage_is_left_behind(tmp_path: Path) -> None:
    try_file(tmp_path, f"{HEADER}\n{GOOD}\n")
    from django.db import connection

    assert staging.TABLE not in connection.introspection.table_names()


def test_sums_that_do_not_fit_are_said_and_nothing_changed(tmp_path: Path, before: Order) -> None:
    upload = try_file(
        tmp_path,
        "Ordernummer;Besteldatum;Product;Aantal;Stukprijs\n1;31-01-2025;a;999999999999999;999999999999999\n",
    )
    assert upload.state == Upload.State.FAILED
    assert upload.error.startswith(
        "An amount, or amounts added up or multiplied, have more than the 15 digits"
    )
    assert_nothing_came(before)
