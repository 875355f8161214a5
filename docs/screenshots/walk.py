"""The way of one marketer through the product: each stop is where pictures of the register are taken.

The walk is made once, in Dutch; at a stop the same page is shown in every language, width and theme.
"""

from pathlib import Path

from playwright.sync_api import Page, expect

from docs.screenshots.baselines import keep_baselines
from docs.screenshots.exports import COSTS, CUSTOMERS, FAIR, LARGE, ORDERS, REFUNDS
from docs.screenshots.register import BASELINES, ROLE
from docs.screenshots.tour import Tour

SEPTEMBER = (REFUNDS, FAIR, COSTS, ORDERS, CUSTOMERS)  # as they happen to lie in a folder
#: What a worker would have written of an import by the time that two fifths of its file are read.
AT_WORK = (
    "UPDATE customers_upload SET state = 'running', step = 'staging', bytes_done = size * 2 / 5, "
    "rows_done = 24000, started_at = now() - interval '40 seconds', heartbeat = now() WHERE file_name = %s"
)
#: KPI, first and last day, channel and value of the targets that the demo's manager has set.
TARGETS = (
    ("revenue", "2026-01-01", "2026-12-31", "", "870000"),
    ("retention_rate", "2026-01-01", "2026-12-31", "", "0.3"),
    ("new_customers", "2026-07-01", "2026-09-30", "Google Ads", "58"),
    ("full_cac", "2026-01-01", "2026-12-31", "", "25"),
)
SET_TARGET = (
    "INSERT INTO metrics_target (kpi, first_day, last_day, channel, segment, value, set_at, set_by_id) "
    "SELECT %s, %s, %s, %s, '', %s, now(), id FROM auth_user WHERE username = 'manager'"
)
#: Scrolls to how the values of a customer were computed, under the bar on top.
SHOW_COMPUTED = """() => {
    const section = document.querySelector("[id^=computed-]").closest("section");
    scrollTo(0, section.getBoundingClientRect().top + scrollY - 80);
}"""


def walk(tour: Tour, files: dict[str, Path], folder: Path) -> None:
    """Go the whole way; ``folder`` is for what is downloaded on it."""
    tour.sign_in(ROLE)
    see_customers(tour)
    see_what_it_comes_to(tour)
    if tour.is_done:
        return
    addresses = upload_september(tour, files)
    together = tour.page.url
    tour.take("batch")
    answer_questions(tour, addresses[FAIR])
    map_orders(tour, addresses[ORDERS])
    join_names(tour, addresses[CUSTOMERS])
    tour.open(together)
    tour.page.click("form[action$='/confirm/'] .button-primary")
    tour.site.wait_until_idle()
    tour.open(together)
    tour.take("batch done")
    read_report(tour, addresses[ORDERS])
    upload_corrected(tour, addresses[ORDERS], folder)
    look_back(tour, addresses[ORDERS])
    check_quality(tour)
    watch_progress(tour, files[LARGE])


def see_customers(tour: Tour) -> None:
    """The overview, who is worth most, and why."""
    tour.open("/")
    tour.take("overview")
    tour.open("/customers/")
    tour.take("customers")
    tour.page.locator("main tbody a").first.click()
    tour.page.wait_for_selector("[id^=computed-]", state="attached")
    tour.take("customer", lambda page: page.evaluate(SHOW_COMPUTED))


def see_what_it_comes_to(tour: Tour) -> None:
    """The pages that managers steer by, with some targets to stand against."""
    for target in TARGETS:
        tour.site.ask(SET_TARGET, *target)
    tour.open("/channels/")
    tour.take("channels")
    tour.open("/cohorts/")
    tour.take("cohorts")
    tour.open("/cohorts/?rows=quarter&show=payback&dimension=channel&member=Meta+Ads")
    tour.take("cohorts payback")
    tour.open("/segments/rfm/")
    tour.take("segments")
    tour.open("/segments/rfm/moves/")
    tour.take("segment moves")
    tour.open("/satisfaction/")
    tour.take("satisfaction")
    tour.open("/programmes/")
    tour.take("programmes")
    tour.open("/targets/")
    tour.take("targets")
    tour.open("/what-if/?retention=2&order_value=5&retention_cost=1")
    tour.take("what-if")
    tour.open("/predictions/")
    tour.take("predictions")
    tour.open("/potential/")
    tour.take("potential")
    if not tour.only or BASELINES in tour.only:
        keep_baselines(tour)


def upload_september(tour: Tour, files: dict[str, Path]) -> dict[str, str]:
    """Drop all files of September at once; returns the address of each."""

    def choose(page: Page) -> None:
        page.set_input_files("[type=file]", [files[name] for name in SEPTEMBER])

    tour.open("/imports/")
    tour.take("presets", lambda page: page.locator("#upload-form + details summary").click())
    tour.take("upload", choose)
    choose(tour.page)
    tour.page.click("#upload-form .button-primary")
    tour.page.wait_for_url("**/batches/**")
    links = tour.page.locator("table.batch th a")
    expect(links).to_have_count(len(SEPTEMBER))
    return dict(links.evaluate_all("links => links.map((link) => [link.innerText, link.href])"))


def answer_questions(tour: Tour, address: str) -> None:
    """The fair's file leaves open how dates and amounts are written: say so."""
    tour.open(address)
    tour.take("questions")
    for value in (",", "dmy"):
        tour.page.check(f"section input[type=radio][value='{value}']")
        expect(tour.page.locator(f"section input[type=radio][value='{value}']")).to_have_count(0)


def map_orders(tour: Tour, address: str) -> None:
    """Say what the orders' amount holds, and what a word of the shop's own means."""
    page = tour.page
    tour.open(address)
    tour.take("missing")
    page.select_option("[name=target_3]", "net_revenue")
    page.locator("[name=vat_3]").wait_for()
    page.select_option("[name=vat_3]", "21")
    expect(page.locator("#reading > .callout-error")).to_have_count(0)
    tour.take("mapping")
    page.locator("#words-6 tr", has_text="proef").locator("input[value=test]").check()
    expect(page.locator("#words-6 .badge-warning")).to_have_count(0)


def join_names(tour: Tour, address: str) -> None:
    """First name, preposition and last name become one name."""

    def fill(page: Page) -> None:
        page.locator("#make summary").click()
        for number, column in enumerate(("1", "2", "3"), start=1):
            page.select_option(f"[name=join-column_{number}]", column)
        page.select_option("[name=join-target]", "name")

    tour.open(address)
    tour.take("join", fill)
    fill(tour.page)
    tour.page.click("button[name=add][value=join]")
    expect(tour.page.locator("th [name=remove]")).to_have_count(1)


def read_report(tour: Tour, address: str) -> None:
    """What became of the orders."""
    tour.open(address)
    tour.take("report")


def upload_corrected(tour: Tour, address: str, folder: Path) -> None:
    """Download what was rejected, correct it, and upload it as it is."""
    page = tour.page
    tour.open(address)
    with page.expect_download() as download:
        page.click("a[href$='/rejects.csv']")
    path = folder / download.value.suggested_filename
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    for wrong, right in {"31-09-2026": "30-09-2026", "12,5,0": "125,00", "USD 84,00": "84,00"}.items():
        text = text.replace(wrong, right, 1)
    path.write_text(text, encoding="utf-8-sig")
    tour.open("/imports/")
    page.set_input_files("[type=file]", path)
    page.click("#upload-form .button-primary")
    page.locator("#confirm").wait_for()
    page.click("button[formaction$='/confirm/']")
    page.locator("#counts").wait_for()
    tour.take("corrected")


def look_back(tour: Tour, address: str) -> None:
    """The list of imports, and what undoing one would touch."""
    tour.site.wait_until_idle()
    tour.open("/imports/")
    tour.take("history", lambda page: page.locator("section:has(#history) .menu summary").nth(1).click())
    tour.open(f"{address}undo/")
    tour.take("undo")


def check_quality(tour: Tour) -> None:
    """What is missing from all facts, the rows behind one finding, and customers who may be one person."""
    tour.site.wait_until_idle()
    tour.open("/data-quality/")
    tour.take("data quality", lambda page: page.locator(".finding summary").first.click())
    tour.open("/data-quality/rows/orders_without_customer/")
    tour.take("data quality rows")
    tour.open("/data-quality/persons/")
    tour.take("duplicate persons")


def watch_progress(tour: Tour, file: Path) -> None:
    """A large import at one moment: its row is given what a worker would have written by then."""
    page = tour.page
    tour.open("/imports/")
    page.set_input_files("[type=file]", file)
    page.click("#upload-form .button-primary")
    page.locator("#confirm").wait_for()

    def run(page: Page) -> None:
        tour.site.ask(AT_WORK, file.name)
        page.reload()
        page.locator("#import-progress").wait_for()

    page.route("**/progress/", lambda route: route.fulfill(status=204))  # the page stands still meanwhile
    tour.take("progress", run)
    tour.site.ask("UPDATE customers_upload SET state = 'cancelled' WHERE file_name = %s", file.name)
