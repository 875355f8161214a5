"""Rejects come back as a file in the layout of the upload, safe to open, and go in again once corrected."""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customers.imports import pipeline
from customers.imports.mapping import REJECT_MARKER
from customers.imports.rejects import guard, reject_rows, strip_guard
from customers.models import Customer, Upload
from tests.builders import write_csv


@given(st.text(st.sampled_from("'=+-@\t\r1,.a"), max_size=6))
@example("-12,50")
@example("'-5")
@example("=HYPERLINK(1)")
def test_the_guard_comes_off_exactly_once(cell: str) -> None:
    assert strip_guard(guard(cell)) == cell or not guard(cell).startswith("'")
    assert not guard(cell).startswith(("=", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-12,50", "-12,50"),
        ("-x", "'-x"),
        ("+31 6 1", "'+31 6 1"),
        ("a=b", "a=b"),
    ],
)
def test_formulas_are_guarded_and_negative_numbers_are_not(cell: str, guarded: str) -> None:
    assert guard(cell) == guarded


@pytest.mark.django_db
def test_rejects_keep_order_and_layout_and_can_be_uploaded_again(tmp_path: Path) -> None:
    text = (
        "Klantnummer;Naam;Klant sinds;Iets anders\n"
        "K1;=cmd;31-02-2025;-4\nK2;'t Hooft;31-01-2025;x\nK3;'-x;geen;+31\n"
    )
    upload = pipeline.import_file(write_csv(tmp_path, text))
    file = "".join(reject_rows(upload))
    header, one, three = csv.reader(file.splitlines(), delimiter=";")
    assert header == ["Klantnummer", "Naam", "Klant sinds", "Iets anders", REJECT_MARKER]
    assert one[:4] == ["K1", "'=cmd", "31-02-2025", "-4"]
    assert three[:4] == ["K3", "''-x", "geen", "'+31"]
    assert "31-02-2025" in one[4]
    corrected = file.replace("31-02-2025", "28-02-2025", 1).replace(";geen;", ";01-03-2025;", 1)
    again = pipeline.import_file(write_csv(tmp_path, corrected, name="rejects.csv"))
    assert again.state == Upload.State.DONE, again.error
    assert again.counts["new"] == 2
    assert dict(Customer.objects.values_list("external_id", "name")) == {
        "K1": "=cmd",
        "K2": "'t Hooft",
        "K3": "'-x",
    }


@pytest.mark.django_db
def test_a_record_that_is_rejected_twice_still_has_one_guard(tmp_path: Path) -> None:
    text = "Klantnummer;Naam;Klant sinds\n+1;=cmd;31-02-2025\nK2;@x;31-02-2025\n"
    first = pipeline.import_file(write_csv(tmp_path, text))
    second = pipeline.import_file(write_csv(tmp_path, "".join(reject_rows(first)), name="again.csv"))
    file = "".join(reject_rows(second))
    assert file.splitlines()[1].startswith("'+1;'=cmd;31-02-2025;")
    pipeline.import_file(write_csv(tmp_path, file.replace(";31-02-2025;", ";28-02-2025;"), name="good.csv"))
    assert set(Customer.objects.values_list("external_id", "name")) == {("+1", "=cmd"), ("K2", "@x")}
