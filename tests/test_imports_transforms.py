"""Columns that are joined, split, filled in or freed of VAT before they are read, with figures by hand."""

import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from customers.imports import pipeline
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.recognise import settle
from customers.imports.transforms import Made, Vat, split_name, take_vat_off
from customers.models import AcquisitionCost, Customer, Order, Refund, Upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def upload_root(settings: Any, tmp_path: Path) -> Path:
    settings.UPLOAD_ROOT = tmp_path
    return tmp_path


def receive(content: str) -> tuple[Upload, Plan]:
    upload = pipeline.receive(io.BytesIO(content.encode()), "a.csv", None)
    return upload, Plan.from_json(upload.plan)


def import_by(upload: Upload, plan: Plan) -> Upload:
    pipeline.confirm(upload, plan)
    return pipeline.run(upload.pk)


def column(plan: Plan, header: str, **changes: Any) -> Plan:
    columns = [replace(c, **changes) if c.header == header else c for c in plan.columns]
    return replace(plan, columns=columns)


def add(plan: Plan, header: str, target: str, made: Made) -> Plan:
    return replace(plan, columns=[*plan.columns, ColumnPlan(header, target, made=made)])


def reasons(upload: Upload) -> list[tuple[str, str, str]]:
    return [(reject.column, reject.value, reject.reason_code) for reject in upload.rejects.all()]


# VAT -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gross", "rate", "net"),
    [
        ("121", "21", "100.0000"),
        ("19.95", "21", "16.4876"),  # 1995 / 121 = 16.48760…
        ("10", "9", "9.1743"),  # 1000 / 109 = 9.174311…
        ("-121.00", "21", "-100.0000"),
        ("0", "21", "0.0000"),
        ("10.70", "7", "10.0000"),
        ("12.50", "0", "12.5000"),
        ("0.0000605", "21", "0.0001"),  # 0.00005 exactly: half goes up
        ("-0.0000605", "21", "-0.0001"),  # and away from zero below it
        ("999999999999999.99", "21", "826446280991735.5289"),
    ],
)
def test_vat_at_a_rate_comes_off_to_four_decimals_half_up(gross: str, rate: str, net: str) -> None:
    assert take_vat_off(gross, Decimal(rate)) == net


ORDERS = "Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;121,00\nA2;01-02-2025;19,95\nA3;02-02-2025;\n"


def net_revenues() -> list[tuple[str, Decimal | None]]:
    return list(Order.objects.order_by("external_id").values_list("external_id", "net_revenue"))


def test_amounts_with_vat_are_imported_without_it() -> None:
    upload, plan = receive(ORDERS)
    done = import_by(upload, column(plan, "Bedrag", vat=Vat("21")))
    assert done.state == Upload.State.DONE
    assert net_revenues()[:2] == [("A1", Decimal("100.0000")), ("A2", Decimal("16.4876"))]


@pytest.mark.parametrize(
    ("says", "first", "second", "expected"),
    [
        ("amount", "21,00", "3,46", [Decimal("100.0000"), Decimal("16.4900")]),  # 19.95 − 3.46
        ("rate", "21%", "9", [Decimal("100.0000"), Decimal("18.3028")]),  # 1995 / 109 = 18.302752…
    ],
)
def test_the_vat_can_stand_in_a_column_of_its_own(
    says: str, first: str, second: str, expected: list[Decimal]
) -> None:
    text = f"Bonnummer;Dag;Retourbedrag;Heffing\nR1;31-01-2025;121,00;{first}\nR2;01-02-2025;19,95;{second}\n"
    upload, plan = receive(text)
    columns = [
        ColumnPlan("Bonnummer", "external_id"),
        ColumnPlan("Dag", "moment"),
        ColumnPlan("Retourbedrag", "amount", vat=Vat(column=3, says=says)),
        ColumnPlan("Heffing"),
    ]
    import_by(upload, replace(plan, kind="refunds", columns=columns))
    assert list(Refund.objects.order_by("external_id").values_list("amount", flat=True)) == expected


def test_what_says_no_rate_and_a_blank_are_refused_with_the_amount_s_column() -> None:
    text = (
        "Ordernummer;Besteldatum;Bedrag;Tarief\nA1;31-01-2025;121,00;hoog\nA2;31-01-2025;5,45;\n"
        "A3;31-01-2025;5,45;0,09\nA4;31-01-2025;5,45;9\n"
    )
    upload, plan = receive(text)
    done = import_by(upload, column(plan, "Bedrag", vat=Vat(column=3, says="rate")))
    assert reasons(done) == [
        ("Bedrag", "hoog", "not_vat_rate"), ("Bedrag", "", "vat_missing"), ("Bedrag", "0,09", "not_vat_rate"),
    ]  # fmt: skip
    assert net_revenues() == [("A4", Decimal("5.0000"))]


def test_the_decimal_mark_of_the_column_of_vat_is_found_in_itself() -> None:
    text = "Ordernummer;Besteldatum;Bedrag;Heffing\nA1;31-01-2025;121,00;21.00\n"
    upload, plan = receive(text)
    found = settle(upload.path, column(plan, "Bedrag", vat=Vat(column=3, says="amount"))).plan
    assert [c.decimal for c in found.columns] == ["", "", ",", "."]


# Columns that are made -------------------------------------------------------------------------------------

PEOPLE = """Klantnummer;Voornaam;Tussenvoegsel;Achternaam
1;Jan;van der;Berg
2;Els;;Bakker
3;;;
4; Bo ;'t;Hooft
"""


_DAY_AND_TIME = [
    ColumnPlan("Ordernummer", "external_id"),
    ColumnPlan("Dag"),
    ColumnPlan("Tijd"),
    ColumnPlan("Netto omzet", "net_revenue"),
]


def names() -> dict[str, str]:
    return dict(Customer.objects.values_list("external_id", "name"))


def test_columns_are_joined_without_gaps_for_blanks() -> None:
    upload, plan = receive(PEOPLE)
    made = Made("join", (1, 2, 3), " ")
    import_by(upload, add(plan, "Voornaam + Tussenvoegsel + Achternaam", "name", made))
    assert names() == {"1": "Jan van der Berg", "2": "Els Bakker", "3": "", "4": "Bo 't Hooft"}


def test_a_day_and_a_time_in_two_columns_make_a_moment() -> None:
    upload, plan = receive("Ordernummer;Dag;Tijd;Netto omzet\nA1;31-01-2025;23:45;1,50\n")
    plan = replace(plan, kind="orders", columns=_DAY_AND_TIME)
    import_by(upload, add(plan, "Dag + Tijd", "moment", Made("join", (1, 2), " ")))
    assert Order.objects.get().ordered_at.isoformat() == "2025-01-31T22:45:00+00:00"


def test_one_value_holds_for_the_whole_file() -> None:
    upload, plan = receive("Dag;Uitgegeven\n30-01-2025;10,00\n31-01-2025;12,50\n")
    columns = [ColumnPlan("Dag", "first_day"), ColumnPlan("Uitgegeven", "amount")]
    plan = add(
        replace(plan, kind="acquisition_costs", columns=columns),
        "Bing",
        "channel",
        Made("fixed", text="Bing"),
    )
    import_by(upload, plan)
    assert list(AcquisitionCost.objects.order_by("first_day").values_list("channel", "amount")) == [
        ("Bing", Decimal("10.0000")), ("Bing", Decimal("12.5000")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "preposition", "last"),
    [
        ("Jan van der Berg", "Jan", "van der", "Berg"),
        ("Berg, Jan van der", "Jan", "van der", "Berg"),
        ("van der Berg, Jan", "Jan", "van der", "Berg"),
        ("Anna Maria de Vries", "Anna Maria", "de", "Vries"),
        ("Els Bakker", "Els", "", "Bakker"),
        ("Els Bakker-de Boer", "Els", "", "Bakker-de Boer"),
        ("Els Van Damme", "Els", "Van", "Damme"),
        ("'t Hooft", "", "'t", "Hooft"),
        ("Cher", "Cher", "", ""),
        ("", "", "", ""),
    ],
)
def test_a_full_name_is_split(name: str, first: str, preposition: str, last: str) -> None:
    parts = split_name(name)
    assert (parts["first"], parts["preposition"], parts["last"]) == (first, preposition, last)
    assert parts["surname"] == f"{preposition} {last}".strip()


@pytest.mark.parametrize(("part", "expected"), [("before", "google"), ("after", "cpc / nl")])
def test_a_text_is_cut_at_its_first_separator(part: str, expected: str) -> None:
    function = Made("split", (0,), "/", part).function()
    assert function(["google / cpc / nl"]) == expected


def test_a_record_that_a_made_column_spoils_names_that_column() -> None:
    upload, plan = receive(
        "Ordernummer;Dag;Tijd;Netto omzet\nA1;31-01-2025;23:45;1,50\nA2;31-01-2025;25:00;1,50\n"
    )
    plan = replace(plan, kind="orders", columns=_DAY_AND_TIME)
    done = import_by(upload, add(plan, "Dag + Tijd", "moment", Made("join", (1, 2), " ")))
    assert reasons(done) == [("Dag + Tijd", "31-01-2025 25:00", "impossible_date")]
    [reject] = done.rejects.all()
    assert reject.record == ["A2", "31-01-2025", "25:00", "1,50"]


# Words -----------------------------------------------------------------------------------------------------


def test_words_of_the_file_mean_what_was_said_of_them() -> None:
    text = (
        "Ordernummer;Besteldatum;Bedrag;Status\nA1;31-01-2025;1,50;Retour winkel\nA2;31-01-2025;1,50;Demo\n"
        "A3;31-01-2025;1,50;betaald\nA4;31-01-2025;1,50;iets\n"
    )
    upload, plan = receive(text)
    plan = column(
        plan, "Status", words={"retour winkel": "cancelled", "demo": "test", "betaald": "cancelled"}
    )
    done = import_by(upload, plan)
    assert dict(Order.objects.values_list("external_id", "status")) == {
        "A1": "cancelled", "A2": "test", "A3": "cancelled",
    }  # fmt: skip
    assert reasons(done) == [("Status", "iets", "unknown_status")]


def test_a_plan_with_transforms_is_kept_whole() -> None:
    columns = [
        ColumnPlan("Naam", "name"),
        ColumnPlan("Bedrag", "net_revenue", decimal=",", vat=Vat("9")),
        ColumnPlan("Status", "status", words={"demo": "test"}),
        ColumnPlan("x", "city", made=Made("split", (0,), "", "last")),
    ]
    plan = Plan("utf-8", ";", '"', 1, "orders", "generic", columns)
    assert Plan.from_json(plan.to_json()) == plan
    assert (plan.width, plan.header) == (3, ["Naam", "Bedrag", "Status"])


def test_a_file_without_transforms_is_read_from_its_own_cells() -> None:
    from customers.imports.transforms import arrange

    plan = Plan("utf-8", ";", '"', 1, "orders", "generic", [ColumnPlan("a"), ColumnPlan("b")])
    extend: Callable[..., Any] | None
    extend, places = arrange(plan)
    assert (extend, places) == (None, [0, 1])
