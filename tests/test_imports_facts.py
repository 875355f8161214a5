"""What becomes of records: new, changed, unchanged, duplicate; lines as a set; refunds, costs, undo."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import translation

from customers.imports import pipeline
from customers.imports.mapping import ColumnPlan, Plan
from customers.imports.recognise import settle
from customers.imports.report import describe_finding
from customers.models import (
    AcquisitionCost,
    Customer,
    Order,
    OrderLine,
    ProgrammeMembership,
    Refund,
    RetentionCost,
    Upload,
)
from tests.builders import make_customer, write_csv

pytestmark = pytest.mark.django_db

CUSTOMERS = (
    "Klantnummer;Naam;E-mailadres;Land;Plaats;Klant sinds;Acquisitiekanaal;Campagne;Bezwaar profilering\r\n"
    "K1;Zoë 't Hooft;Zoe@Example.nl;NL;'s-Hertogenbosch;01-02-2024;ads;lente;nee\r\n"
    "K2;Bram;;BE;Gent;13-02-2024;;;ja\r\n"
)
ORDERS = (
    "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw;Korting;Verzendkosten;Transactiekosten;Status;"
    "Verkoopkanaal\r\n"
    "1001;K1;05-01-2025 14:30;1.219,95;10,00;4,95;1,20;voltooid;webshop\r\n"
    "1002;K1;31-12-2024 23:30;19,95;0,00;4,95;1,20;geannuleerd;winkel\r\n"
    "1003;;13-01-2025 09:00;5,00;;;;test;\r\n"
)
LINES = (
    "Ordernummer;Regelnummer;Product;Categorie;Aantal;Bedrag excl. btw;Inkoopprijs per stuk\r\n"
    "1001;1;Shirt;Kleding;2;1.000,00;400,00\r\n"
    "1001;2;Pet;Hoeden;1;219,95;40,50\r\n"
)


def load(folder: Path, text: str, **choices: Any) -> Upload:
    """Import a file as Excel in the Netherlands writes it and return the upload, which must be done."""
    upload = pipeline.import_file(write_csv(folder, text, encoding="cp1252"), **choices)
    assert upload.state == Upload.State.DONE, upload.error
    return upload


def counts(upload: Upload) -> dict[str, int]:
    """Return the counts of records that are not 0."""
    return {name: count for name, count in upload.counts.items() if count and name != "header"}


def test_customers_with_dutch_headers(tmp_path: Path) -> None:
    upload = load(tmp_path, CUSTOMERS)
    assert (upload.kind, upload.plan["encoding"], upload.plan["delimiter"]) == ("customers", "cp1252", ";")
    assert list(
        Customer.objects.order_by("external_id").values_list(
            "external_id", "name", "email", "country", "city", "acquired_on", "acquisition_channel",
            "campaign",
            "objects_to_profiling",
        )
    ) == [
        ("K1", "Zoë 't Hooft", "zoe@example.nl", "NL", "'s-Hertogenbosch", _day("2024-02-01"), "ads",
        "lente", False), ("K2", "Bram", "", "BE", "Gent", _day("2024-02-13"), "", "", True),
    ]  # fmt: skip


def _day(text: str) -> date:
    return date.fromisoformat(text)


def test_orders_with_dutch_headers(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    found = [
        (o.external_id, str(o.ordered_on), str(o.net_revenue), o.status, o.sales_channel, o.transaction_cost)
        for o in Order.objects.order_by("external_id")
    ]
    assert found == [
        ("1001", "2025-01-05", "1219.9500", "placed", "webshop", Decimal("1.2000")),
        ("1002", "2024-12-31", "19.9500", "cancelled", "winkel", Decimal("1.2000")),
        ("1003", "2025-01-13", "5.0000", "test", "", None),  # blank is not zero
    ]
    anonymous = Order.objects.get(external_id="1003")
    assert (anonymous.customer, anonymous.discount) == (None, None)
    # 14:30 in Amsterdam in winter
    assert Order.objects.get(external_id="1001").ordered_at.isoformat() == "2025-01-05T13:30:00+00:00"


def test_a_moment_with_an_offset_gets_the_shops_day(tmp_path: Path) -> None:
    load(tmp_path, "id;customer;moment;net\nO5;B;2024-01-31T23:30:00Z;80\nO8;C;2024-12-31 23:30;90\n")
    assert list(Order.objects.order_by("external_id").values_list("ordered_on", flat=True)) == [
        _day("2024-02-01"),
        _day("2024-12-31"),
    ]


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    first = load(tmp_path, ORDERS)
    changed = ORDERS.replace("19,95;0,00", "29,95;0,00") + "1004;K2;14-01-2025;1,00;;;;voltooid;webshop\r\n"
    second = load(tmp_path, changed)
    assert counts(second) == {"read": 4, "new": 1, "changed": 1, "unchanged": 2}
    assert second.facts["orders"] == {"new": 1, "changed": 1}
    assert set(Order.objects.filter(upload=second).values_list("external_id", flat=True)) == {"1002", "1004"}
    assert set(Order.objects.filter(upload=first).values_list("external_id", flat=True)) == {"1001", "1003"}
    image = second.before_images.get()
    assert (image.table, image.image["net_revenue"]) == ("customers_order", 19.95)


def test_columns_that_the_file_does_not_have_stay_as_they_are(tmp_path: Path) -> None:
    load(tmp_path, CUSTOMERS)
    load(tmp_path, "Klantnummer;Plaats\nK1;Delft\n", kind="customers")
    anna = Customer.objects.get(external_id="K1")
    assert (anna.city, anna.name, anna.country) == ("Delft", "Zoë 't Hooft", "NL")


def test_orders_without_a_column_for_the_customer_leave_their_customers_alone(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    load(tmp_path, "Ordernummer;Besteldatum;Omzet excl. btw;Kostprijs\n1002;31-12-2024 23:30;19,95;7,50\n")
    order = Order.objects.get(external_id="1002")
    assert (order.customer.external_id, order.cost_of_goods) == ("K1", Decimal("7.50"))


def test_the_same_record_twice_is_a_duplicate_and_a_differing_one_is_listed(tmp_path: Path) -> None:
    head, one, two, three = ORDERS.splitlines()
    later = two.replace("19,95", "21,00")
    upload = load(tmp_path, "\r\n".join([head, one, one, two, three, later]) + "\r\n")
    assert counts(upload) == {"read": 5, "new": 3, "duplicate": 2}
    assert {"code": "superseded", "count": 1, "examples": ["4"]} in upload.findings
    assert Order.objects.get(external_id="1002").net_revenue == Decimal("21")


def test_totals_and_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    upload = load(tmp_path, ORDERS + "\r\nTotaal;;;1.244,90;;;;;\r\n")
    assert counts(upload) == {"read": 5, "new": 3, "skipped": 2}


def test_lines_are_added_to_known_orders_with_their_sums(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    upload = load(tmp_path, LINES + "9;1;Shirt;Kleding;1;1,00;1,00\r\n")
    assert counts(upload) == {"read": 3, "new": 2, "rejected": 1}
    assert upload.rejects.get().reason_code == "unknown_order"
    order = Order.objects.get(external_id="1001")
    assert (order.line_total, order.line_cost, order.main_category) == (
        Decimal("1219.9500"),
        Decimal("840.5000"),
        "Kleding",
    )
    assert order.net_revenue == Decimal("1219.9500")


def test_an_orders_lines_are_replaced_as_a_set(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    load(tmp_path, LINES)
    one_line = "\r\n".join(LINES.splitlines()[:2]) + "\r\n"
    upload = load(tmp_path, one_line)
    assert [line.product for line in OrderLine.objects.all()] == ["Shirt"]
    assert Order.objects.get(external_id="1001").line_total == Decimal("1000")
    assert load(tmp_path, one_line).counts["unchanged"] == 1
    assert upload.before_images.filter(table="customers_orderline").count() == 1


def test_lines_without_a_number_are_kept_even_when_they_are_equal(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    text = "Ordernummer;Product;Aantal;Bedrag\n1001;Mok;1;5,00\n1002;Bord;1;7,00\n1001;Mok;1;5,00\n"
    upload = load(tmp_path, text)
    assert counts(upload) == {"read": 3, "new": 3}
    assert list(
        OrderLine.objects.order_by("order__external_id", "ordinal").values_list("product", "ordinal")
    ) == [
        ("Mok", 1),
        ("Mok", 2),
        ("Bord", 1),
    ]
    assert counts(load(tmp_path, text)) == {"read": 3, "unchanged": 3}


def test_an_order_without_revenue_of_its_own_is_the_sum_of_its_lines(tmp_path: Path) -> None:
    upload = load(
        tmp_path, "Ordernummer;Klantnummer;Besteldatum;Omzet\n1;K1;13-01-2025;\n2;K1;13-01-2025;5,00\n"
    )
    assert {"code": "no_revenue", "count": 1, "examples": ["1"]} in upload.findings
    load(tmp_path, "Ordernummer;Product;Aantal;Bedrag\n1;Mok;1;5,50\n1;Bord;1;7,00\n2;Mok;1;9,99\n")
    assert Order.objects.get(external_id="1").net_revenue == Decimal("12.50")
    assert Order.objects.get(external_id="2").net_revenue == Decimal("5")


def test_an_order_whose_own_revenue_differs_from_its_lines_is_listed(tmp_path: Path) -> None:
    upload = load(
        tmp_path,
        "Ordernummer;Besteldatum;Orderbedrag excl. btw;Product;Aantal;Regelbedrag\n"
        "1;13-01-2025;12,00;Mok;1;5,50\n1;13-01-2025;12,00;Bord;1;7,00\n",
    )
    assert {"code": "revenue_differs", "count": 1, "examples": ["1"]} in upload.findings
    assert Order.objects.get().net_revenue == Decimal("12")


def test_a_refund_below_zero_is_the_same_money_given_back(tmp_path: Path) -> None:
    load(tmp_path, ORDERS)
    upload = load(
        tmp_path,
        "Creditnota;Ordernummer;Klantnummer;Datum;Bedrag;Reden\n"
        "R1;1001;;20-01-2025;-10,00;kapot\nR2;77;K9;21-01-2025;5,00;\n",
    )
    one, two = Refund.objects.order_by("external_id")
    assert (one.amount, one.order.external_id, one.customer, one.reason) == (
        Decimal("10"),
        "1001",
        None,
        "kapot",
    )
    assert (two.order, two.order_reference, two.customer.external_id) == (None, "77", "K9")
    assert {"code": "unknown_order", "count": 1, "examples": ["R2"]} in upload.findings
    assert {"code": "customers_created", "count": 1, "examples": []} in upload.findings


def test_a_refund_finds_the_order_that_comes_after_it(tmp_path: Path) -> None:
    load(tmp_path, "Creditnota;Ordernummer;Datum;Bedrag\nR1;1001;20-01-2025;10,00\n")
    load(tmp_path, ORDERS)
    assert Refund.objects.get().order.external_id == "1001"


def test_acquisition_costs_are_keyed_by_channel_campaign_and_days(tmp_path: Path) -> None:
    head = "Kanaal;Campagne;Van;Tot en met;Bedrag\n"
    load(tmp_path, head + "ads;lente;01-01-2025;31-01-2025;300,00\nads;;01-01-2025;31-01-2025;200,00\n")
    upload = load(tmp_path, head + "ads;lente;01-01-2025;31-01-2025;310,00\n")
    assert counts(upload) == {"read": 1, "changed": 1}
    assert AcquisitionCost.objects.aggregate(sum=Sum("amount"))["sum"] == Decimal("510")


def test_retention_costs_are_of_a_customer_of_a_programme_or_of_everyone(tmp_path: Path) -> None:
    make_customer("A")
    upload = load(
        tmp_path,
        "id;customer;programme;first;last;amount\n"
        "P1;A;;2025-03-01;2025-03-31;12\nP2;;;2025-02-01;2025-02-28;100\nP4;;club;2025-12-01;2025-12-31;31\n"
        "P5;A;club;2025-12-01;2025-12-31;31\nP6;X;;2025-12-01;2025-12-31;31\nP7;;;2025-12-31;2025-12-01;31\n",
    )
    assert [
        (cost.external_id, cost.customer and cost.customer.external_id, cost.programme)
        for cost in RetentionCost.objects.order_by("external_id")
    ] == [("P1", "A", ""), ("P2", None, ""), ("P4", None, "club")]
    assert [(r.line, r.column, r.value, r.reason_code) for r in upload.rejects.all()] == [
        (5, "customer", "A", "two_scopes"),
        (6, "customer", "X", "unknown_customer"),
        (7, "last", "2025-12-01", "last_before_first"),
    ]


def test_a_cost_of_a_segment_is_refused_rather_than_shared_by_everyone(tmp_path: Path) -> None:
    upload = load(
        tmp_path,
        "id;Segment;Voor;Van;Tot en met;Bedrag\n"
        "P1;trouw;;01-03-2025;31-03-2025;12\nP2;;iedereen;01-02-2025;28-02-2025;100\n"
        "P3;;grootverbruikers;01-02-2025;28-02-2025;5\n",
    )
    assert [(r.line, r.column, r.value, r.reason_code) for r in upload.rejects.all()] == [
        (2, "Segment", "trouw", "segment_of_value"),
        (4, "Voor", "grootverbruikers", "not_everyone"),
    ]
    assert [cost.external_id for cost in RetentionCost.objects.all()] == ["P2"]
    with translation.override("en"):
        assert [reject.sentence for reject in upload.rejects.all()] == [
            "Line 2, column “Segment”: “trouw” is a segment by what customers are worth, and that depends on "
            "the cost itself. Use one that does not: country = NL, channel = ads, rfm = champions or a "
            "further column of your customers.",
            "Line 4, column “Voor”: “grootverbruikers” does not say whose cost it is. Leave it blank when it "
            "is everyone's; name a customer or a programme in a column of its own.",
        ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("external_id;name;aanmaakdatum\nK1;Zoë;21-02-2025\n", "customers"),
        ("external_id;customer_id;order_date;net_revenue\n1;K1;2025-01-13;5\n", "orders"),
        ("external id;refund date;refund amount\nR1;2025-01-13;5\n", "refunds"),
        ("external_id;channel;first_day;amount\nA1;ads;2025-01-13;5\n", "acquisition_costs"),
        ("Ordernummer;Klant;Aanmaakdatum;Omzet\n1;K1;13-01-2025;5,00\n", "orders"),
    ],
)
def test_ids_by_our_own_name_and_days_of_creation_are_known(tmp_path: Path, text: str, kind: str) -> None:
    upload = load(tmp_path, text)
    assert (upload.kind, upload.counts["new"]) == (kind, 1)
    assert all(column["target"] for column in upload.plan["columns"])


def test_memberships(tmp_path: Path) -> None:
    make_customer("A")
    upload = load(tmp_path, "Klantnummer;Programma;Van;Tot en met\nA;club;01-01-2025;31-12-2025\n")
    assert upload.kind == "programme_memberships"
    assert str(ProgrammeMembership.objects.get().last_day) == "2025-12-31"
    assert counts(load(tmp_path, "Klantnummer;Programma;Van;Tot en met\nA;club;01-01-2025;30-06-2025\n")) == {
        "read": 1,
        "changed": 1,
    }


def test_a_mapping_is_remembered_for_the_next_file_with_these_columns(tmp_path: Path) -> None:
    text = "Nr.;Wanneer;Wie;Hoeveel geld\n1;13-01-2025;K1;5,00\n"
    with write_csv(tmp_path, text).open("rb") as file:
        upload = pipeline.receive(file, "export.csv", None)
    plan = Plan.from_json(upload.plan)
    assert plan.kind == ""
    targets = ("external_id", "moment", "customer", "net_revenue")
    columns = [
        ColumnPlan(column.header, target) for column, target in zip(plan.columns, targets, strict=True)
    ]
    plan = settle(upload.path, replace(plan, kind="orders", columns=columns)).plan
    pipeline.confirm(upload, plan)
    assert pipeline.run(upload.pk).state == Upload.State.DONE
    again = load(tmp_path, text.replace("5,00", "6,50"))
    assert (again.kind, counts(again)) == ("orders", {"read": 1, "changed": 1})


def test_a_finding_counts_as_its_reader_writes_numbers() -> None:
    found = {"code": "customers_created", "count": 4372, "examples": []}
    with translation.override("nl"):
        assert describe_finding(found).startswith("4.372 klanten")
    with translation.override("en"):
        assert describe_finding({**found, "count": 1}).startswith("1 customer was")
