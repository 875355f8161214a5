"""What the checks of quality find in a small shop, to the row and to the cent; and what they leave alone."""

from pathlib import Path

import pytest

from customers.imports import pipeline
from customers.models import Customer, Order, Referral, Shop
from customers.quality.measure import latest, measure_all, measure_upload, read_rows
from customers.quality.register import CHECKS
from tests.builders import (
    make_acquisition_cost,
    make_customer,
    make_line,
    make_membership,
    make_order,
    make_refund,
    make_retention_cost,
    make_shop,
    make_upload,
    write_csv,
)
from tests.quality_reading import find, rows_of

pytestmark = pytest.mark.django_db


def test_a_shop_without_anything_has_no_findings() -> None:
    assert {key for key, found in measure_all().findings.items() if found["count"]} == set()


def test_every_check_is_measured() -> None:
    make_order(make_customer(), "2025-01-05", "10")
    assert set(measure_all().findings) == set(CHECKS)


def test_a_new_measurement_takes_the_place_of_the_last() -> None:
    make_order(None, "2025-01-05", "10")
    measure_all()
    order = Order.objects.get()
    order.customer = make_customer()
    order.save()
    assert find("orders_without_customer") == (0, None)
    assert rows_of("orders_without_customer", "number") == []


# Orders ----------------------------------------------------------------------------------------------------


def test_orders_without_a_customer_are_counted_with_their_revenue() -> None:
    make_order(None, "2025-01-05", "10.10", external_id="A1")
    make_order(None, "2025-02-05", "5", external_id="A2")
    make_order(None, "2025-02-06", "99", external_id="A3", status="cancelled")
    make_order(make_customer(), "2025-02-07", "50")
    assert find("orders_without_customer") == (2, "15.1000")
    assert rows_of("orders_without_customer", "number", "day", "month", "amount") == [
        ("A2", "2025-02-05", "2025-02-01", "5.0000"),
        ("A1", "2025-01-05", "2025-01-01", "10.1000"),
    ]
    assert latest().totals["orders"] == 3
    assert latest().totals["revenue"] == "65.1000"


def test_the_cost_of_an_order_may_be_its_own_or_its_lines() -> None:
    make_order(None, "2025-01-05", "10", cost_of_goods="4")
    with_lines = make_order(None, "2025-01-05", "10")
    make_line(with_lines, "mug", "1", "10", unit_cost="3")
    half = make_order(None, "2025-01-05", "10", external_id="half")
    make_line(half, "mug", "1", "5", unit_cost="3")
    make_line(half, "bowl", "1", "5")
    make_order(None, "2025-01-05", "7", external_id="none")
    make_order(None, "2025-01-05", "0", external_id="free")
    assert find("orders_without_cost") == (2, "17.0000")
    assert rows_of("orders_without_cost", "number") == [("half",), ("none",)]


def test_an_order_of_a_hundred_times_the_median_is_an_outlier_and_one_cent_less_is_not() -> None:
    for _ in range(5):
        make_order(None, "2025-01-05", "12")
    make_order(None, "2025-01-05", "1200", external_id="out")
    make_order(None, "2025-01-05", "1199.99", external_id="in")
    assert find("orders_outliers") == (1, "1200.0000")
    assert rows_of("orders_outliers", "number") == [("out",)]


def test_orders_that_differ_from_their_lines_show_by_how_much() -> None:
    order = make_order(None, "2025-01-05", "10", external_id="A1")
    make_line(order, "mug", "1", "12.50")
    for net, extra in (
        ("10.004", {}),
        ("14", {"shipping": "4"}),
        ("9", {"discount": "1"}),
        ("13", {"shipping": "4", "discount": "1"}),
    ):
        make_line(make_order(None, "2025-01-05", net, **extra), "mug", "1", "10")
    assert find("orders_differ_from_lines") == (1, "2.5000")
    assert rows_of("orders_differ_from_lines", "number", "line_total", "difference") == [
        ("A1", "12.5000", "2.5000")
    ]


def test_orders_below_zero_without_revenue_without_category_and_ahead_of_time() -> None:
    make_order(None, "2025-01-05", "-3", external_id="minus")
    make_order(None, "2025-01-05", "0", external_id="empty", net_from_lines=True)
    make_order(None, "2999-01-05", "8", external_id="ahead")
    make_line(make_order(None, "2025-01-05", "4", external_id="bare"), "mug", "1", "4")
    measure_all()
    assert rows_of("orders_below_zero", "number") == [("minus",)]
    assert rows_of("orders_without_revenue", "number") == [("empty",)]
    assert rows_of("orders_in_future", "number") == [("ahead",)]
    assert rows_of("orders_without_category", "number") == [("bare",)]


# Refunds ---------------------------------------------------------------------------------------------------


def test_refunds_that_do_not_fit_their_order() -> None:
    anna = make_customer("anna")
    order = make_order(anna, "2025-03-05", "100", external_id="A1", refunded_amount="20")
    make_refund("2025-03-04", "30", order=order, external_id="R1")
    make_refund("2025-03-06", "90", order=order, external_id="R2", customer=make_customer("bram"))
    make_refund("2025-03-07", "5", order_reference="A9", external_id="R3")
    make_refund("2025-03-07", "6", external_id="R4")
    make_refund("2999-03-07", "7", customer=anna, external_id="R5")
    findings = measure_all().findings
    assert rows_of("refunds_before_order", "number") == [("R1",)]
    assert rows_of("refunds_to_another_customer", "number") == [("R2",)]
    assert rows_of("refunds_of_unknown_orders", "number", "order_number") == [("R3", "A9")]
    assert rows_of("refunds_of_nobody", "number") == [("R4",)]
    assert rows_of("refunds_in_future", "number") == [("R5",)]
    assert findings["refunds_above_order"] == {"count": 1, "amount": "20.0000"}  # 30 + 90 − 100
    assert findings["refunds_differ"] == {"count": 1, "amount": "100.0000"}  # 120 − 20
    assert rows_of("refunds_differ", "number", "refunded_amount", "in_rows") == [
        ("A1", "20.0000", "120.0000")
    ]


def test_a_refunded_amount_without_rows_may_be_above_its_order_too() -> None:
    make_order(None, "2025-03-05", "10", refunded_amount="12.10")
    make_order(None, "2025-03-05", "10", refunded_amount="10")
    assert find("refunds_above_order") == (1, "2.1000")


# Customers -------------------------------------------------------------------------------------------------


def test_a_customer_without_a_channel_has_none_on_the_first_valid_order_either() -> None:
    make_customer("ads", acquisition_channel="ads")
    make_order(make_customer("web"), "2025-01-05", "5", sales_channel="web")
    cancelled = make_customer("cancelled")
    make_order(cancelled, "2025-01-01", "5", sales_channel="web", status="cancelled")
    make_order(cancelled, "2025-02-01", "5")
    later = make_customer("later")
    make_order(later, "2025-01-01", "5")
    make_order(later, "2025-02-01", "5", sales_channel="web")
    returned = make_customer("returned")
    order = make_order(returned, "2025-01-01", "5", sales_channel="web")
    make_refund("2025-01-02", "5", order=order)
    assert find("customers_without_channel") == (3, None)
    assert rows_of("customers_without_channel", "number") == [("cancelled",), ("later",), ("returned",)]


def test_customers_that_contradict_their_orders() -> None:
    make_order(
        make_customer("late", acquired_on="2025-02-01", country="NL", email="l@x.nl"), "2025-01-05", "5"
    )
    make_customer("idle", acquired_on="2999-01-01")
    measure_all()
    assert rows_of("customers_since_after_order", "number", "ordered_on") == [("late", "2025-01-05")]
    assert rows_of("customers_since_future", "number") == [("idle",)]
    assert rows_of("customers_without_orders", "number") == [("idle",)]
    assert rows_of("customers_without_country", "number") == [("idle",)]
    assert rows_of("customers_without_email", "number") == [("idle",)]


def test_an_e_mail_address_is_shared_whatever_its_capitals_and_spaces_and_as_a_number_too() -> None:
    make_order(make_customer("K1", email="Anna@Example.nl "), "2025-01-05", "5")
    make_order(make_customer("anna@example.nl"), "2025-01-06", "7.50")
    make_customer("K2", email="bram@example.nl")
    make_customer("K3")
    make_customer("K4")
    assert find("same_email") == (1, "12.5000")
    assert rows_of("same_email", "email", "customers", "numbers", "orders") == [
        ("anna@example.nl", "2", "K1, anna@example.nl", "2")
    ]


def test_customers_who_referred_each_other_in_a_circle() -> None:
    anna, bram, carla, dirk = map(make_customer, ("anna", "bram", "carla", "dirk"))
    upload = make_upload()
    for referrer, referred in ((anna, bram), (bram, carla), (carla, anna), (anna, dirk)):
        Referral.objects.create(referrer=referrer, referred=referred, upload=upload)
    assert find("referral_cycles") == (3, None)
    assert rows_of("referral_cycles", "number", "referrer") == [
        ("anna", "carla"),
        ("bram", "anna"),
        ("carla", "bram"),
    ]


# Channels and costs ----------------------------------------------------------------------------------------


def test_channels_of_costs_and_of_customers_are_held_against_each_other() -> None:
    make_customer("a", acquisition_channel="google-ads", campaign="spring")
    make_order(make_customer("b"), "2025-01-05", "5", sales_channel="web")
    make_acquisition_cost("Google Ads", "2025-01-01", "2025-01-31", "100", campaign="spring")
    make_acquisition_cost("Google Ads", "2025-02-01", "2025-02-28", "50", campaign="summer")
    make_acquisition_cost("web", "2025-02-01", "2025-02-28", "1")
    findings = measure_all().findings
    assert findings["cost_channels_without_customers"] == {"count": 1, "amount": "150.0000"}
    assert rows_of("cost_channels_without_customers", "channel", "alike", "first_day", "last_day") == [
        ("Google Ads", "google-ads", "2025-01-01", "2025-02-28")
    ]
    assert rows_of("channels_without_cost", "channel", "customers") == [("google-ads", "1")]
    assert rows_of("cost_campaigns_without_customers", "campaign", "amount") == [("summer", "50.0000")]


def test_channels_whose_names_look_alike_are_named_and_never_joined() -> None:
    make_customer("a", acquisition_channel="Meta")
    make_customer("b", acquisition_channel="meta ads")
    make_customer("c", acquisition_channel="Metalhead")
    make_acquisition_cost("Meta Ads", "2025-01-01", "2025-01-31", "100")
    make_acquisition_cost("Ads", "2025-01-01", "2025-01-31", "1")
    measure_all()
    assert sorted(rows_of("channels_alike", "channel", "alike", "customers", "amount")) == [
        ("Meta", "Meta Ads, meta ads", "1", None),
        ("Meta Ads", "Meta, meta ads", None, "100.0000"),
        ("meta ads", "Meta, Meta Ads", "1", None),
    ]
    assert set(Customer.objects.values_list("acquisition_channel", flat=True)) == {
        "Meta", "meta ads", "Metalhead",
    }  # fmt: skip


def test_programmes_and_memberships_that_do_not_fit() -> None:
    anna = make_customer("anna")
    make_membership(anna, "club", "2025-01-01", "2025-06-30")
    make_membership(anna, "club", "2025-06-30")
    make_membership(anna, "other", "2025-01-01", "2025-06-30")
    make_membership(anna, "other", "2025-07-01")
    make_retention_cost("2025-01-01", "2025-12-31", "80", programme="gold")
    make_retention_cost("2025-01-01", "2025-12-31", "9", programme="club")
    assert find("programmes_without_members") == (1, "80.0000")
    assert rows_of("memberships_overlap", "number", "programme", "next_day") == [
        ("anna", "club", "2025-06-30")
    ]


# What imports refused --------------------------------------------------------------------------------------

_REFUSED = (
    "Ordernummer;Klantnummer;Besteldatum;Bedrag;Status;Valuta\n"
    "A1;anna;31-01-2025;1,50;zoek;EUR\nA2;anna;31-01-2025;1,50;voltooid;USD\n"
    "A3;anna;geen;1,50;voltooid;EUR\nA4;anna;31-01-2025;1,50;voltooid;EUR\n"
)


def test_refused_records_are_listed_until_they_have_come_in(tmp_path: Path) -> None:
    pipeline.import_file(write_csv(tmp_path, _REFUSED))
    measure_all()
    assert rows_of("refused_status", "line", "column", "value") == [("2", "Status", "zoek")]
    assert rows_of("refused_currency", "line", "value") == [("3", "USD")]
    assert rows_of("refused_otherwise", "line", "reason") == [("4", "not_date")]
    corrected = _REFUSED.replace("zoek", "voltooid").replace("A2", "A5")
    pipeline.import_file(write_csv(tmp_path, corrected, name="corrected.csv"))
    assert find("refused_status") == (0, None)


def test_refused_records_of_a_file_that_came_twice_count_once(tmp_path: Path) -> None:
    for _time in range(2):
        pipeline.import_file(write_csv(tmp_path, _REFUSED))
    measure_all()
    assert find("refused_status") == (1, None)
    assert rows_of("refused_otherwise", "line", "reason") == [("4", "not_date")]


# One file, and everything ----------------------------------------------------------------------------------


def test_a_file_is_checked_for_what_it_wrote_itself(tmp_path: Path) -> None:
    make_order(None, "2024-01-05", "10")
    text = "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;;31-01-2025;1,50\nA2;anna;31-01-2025;2,50\n"
    upload = pipeline.import_file(write_csv(tmp_path, text))
    measured = measure_upload(upload)
    assert measured.findings["orders_without_customer"] == {"count": 1, "amount": "1.5000"}
    assert measured.findings["orders_without_cost"] == {"count": 2, "amount": "4.0000"}
    assert measured.totals["orders"] == 2
    assert "same_email" not in measured.findings
    assert find("orders_without_customer") == (2, "11.5000")


def test_all_rows_can_be_read_in_their_order_by_a_facet() -> None:
    for number, (day, net) in enumerate([("2025-01-05", "9"), ("2025-01-06", "10"), ("2025-02-06", "2")]):
        make_order(None, day, net, external_id=f"A{number}")
    check = CHECKS["orders_without_customer"]
    assert [row[0] for row in read_rows(check, None, {})] == ["A2", "A1", "A0"]
    assert [row[0] for row in read_rows(check, None, {"month": "2025-01-01"})] == ["A1", "A0"]


def test_a_hostile_shop_is_measured_all_the_same() -> None:
    name = "'; DROP TABLE customers_order; -- %s {orders} \\ \"<script>"
    make_shop(data_complete_from="2025-01-01")
    customer = make_customer(name, email=name + "@x", country=name, acquisition_channel=name, campaign=name)
    make_customer(name + "2", email=name + "@x")
    make_order(customer, "0001-01-01", "-99999999999999.9999", external_id=name, sales_channel=name)
    make_order(customer, "9999-12-31", "99999999999999.9999", refunded_amount="99999999999999.9999")
    make_acquisition_cost(name, "2025-01-01", "2025-01-31", "5", campaign=name)
    findings = measure_all().findings
    assert findings["same_email"]["count"] == 1
    assert findings["orders_in_future"] == {"count": 1, "amount": "99999999999999.9999"}
    assert Shop.objects.exists()
