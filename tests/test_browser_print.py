"""Pages on paper, in Chromium: an A4 report without controls, dark on white, with charts that fit it."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from metrics.models import Run
from tests.kpi_builders import LAST, YEAR, make_kpi
from tests.overview_browser import browse
from tests.overview_page import make_worked_run
from tests.prediction_builders import make_prediction

pytestmark = pytest.mark.browser

MILLIMETRE = 96 / 25.4  # CSS pixels
A4 = (595, 842)  # points
CONTROLS = (
    ".site-nav, .site-tools, .actions, .filters, .button, .menu, [data-save-chart], .chart-foot summary"
)
#: What a browser does when somebody prints; `page.pdf()` leaves no page behind to look at.
PREPARE = "window.dispatchEvent(new Event('beforeprint'))"


@pytest.fixture
def run(transactional_db: None) -> Run:
    return make_worked_run()


def put_on_paper(page: Page, address: str) -> None:
    """Open a page as it stands on the printable part of A4."""
    page.set_viewport_size({"width": 680, "height": 1000})
    page.goto(address)
    page.wait_for_selector("html[data-charts=drawn]")
    page.evaluate(PREPARE)
    page.emulate_media(media="print")


def find_sizes(report: bytes) -> set[tuple[int, int]]:
    """Return the sizes of the pages of a PDF, in points."""
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", report)
    return {(round(float(width)), round(float(height))) for width, height in boxes}


def test_paper_has_no_controls_and_says_what_it_is_about(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        put_on_paper(page, live_server.url)
        assert [found for found in page.locator(CONTROLS).all() if found.is_visible()] == []
        head = page.locator(".print-head")
        expect(head).to_contain_text("Klantwaarde")
        expect(head).to_contain_text("12 mnd t/m dec 2025")
        expect(head).to_contain_text("31 dec 2025")


def test_on_a_screen_that_line_is_not_there(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        expect(page.locator(".print-head")).to_be_hidden()


def test_charts_are_drawn_anew_as_wide_as_the_paper_and_on_white(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url, scheme="dark") as page:
        put_on_paper(page, live_server.url)
        widths = {round(chart.bounding_box()["width"] / MILLIMETRE) for chart in page.locator("canvas").all()}
        assert widths == {168}
        background = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
        assert background == "rgb(255, 255, 255)"
        assert page.evaluate("document.documentElement.scrollWidth") <= 680


def test_a_chart_and_a_row_of_a_table_are_never_cut_and_heads_come_back(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        put_on_paper(page, live_server.url)
        assert page.locator(".card:has(.chart)").first.evaluate(STYLE, "breakInside") == "avoid"
        assert page.locator(".overview-top tr").first.evaluate(STYLE, "breakInside") == "avoid"
        assert page.locator(".overview-top thead").evaluate(STYLE, "display") == "table-header-group"


def test_what_explains_a_chart_is_open_on_paper_and_tables_of_charts_stay_folded(
    run, live_server, chromium_path
):
    for month, contribution in ((date(2024, 12, 1), 200), (LAST, 260)):
        make_kpi(run, "contribution", month, YEAR, contribution)
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        explanation = page.locator(".overview-moved-foot .fold-body")
        expect(explanation).to_be_hidden()
        put_on_paper(page, live_server.url)
        expect(explanation).to_be_visible()
        folded = page.locator(".chart-foot .table, .kpi-card .fold-body")
        assert folded.count() > 4
        assert [part for part in folded.all() if part.is_visible()] == []


def test_a_folded_table_that_can_be_downloaded_is_open_on_paper(run, live_server, chromium_path):
    make_prediction(run)
    with browse(chromium_path, live_server.url) as page:
        put_on_paper(page, f"{live_server.url}/predictions/")
        parameters = page.locator("[aria-labelledby=habits] .fold")
        expect(parameters.locator("table").first).to_be_visible()
        expect(parameters.locator(".download-menu")).to_be_hidden()


def test_a_fold_that_its_reader_has_opened_is_on_paper(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        put_on_paper(page, live_server.url)
        page.locator(".kpi-card .fold").first.evaluate("fold => { fold.open = true; }")
        expect(page.locator(".kpi-card .fold-body").first).to_be_visible()


def test_a_page_of_wide_tables_lies_on_its_side(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(f"{live_server.url}/cohorts/")
        report = page.pdf(prefer_css_page_size=True)
        assert find_sizes(report) == {tuple(reversed(A4))}


STYLE = "(node, name) => getComputedStyle(node)[name]"


def test_the_report_is_on_a4_and_after_it_the_screen_is_as_it_was(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url, scheme="dark") as page:
        page.goto(live_server.url)
        page.wait_for_selector("html[data-charts=drawn]")
        report = page.pdf(prefer_css_page_size=True)
        assert find_sizes(report) == {A4}
        assert page.evaluate("document.documentElement.dataset.printing === undefined")
        assert page.evaluate("document.documentElement.dataset.theme === undefined")
