"""Exports of orders: samples in tests/data, and the real ones beside the repository."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import override

from customers.imports import pipeline
from customers.models import Customer, Order, Refund, Upload
from tests.builders import make_shop
from tests.preset_samples import (
    SAMPLES,
    customers,
    import_changed,
    import_sample,
    lines,
    orders,
    rejects_of,
)

REAL = Path(__file__).parents[2] / "shared/data/exports"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="the real exports are not beside the repository")
pytestmark = pytest.mark.django_db


def test_shopify_counts_an_order_once_and_takes_the_vat_out() -> None:
    upload = import_sample("shopify_orders.csv")
    assert upload.preset == "shopify_orders"
    # 121.00 with 21.00 VAT inside: lines, shipping and refund hold it in the same proportion.
    assert orders() == [
        ("7001", "anna@example.com", "2025-01-01", "100.0000", "placed"),  # 31 December 23:30 in UTC
        ("7002", "bram@example.com", "2025-01-03", "50.0000", "cancelled"),
        ("7003", "", "2025-01-04", "8.2645", "placed"),  # another order #1002
        ("7004", "chris@example.com", "2025-02-28", "16.5300", "test"),  # paid through the Bogus Gateway
        ("7005", "chris@example.com", "2025-03-30", "44.9500", "placed"),  # VAT comes on top
    ]
    assert lines() == [
        ("7001", 1, "Mok, handgedraaid", "2.0000", "41.3223"),
        ("7001", 2, "Bord", "1.0000", "50.4132"),  # its row has no number and no name
        ("7002", 1, "Lamp", "1.0000", "50.0000"),
        ("7003", 1, "Mok, handgedraaid", "1.0000", "8.2645"),
        ("7004", 1, "Kaars", "1.0000", "16.5300"),
        ("7005", 1, "Kaars", "2.0000", "40.0000"),
    ]
    assert Order.objects.get(external_id="7001").refunded_amount == Decimal("10.0000")
    parts = upload.control_totals["reconciliation"]
    assert [(part["key"], Decimal(part["amount"])) for part in parts][:3] == [
        ("file", Decimal("265.89")),
        ("vat", Decimal("46.1455")),
        ("imported", Decimal("219.7445")),
    ]


def test_shopify_orders_name_customers_whose_names_and_towns_keep_their_apostrophe() -> None:
    import_sample("shopify_orders.csv")
    assert customers() == [
        ("anna@example.com", "anna@example.com", "Anna 't Hooft", "NL", "'s-Hertogenbosch", ""),
        ("bram@example.com", "bram@example.com", "Bram de Wit", "NL", "Utrecht", ""),
        ("chris@example.com", "chris@example.com", "Chris Jansen", "BE", "Gent", ""),
    ]


def test_woocommerce_splits_the_lines_of_an_order_and_knows_guests_by_email() -> None:
    upload = import_sample("woocommerce_webtoffee.csv")
    assert upload.preset == "woocommerce_webtoffee"
    assert orders() == [
        ("501", "3", "2025-05-16", "19.0000", "placed"),
        ("502", "gast@example.com", "2025-05-17", "28.0000", "cancelled"),
        ("503", "4", "2025-05-18", "100.0000", "placed"),
    ]
    assert lines() == [
        ("501", 1, "Schoen", "1.0000", "8.0000"),
        ("501", 2, "Veter", "2.0000", "1.0000"),
        ("502", 1, "Hoed", "1.0000", "18.0000"),
        ("503", 1, "Jas", "1.0000", "60.0000"),
        ("503", 2, "Sjaal", "1.0000", "20.0000"),
        ("503", 3, "Muts", "2.0000", "20.0000"),
    ]
    refunded = Order.objects.get(external_id="503")
    assert (refunded.refunded_amount, str(refunded.refunded_on)) == (Decimal("100.0000"), "2025-05-21")
    assert upload.counts["new"] == upload.counts["read"] == 3


def test_woocommerce_is_as_wide_as_its_largest_order(tmp_path: Path) -> None:
    text = (SAMPLES / "woocommerce_webtoffee.csv").read_text(encoding="utf-8")
    header, first, *_others = text.splitlines()
    narrow = tmp_path / "narrow.csv"
    narrow.write_text(f"{header.replace(',line_item_3', '')}\n{first.removesuffix(',')}\n", encoding="utf-8")
    upload = pipeline.import_file(narrow)
    assert (upload.state, upload.preset) == (Upload.State.DONE, "woocommerce_webtoffee"), upload.error
    assert [product for _order, _ordinal, product, *_rest in lines()] == ["Schoen", "Veter"]


def test_the_analytics_report_of_woocommerce_says_why_it_cannot_serve_and_which_export_can() -> None:
    upload = pipeline.import_file(SAMPLES / "woocommerce_analytics.csv")
    assert upload.state == Upload.State.FAILED
    with override("en"):
        assert "neither an e-mail address nor a customer number" in upload.error
        assert "WebToffee" in upload.error


def test_magento_orders_count_in_the_base_currency_and_without_vat() -> None:
    upload = import_sample("magento_orders.csv")
    assert upload.preset == "magento_orders"
    assert orders() == [
        ("000000101", "anna@example.com", "2025-01-01", "100.0000", "placed"),  # 95 and 5 of shipping
        ("000000102", "bram@example.com", "2025-02-28", "50.0000", "cancelled"),  # not the 51.43 in pounds
        ("000000103", "", "2025-03-03", "90.0000", "placed"),  # 10 of discount shows
    ]
    assert Order.objects.get(external_id="000000101").refunded_amount == Decimal("10.0000")
    assert {order.sales_channel for order in Order.objects.all()} == {"Webwinkel NL", "Webwinkel UK"}


def test_magento_amounts_in_another_currency_are_refused_by_name(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "magento_orders.csv", "60.5000", "$60.5000")
    assert rejects_of(upload) == [(3, "Grand Total (Base)", "foreign_currency")]


def test_online_retail_keeps_credit_notes_as_refunds_and_lines_of_nobody_as_anonymous() -> None:
    make_shop(time_zone="Europe/London")
    upload = pipeline.import_file(SAMPLES / "online_retail.csv")
    assert (upload.state, upload.preset) == (Upload.State.DONE, "online_retail"), upload.error
    assert orders() == [
        ("536365", "17850", "2010-12-01", "35.6400", "placed"),
        ("536366", "", "2010-12-01", "2.5500", "placed"),
    ]
    assert lines() == [
        ("536365", 1, "LANTERN", "6.0000", "20.3400"),
        ("536365", 2, "LANTERN", "6.0000", "15.3000"),  # two equal products are two lines
        ("536366", 1, "LIGHT HOLDER", "1.0000", "2.5500"),
    ]
    refund = Refund.objects.get()
    assert (refund.external_id, refund.customer.external_id, refund.amount) == (
        "C536379",
        "17850",
        Decimal("3.39"),
    )
    assert refund.order is None
    assert Customer.objects.get().country == "France"  # the latest of two


@needs_real
def test_the_real_shopify_export() -> None:
    make_shop(currency="INR")
    upload = pipeline.import_file(REAL / "shopify_orders.csv")
    assert (upload.counts["read"], upload.counts["new"]) == (121, 121)
    assert Order.objects.count() == 51
    assert "rest" not in {part["key"] for part in upload.control_totals["reconciliation"]}
    assert (upload.control_totals["orders"], upload.control_totals["revenue"]) == (51, "585942.0000")


@needs_real
def test_the_real_shopify_export_in_another_currency_is_refused_by_name() -> None:
    upload = pipeline.import_file(REAL / "shopify_orders.csv")
    assert upload.state == Upload.State.REJECTED
    assert upload.counts["rejected"] == 121
    assert set(upload.rejects.values_list("reason_code", "column")) == {
        ("foreign_currency", "Currency"),
        ("head_rejected", ""),  # the key of an order is no column of the file
    }
    assert not Order.objects.exists()


@needs_real
def test_the_real_woocommerce_export() -> None:
    make_shop(currency="USD")
    upload = pipeline.import_file(REAL / "woocommerce_orders.csv")
    assert upload.counts["new"] == 3
    assert [net for _id, _customer, _day, net, _status in orders()] == ["19.0000", "28.0000", "49.9900"]
    assert Order.objects.get(external_id="1003").lines.count() == 3
