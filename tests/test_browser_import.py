"""The way of a file in Chromium: sign in, upload, look, map, confirm, watch, read the report, undo."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Locator, Page, expect, sync_playwright

from customers.models import Order
from tests.builders import PASSWORD, make_shop, make_user, write_csv

ROOT = Path(__file__).resolve().parent.parent
EXPORTS = ROOT.parent / "shared" / "data" / "exports"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = [(1440, "light"), (390, "dark")]
#: Neither the dates nor the amounts of this file settle how they are written; line 4 has a letter too many.
UNSETTLED = """Ordernummer;Klantnummer;Naam;Besteldatum;Bedrag;Opmerking
A1;anna;Anaïs Köhler;03-04-2025;1.250;cadeau
A2;bram;Bram Bakker;05-06-2025;2.500;
A3;anna;Anaïs Köhler;07-08-2025;3.x00;
"""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def upload_root(settings: Any, tmp_path: Path) -> Path:
    """A folder for raw files that web server and worker share."""
    settings.UPLOAD_ROOT = tmp_path / "uploads"
    return settings.UPLOAD_ROOT


@contextmanager
def working(upload_root: Path) -> Iterator[None]:
    """A worker process on the test's database."""
    place = connection.settings_dict
    login = f"{place['USER']}:{place.get('PASSWORD', '')}@"
    url = f"postgresql://{login}/{place['NAME']}?host={place['HOST']}&port={place['PORT']}"
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "UPLOAD_ROOT": str(upload_root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout
        assert worker.stdout.readline() == "Worker is ready.\n"
        yield
    finally:
        worker.kill()
        worker.communicate()


@contextmanager
def browse(
    chromium_path: str, address: str, width: int = 1440, scheme: Any = "light", **options: Any
) -> Iterator[Page]:
    """The page of imports after signing in, in English; complaints of the browser fail the test."""
    make_user("marieke")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, **options
        )
        context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "en", "url": address}])
        page = context.new_page()
        page.route(f"{settings.CHARTJS_CDN}/**", lambda route: route.abort())
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
        sign_in(page, address)
        yield page
        browser.close()
        assert complaints == []


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in/?next=/imports/")
    page.get_by_label("Username").fill("marieke")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Imports")
    page.wait_for_load_state("load")  # its scripts, too


def upload(page: Page, file: Path) -> None:
    """Choose the file, send it, and wait for the page that shows how it is understood."""
    page.get_by_label("Upload an export").set_input_files(file)
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(file.name)


def counted(page: Page) -> dict[str, str]:
    """The records of the report's equation, by what they are called."""
    rows = page.locator("section[aria-labelledby=counts] .equation tr").all()
    return {
        re.sub(r"^[+=] ", "", row.locator("th").inner_text()): row.locator("td").inner_text() for row in rows
    }


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out of the window sideways, once its style has come."""
    page.wait_for_load_state("load")
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_file_goes_all_the_way_from_the_form_to_its_report(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path, width: int, scheme: str
) -> None:
    file = write_csv(tmp_path, UNSETTLED, name="bestellingen.csv", encoding="cp1252")
    with browse(chromium_path, live_server.url, width, scheme) as page, working(upload_root):
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
        expect(page.get_by_text("Imported on")).to_be_visible(timeout=20_000)
        assert counted(page) == {
            "new": "2", "changed": "0", "the same as before": "0", "duplicate within the file": "0",
            "rejected": "1", "skipped (blank lines and totals)": "0", "records read": "3",
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
    with browse(chromium_path, live_server.url) as page, working(upload_root):
        upload(page, EXPORTS / file)
        expect(page.get_by_label("Exported by").locator("option:checked")).to_have_text(preset)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("Imported on")).to_be_visible(timeout=20_000)
        assert counted(page)["rejected"] == "0"
        assert int(counted(page)["new"]) == int(counted(page)["records read"])


def test_a_column_can_be_given_another_meaning(live_server: Any, chromium_path: str, tmp_path: Path) -> None:
    file = write_csv(tmp_path, "Ordernummer;Wie;Besteldatum;Bedrag\nA1;anna;31-01-2025;1,50\n", name="a.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        expect(page.get_by_text("1 column is ignored")).to_be_visible()
        page.get_by_label("“Wie” becomes").select_option("customer number")
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
    with browse(chromium_path, live_server.url, **options) as page, working(upload_root):
        page.get_by_label("Upload an export").set_input_files(files)
        if scripts:
            expect(page.locator(".dropzone-chosen li")).to_have_count(3)
        page.get_by_role("button", name="Upload and look").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("3 files")
        assert fits(page)
        together = page.url
        page.get_by_role("button", name="Import the 2 files that are clear").click()
        wait_for_row(page, "customers.csv", "imported", scripts)
        expect(page.get_by_role("row", name="refunds.csv")).to_contain_text("waiting for another file")
        page.get_by_role("link", name=re.compile("^Answer")).click()
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        page.get_by_label("3 Apr 2025 day-month-year").check()
        page.get_by_role("button", name="Import this file").click()
        expect(page).to_have_url(together)
        wait_for_row(page, "refunds.csv", "1 new", scripts)
        expect(page.get_by_text("3 files were imported.")).to_be_visible()
    assert [str(order.ordered_on) for order in Order.objects.all()] == ["2025-04-03"]


def wait_for_row(page: Page, file: str, text: str, scripts: bool) -> None:
    """Wait until the row of a file says something; without scripts by loading the page again."""
    row = page.get_by_role("row", name=file)
    for _attempt in range(0 if scripts else 40):
        if text in row.inner_text():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(row).to_contain_text(text, timeout=20_000)


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


def test_it_all_works_without_javascript(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, UNSETTLED, name="plain.csv")
    with browse(chromium_path, live_server.url, java_script_enabled=False) as page, working(upload_root):
        upload(page, file)
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        page.get_by_role("button", name="Show again").locator("visible=true").first.click()
        expect(page.get_by_text("what is “1.250”?")).to_have_count(0)
        page.get_by_label("4 Mar 2025 month-day-year").check()
        page.get_by_role("button", name="Import this file").click()
        for _attempt in range(40):
            if page.locator("#counts").count():
                break
            page.wait_for_timeout(250)
            page.reload()
        assert counted(page)["new"] == "2"


def test_a_page_that_waits_for_a_worker_moves_as_soon_as_one_runs(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, "Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;1,50\n", name="orders.csv")
    with browse(chromium_path, live_server.url) as page:
        upload(page, file)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("No worker is running, so nothing moves.")).to_be_visible()
        with working(upload_root):
            expect(page.get_by_text("Imported on")).to_be_visible(timeout=20_000)
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
        with working(upload_root):
            wait_for(page, page.get_by_label(re.compile("the comma is the decimal mark")), scripts)
            page.get_by_label(re.compile("the comma is the decimal mark")).check()
            page.get_by_role("button", name="Import this file").click()
            wait_for(page, page.locator("#counts"), scripts)
        assert counted(page)["new"] == "11,000"
    assert Order.objects.filter(net_revenue="1250").count() == 11


def wait_for(page: Page, wanted: Locator, scripts: bool) -> None:
    """Wait until something is on the page; without scripts by loading it again."""
    for _attempt in range(0 if scripts else 80):
        if wanted.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted).to_be_visible(timeout=40_000)


def test_an_import_is_undone_after_seeing_what_that_touches(
    live_server: Any, chromium_path: str, tmp_path: Path, upload_root: Path
) -> None:
    file = write_csv(tmp_path, "Ordernummer;Besteldatum;Bedrag\nA1;31-01-2025;1,50\n", name="orders.csv")
    with browse(chromium_path, live_server.url) as page, working(upload_root):
        upload(page, file)
        page.get_by_role("button", name="Import this file").click()
        page.get_by_role("link", name="Undo …").click(timeout=20_000)
        expect(page.get_by_role("row", name="Orders 1 0 0")).to_be_visible()
        page.get_by_role("button", name="Undo this import").click()
        expect(page.get_by_text("This import was undone.")).to_be_visible(timeout=20_000)
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
        found.append(find_barriers(page))
        page.get_by_label("€1,250.00 the comma is the decimal mark").check()
        expect(page.get_by_text("what is “1.250”?")).to_have_count(0)
        page.get_by_label("3 Apr 2025 day-month-year").check()
        expect(page.locator("section[aria-labelledby=questions]")).to_have_count(0)
        page.get_by_role("button", name="Import this file").click()
        expect(page.get_by_text("No worker is running")).to_be_visible()
        found.append(find_barriers(page))
        with working(upload_root):
            expect(page.get_by_text("Imported on")).to_be_visible(timeout=20_000)
            found.append(find_barriers(page))
            page.get_by_role("link", name="Undo …").click()
            found.append(find_barriers(page))
            page.goto(f"{live_server.url}/calculations/")
            found.append(find_barriers(page))
    assert found == [[]] * 6


def find_barriers(page: Page) -> list[str]:
    """Return what axe calls serious or critical, with the first element it is about."""
    page.add_script_tag(path=AXE)
    violations = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{page.url}: {found['id']}: {found['nodes'][0]['html']}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
    ]
