"""How a file was read is remembered by the names of its columns, or by how they look, transforms included."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from customers.imports import pipeline
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.recognise import Choices
from customers.imports.transforms import Made, Vat
from customers.models import RememberedMapping, Upload

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parent / "data"

ORDERS = "Nr;Wie;Wanneer;Som;Stand\n{key};anna;31-01-2025;121,00;{status}\n"
MEANT = [
    ColumnPlan("Nr", "external_id"),
    ColumnPlan("Wie", "customer"),
    ColumnPlan("Wanneer", "moment"),
    ColumnPlan("Som", "net_revenue", vat=Vat("21")),
    ColumnPlan("Stand", "status", words={"demo": "test"}),
    ColumnPlan("Winkel Gouda", "sales_channel", made=Made("fixed", text="Winkel Gouda")),
]


@pytest.fixture(autouse=True)
def upload_root(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_ROOT = tmp_path
    return tmp_path


def receive(content: str) -> tuple[Upload, Plan]:
    upload = pipeline.receive(io.BytesIO(content.encode()), "a.csv", None)
    return upload, Plan.from_json(upload.plan)


def import_once(content: str, **said: Any) -> None:
    upload, plan = receive(content)
    pipeline.confirm(upload, replace(plan, **said))
    assert pipeline.run(upload.pk).state == Upload.State.DONE
    RememberedMapping.objects.update(updated_at=datetime(2025, 11, 3, 12, tzinfo=UTC))


def meaning(plan: Plan) -> list[ColumnPlan]:
    return [replace(column, decimal="", dates="") for column in plan.columns]


def test_the_next_file_with_these_columns_is_read_as_the_last_one_was() -> None:
    import_once(ORDERS.format(key="A1", status="demo"), kind="orders", columns=MEANT)
    _upload, plan = receive(ORDERS.format(key="A2", status="betaald"))
    assert (plan.kind, meaning(plan), plan.remembered_on) == ("orders", MEANT, "2025-11-03")


def test_it_can_be_begun_afresh() -> None:
    import_once(ORDERS.format(key="A1", status="demo"), kind="orders", columns=MEANT)
    upload, _plan = receive(ORDERS.format(key="A2", status="betaald"))
    plan = pipeline.recognise(upload, Choices(afresh=True)).plan
    assert (plan.remembered_on, plan.width, len(plan.columns)) == ("", 5, 5)


def test_another_line_of_names_is_remembered_by_the_line_that_was_found() -> None:
    text = "Lijst;van;alles;hier;nu\n" + ORDERS
    _first, found = receive(text.format(key="A1", status="demo"))
    assert found.header_line == 1
    import_once(text.format(key="A1", status="demo"), kind="orders", columns=MEANT, header_line=2)
    _upload, plan = receive(text.format(key="A2", status="demo"))
    assert (plan.header_line, meaning(plan)) == (2, MEANT)


def test_a_file_without_names_is_known_by_what_its_columns_look_like() -> None:
    row = "{key};anna;31-01-2025;121,00;demo\n"
    nameless = [replace(c, header=f"kolom {i}") if not c.made else c for i, c in enumerate(MEANT, start=1)]
    import_once(row.format(key="A1"), kind="orders", columns=nameless, header_line=0, body_line=0)
    _upload, plan = receive(row.format(key="B7"))
    assert (plan.header_line, [column.target for column in plan.columns]) == (
        0, ["external_id", "customer", "moment", "net_revenue", "status", "sales_channel"],
    )  # fmt: skip
    _other, plan = receive("31-01-2025;A1;anna;121,00;demo\n")
    assert plan.remembered_on == ""


def test_a_file_of_rejects_is_read_like_its_original_and_does_not_replace_what_is_known_of_it() -> None:
    import_once(ORDERS.format(key="A1", status="demo"), kind="orders", columns=MEANT)
    rejects = "Nr;Wie;Wanneer;Som;Stand;Klantwaarde: reason\nA3;anna;31-01-2025;1,21;demo;why\n"
    upload, plan = receive(rejects)
    assert [column.header for column in plan.columns][-2:] == ["Klantwaarde: reason", "Winkel Gouda"]
    pipeline.confirm(upload, plan)
    pipeline.run(upload.pk)
    _upload, plan = receive(ORDERS.format(key="A2", status="betaald"))
    assert meaning(plan) == MEANT


def test_a_known_export_is_remembered_only_when_it_is_read_otherwise_than_known() -> None:
    assert pipeline.import_file(SAMPLES / "shopify_orders.csv").state == Upload.State.DONE
    assert not RememberedMapping.objects.exists()


def test_what_was_changed_of_a_known_export_is_remembered() -> None:
    upload = pipeline.receive(io.BytesIO((SAMPLES / "shopify_orders.csv").read_bytes()), "a.csv", None)
    plan = Plan.from_json(upload.plan)
    columns = [replace(c, target="" if c.target == "city" else c.target) for c in plan.columns]
    pipeline.confirm(upload, replace(plan, columns=columns))
    assert pipeline.run(upload.pk).state == Upload.State.DONE
    _again, plan = receive((SAMPLES / "shopify_orders.csv").read_text())
    assert plan.preset == "shopify_orders"
    assert "city" not in plan.targets()
    assert plan.remembered_on
