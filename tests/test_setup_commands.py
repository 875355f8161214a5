"""Commands on a machine where nothing else has run yet: no database, no worker, no web server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from klantwaarde import embedded_postgres, preparation

ROOT = Path(__file__).resolve().parents[1]


def test_a_file_is_imported_into_a_data_directory_that_does_not_exist_yet(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("Ordernummer;Klantnummer;Besteldatum;Bedrag\n1;A;13-04-2025;10,00\n")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["KLANTWAARDE_DATA_DIR"] = str(tmp_path / "data")

    done = subprocess.run(
        [sys.executable, "manage.py", "import_csv", str(file)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "read 1, new 1" in done.stdout


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
