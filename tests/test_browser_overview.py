"""The overview in Chromium: at two widths, light and dark, with the CDN and without, and what axe finds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Page, expect

from metrics.models import Publication, Run
from tests.browser_shop import pass_by_charts
from tests.builders import make_customer
from tests.kpi_builders import LAST, YEAR, make_kpi, make_worked_figures
from tests.overview_browser import answer_well, browse, fail
from tests.value_builders import make_value, publish

pytestmark = pytest.mark.browser

AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
CHARTS = ("revenue-per-month", "moved-chart", "concentration", "distribution")


@pytest.fixture
def run(transactional_db: None) -> Run:
    run = make_worked_figures()
    for name, realised in [("Anna", "60.17"), ("Bram van den Heuvel-Oosterhuis", "-69.33")]:
        make_value(run, make_customer(name, name=name, acquisition_channel="ads"), realised=realised)
    for month, contribution in ((date(2024, 12, 1), 200), (LAST, 260)):
        make_kpi(run, "contribution", month, YEAR, contribution)
        for kpi, amount in (("revenue", 300), ("orders", 2)):
            make_kpi(run, kpi, month, YEAR, amount, dimension="channel", member="ads")
    return publish(run)


@pytest.mark.parametrize("cdn", [answer_well, fail])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_all_charts_are_drawn_and_nothing_is_cut_off(run, live_server, chromium_path, width, scheme, cdn):
    with browse(chromium_path, live_server.url, width, scheme, cdn) as page:
        page.goto(live_server.url)
        pass_by_charts(page)
        assert {chart: drawn_pixels(page, chart) > 500 for chart in CHARTS} == dict.fromkeys(CHARTS, True)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def drawn_pixels(page: Page, chart: str) -> int:
    return page.locator(f"[data-chart={chart}-data] canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".filter((value, at) => at % 4 === 3 && value > 0).length"
    )


def test_charts_stand_side_by_side_on_a_desk_and_under_each_other_on_a_phone(run, live_server, chromium_path):
    for width, beside in [(1440, True), (390, False)]:
        with browse(chromium_path, live_server.url, width) as page:
            page.goto(live_server.url)
            first, second = (
                page.locator(f"[data-chart={chart}-data]").bounding_box() for chart in CHARTS[2:]
            )
            assert (first["y"] == second["y"]) is beside


def test_six_cards_stand_in_two_rows_of_three(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        tops = [card.bounding_box()["y"] for card in page.locator(".kpi-card").all()]
        assert [tops.count(top) for top in sorted(set(tops))] == [3, 3]


def test_one_chooses_the_cards_and_they_are_there_at_once(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(f"{live_server.url}/?window=month&month=2025-11")
        page.get_by_text("Kies je kaarten").click()
        for name in ("CAC", "Nieuwe klanten"):
            page.get_by_role("checkbox", name=name, exact=True).uncheck()
        page.get_by_role("button", name="Deze kaarten bewaren").click()
        expect(page.locator(".kpi-card")).to_have_count(4)
        assert page.url.endswith("/?window=month&month=2025-11")


def test_a_part_of_the_shop_is_chosen_and_stands_in_the_address_as_links_write_it(
    run, live_server, chromium_path
):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        page.get_by_label("Hele winkel of een deel ervan").select_option(label="ads")
        page.wait_for_url("**/?window=12m&month=2025-12&dimension=channel&member=ads")
        expect(page.locator(".kpi-figure").first).to_contain_text("300,00")
        expect(page.locator(".lead")).to_contain_text("Kanaal: ads")
        page.get_by_label("Hele winkel of een deel ervan").select_option(label="Hele winkel")
        page.wait_for_url("**/?window=12m&month=2025-12")


def test_the_chart_shows_the_key_figure_one_picks_and_the_address_says_which(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        page.get_by_label("Kerncijfer door de tijd").select_option("aov")
        page.wait_for_url("**/?window=12m&month=2025-12&kpi=aov#over-time")
        expect(page.locator("#aov-per-month-title")).to_have_text("Gemiddelde orderwaarde per maand")


def test_without_scripts_everything_is_chosen_with_a_button(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url, scripts=False) as page:
        page.goto(live_server.url)
        page.get_by_label("Hele winkel of een deel ervan").select_option(label="ads")
        page.get_by_role("button", name="Tonen").first.click()
        expect(page.locator(".lead")).to_contain_text("Kanaal: ads")
        page.get_by_text("Kies je kaarten").click()
        expect(page.get_by_role("button", name="Deze kaarten bewaren")).to_be_visible()


def test_a_menu_opens_and_closes_by_keyboard_and_one_at_a_time(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        heads = page.locator(".site-nav-row summary")
        analysis, data = heads.filter(has_text="Analyse"), heads.filter(has_text="Gegevens")
        analysis.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Voorspellingen")).to_be_visible()
        data.click()
        expect(page.get_by_role("link", name="Voorspellingen")).to_be_hidden()
        expect(page.get_by_role("link", name="Datakwaliteit")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="Datakwaliteit")).to_be_hidden()
        expect(data).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_navigation_takes_one_row(run, live_server, chromium_path, width):
    with browse(chromium_path, live_server.url, width) as page:
        page.goto(live_server.url)
        assert page.locator(".site-header").bounding_box()["height"] <= 60
        if width == 390:
            page.locator(".site-nav-menu > summary").click()
            page.get_by_role("link", name="Klanten", exact=True).click()
            page.wait_for_url("**/customers/")


def test_a_month_chosen_is_a_month_shown_and_stands_in_the_address(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        page.get_by_role("link", name="Maand", exact=True).click()
        page.wait_for_url("**window=month**")
        expect(page.get_by_role("button", name="Tonen")).to_be_hidden()
        page.get_by_label("Maand", exact=True).select_option("2025-11")
        page.wait_for_url("**/?window=month&month=2025-11")
        expect(page.locator(".kpi-figure").first).to_contain_text("140,00")
        page.get_by_role("link", name="Een maand eerder").click()
        page.wait_for_url("**/?window=month&month=2025-10")


def test_the_language_is_switched_and_the_period_stays(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(f"{live_server.url}/?window=month&month=2025-11")
        page.get_by_role("button", name="English").click()
        expect(page.locator(".kpi-label").first).to_have_text("Revenue")
        expect(page.locator(".kpi-figure").first).to_contain_text("€140.00")
        assert page.url.endswith("/?window=month&month=2025-11")


def test_a_card_leads_to_its_definition(run, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        card = page.locator(".kpi-card").nth(2)
        card.locator("summary").click()
        card.get_by_role("link", name="De hele definitie").click()
        page.wait_for_url("**/help/#kpi-aov")
        expect(page.locator("#kpi-aov")).to_be_in_viewport()


def test_the_page_renews_itself_when_the_calculation_is_done(run, live_server, chromium_path):
    newer = Run.objects.create(settings=run.settings, state=Run.State.RUNNING, step="ranks", done=4, total=8)
    with browse(chromium_path, live_server.url) as page:
        page.goto(live_server.url)
        expect(page.locator("#newer-run")).to_be_visible()
        with ThreadPoolExecutor() as elsewhere:  # as a worker would; Playwright's own thread may not
            elsewhere.submit(finish, newer, run).result()
        expect(page.locator("#newer-run")).to_have_count(0)
        expect(page.locator(".kpi-card")).to_have_count(6)


def finish(newer: Run, run: Run) -> None:
    """Publish `newer` with the figures of `run`."""
    Run.objects.filter(pk=newer.pk).update(state=Run.State.PUBLISHED, totals=run.totals, as_of=run.as_of)
    run.kpi_values.update(run=newer)
    Publication.objects.update(run=newer)
    connection.close()


@pytest.mark.parametrize("path", ["/", "/?window=month&month=2025-11", "/help/"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing(run, live_server, chromium_path, path, width, scheme):
    with browse(chromium_path, live_server.url, width, scheme, lenient=True) as page:
        page.goto(f"{live_server.url}{path}")
        for fold in page.locator("main details").all():
            fold.evaluate("fold => fold.open = true")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run().then(result => result.violations)")
        assert [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]] == []


def test_before_the_first_calculation_axe_finds_nothing(transactional_db, live_server, chromium_path):
    with browse(chromium_path, live_server.url, lenient=True) as page:
        page.goto(live_server.url)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate("axe.run().then(result => result.violations.map(one => one.id))") == []
