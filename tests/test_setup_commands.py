"""Commands on a machine where nothing else has run yet: no database, no worker, no web server."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from klantwaarde import command_line, embedded_postgres, preparation

ROOT = Path(__file__).resolve().parents[1]


def test_a_file_is_imported_into_a_data_directory_that_does_not_exist_yet(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Ordernummer;Klantnummer;Besteldatum;Bedrag\n1;A;13-04-2025;10,00\n")

    done = run_command("import_csv", str(file), DATABASE_URL="", KLANTWAARDE_DATA_DIR=str(tmp_path / "data"))

    assert (done.returncode, done.stderr) == (0, "")
    assert "read 1, new 1" in done.stdout


def test_files_are_cleaned_up_where_nothing_was_ever_imported(tmp_path: Path) -> None:
    done = run_command("purge_uploads", DATABASE_URL="", KLANTWAARDE_DATA_DIR=str(tmp_path / "data"))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Deleted the files of 0 uploads, and 0 files without an upload.\n"


@pytest.mark.django_db
def test_a_database_of_ones_own_is_not_changed_but_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "count_unapplied", lambda: 3)
    monkeypatch.setattr(embedded_postgres, "is_wanted", lambda: False)

    with pytest.raises(SystemExit, match=r"The database is not up to date. Run first: manage.py migrate"):
        preparation.prepare(["manage.py", "recalculate"])


def test_other_commands_prepare_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "count_unapplied", lambda: 1 / 0)

    preparation.prepare(["manage.py", "migrate"])
    preparation.prepare(["manage.py"])


def test_a_reader_that_has_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "DATABASE_URL": "postgres://nobody@localhost:1/none"}

    done = subprocess.run(
        [sys.executable, "manage.py", "version"],
        cwd=ROOT, env=environment, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=120,
    )  # fmt: skip

    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


def run_command(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run ``manage.py`` with these arguments and environment variables, to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", ["recalculate", "import_csv --list", "export_kpis", "purge_uploads", "load_demo", "migrate"]
)
def test_a_database_out_of_reach_is_one_sentence(command: str, tmp_path: Path) -> None:
    done = run_command(*command.split(), DATABASE_URL=f"postgresql://nobody@/none?host={tmp_path}")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert done.stderr.startswith("The database does not answer: ")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("UPLOAD_MAX_BYTES", "4GB", "UPLOAD_MAX_BYTES='4GB': expected a whole number of at least 1."),
        ("UPLOAD_MAX_BYTES", "²", "UPLOAD_MAX_BYTES='²': expected a whole number of at least 1."),
        (
            "KLANTWAARDE_HTTPS",
            "2",
            "KLANTWAARDE_HTTPS='2': expected one of 1, true, yes, on, 0, false, no, off.",
        ),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='LOUD': expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL names the scheme 'mysql': expected postgresql://user:"),
        (
            "DATABASE_URL",
            "postgresql://x/y?sslmood=x",
            'DATABASE_URL has an invalid connection option "sslmood"',
        ),
        ("KLANTWAARDE_DATA_DIR", "/dev/null", "KLANTWAARDE_DATA_DIR: there can be no folder /dev/null"),
    ],
)
def test_a_variable_that_cannot_be_read_is_named_in_one_sentence(
    name: str, value: str, expected: str
) -> None:
    variables = {"DATABASE_URL": "postgresql://nobody@localhost:1/none", "SECRET_KEY": "", name: value}

    done = run_command("check", **variables)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith(expected)


def test_a_level_of_the_log_may_be_written_small() -> None:
    assert run_command("version", LOG_LEVEL="info").returncode == 0


def test_an_error_that_somebody_asks_to_see_is_shown_with_its_place() -> None:
    assert "Traceback" in run_command("check", "--traceback", UPLOAD_MAX_BYTES="4GB").stderr


def test_ctrl_c_is_one_sentence_and_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, command_line.explained():
        raise KeyboardInterrupt

    assert ended.value.code == 130
    assert capsys.readouterr().err == "Stopped before it was finished; run it again.\n"


def test_an_error_of_a_statement_is_no_matter_of_the_connection() -> None:
    failed = OperationalError("could not extend file: no space left on device")
    failed.__cause__ = psycopg.errors.DiskFull()

    with pytest.raises(OperationalError), command_line.explained():
        raise failed
