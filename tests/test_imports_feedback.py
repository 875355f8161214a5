"""Survey answers, referrals, market figures and costs of segments: in, again, changed, refused, undone."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from customers.imports import pipeline, undo
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.recognise import settle
from customers.imports.report import describe_finding
from customers.imports.transforms import FIXED, Made
from customers.models import Customer, MarketFigure, Referral, RetentionCost, SurveyAnswer, Upload
from customers.shop_changes import currency_is_locked
from tests.builders import make_customer, make_upload, write_csv
from tests.test_imports_facts import counts, load

pytestmark = pytest.mark.django_db

ANSWERS = (
    "Klantnummer;Datum;Schaal;Score;Toelichting\r\n"
    "K1;05-01-2025 14:30;NPS;9;Snel geleverd\r\n"
    "K1;05-01-2025;CSAT 1-5;4;\r\n"
    "K2;31-12-2024 23:30;csat 1-10;10;Prima\r\n"
)
REFERRALS = "Klantnummer;Aangebracht door;Datum\r\nK2;K1;15-01-2025\r\nK3;K1;\r\n"
MARKET = (
    "Kenmerk;Waarde;Bedrag per klant per jaar;Aantal klanten;Bron\r\n"
    "Land;NL;412,50;1.250.000;CBS 2024\r\n"
    "Branche;horeca;1.900,00;;brancherapport\r\n"
)
TARGETS = "KPI;Periode;Doel\r\nOmzet;2026-01;125.000,50\r\nrepeat_rate;2026-Q1;35 %\r\n"
COSTS = "id;Segment;Van;Tot en met;Bedrag\r\nP1;Land = NL;01-03-2025;31-03-2025;12,00\r\n"


@pytest.fixture
def people() -> list[Customer]:
    return [
        make_customer("K1", email="anna@example.nl", country="NL", attributes={"Branche": "horeca"}),
        make_customer("K2", email="bram@example.nl", country="BE", city="Gent"),
        make_customer("K3", email="bram@example.nl"),
    ]


def reasons(upload: Upload) -> list[tuple[int, str, str, str]]:
    """Line, column, value and reason of every reject."""
    return [(r.line, r.column, r.value, r.reason_code) for r in upload.rejects.all()]


def sentences(upload: Upload) -> list[str]:
    with translation.override("en"):
        return [reject.sentence for reject in upload.rejects.all()]


@pytest.mark.parametrize(
    ("text", "model", "kind"),
    [
        (ANSWERS, SurveyAnswer, "survey_answers"),
        (REFERRALS, Referral, "referrals"),
        (MARKET, MarketFigure, "market_figures"),
        (COSTS, RetentionCost, "retention_costs"),
    ],
)
def test_a_file_is_known_goes_in_once_and_can_be_taken_back(
    tmp_path: Path, people: list[Customer], text: str, model: Any, kind: str
) -> None:
    upload = load(tmp_path, text)
    number = text.count("\r\n") - 1
    assert (upload.kind, counts(upload)) == (kind, {"read": number, "new": number})
    assert upload.facts == {kind: {"new": number, "changed": 0}}
    assert set(model.objects.values_list("upload", flat=True)) == {upload.pk}
    again = load(tmp_path, text)
    assert counts(again) == {"read": number, "unchanged": number}
    assert again.findings[0]["code"] == "already_imported"
    found = undo.undo(upload)
    assert (found.tables[kind].deleted, model.objects.count()) == (number, 0)


@pytest.mark.parametrize(
    ("text", "old", "new", "model", "field"),
    [
        (ANSWERS, ";9;", ";6;", SurveyAnswer, "score"),
        (REFERRALS, "15-01-2025", "16-01-2025", Referral, "referred_on"),
        (MARKET, "412,50", "415,00", MarketFigure, "amount"),
        (COSTS, "= NL", "= BE", RetentionCost, "segment"),
    ],
)
def test_a_changed_record_changes_its_row_and_undo_gives_back_what_it_was(
    tmp_path: Path, people: list[Customer], text: str, old: str, new: str, model: Any, field: str
) -> None:
    load(tmp_path, text)
    before = sorted(map(str, model.objects.values_list("id", field)))
    changed = load(tmp_path, text.replace(old, new))
    number = text.count("\r\n") - 1
    assert counts(changed) == {
        name: n for name, n in (("read", number), ("changed", 1), ("unchanged", number - 1)) if n
    }
    assert sorted(map(str, model.objects.values_list("id", field))) != before
    undo.undo(changed)
    assert sorted(map(str, model.objects.values_list("id", field))) == before


def test_answers_hold_the_shops_day_the_scale_the_score_and_the_comment(
    tmp_path: Path, people: list[Customer]
) -> None:
    load(tmp_path, ANSWERS)
    assert list(
        SurveyAnswer.objects.order_by("external_id").values_list(
            "external_id", "customer__external_id", "answered_on", "scale", "score", "comment"
        )
    ) == [
        ("K1|2025-01-05|csat_5", "K1", date(2025, 1, 5), "csat_5", 4, ""),
        ("K1|2025-01-05|nps", "K1", date(2025, 1, 5), "nps", 9, "Snel geleverd"),
        ("K2|2024-12-31|csat_10", "K2", date(2024, 12, 31), "csat_10", 10, "Prima"),
    ]


def test_answers_may_name_the_e_mail_address_and_be_nps_by_their_heading(
    tmp_path: Path, people: list[Customer]
) -> None:
    upload = load(
        tmp_path,
        "id;e-mail;submitted at;nps\nA1;Anna@Example.nl;2025-01-05;10\nA2;bram@example.nl;2025-01-05;3\n"
        "A3;nobody@example.nl;2025-01-05;3\nA4;;2025-01-05;3\n",
    )
    assert list(SurveyAnswer.objects.values_list("external_id", "customer__external_id", "scale")) == [
        ("A1", "K1", "nps")
    ]
    assert reasons(upload) == [
        (3, "e-mail", "bram@example.nl", "email_of_several"),
        (4, "e-mail", "nobody@example.nl", "unknown_customer"),
        (5, "e-mail", "", "missing"),
    ]


def test_answers_that_cannot_be_are_refused_by_line_column_and_value(
    tmp_path: Path, people: list[Customer]
) -> None:
    upload = load(
        tmp_path,
        "Klantnummer;Datum;Schaal;Score\nK1;2025-01-05;NPS;0\nK1;2025-01-06;NPS;11\n"
        "K1;2025-01-07;CSAT 1-5;0\nK1;2025-01-08;CSAT;4\nK1;2025-01-09;CSAT 1-10;8,5\n"
        "K9;2025-01-10;NPS;8\nK1;2025-01-11;NPS;\n",
    )
    assert counts(upload) == {"read": 7, "new": 1, "rejected": 6}
    assert reasons(upload) == [
        (3, "Score", "11", "off_scale"),
        (4, "Score", "0", "off_scale"),
        (5, "Schaal", "CSAT", "unknown_scale"),
        (6, "Score", "8,5", "not_score"),
        (7, "Klantnummer", "K9", "unknown_customer"),
        (8, "Score", "", "missing"),
    ]
    assert sentences(upload)[:2] == [
        "Line 3, column “Score”: “11” lies outside the scale: NPS runs from 0 to 10.",
        "Line 4, column “Score”: “0” lies outside the scale: CSAT runs from 1 to 5.",
    ]


def test_two_answers_of_one_customer_on_one_day_and_scale_are_one(
    tmp_path: Path, people: list[Customer]
) -> None:
    upload = load(tmp_path, "Klantnummer;Datum;Schaal;Score\nK1;2025-01-05;NPS;8\nK1;2025-01-05;NPS;3\n")
    assert counts(upload) == {"read": 2, "new": 1, "duplicate": 1}
    assert [found["code"] for found in upload.findings] == ["superseded"]
    assert SurveyAnswer.objects.get().score == 3


def test_nobody_brings_himself_or_a_stranger(tmp_path: Path, people: list[Customer]) -> None:
    upload = load(tmp_path, "Aanbrenger;Klant\nK1;K1\nK1;K9\nK8;K1\nK1;K3\n")
    assert counts(upload) == {"read": 4, "new": 1, "rejected": 3}
    assert reasons(upload) == [
        (2, "Klant", "K1", "refers_to_himself"),
        (3, "Klant", "K9", "unknown_customer"),
        (4, "Aanbrenger", "K8", "unknown_customer"),
    ]


def test_a_customer_who_was_referred_or_asked_is_not_undone_away(tmp_path: Path) -> None:
    customers = load(tmp_path, "Klantnummer;Naam\nK1;Anna\nK2;Bram\nK3;Chris\n")
    load(tmp_path, "Klantnummer;Aangebracht door\nK2;K1\n")
    found = undo.undo(customers)
    assert (found.tables["customers"].deleted, found.tables["customers"].examples) == (1, ["K1", "K2"])


def test_market_figures_name_attributes_as_customers_have_them(
    tmp_path: Path, people: list[Customer]
) -> None:
    load(tmp_path, MARKET.replace("Branche", "branche"))
    assert list(
        MarketFigure.objects.order_by("id").values_list("attribute", "value", "amount", "customers", "source")
    ) == [
        ("country", "NL", Decimal("412.5"), 1_250_000, "CBS 2024"),
        ("Branche", "horeca", Decimal(1900), None, "brancherapport"),
    ]
    assert currency_is_locked()


def test_market_figures_that_cannot_be_are_refused(tmp_path: Path, people: list[Customer]) -> None:
    upload = load(
        tmp_path,
        MARKET + "Schoenmaat;42;10,00;;x\r\nLand;BE;-5,00;;x\r\nLand;DE;5,00;2,5;x\r\nLand;FR;5,00;;\r\n",
    )
    assert reasons(upload) == [
        (4, "Kenmerk", "Schoenmaat", "unknown_attribute"),
        (5, "Bedrag per klant per jaar", "-5,00", "negative_cost"),
        (6, "Aantal klanten", "2.5", "not_whole"),
        (7, "Bron", "", "missing"),
    ]
    assert sentences(upload)[0] == (
        "Line 4, column “Kenmerk”: “Schoenmaat” names nothing that is known of your customers. What can be "
        "used: Branche, channel, city, country. To use a further column, keep it when you import the "
        "customers."
    )


def test_costs_of_segments_are_kept_as_customers_are_described(
    tmp_path: Path, people: list[Customer]
) -> None:
    upload = load(
        tmp_path,
        "id;Klantnummer;Programma;Segment;Van;Tot en met;Bedrag\n"
        "P1;;;Land=NL;01-03-2025;31-03-2025;12\nP2;;;branche = horeca;01-03-2025;31-03-2025;12\n"
        "P3;;;Kanaal = ads;01-03-2025;31-03-2025;12\nP4;;;Plaats = Gent;01-03-2025;31-03-2025;12\n"
        "P5;;;top 10%;01-03-2025;31-03-2025;12\nP6;;;klantwaarde > 500;01-03-2025;31-03-2025;12\n"
        "P7;;;schoenmaat = 42;01-03-2025;31-03-2025;12\nP8;;;vaste klanten;01-03-2025;31-03-2025;12\n"
        "P9;K1;;Land = NL;01-03-2025;31-03-2025;12\nP10;;club;Land = NL;01-03-2025;31-03-2025;12\n",
    )
    assert list(RetentionCost.objects.order_by("external_id").values_list("external_id", "segment")) == [
        ("P1", "country = NL"),
        ("P2", "Branche = horeca"),
        ("P3", "channel = ads"),
        ("P4", "city = Gent"),
    ]
    assert reasons(upload) == [
        (6, "Segment", "top 10%", "segment_of_value"),
        (7, "Segment", "klantwaarde > 500", "segment_of_value"),
        (8, "Segment", "schoenmaat = 42", "unknown_attribute"),
        (9, "Segment", "vaste klanten", "segment"),
        (10, "Klantnummer", "K1", "two_scopes"),
        (11, "Programma", "club", "two_scopes"),
    ]


def test_a_cost_of_a_segment_without_customers_is_named(tmp_path: Path, people: list[Customer]) -> None:
    upload = load(tmp_path, COSTS.replace("NL", "NLD"))
    with translation.override("en"):
        assert [describe_finding(found) for found in upload.findings] == [
            "1 segment has no customer at present, and its costs stay unallocated: country = NLD."
        ]


def test_one_scale_can_be_said_for_a_whole_file(tmp_path: Path, people: list[Customer]) -> None:
    text = "Klantnummer;Datum;Cijfer\nK1;2025-01-05;4\nK2;2025-01-05;6\n"
    with write_csv(tmp_path, text).open("rb") as file:
        upload = pipeline.receive(file, "export.csv", None)
    plan = Plan.from_json(upload.plan)
    assert plan.kind == "survey_answers"
    scale = ColumnPlan("CSAT 1-5", "scale", made=Made(FIXED, text="CSAT 1-5"))
    pipeline.confirm(upload, settle(upload.path, replace(plan, columns=[*plan.columns, scale])).plan)
    upload = pipeline.run(upload.pk)
    assert counts(upload) == {"read": 2, "new": 1, "rejected": 1}
    assert reasons(upload) == [(3, "Cijfer", "6", "off_scale")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [(ANSWERS, "survey_answers"), (REFERRALS, "referrals"), (MARKET, "market_figures"), (TARGETS, "targets")],
)
def test_the_command_takes_every_kind(
    tmp_path: Path, people: list[Customer], text: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_csv", str(write_csv(tmp_path, text)), kind=kind, json=True)
    report = json.loads(capsys.readouterr().out)
    number = text.count("\r\n") - 1
    assert (report["state"], report["kind"], report["new"]) == ("done", kind, number)
    assert report["facts"] == {kind: {"new": number, "changed": 0}}
    assert report["control_totals"]["rows"] == number


@pytest.mark.parametrize(
    "row",
    [
        {"scale": "nps", "score": 11},
        {"scale": "csat_5", "score": 0},
        {"scale": "csat_5", "score": 6},
        {"scale": "stars", "score": 3},
    ],
)
def test_the_database_keeps_scores_on_their_scale(row: dict[str, Any]) -> None:
    anna = make_customer("K1")
    with pytest.raises(IntegrityError), transaction.atomic():
        SurveyAnswer.objects.create(
            external_id="A1", customer=anna, answered_on=date(2025, 1, 5), upload=make_upload(), **row
        )


def test_the_database_lets_nobody_bring_himself() -> None:
    anna = make_customer("K1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.create(referrer=anna, referred=anna, upload=make_upload())
