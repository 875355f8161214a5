"""The way of a file in Chromium: sign in, upload, look, map, confirm, watch, read the report, undo."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from customers.models import Order
from tests.browser_imports import (
    AXE,
    ROOT,
    SIZES,
    UNSETTLED,
    browse,
    choose,
    counted,
    find_barriers,
    fits,
    follow,
    settle,
    upload,
    wait_for,
)
from tests.builders import make_shop, write_csv
from tests.worker_process import worker_at_work

EXPORTS = ROOT.parent / "shared" / "data" / "exports"

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def upload_root(settings: Any, tmp_path: Path) -> Path:
    """A folder for raw files that web server and worker share."""
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return settings.UPLOAD_ROOT


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_file_goes_all_the_way_from_the_form_to_its_report(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path, width: int, scheme: str
) -> None:
    file = write_csv(tmp_path, UNSETTLED, name="bestellingen.csv", encoding="cp1252")
    with browse(chromium_path, live_server.url, width, scheme) as page, worker_at_work():
        assert fits(page)
        upload(page, file)
        expect(page.get_by_text("its words with accents are: Anaïs, Köhler.")).to_be_visible()
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        expect(page.get_by_text("what is “1.250”?")).to_have_count(0)
        page.get_by_label("3 Apr 2025 day-month-year").check()
        expect(page.locator("section[aria-labelledby=questions]")).to_have_count(0)
        expect(page.get_by_role("row", name=re.compile("^Besteldatum"))).to_contain_text("3 Apr 2025")
        assert fits(page)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible()
        assert counted(page) == {
            "new": "2", "changed": "0", "the same as before": "0", "duplicate within the file": "0",
            "rejected": "1", "skipped (titles, blank lines and totals)": "0", "records read": "3",
        }  # fmt: skip
        assert fits(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download them as CSV").click()
        assert download.value.suggested_filename == "bestellingen-rejects.csv"
        assert "A3;anna;Anaïs Köhler;07-08-2025;3.x00;" in Path(download.value.path()).read_text("utf-8-sig")
    assert [(order.external_id, str(order.ordered_on)) for order in Order.objects.order_by("pk")] == [
        ("A1", "2025-04-03"), ("A2", "2025-06-05"),
    ]  # fmt: skip


@pytest.mark.skipif(not EXPORTS.exists(), reason=f"the sample exports are not in {EXPORTS}")
@pytest.mark.parametrize(
    ("file", "currency", "preset"),
    [
        ("shopify_orders.csv", "INR", "Shopify orders"),
        ("woocommerce_orders.csv", "USD", "WooCommerce orders (WebToffee)"),
    ],
)
def test_a_real_export_is_recognised_and_imported_as_it_is(
    live_server: Any, chromium_path: str, upload_root: Path, file: str, currency: str, preset: str
) -> None:
    make_shop(currency=currency)
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, EXPORTS / file)
        expect(page.get_by_label("Exported by").locator("option:checked")).to_have_text(preset)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible()
        assert counted(page)["rejected"] == "0"
        assert int(counted(page)["new"]) == int(counted(page)["records read"])


def test_a_column_can_be_given_another_meaning(live_server: Any, chromium_path: str, tmp_path: Path) -> None:
    file = write_csv(tmp_path, "Ordernummer;Wie;Besteldatum;Bedrag\nA1;anna;31-01-2025;1,50\n", name="a.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        expect(page.get_by_text("1 column is ignored")).to_be_visible()
        choose(page, "“Wie” becomes", "customer number")
        expect(page.get_by_text("1 column is ignored")).to_have_count(0)
        expect(page.locator("section[aria-labelledby=preview]")).to_contain_text("anna")
        page.reload()
        expect(page.get_by_label("“Wie” becomes").locator("option:checked")).to_have_text("customer number")


def test_a_workbook_is_refused_beside_the_field_without_leaving_the_page(
    live_server: Any, chromium_path: str, tmp_path: Path
) -> None:
    workbook = tmp_path / "orders.csv"
    workbook.write_bytes(b"PK\x03\x04" + b"xl/workbook.xml" * 9)
    good = write_csv(tmp_path, UNSETTLED, name="good.csv")
    with browse(chromium_path, live_server.url) as page:
        page.get_by_label("Upload an export").set_input_files(workbook)
        page.get_by_role("button", name="Upload and look").click()
        expect(page.locator("#upload-form .errorlist")).to_contain_text("The workbook is damaged")
        upload(page, good)  # the form that came back works like the first


def test_a_file_can_be_dropped(live_server: Any, chromium_path: str) -> None:
    with browse(chromium_path, live_server.url) as page:
        page.locator(".dropzone").evaluate("""zone => {
            const carried = new DataTransfer();
            const text = "Ordernummer;Besteldatum;Bedrag\\nA1;31-01-2025;1,50";
            carried.items.add(new File([text], "dropped.csv"));
            const dropped = {dataTransfer: carried, bubbles: true, cancelable: true};
            zone.dispatchEvent(new DragEvent("drop", dropped));
        }""")
        expect(page.locator(".dropzone-chosen")).to_contain_text("dropped.csv")
        page.get_by_role("button", name="Upload and look").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("dropped.csv")


def test_it_all_works_without_javascript(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, UNSETTLED, name="plain.csv")
    with browse(chromium_path, live_server.url, java_script_enabled=False) as page, worker_at_work():
        upload(page, file)
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        follow(page, page.get_by_role("button", name="Show again").locator("visible=true").first)
        expect(page.get_by_text("what is “1.250”?")).to_have_count(0)
        page.get_by_label("4 Mar 2025 month-day-year").check()
        follow(page, page.get_by_role("button", name="Import this file"))
        wait_for(page, page.locator("#counts"), scripts=False)
        assert counted(page)["new"] == "2"


def test_a_page_that_waits_for_a_worker_moves_as_soon_as_one_runs(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, "Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;1,50\n", name="orders.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("No worker is running, so nothing moves.")).to_be_visible()
        with worker_at_work():
            expect(page.get_by_text("Imported on")).to_be_visible()
            page.get_by_role("link", name="Watch the calculation").click()
            expect(page.get_by_role("cell", name="import of orders.csv")).to_be_visible()


def write_large(folder: Path) -> Path:
    """More than four megabytes; none of its amounts settles how they are written."""
    rows = "".join(f"A{n};klant-{n % 997};31-01-2025;1.{n % 1000:03};{'x' * 400}\n" for n in range(11_000))
    return write_csv(
        folder, f"Ordernummer;Klantnummer;Besteldatum;Bedrag;Opmerking\n{rows}", name="large.csv"
    )


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_large_file_is_looked_through_by_the_worker_before_its_mapping_is_shown(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path, scripts: bool
) -> None:
    file = write_large(tmp_path)
    assert file.stat().st_size > 4 << 20
    with browse(chromium_path, live_server.url, 390, java_script_enabled=scripts) as page:
        upload(page, file)
        expect(page.get_by_text("Looking through the file")).to_be_visible()
        expect(page.get_by_text("No worker is running, so nothing moves.")).to_be_visible()
        assert fits(page)
        with worker_at_work():
            wait_for(page, page.get_by_label(re.compile("the comma is the decimal mark")), scripts)
            page.get_by_label(re.compile("the comma is the decimal mark")).check()
            settle(page)
            follow(page, page.get_by_role("button", name="Import this file"))
            wait_for(page, page.locator("#counts"), scripts)
        assert counted(page)["new"] == "11,000"
    assert Order.objects.filter(net_revenue="1250").count() == 11


def test_an_import_is_undone_after_seeing_what_that_touches(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, "Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;1,50\n", name="orders.csv")
    with browse(chromium_path, live_server.url) as page, worker_at_work():
        upload(page, file)
        page.get_by_role("button", name="Import this file").click()
        page.get_by_role("link", name="Undo …").click()
        expect(page.get_by_role("row", name="Orders 1 0 0")).to_be_visible()
        page.get_by_role("button", name="Undo this import").click()
        expect(page.get_by_text("This import was undone.")).to_be_visible()
    assert not Order.objects.exists()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: make setup")
@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_axe_finds_nothing_serious_on_the_way(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path, width: int, scheme: str
) -> None:
    file = write_csv(tmp_path, UNSETTLED, name="orders.csv", encoding="cp1252")
    with browse(chromium_path, live_server.url, width, scheme, bypass_csp=True) as page:
        found = [find_barriers(page)]
        upload(page, file)
        page.locator("details:not([open]) > summary").locator("visible=true").last.click()
        settle(page)
        found.append(find_barriers(page))
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        expect(page.get_by_text("what is “1.250”?")).to_have_count(0)
        page.get_by_label("3 Apr 2025 day-month-year").check()
        expect(page.locator("section[aria-labelledby=questions]")).to_have_count(0)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("No worker is running")).to_be_visible()
        found.append(find_barriers(page))
        with worker_at_work():
            expect(page.get_by_text("Imported on")).to_be_visible()
            found.append(find_barriers(page))
            follow(page, page.get_by_role("link", name="Undo …"))
            found.append(find_barriers(page))
            page.goto(f"{live_server.url}/calculations/")
            found.append(find_barriers(page))
    assert found == [[]] * 6
