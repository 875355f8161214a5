"""``manage.py import_csv``: options, JSON, exit codes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from customers.imports.kinds import KINDS
from customers.models import Order
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
        },
    }


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
