"""Exports of customers: Shopify (both layouts), Magento 2, Lightspeed eCom and Klaviyo."""

from pathlib import Path

import pytest

from customers.models import Customer, Order
from tests.preset_samples import customers, import_changed, import_sample, rejects_of

pytestmark = pytest.mark.django_db


def test_shopify_customers_are_known_by_email_and_apostrophes_go_from_numbers_only() -> None:
    upload = import_sample("shopify_customers.csv")
    assert upload.preset == "shopify_customers"
    assert customers() == [
        ("9013808660999", "", "Bakkerij De Korenbloem", "NL", "Zwolle", ""),
        ("anna@example.com", "anna@example.com", "Anna 't Hooft", "NL", "'s-Hertogenbosch", ""),
    ]


def test_the_former_layout_of_shopify_customers_has_no_number_at_all() -> None:
    upload = import_sample("shopify_customers_old.csv")
    assert upload.preset == "shopify_customers"
    assert customers() == [
        ("bram@example.com", "bram@example.com", "Bram de Wit", "NL", "Utrecht", ""),
        ("chris@example.com", "chris@example.com", "Chris Jansen", "BE", "Gent", ""),
    ]


def test_customers_and_orders_of_shopify_are_the_same_people() -> None:
    import_sample("shopify_customers.csv")
    import_sample("shopify_orders.csv")
    assert Order.objects.get(external_id="7001").customer == Customer.objects.get(email="anna@example.com")


def test_magento_customers_have_dates_with_english_months() -> None:
    upload = import_sample("magento_customers.csv")
    assert upload.preset == "magento_customers"
    assert customers() == [
        ("anna@example.com", "anna@example.com", "Anna 't Hooft", "Netherlands", "", "2024-12-31"),
        ("daan@example.com", "daan@example.com", "Daan van der Berg", "Belgium", "", "2023-05-08"),
    ]


def test_customers_and_orders_of_magento_are_the_same_people() -> None:
    import_sample("magento_orders.csv")
    import_sample("magento_customers.csv")
    assert Order.objects.get(external_id="000000101").customer == Customer.objects.get(name="Anna 't Hooft")


def test_lightspeed_puts_the_preposition_between_first_and_last_name() -> None:
    upload = import_sample("lightspeed_customers.csv")
    assert upload.preset == "lightspeed_customers"
    assert customers() == [
        ("88001", "eva@example.com", "Eva van der Meer", "Netherlands", "Utrecht", "2024-12-31"),
        ("88002", "fons@example.com", "Fons 't Hooft", "Netherlands", "'s-Hertogenbosch", "2025-02-01"),
    ]


def test_klaviyo_profiles_are_customers_without_a_day_of_acquisition() -> None:
    upload = import_sample("klaviyo_profiles.csv")
    assert upload.preset == "klaviyo_profiles"
    assert customers() == [
        ("01HBBBBBBBBBBBBBBBBBBBBBBB", "", "Hanna", "Belgium", "", ""),
        ("gijs@example.com", "gijs@example.com", "Gijs de Boer", "Netherlands", "Groningen", ""),
    ]


def test_a_customer_whom_nothing_names_is_rejected_at_the_email_column(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "klaviyo_profiles.csv", "01HBBBBBBBBBBBBBBBBBBBBBBB", "")
    assert rejects_of(upload) == [(3, "Email", "missing")]
    assert [number for number, *_rest in customers()] == ["gijs@example.com"]


def test_a_day_that_does_not_exist_is_rejected_with_line_and_column(tmp_path: Path) -> None:
    upload = import_changed(tmp_path, "magento_customers.csv", "May 8, 2023", "Feb 29, 2023")
    assert rejects_of(upload) == [(3, "Customer Since", "impossible_date")]
