"""The whole way of exports that are recognised, in Chromium: uploaded, shown, imported as proposed."""

from typing import Any

import pytest
from playwright.sync_api import expect

from customers.models import AcquisitionCost
from tests.browser_imports import browse, counted, upload
from tests.builders import make_customer, make_order
from tests.preset_samples import SAMPLES
from tests.worker_process import worker_at_work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> Any:
    """A folder for raw files that web server and worker share."""
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return settings.UPLOAD_ROOT


@pytest.fixture
def shop() -> None:
    """Orders and customers that payments and answers of the samples refer to."""
    for name in ("anna", "bram"):
        make_customer(name, email=f"{name}@example.com")
    for number in ("501", "502", "503"):
        make_order(None, "2025-01-01", "100.00", external_id=number)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("shopify_customers.csv", "Shopify customers"),
        ("magento_orders.csv", "Magento 2 orders"),
        ("google_ads_utf16.csv", "Google Ads campaigns by day"),
        ("mollie_settlements.csv", "Mollie settlements"),
        ("typeform.csv", "Typeform responses"),
    ],
)
def test_an_export_goes_in_as_it_is_proposed(
    live_server: Any, chromium_path: str, folder: Any, shop: None, name: str, label: str
) -> None:
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, SAMPLES / name)
        expect(page.get_by_label("Exported by").locator("option:checked")).to_have_text(label)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible()
        assert counted(page)["rejected"] == "0"


def test_the_channel_of_an_advertising_report_is_changed_on_the_page(
    live_server: Any, chromium_path: str, folder: Any
) -> None:
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, SAMPLES / "meta_ads_nl.csv")
        row = page.get_by_role("row").filter(has_text="the same for the whole file")
        row.get_by_role("button", name="Remove").click()
        page.get_by_role("button", name="Platform is the channel").click()
        expect(page.get_by_label("“Platform” becomes").locator("option:checked")).to_have_text("channel *")
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible()
    found = AcquisitionCost.objects.order_by("channel", "first_day").values_list("channel", "amount")
    assert [(channel, str(amount)) for channel, amount in found] == [
        ("facebook", "13.1500"),  # 8.00 + 5.15
        ("facebook", "22.5000"),
        ("instagram", "4.0000"),
    ]
