"""Further columns of a customers file, kept as attributes: as uploaded last, undone, never a name in SQL."""

from dataclasses import replace
from pathlib import Path

import pytest

from customers.imports import pipeline, undo
from customers.imports.kinds import KINDS
from customers.imports.mapping import Plan
from customers.imports.recognise import settle
from customers.models import Customer, Upload
from tests.builders import make_customer, write_csv
from tests.test_imports_facts import counts, load

pytestmark = pytest.mark.django_db

HEADER = "Klantnummer;Branche;Vaste korting"


def keep(
    folder: Path, rows: str, labels: tuple[str, str] = ("Branche", "Korting"), header: str = HEADER
) -> Upload:
    """Import customers with the further columns kept under these labels ("": not kept)."""
    with write_csv(folder, f"{header}\n{rows}").open("rb") as file:
        upload = pipeline.receive(file, "export.csv", None)
    plan = Plan.from_json(upload.plan)
    targets = ("external_id", *(f"attribute:{label}" if label else "" for label in labels))
    columns = [replace(c, target=target) for c, target in zip(plan.columns, targets, strict=True)]
    plan = settle(upload.path, replace(plan, kind="customers", columns=columns)).plan
    pipeline.confirm(upload, plan)
    upload = pipeline.run(upload.pk)
    assert upload.state == Upload.State.DONE, upload.error
    return upload


def attributes() -> dict[str, dict[str, str]]:
    return dict(Customer.objects.values_list("external_id", "attributes"))


def test_further_columns_are_kept_under_their_labels_as_text(tmp_path: Path) -> None:
    upload = keep(tmp_path, "K1;horeca;10 %\nK2;;05\n")
    assert counts(upload) == {"read": 2, "new": 2}
    assert attributes() == {"K1": {"Branche": "horeca", "Korting": "10 %"}, "K2": {"Korting": "05"}}


def test_the_same_again_changes_nothing_and_the_mapping_is_remembered(tmp_path: Path) -> None:
    keep(tmp_path, "K1;horeca;10\n")
    again = load(tmp_path, f"{HEADER}\nK1;horeca;10\n")
    assert counts(again) == {"read": 1, "unchanged": 1}
    assert attributes() == {"K1": {"Branche": "horeca", "Korting": "10"}}


def test_a_column_that_is_not_kept_leaves_no_trace(tmp_path: Path) -> None:
    keep(tmp_path, "K1;horeca;10\n", ("Branche", ""))
    assert attributes() == {"K1": {"Branche": "horeca"}}


def test_what_is_uploaded_last_counts_a_blank_takes_away_and_other_labels_stay(tmp_path: Path) -> None:
    make_customer("K1", attributes={"Branche": "zorg", "Korting": "5", "Regio": "noord"})
    changed = keep(tmp_path, "K1;horeca;\n")
    assert counts(changed) == {"read": 1, "changed": 1}
    assert attributes() == {"K1": {"Branche": "horeca", "Regio": "noord"}}
    undo.undo(changed)
    assert attributes() == {"K1": {"Branche": "zorg", "Korting": "5", "Regio": "noord"}}


def test_labels_and_values_are_data_whatever_they_hold(tmp_path: Path) -> None:
    labels = ("'; DROP TABLE customers_customer; --", '100% \\ "x" {y} %s')
    keep(tmp_path, "K1;{\"a\": 1}' || 'x;%s \\N\n", labels, "Klantnummer;a;b")
    assert attributes() == {"K1": {labels[0]: "{\"a\": 1}' || 'x", labels[1]: "%s \\N"}}


@pytest.mark.parametrize("label", ["Land", "kanaal", "klantwaarde", "a = b", "x" * 81, " "])
def test_a_label_that_means_something_else_is_refused(tmp_path: Path, label: str) -> None:
    with write_csv(tmp_path, f"{HEADER}\nK1;horeca;10\n").open("rb") as file:
        upload = pipeline.receive(file, "export.csv", None)
    plan = Plan.from_json(upload.plan)
    targets = ("external_id", f"attribute:{label}", "")
    columns = [replace(c, target=target) for c, target in zip(plan.columns, targets, strict=True)]
    reading = settle(upload.path, replace(plan, kind="customers", columns=columns))
    assert [problem.code for problem in reading.problems] == ["attribute_label"]


def test_only_customers_keep_further_columns() -> None:
    assert [name for name, kind in KINDS.items() if kind.keeps_others] == ["customers"]
    assert "attribute:Branche" in KINDS["customers"].columns
    assert "attribute:Branche" not in KINDS["orders"].columns
    assert "attribute:" not in KINDS["customers"].columns
