"""Exports with a known header row: samples in tests/data, and the real ones beside the repository."""

from decimal import Decimal
from pathlib import Path

import pytest

from customers.imports import pipeline
from customers.models import Customer, Order, OrderLine, Refund, Upload
from tests.builders import make_shop

SAMPLES = Path(__file__).parent / "data"
REAL = Path(__file__).parents[2] / "shared/data/exports"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="the real exports are not beside the repository")
pytestmark = pytest.mark.django_db


def orders() -> list[tuple[str, str, str, str, str]]:
    """Return (order, customer, day, net, status) of every order."""
    return [
        (
            order.external_id,
            order.customer.external_id if order.customer else "",
            str(order.ordered_on),
            str(order.net_revenue),
            order.status,
        )
        for order in Order.objects.select_related("customer").order_by("external_id")
    ]


def lines() -> list[tuple[str, int, str, str, str]]:
    """Return (order, ordinal, product, quantity, net amount) of every line."""
    return [
        (line.order.external_id, line.ordinal, line.product, str(line.quantity), str(line.net_amount))
        for line in OrderLine.objects.select_related("order").order_by("order__external_id", "ordinal")
    ]


def test_shopify_counts_an_order_once_and_takes_the_vat_out() -> None:
    upload = pipeline.import_file(SAMPLES / "shopify_orders.csv")
    assert (upload.state, upload.preset) == (Upload.State.DONE, "shopify_orders"), upload.error
    # 121.00 with 21.00 VAT inside: lines, shipping and refund hold it in the same proportion.
    assert orders() == [
        ("7001", "anna@example.com", "2025-01-01", "100.0000", "placed"),  # 31 December 23:30 in UTC
        ("7002", "bram@example.com", "2025-01-03", "50.0000", "cancelled"),
        ("7003", "", "2025-01-04", "8.2645", "placed"),
    ]
    assert lines() == [
        ("7001", 1, "Mug", "2.0000", "41.3223"),
        ("7001", 2, "Plate", "1.0000", "50.4132"),
        ("7002", 1, "Lamp", "1.0000", "50.0000"),
        ("7003", 1, "Mug", "1.0000", "8.2645"),
    ]
    assert Order.objects.get(external_id="7001").refunded_amount == Decimal("10.0000")
    assert upload.control_totals["reconciliation"] == {
        "revenue_with_tax": "191.50",
        "tax": "33.2355",
        "imported": "158.2645",
        "difference": "0.0000",
    }


def test_woocommerce_splits_the_lines_of_an_order_and_knows_guests_by_email() -> None:
    upload = pipeline.import_file(SAMPLES / "woocommerce_orders.csv")
    assert (upload.state, upload.preset) == (Upload.State.DONE, "woocommerce_webtoffee"), upload.error
    assert orders() == [
        ("501", "3", "2025-05-16", "19.0000", "placed"),
        ("502", "guest@example.com", "2025-05-17", "28.0000", "cancelled"),
    ]
    assert lines() == [
        ("501", 1, "Shoe", "1.0000", "8.0000"),
        ("501", 2, "Lace", "2.0000", "1.0000"),
        ("502", 1, "Hat", "1.0000", "18.0000"),
    ]
    assert upload.counts["new"] == upload.counts["read"] == 2


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
    assert upload.control_totals["reconciliation"]["difference"] == "0.0000"


@needs_real
def test_the_real_shopify_export_in_another_currency_is_refused_by_name() -> None:
    upload = pipeline.import_file(REAL / "shopify_orders.csv")
    assert upload.state == Upload.State.REJECTED
    assert upload.counts["rejected"] == 121
    assert set(upload.rejects.values_list("reason_code", flat=True)) == {"foreign_currency", "head_rejected"}
    assert not Order.objects.exists()


@needs_real
def test_the_real_woocommerce_export() -> None:
    make_shop(currency="USD")
    upload = pipeline.import_file(REAL / "woocommerce_orders.csv")
    assert upload.counts["new"] == 3
    assert [net for _id, _customer, _day, net, _status in orders()] == ["19.0000", "28.0000", "49.9900"]
    assert Order.objects.get(external_id="1003").lines.count() == 3
