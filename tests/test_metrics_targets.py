"""Targets as a file: the KPI by key or label, the period, a percentage that is one; in, changed, refused."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from customers.imports import pipeline, undo
from customers.models import Upload
from metrics.kpis import KPIS
from metrics.models import Target
from metrics.targets import name_kpis
from tests.builders import make_customer, make_user, write_csv
from tests.test_imports_facts import counts, load

pytestmark = pytest.mark.django_db

TARGETS = (
    "KPI;Periode;Doel;Kanaal;Segment\r\n"
    "Omzet;2026-01;125.000,50;;\r\n"
    "repeat_rate;2026-Q1;35 %;;\r\n"
    "Average order value;2026;€ 90,00;ads;\r\n"
    "customers;februari 2026;1.250;;Land = NL\r\n"
)


def rows() -> list[tuple[str, str, str, Decimal, str, str]]:
    return [
        (t.kpi, str(t.first_day), str(t.last_day), t.value.normalize(), t.channel, t.segment)
        for t in Target.objects.order_by("id")
    ]


def reasons(upload: Upload) -> list[tuple[int, str, str, str]]:
    return [(r.line, r.column, r.value, r.reason_code) for r in upload.rejects.all()]


def test_targets_name_a_kpi_a_period_and_a_value_in_its_unit(tmp_path: Path) -> None:
    upload = load(tmp_path, TARGETS)
    assert (upload.kind, counts(upload)) == ("targets", {"read": 4, "new": 4})
    assert upload.control_totals == {"rows": 4, "first_day": "2026-01-01", "last_day": "2026-12-31"}
    assert rows() == [
        ("revenue", "2026-01-01", "2026-01-31", Decimal("125000.5"), "", ""),
        ("repeat_rate", "2026-01-01", "2026-03-31", Decimal("0.35"), "", ""),
        ("aov", "2026-01-01", "2026-12-31", Decimal("9E+1"), "ads", ""),
        ("customers", "2026-02-01", "2026-02-28", Decimal("1.25E+3"), "", "country = NL"),
    ]


def test_the_same_again_is_nothing_and_undo_takes_them_back(tmp_path: Path) -> None:
    first = load(tmp_path, TARGETS)
    assert counts(load(tmp_path, TARGETS)) == {"read": 4, "unchanged": 4}
    assert undo.undo(first).tables["targets"].deleted == 4
    assert not Target.objects.exists()


def test_who_set_a_target_and_when_is_who_changed_its_value_last(tmp_path: Path) -> None:
    anne, bert = make_user("anne"), make_user("bert")
    load(tmp_path, TARGETS, user=anne)
    before = {target.kpi: target for target in Target.objects.all()}
    changed = pipeline.import_file(write_csv(tmp_path, TARGETS.replace("35 %", "40 %")), user=bert)
    assert counts(changed) == {"read": 4, "changed": 1, "unchanged": 3}
    after = {target.kpi: target for target in Target.objects.all()}
    assert {kpi: target.set_by for kpi, target in after.items()} == {
        "revenue": anne, "repeat_rate": bert, "aov": anne, "customers": anne,
    }  # fmt: skip
    assert after["repeat_rate"].set_at > before["repeat_rate"].set_at
    undo.undo(changed)
    restored = Target.objects.get(kpi="repeat_rate")
    assert (restored.value, restored.set_by, restored.set_at) == (
        Decimal("0.35"), anne, before["repeat_rate"].set_at,
    )  # fmt: skip


def test_a_range_of_days_will_do_for_a_period(tmp_path: Path) -> None:
    load(tmp_path, "kpi;first day;last day;target\norders;2026-01-05;2026-02-15;100\n")
    assert rows() == [("orders", "2026-01-05", "2026-02-15", Decimal("1E+2"), "", "")]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("02-2028", "2028-02-01", "2028-02-29"),
        ("mrt 2026", "2026-03-01", "2026-03-31"),
        ("October 2026", "2026-10-01", "2026-10-31"),
        ("Q4 2026", "2026-10-01", "2026-12-31"),
        ("2026K2", "2026-04-01", "2026-06-30"),
        ("kwartaal 3 2026", "2026-07-01", "2026-09-30"),
        ("2027", "2027-01-01", "2027-12-31"),
    ],
)
def test_months_quarters_and_years_are_read(tmp_path: Path, period: str, first: str, last: str) -> None:
    load(tmp_path, f"kpi;period;target\norders;{period};100\n")
    assert list(Target.objects.values_list("first_day", "last_day")) == [
        (date.fromisoformat(first), date.fromisoformat(last))
    ]


def test_targets_that_cannot_be_are_refused_by_name(tmp_path: Path) -> None:
    upload = load(
        tmp_path,
        "KPI;Periode;Van;Tot;Doel;Kanaal;Segment\n"
        "winst;2026-01;;;5;;\nrevenue;2026-13;;;5;;\nrevenue;2026-Q5;;;5;;\nrevenue;;;;5;;\n"
        "repeat_rate;2026-01;;;0,35;;\nrevenue;2026-01;;;35%;;\nrevenue;2026-01;;;5;ads;country = NL\n"
        "revenue;;2026-02-01;2026-01-01;5;;\nrevenue;2026-01;;;veel;;\nrevenue;2026-01;;;5;;maat = 3\n"
        "revenue;2026-01;;;5;;\n",
    )
    assert counts(upload) == {"read": 11, "new": 1, "rejected": 10}
    assert reasons(upload) == [
        (2, "KPI", "winst", "not_a_choice"),
        (3, "Periode", "2026-13", "not_period"),
        (4, "Periode", "2026-Q5", "not_period"),
        (5, "Periode", "", "missing"),
        (6, "Doel", "0.35", "percent_unclear"),
        (7, "Doel", "35%", "not_percent"),
        (8, "Kanaal", "ads", "target_of_two"),
        (9, "Tot", "2026-01-01", "last_before_first"),
        (10, "Doel", "veel", "not_amount"),
        (11, "Segment", "maat = 3", "unknown_attribute"),
    ]
    with translation.override("nl"):
        said = upload.rejects.get(line=2).sentence
    assert "“omzet”" in said.lower()
    assert "retention_rate" not in said
    with translation.override("en"):
        sentences = [reject.sentence for reject in upload.rejects.all()]
    assert sentences[0].startswith(
        "Line 2, column “KPI”: “winst” is not known here. What can be used: “Revenue”, “Orders”, “Customers”,"
    )
    assert sentences[4] == (
        "Line 6, column “Doel”: “0.35” can be meant as 35% or as 0.35%. Write it with a percent sign."
    )


def test_a_target_may_be_of_a_segment_by_a_further_column(tmp_path: Path) -> None:
    make_customer("K1", attributes={"Branche": "horeca"})
    load(tmp_path, "kpi;period;target;segment\norders;2026;100;branche=horeca\n")
    assert Target.objects.get().segment == "Branche = horeca"


def test_every_kpi_is_known_by_key_and_by_label_in_both_languages() -> None:
    words = name_kpis()
    assert {key: words[key.replace("_", " ")] for key in KPIS} == {key: key for key in KPIS}
    assert (words["klantbehoudspercentage"], words["retention rate"]) == ("retention_rate", "retention_rate")


def test_the_database_keeps_one_target_for_a_kpi_and_period() -> None:
    values = {"kpi": "orders", "first_day": date(2026, 1, 1), "last_day": date(2026, 1, 31), "value": 5}
    Target.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Target.objects.create(**values)
