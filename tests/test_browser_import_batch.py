"""Several files in Chromium: dropped at once, uploaded one by one, followed on one page."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Order
from tests.browser_imports import browse, fits, follow, settle
from tests.browser_patience import PATIENCE
from tests.builders import write_csv
from tests.worker_process import worker_at_work

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("upload_root"),
]


def write_shop(folder: Path) -> list[Path]:
    """Files of one shop, the last first; the orders leave a question."""
    files = {
        "refunds.csv": "Creditnota;Ordernummer;Datum;Bedrag\nC1;A1;13-05-2025;19,95\n",
        "orders.csv": "Ordernummer;Klantnummer;Besteldatum;Bedrag\nA1;anna;03-04-2025;1.250\n",
        "customers.csv": "Klantnummer;Naam;Kanaal\nanna;Anna;ads\n",
    }
    return [write_csv(folder, text, name=name) for name, text in files.items()]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_whole_shop_is_dropped_at_once_and_followed_on_one_page(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path, scripts: bool
) -> None:
    files = write_shop(tmp_path)
    options = {"java_script_enabled": scripts}
    with browse(chromium_path, live_server.url, **options) as page, worker_at_work():
        page.get_by_label("Upload an export").set_input_files(files)
        if scripts:
            expect(page.locator(".dropzone-chosen li")).to_have_count(3)
        page.get_by_role("button", name="Upload and look").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 files")
        assert fits(page)
        together = page.url
        follow(page, page.get_by_role("button", name="Import the 2 files that are clear"))
        wait_for_row(page, "customers.csv", "imported", scripts)
        expect(page.get_by_role("row", name="refunds.csv")).to_contain_text("waiting for another file")
        follow(page, page.get_by_role("link", name=re.compile("^Answer")))
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        settle(page)
        page.get_by_label("3 Apr 2025 day-month-year").check()
        settle(page)
        follow(page, page.get_by_role("button", name="Import this file"))
        expect(page).to_have_url(together)
        wait_for_row(page, "refunds.csv", "1 new", scripts)
        expect(page.get_by_text("3 files were imported.")).to_be_visible()
    assert [str(order.ordered_on) for order in Order.objects.all()] == ["2025-04-03"]


def wait_for_row(page: Page, file: str, text: str, scripts: bool) -> None:
    """Wait until the row of a file says something; without scripts by loading the page again."""
    row = page.get_by_role("row", name=file)
    for _attempt in range(0 if scripts else PATIENCE // 500):
        if row.filter(has_text=text).count():  # as words follow each other, not as lines are broken
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(row).to_contain_text(text)


def test_each_file_shows_how_far_its_upload_is_and_what_went_wrong(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    files = write_shop(tmp_path)
    with browse(chromium_path, live_server.url) as page:
        lost = iter([False, True, False])
        page.route("**/files/", lambda route: route.abort() if next(lost) else route.continue_())
        page.get_by_label("Upload an export").set_input_files(files)
        page.get_by_role("button", name="Upload and look").click()
        items = page.locator(".dropzone-chosen li")
        expect(items.nth(0)).to_contain_text("sent")
        expect(items.nth(1)).to_contain_text("Not sent: the connection broke off.")
        page.get_by_role("link", name="Go on with the files that arrived").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2 files")
