"""Broken files in Chromium: what is no table is named, what is wrong is listed, corrected, uploaded again."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Order, Upload
from tests.browser_imports import browse, counted, upload
from tests.builders import write_csv
from tests.test_browser_import import upload_root
from tests.worker_process import worker_at_work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

__all__ = ["upload_root"]  # the fixture, for every test here

#: A cell too few, one too many, and a quotation mark that is never closed.
RAGGED = """Ordernummer;Klantnummer;Besteldatum;Bedrag;Opmerking
A1;anna;31-01-2025;19,95;cadeau
A2;bram;01-02-2025
A3;carla;02-02-2025;5,00;snel;graag
A4;daan;03-02-2025;7,50;
"""
#: Every date can be read in two ways, and one amount is none.
TWO_WAYS = """Ordernummer;Klantnummer;Besteldatum;Bedrag
A1;anna;03-04-2025;19,95
A2;bram;05-06-2025;5,00
A3;anna;07-08-2025;gratis
"""


def write_zip(folder: Path) -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("orders.csv", RAGGED)
    return path


def write_old_workbook(folder: Path) -> Path:
    path = folder / "orders.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    return path


def write_web_page(folder: Path) -> Path:
    path = folder / "orders.csv"
    path.write_text("<!doctype html><html><body>Sign in to export</body></html>")
    return path


def confirm(page: Page) -> None:
    """Import the file that is shown, and wait for its report."""
    page.get_by_role("button", name="Import this file").click()
    expect(page.get_by_text("Imported on")).to_be_visible()


def download_rejects(page: Page) -> str:
    """Return the text of the file of rejects."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them as CSV").click()
    return Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_what_is_no_table_is_refused_by_name_and_leaves_nothing(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    refused = {write_zip: "zip", write_old_workbook: ".xls", write_web_page: "web page"}
    with browse(chromium_path, live_server.url) as page:
        for write, name in refused.items():
            page.get_by_label("Upload an export").set_input_files(write(tmp_path))
            page.get_by_role("button", name="Upload and look").click()
            expect(page.locator("#upload-form .errorlist")).to_contain_text(name)
            expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    assert set(Upload.objects.values_list("state", flat=True)) <= {Upload.State.FAILED}
    assert not Order.objects.exists()


def test_ragged_records_are_listed_corrected_and_uploaded_again(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, RAGGED, name="bestellingen.csv")
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, file)
        confirm(page)
        assert (counted(page)["new"], counted(page)["rejected"]) == ("2", "2")
        rejects = page.locator("section[aria-labelledby=rejects] tbody tr")
        assert [row.locator("th").inner_text() for row in rejects.all()] == ["3", "4"]
        broken = download_rejects(page)
        mended = broken.replace("A2;bram;01-02-2025;", "A2;bram;01-02-2025;12,50", 1)
        mended = mended.replace("snel;graag", "snel, graag", 1)
        assert mended.count("12,50") == mended.count("snel, graag") == 1
        page.goto(f"{live_server.url}/imports/")
        upload(page, write_csv(tmp_path, mended, name="verbeterd.csv", encoding="utf-8-sig"))
        page.get_by_label("1 Feb 2025 day-month-year").check()  # the two records alone leave it open
        expect(page.locator("section[aria-labelledby=questions]")).to_have_count(0)
        confirm(page)
        assert (counted(page)["new"], counted(page)["rejected"]) == ("2", "0")
    found = Order.objects.order_by("external_id").values_list("external_id", "net_revenue")
    assert [(number, str(net)) for number, net in found] == [
        ("A1", "19.9500"), ("A2", "12.5000"), ("A3", "5.0000"), ("A4", "7.5000"),
    ]  # fmt: skip


def test_dates_that_can_be_read_in_two_ways_are_asked_and_what_is_no_amount_is_refused(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, TWO_WAYS, name="twee.csv")
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, file)
        page.get_by_label("3 Apr 2025 day-month-year").check()
        expect(page.locator("section[aria-labelledby=questions]")).to_have_count(0)
        confirm(page)
        refused = page.locator("section[aria-labelledby=rejects] tbody tr")
        expect(refused).to_have_count(1)
        expect(refused).to_contain_text("“gratis” is not an amount")
    days = Order.objects.order_by("external_id").values_list("ordered_on", flat=True)
    assert [str(day) for day in days] == ["2025-04-03", "2025-06-05"]
