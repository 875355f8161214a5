"""The counts of a report add up over every record of the file, above and below the names of the columns."""

from pathlib import Path

import pytest
from django.test import Client

from customers.imports import pipeline
from customers.models import Upload
from tests.builders import write_csv
from tests.uploading import import_file, text_of

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw"


def counts(upload: Upload) -> dict[str, int]:
    assert upload.state == Upload.State.DONE, upload.error
    found = dict(upload.counts)
    parts = ("new", "changed", "unchanged", "duplicate", "rejected", "skipped")
    assert found["read"] == sum(found[name] for name in parts)
    return found


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        pytest.param(f"{HEADER}\nA1;anna;31-01-2025;12,50\n", 0, id="names at once"),
        pytest.param(f"Bestellingen van de winkel\n\n{HEADER}\nA1;anna;31-01-2025;12,50\n", 2, id="a title"),
        pytest.param(f"sep=;\n{HEADER}\nA1;anna;31-01-2025;12,50\n", 1, id="sep="),
        pytest.param(
            f"Winkel van Anna\n{HEADER}\nA1;anna;31-01-2025;12,50\n\nTotaal;;;12,50\n", 3, id="totals, too"
        ),
    ],
)
def test_lines_above_the_names_of_the_columns_are_read_and_skipped(
    text: str, skipped: int, tmp_path: Path
) -> None:
    found = counts(pipeline.import_file(write_csv(tmp_path, text)))
    assert (found["header"], found["skipped"], found["new"], found["read"]) == (1, skipped, 1, 1 + skipped)


@pytest.mark.usefixtures("upload_root")
def test_the_report_says_how_many_rows_the_names_of_the_columns_take(marieke: Client) -> None:
    text = text_of(import_file(marieke, f"Winkel van Anna\n{HEADER}\nA1;anna;31-01-2025;12,50\n"))
    assert "= records read 2" in text
    assert "The names of the columns take 1 row of the file." in text


def test_blank_lines_of_a_second_table_are_skipped_and_its_others_rejected(tmp_path: Path) -> None:
    text = f"{HEADER}\nA1;anna;31-01-2025;12,50\n\n"
    text += "Klantnummer;Naam;Land;Plaats\nanna;Anna;NL;Gent\n\n\nbram;Bram;NL;Ede\n"
    found = counts(pipeline.import_file(write_csv(tmp_path, text)))
    assert (found["read"], found["new"], found["rejected"], found["skipped"]) == (7, 1, 3, 3)


def test_records_of_a_refused_file_add_up_too(tmp_path: Path) -> None:
    text = f"Winkel van Anna\n{HEADER}\nA1;anna;31-01-2025;12,50\nA2;anna;31-02-2025;12,50\n"
    upload = pipeline.import_file(write_csv(tmp_path, text), all_or_nothing=True)
    assert upload.counts == {"header": 1, "read": 3, "rejected": 1, "skipped": 1}
