"""``manage.py import_csv``: options, JSON, exit codes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from customers.imports.kinds import KINDS
from customers.models import Order, Shop, Upload
from tests.builders import write_csv

pytestmark = pytest.mark.django_db

ORDERS = (
    "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n1;K1;31-01-2025;1.219,95\n2;K1;32-01-2025;5,00\n"
)


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def import_csv(*arguments: str) -> str:
    """Run the command and return what it prints."""
    out = StringIO()
    call_command("import_csv", *arguments, stdout=out)
    return out.getvalue()


def test_json_has_the_promised_keys(tmp_path: Path) -> None:
    found = json.loads(import_csv(str(write_csv(tmp_path, ORDERS)), "--json"))
    assert found | {"findings": []} == {
        "file": "export.csv",
        "state": "done",
        "error": "",
        "kind": "orders",
        "preset": "generic",
        "encoding": "utf-8",
        "delimiter": ";",
        "header": 1,
        "read": 2,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 1,
        "skipped": 0,
        "rejects": [
            {
                "line": 3,
                "column": "Besteldatum",
                "value": "32-01-2025",
                "reason": "“32-01-2025” is a day or a time that does not exist; expected 31-12-2025.",
            }
        ],
        "facts": {"customers": {"new": 1, "changed": 0}, "orders": {"new": 1, "changed": 0}},
        "findings": [],
        "control_totals": {
            "orders": 1,
            "customers": 1,
            "revenue": "1219.9500",
            "first_day": "2025-01-31",
            "last_day": "2025-01-31",
            "anonymous_orders": 0,
            "anonymous_revenue": "0.0000",
            "reconciliation": [
                {"key": "file", "amount": "1224.95", "count": 2, "column": "Omzet excl. btw"},
                {"key": "rejected", "amount": "5.00", "count": 1, "reason": "impossible_date", "without": 0},
                {"key": "imported", "amount": "1219.9500", "count": 1},
            ],
        },
    }


def test_a_line_of_names_that_is_no_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="'three' is not the number of a line, or 0"):
        call_command("import_csv", str(tmp_path / "orders.csv"), "--header", "three")


@pytest.mark.parametrize("limit", [40, 2**20])
def test_a_file_that_is_larger_than_is_read_is_refused(tmp_path: Path, settings: Any, limit: int) -> None:
    settings.UPLOAD_MAX_BYTES = limit
    rows = "".join(f"{number};13-04-2025;10,00;{'x' * 1000}\n" for number in range(1, 2000))
    file = write_csv(tmp_path, f"Ordernummer;Besteldatum;Bedrag;Reden\n{rows}")

    with pytest.raises(CommandError, match=f"{file.stat().st_size} bytes; at most {limit}"):
        import_csv(str(file))

    assert not Order.objects.exists()


def test_without_json_it_tells_the_same_in_words(tmp_path: Path) -> None:
    told = import_csv(str(write_csv(tmp_path, ORDERS)))
    assert (
        "export.csv: orders (generic) – read 2, new 1, changed 0, unchanged 0, duplicate 0, rejected 1"
        in told
    )
    assert "Line 3, column “Besteldatum”: “32-01-2025” is a day or a time that does not exist" in told


def test_what_is_ambiguous_fails_and_says_which_option_to_give(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path, "Ordernummer;Besteldatum;Omzet\n1;03-04-2025;1.234\n"))
    with pytest.raises(CommandError, match="--dates dmy or --dates mdy") as error:
        import_csv(path)
    assert error.value.returncode == 1
    assert "--decimal , or --decimal ." in str(error.value)
    import_csv(path, "--dates", "mdy", "--decimal", ".")
    assert [(str(o.ordered_on), str(o.net_revenue)) for o in Order.objects.all()] == [
        ("2025-03-04", "1.2340")
    ]


def test_all_or_nothing_fails_with_the_records_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"(?s)1 of 2 records .*Line 3, column “Besteldatum”"):
        import_csv(str(write_csv(tmp_path, ORDERS)), "--all-or-nothing")
    assert not Order.objects.exists()


def test_a_file_that_is_not_there_fails() -> None:
    with pytest.raises(CommandError, match="There is no file"):
        import_csv("/nowhere/orders.csv")


def test_the_kinds_are_those_that_are_documented() -> None:
    assert set(KINDS) >= {
        "customers", "orders", "order_lines", "refunds", "acquisition_costs", "retention_costs",
    }  # fmt: skip


# Several files ---------------------------------------------------------------------------------------------

CUSTOMERS = "Klantnummer;Naam;Kanaal\nK1;Anna;ads\n"
REFUNDS = "Creditnota;Ordernummer;Datum;Bedrag\nC1;1;13-02-2025;19,95\n"


def test_several_files_are_loaded_in_the_order_of_their_kinds(tmp_path: Path) -> None:
    names = {"refunds.csv": REFUNDS, "orders.csv": ORDERS, "customers.csv": CUSTOMERS}
    paths = [str(write_csv(tmp_path, text, name=name)) for name, text in names.items()]
    found = json.loads(import_csv(*paths, "--json"))
    assert [(report["file"], report["state"], report["new"]) for report in found] == [
        ("refunds.csv", "done", 1), ("orders.csv", "done", 1), ("customers.csv", "done", 1),
    ]  # fmt: skip
    finished = Upload.objects.order_by("finished_at").values_list("file_name", flat=True)
    assert list(finished) == ["customers.csv", "orders.csv", "refunds.csv"]


def test_a_file_that_refers_to_one_that_was_not_imported_is_held_back(tmp_path: Path) -> None:
    orders = write_csv(tmp_path, "Ordernummer;Besteldatum;Omzet\n1;03-04-2025;5,00\n", name="orders.csv")
    refunds = write_csv(tmp_path, REFUNDS, name="refunds.csv")
    customers = write_csv(tmp_path, CUSTOMERS, name="customers.csv")
    with pytest.raises(CommandError, match=r"(?s)orders\.csv: .*refunds\.csv: .*what orders\.csv holds"):
        import_csv(str(orders), str(refunds), str(customers))
    assert dict(Upload.objects.values_list("file_name", "state")) == {
        "orders.csv": "failed", "refunds.csv": "failed", "customers.csv": "done",
    }  # fmt: skip


def test_of_several_files_one_that_is_not_there_stops_all(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        import_csv(str(write_csv(tmp_path, CUSTOMERS)), "/nowhere/orders.csv")
    assert not Upload.objects.exists()


# Looking ---------------------------------------------------------------------------------------------------


def test_a_preview_is_all_that_was_recognised_and_writes_nothing(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "Export van 1 mei\n" + ORDERS, name="orders.csv")
    found = json.loads(import_csv(str(path), "--preview"))
    assert {name: found[name] for name in list(found)[:11]} == {
        "file": "orders.csv",
        "ready": True,
        "kind": "orders",
        "preset": "generic",
        "encoding": "utf-8",
        "delimiter": ";",
        "quote": '"',
        "escape": "",
        "header_row": 2,
        "preamble": ["Export van 1 mei"],
        "sheet": "",
    }
    assert (found["questions"], found["problems"], found["suggestions"]) == ([], [], [])
    assert [(column["header"], column["field"], column["type"]) for column in found["columns"]] == [
        ("Ordernummer", "external_id", "id"), ("Klantnummer", "customer", "id"),
        ("Besteldatum", "moment", "moment"), ("Omzet excl. btw", "net_revenue", "amount"),
    ]  # fmt: skip
    assert (found["columns"][2]["dates"], found["columns"][3]["decimal"]) == ("dmy", ",")
    assert found["columns"][3]["samples"] == [
        {"raw": "1.219,95", "understood": "1219.95", "problem": ""},
        {"raw": "5,00", "understood": "5.00", "problem": ""},
    ]
    assert found["columns"][2]["samples"][1]["problem"].startswith("“32-01-2025” is a day or a time that")
    assert not Upload.objects.exists()
    assert not Shop.objects.exists()


def test_a_preview_names_the_questions_and_the_options_that_answer_them(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "Ordernummer;Besteldatum;Omzet\n1;03-04-2025;1.234\n")
    found = json.loads(import_csv(str(path), "--preview"))
    assert not found["ready"]
    assert [(asked["about"], asked["column"], asked["value"]) for asked in found["questions"]] == [
        ("decimal", "Omzet", "1.234"), ("dates", "Besteldatum", "03-04-2025"),
    ]  # fmt: skip
    assert found["suggestions"] == ["--decimal ,", "--decimal .", "--dates dmy", "--dates mdy"]
    assert json.loads(import_csv(str(path), "--preview", "--dates", "dmy", "--decimal", ","))["ready"]


def test_a_preview_of_a_file_that_cannot_be_read_fails_and_is_json_still(tmp_path: Path) -> None:
    out = StringIO()
    path = write_csv(tmp_path, "", name="nothing.csv")
    with pytest.raises(CommandError, match=r"nothing\.csv: The file is empty"):
        call_command("import_csv", str(path), "--preview", stdout=out)
    assert json.loads(out.getvalue())["problems"][0]["code"] == "empty"


def test_a_preview_of_several_files_is_a_list(tmp_path: Path) -> None:
    paths = [
        str(write_csv(tmp_path, text, name=name)) for name, text in (("a.csv", ORDERS), ("b.csv", REFUNDS))
    ]
    assert [found["kind"] for found in json.loads(import_csv(*paths, "--preview"))] == ["orders", "refunds"]


# What was imported -----------------------------------------------------------------------------------------


def test_the_list_says_what_was_imported(tmp_path: Path) -> None:
    import_csv(str(write_csv(tmp_path, ORDERS)))
    upload = Upload.objects.get()
    [line] = json.loads(import_csv("--list", "--json"))
    assert (line["uuid"], line["file"], line["state"]) == (str(upload.uuid), "export.csv", "done")
    assert (line["kind"], line["counts"]["new"], line["sha256"]) == ("orders", 1, upload.sha256)
    assert str(upload.uuid) in import_csv("--list")


def test_an_import_is_undone_by_its_uuid(tmp_path: Path) -> None:
    import_csv(str(write_csv(tmp_path, ORDERS)))
    uuid = str(Upload.objects.get().uuid)
    found = json.loads(import_csv("--undo", uuid, "--json"))
    assert (found["state"], found["tables"]["orders"]["deleted"]) == ("undone", 1)
    assert not Order.objects.exists()
    with pytest.raises(CommandError, match="already undone"):
        import_csv("--undo", uuid)


@pytest.mark.parametrize("uuid", ["orders.csv", "00000000-0000-4000-8000-000000000000"])
def test_an_import_that_is_not_there_cannot_be_undone(uuid: str) -> None:
    with pytest.raises(CommandError, match="There is no import"):
        import_csv("--undo", uuid)


@pytest.mark.parametrize("arguments", [[], ["--list", "orders.csv"], ["--undo", "x", "orders.csv"]])
def test_what_makes_no_sense_together_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Name the files to import"):
        import_csv(*arguments)
