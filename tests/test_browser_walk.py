"""The whole way in Chromium, as its people go it: from an export to what each customer is worth, and why."""

import csv
import gzip
import re
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from customers.demo.plan import Plan
from customers.demo.shop import FILES, generate_shop
from customers.models import Shop
from customers.permissions import ADMIN, MANAGER, MARKETER
from metrics.models import CalculationSettings
from tests.browser_shop import (
    DESKTOP,
    PHONE,
    answer_from_npm,
    read_amount,
    say,
    stay_dead,
    visit,
)
from tests.builders import make_shop, make_user
from tests.worker_process import worker_at_work

pytestmark = pytest.mark.browser

ONLINE_RETAIL = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
CUSTOMERS, INVOICES, LINES = 12, 90, 4
AN_IMPORT = 240_000  # milliseconds for half a million lines, on a machine that does other work as well
MARGIN = Decimal("0.4")
GIVEN_BACK = {"17003": Decimal("5.10")}
#: One credit note, one invoice of nobody, and one line that cannot be read.
ODD_ONES = """C900001,85123A,WHITE HANGING HEART,-2,2011-06-01T10:00:00,2.55,17003,France
900002,85123A,WHITE HANGING HEART,4,2011-06-02T10:00:00,2.55,,France
900003,85123A,WHITE HANGING HEART,4,32 May,2.55,17003,France
"""


def write_export(folder: Path) -> tuple[Path, dict[str, Decimal]]:
    """Write invoice lines in the layout of Online Retail; returns them with what each customer paid for."""
    bought: dict[str, Decimal] = defaultdict(Decimal)
    lines = [HEADER]
    for invoice in range(INVOICES):
        # Later customers buy less often; the first one most.
        customer = f"{17000 + (invoice * invoice) % (CUSTOMERS + invoice % 5)}"
        moment = datetime(2010, 12, 1, 9, 30) + timedelta(days=invoice * 8)
        for line in range(1, LINES + 1):
            quantity, price = 1 + (invoice + line) % 7, Decimal(125 + 40 * line + invoice) / 100
            bought[customer] += quantity * price
            cells = (
                536365 + invoice, f"84{line:03}", f"TIN NO {line}", quantity, moment.isoformat(), price,
                customer, "United Kingdom",
            )  # fmt: skip
            lines.append(",".join(map(str, cells)))
    path = folder / "invoices 2011.csv"
    path.write_text("\n".join(lines) + "\n" + ODD_ONES, encoding="utf-8")
    return path, bought


@pytest.fixture
def margin(transactional_db: None) -> None:
    """Where costs are not known, 40% of revenue is left."""
    CalculationSettings.objects.create(default_margin=MARGIN, shop=Shop.load().snapshot())


@pytest.fixture
def people(transactional_db: None) -> None:
    for role in (MARKETER, MANAGER, ADMIN):
        make_user(role, role=role)


def drop_file(page: Page, path: Path) -> None:
    """Drop a file on the place for it, as from a folder on the desktop."""
    transfer = page.evaluate_handle(
        """([name, text]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], name, { type: "text/csv" }));
            return transfer;
        }""",
        [path.name, path.read_text()],
    )
    page.locator(".dropzone[data-ready]").dispatch_event("drop", {"dataTransfer": transfer})
    expect(page.locator(".dropzone-chosen")).to_contain_text(path.name)


def choose_file(page: Page, path: Path) -> None:
    """Choose a file in the browser's own dialog."""
    with page.expect_file_chooser() as dialog:
        page.locator(".dropzone input[type=file]").click()
    dialog.value.set_files(path)


def hand_over(page: Page, path: Path) -> None:
    """Choose a file, upload it, and agree with how it is understood."""
    choose_file(page, path)
    page.get_by_role("button", name=say("Upload and look")).click()
    page.get_by_role("button", name=say("Import this file")).click()


def read_counts(page: Page) -> dict[str, int]:
    """Return the records of the file by what became of them, as the report says."""
    page.wait_for_load_state("load")
    rows = page.locator("section[aria-labelledby=counts] table.equation tr")
    cells = [(row.locator("th").inner_text(), row.locator("td").inner_text()) for row in rows.all()]
    return {label.strip("+= "): int(count.replace(".", "")) for label, count in cells}


def see_report(page: Page) -> dict[str, int]:
    """Wait for the report that the page turns into by itself; its counts add up."""
    page.locator(".callout-good").wait_for()
    counts = read_counts(page)
    assert sum(counts.values()) == 2 * counts[say("records read")]
    return counts


def see_calculation(page: Page) -> None:
    """Follow the report's link to the calculation and wait until its figures are in use."""
    page.get_by_role("link", name=say("Watch the calculation")).click()
    page.locator("#run-progress").wait_for(state="detached")
    expect(page.locator("tbody tr").first.locator(".badge-good")).to_be_visible()


def read_list(page: Page) -> list[tuple[str, Decimal]]:
    """Return name and value of each customer on the page of the list, in its order."""
    rows = page.locator("#customer-list tbody tr").all()
    return [
        (row.locator("th").inner_text(), read_amount(row.locator("td").last.inner_text())) for row in rows
    ]


def check_explanations(page: Page) -> None:
    """Every fold of "how this is computed" adds up, line by line, to the figure on its card."""
    cards = page.locator(".kpi-card")
    folds = page.locator("details.computed")
    assert folds.count() == cards.count() == 4
    for card, fold in zip(cards.all(), folds.all(), strict=True):
        if fold.get_attribute("open") is None:
            fold.locator("summary").click()
        for table in fold.locator("table.formula").all():
            amounts = [read_amount(cell) for cell in table.locator("tbody td.number").all_inner_texts()]
            total = read_amount(table.locator("tfoot td.number").inner_text())
            assert sum(amounts) == total
        shown = read_amount(card.locator(".kpi-figure").inner_text())
        assert total.quantize(Decimal("0.01")) == shown


def change_language(page: Page, language: str) -> None:
    page.locator(f".site-tools button[lang={language}]").click()
    page.wait_for_selector(f"html[lang={language}]")


def save_export(page: Page, label: str, folder: Path) -> list[list[str]]:
    """Export what the list shows and return the file's rows."""
    page.locator("details.menu", has_text=say("Export")).locator("summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=label).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


WALKS = [
    pytest.param(DESKTOP, "light", answer_from_npm, id="desktop, light, charts from the CDN"),
    pytest.param(PHONE, "dark", stay_dead, id="phone, dark, charts without the CDN"),
]


@pytest.mark.parametrize(("width", "scheme", "cdn"), WALKS)
def test_from_an_export_to_the_value_of_each_customer(
    live_server, people, margin, chromium_path, tmp_path, width, scheme, cdn
):
    path, bought = write_export(tmp_path)
    # A credit note takes back all of the money, and none of what the goods cost.
    worth = {customer: amount * MARGIN - GIVEN_BACK.get(customer, 0) for customer, amount in bought.items()}
    ranking = sorted(worth.items(), key=lambda pair: (-pair[1], pair[0]))
    options = {"width": width, "cdn": cdn, "color_scheme": scheme}
    with visit(chromium_path, live_server.url, **options) as reader:
        page = reader.page
        reader.sign_in(MARKETER)
        reader.follow(page.get_by_role("link", name=say("Upload orders")))
        drop_file(page, path) if width == DESKTOP else choose_file(page, path)
        page.get_by_role("button", name=say("Upload and look")).click()
        expect(page.locator("#id_preset option:checked")).to_have_text(say("Online Retail invoice lines"))
        assert not reader.is_too_wide()
        page.get_by_role("button", name=say("Import this file")).click()
        expect(page.locator("#import-progress-title")).to_have_text(say("Waiting for its turn"))
        with worker_at_work():  # from here on the page moves by itself
            counts = see_report(page)
            assert counts[say("records read")] == INVOICES * LINES + 3
            assert (counts[say("new")], counts[say("rejected")]) == (INVOICES * LINES + 2, 1)
            expect(page.locator("section[aria-labelledby=rejects] tbody tr")).to_contain_text(["32 May"])
            assert not reader.is_too_wide()
            see_calculation(page)

        reader.go("Customers")
        assert read_list(page) == [(customer, value.quantize(Decimal("0.01"))) for customer, value in ranking]

        value = page.locator("#customer-list tbody td").last.bounding_box()
        assert value
        assert value["x"] + value["width"] <= width  # seen without scrolling sideways

        reader.follow(page.get_by_role("link", name=ranking[0][0], exact=True))
        check_explanations(page)
        assert not reader.is_too_wide()

        change_language(page, "en")
        expect(page.get_by_role("heading", name="How this is computed")).to_be_visible()
        expect(page.locator(".facts").first).to_contain_text(f"€{bought[ranking[0][0]]:,.2f}")
        change_language(page, "nl")

        reader.open("/customers/")
        rows = save_export(page, say("For Excel (semicolons, decimal comma)"), tmp_path)
        exported = [(row[1], Decimal(row[-1].replace(",", "."))) for row in rows[1 : len(ranking) + 1]]
        assert exported == ranking
        reader.sign_out()

        reader.sign_in(MANAGER)
        assert page.locator(".kpi-card").count() == 6
        assert page.locator("canvas").count() == 3
        assert not reader.is_too_wide()
        reader.sign_out()

        reader.sign_in(ADMIN)
        reader.go("Settings")
        expect(page.get_by_label(say("default margin").capitalize())).to_have_value("40")
        reader.go("Users")
        expect(page.locator("tbody th")).to_have_text([ADMIN, MANAGER, MARKETER])


def test_the_files_of_a_dutch_shop_one_after_the_other(live_server, people, chromium_path, tmp_path):
    shop = generate_shop(Plan(customers=40), tmp_path)
    with visit(chromium_path, live_server.url) as reader, worker_at_work():
        page = reader.page
        reader.sign_in(MARKETER)
        for kind in FILES:
            reader.go("Imports")
            hand_over(page, shop.path(kind))
            with shop.path(kind).open(encoding="cp1252") as lines:
                records = sum(1 for _line in lines) - 1
            counts = see_report(page)
            assert (counts[say("records read")], counts[say("new")]) == (records, records)
        see_calculation(page)
        reader.go("Customers")
        for place in (0, 9):
            reader.follow(page.locator("#customer-list tbody a").nth(place))
            check_explanations(page)
            reader.go("Customers")


@pytest.mark.skipif(not ONLINE_RETAIL.exists(), reason="the Online Retail file is not beside the repository")
def test_the_whole_online_retail_file_by_the_form(live_server, people, chromium_path, tmp_path):
    make_shop(currency="GBP", time_zone="Europe/London")
    path = tmp_path / "online_retail.csv"
    path.write_bytes(gzip.decompress(ONLINE_RETAIL.read_bytes()))
    with visit(chromium_path, live_server.url) as reader, worker_at_work():
        page = reader.page
        reader.sign_in(MARKETER)
        reader.go("Imports")
        hand_over(page, path)
        expect(page.locator("#import-progress progress")).to_have_attribute("value", re.compile("[1-9]"))
        page.locator(".callout-good").wait_for(timeout=AN_IMPORT)
        counts = see_report(page)
        assert (counts[say("records read")], counts[say("new")]) == (541_909, 541_909)
        page.context.set_default_timeout(AN_IMPORT)
        see_calculation(page)

        reader.go("Customers")
        # None of its costs are known, so that the list stands by revenue.
        expect(page.locator("th[aria-sort=descending]")).to_contain_text(say("Revenue"))
        first = page.locator("#customer-list tbody tr").first
        expect(first.locator("th")).to_have_text("14646")
        expect(first).to_contain_text("279.489,02")
        rows = save_export(page, say("For Excel (semicolons, decimal comma)"), tmp_path)
        place = rows[0].index(say("Revenue"))
        revenue = [Decimal(row[place].replace(",", ".")) for row in rows[1:] if len(row) > place]
        assert (len(revenue), sum(revenue)) == (4_372, Decimal("8300065.814"))
