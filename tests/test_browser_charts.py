"""Charts in Chromium: from the CDN, and from our own copy when the CDN is dead, tampered with or silent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from playwright.sync_api import Download, Page, Route, sync_playwright

from klantwaarde.urls import urlpatterns as site_urls
from tests.browser_patience import be_patient
from tests.browser_shop import pass_by_charts

pytestmark = [pytest.mark.browser, pytest.mark.urls(__name__)]

LIBRARY = settings.BASE_DIR / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"
PAGE = """{% extends "base.html" %}{% load charts %}
{% block head %}{% chart_scripts %}{% endblock %}
{% block content %}{% for spec in specs %}{% chart spec has_file=spec.has_file %}{% endfor %}{% endblock %}"""
SERIES = [{"label": "Omzet", "values": [10.5, None, 30]}]
COMMON = {"title": "Omzet", "unit": "money", "label_header": "Maand", "labels": ["jan", "feb", "mrt"]}
LORENZ = {"unit": "percent", "labels": [0, 0.5, 1], "series": [{"label": "Deel", "values": [0, 0.8, 1]}]}
BRIDGE = {"labels": ["mei", "Klanten", "juni"], "series": [{"label": "Marge", "values": [10, -2.5, 7.5]}]}
BY_MONTH = {
    "title": "Maanden", "labels": [date(2025, month, 1) for month in (5, 6, 7)], "label_unit": "short_month",
    "series": [
        {"label": "Omzet", "values": [Decimal("10.5000"), None, 30], "n": [40, 0, 12]},
        {"label": "=SOM(1)", "values": [1234567.890123, -2, 0]},
    ],
    "whom": "Ads", "about": "2e kwartaal",
}  # fmt: skip
QUARTERS = {
    "label_header": "Kwart", "axis": "waarde", "vertical_axis": "potentieel", "size_header": "klanten",
    "lines": (5, 6), "labels": [],
    "series": [{"label": "Groeien, snel", "dots": [(15.0, 150.25, 2)]},
               {"label": "-Laten", "dots": [(3.0, 4.0, 1)]}],
}  # fmt: skip
SPECS = [
    {**COMMON, "id": "bars", "kind": "bar", "series": SERIES, "incomplete": [2]},
    {**COMMON, "id": "lines", "kind": "line", "series": SERIES * 2},
    {**COMMON, "id": "heap", "kind": "histogram", "series": SERIES},
    {**COMMON, **LORENZ, "id": "lorenz", "kind": "lorenz"},
    {
        **COMMON,
        **BRIDGE,
        "id": "bridge",
        "kind": "waterfall",
        "totals": [0, 2],
        "about": "juni 2025",
        "has_file": True,
    },
    {**COMMON, **BY_MONTH, "id": "months", "kind": "line", "incomplete": [2]},
    {**COMMON, **QUARTERS, "id": "dots", "kind": "bubble"},
]


@login_not_required
def show_charts(request: HttpRequest) -> HttpResponse:
    context = {"specs": SPECS, "currency": "EUR"}
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


urlpatterns = [path("charts/", show_charts), *site_urls]


def answer_well(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(body=LIBRARY.read_bytes(), headers=headers)


def answer_tampered(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(body=LIBRARY.read_bytes() + b"\nwindow.stolen = true;", headers=headers)


def fail(route: Route) -> None:
    route.abort("namenotresolved")


def stay_silent(route: Route) -> None:
    """Leave the request open for ever."""


@contextmanager
def open_blank(chromium_path: str, cdn: Callable[[Route], None]) -> Iterator[Page]:
    """An empty page, the CDN answering as told. Closed before the test's database is cleaned."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = be_patient(browser.new_context()).new_page()
        page.route(f"{settings.CHARTJS_CDN}/**", cdn)
        yield page
        browser.close()


@contextmanager
def open_charts(chromium_path: str, address: str, cdn: Callable[[Route], None]) -> Iterator[Page]:
    """The page with charts; a CDN that stays silent holds up nothing here."""
    with open_blank(chromium_path, cdn) as page:
        page.goto(f"{address}/charts/", wait_until="commit")
        yield page


def drawn_pixels(page: Page, chart: str) -> int:
    """How many pixels of a chart's canvas are not empty."""
    return page.locator(f"[data-chart={chart}-data] canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
        ".filter((value, at) => at % 4 === 3 && value > 0).length"
    )


@pytest.mark.parametrize("cdn", [answer_well, fail, answer_tampered, stay_silent])
def test_charts_are_drawn_whatever_the_cdn_does(live_server, chromium_path, cdn):
    with open_charts(chromium_path, live_server.url, cdn) as page:
        page.wait_for_selector("html[data-charts=drawn]")  # until then not all of them need be in the page
        pass_by_charts(page)
        assert {spec["id"]: drawn_pixels(page, spec["id"]) > 500 for spec in SPECS} == {
            "bars": True, "lines": True, "heap": True, "lorenz": True, "bridge": True,
            "months": True, "dots": True,
        }  # fmt: skip
        assert page.evaluate("window.stolen") is None


def list_drawn(page: Page) -> list[str]:
    """Name the charts that are drawn, once those near to what is in sight are; the last is far from it."""
    page.wait_for_selector("html[data-charts=drawn]")
    return [spec["id"] for spec in SPECS if drawn_pixels(page, spec["id"]) > 500]


def test_a_chart_is_drawn_when_its_reader_comes_near_to_it(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        assert list_drawn(page)[0] == "bars"
        assert "bridge" not in list_drawn(page)
        page.locator("[data-chart=bridge-data]").scroll_into_view_if_needed()
        page.wait_for_selector("[data-chart=bridge-data][data-drawn]")
        assert "bridge" in list_drawn(page)


def test_on_paper_are_also_charts_that_nobody_has_seen(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        assert "bridge" not in list_drawn(page)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert list_drawn(page) == [spec["id"] for spec in SPECS]
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert list_drawn(page) == [spec["id"] for spec in SPECS]


def test_a_chart_that_nobody_has_seen_is_saved_as_a_picture(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        assert "bridge" not in list_drawn(page)
        with page.expect_download() as download:
            page.locator("[data-chart=bridge-data] [data-save-chart]").evaluate("button => button.click()")
        assert look_at(page, download.value)["colours"] > 20


def test_a_chart_that_htmx_brings_is_drawn(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        page.wait_for_selector("[data-chart=bars-data][data-drawn]")
        page.evaluate("""() => {
            const [old] = document.querySelectorAll("figure[data-chart]");
            const fresh = old.cloneNode(true);
            delete fresh.dataset.drawn;
            old.replaceWith(fresh);
            document.dispatchEvent(new Event("htmx:afterSettle"));
        }""")
        page.wait_for_selector("[data-chart=bars-data][data-drawn]")
        assert drawn_pixels(page, "bars") > 500


LOOK_AT = """async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    const pixels = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer);
    const corner = [...pen.getImageData(2, 2, 1, 1).data].slice(0, 3);
    return { size: [image.width, image.height], colours: new Set(pixels).size, corner };
}"""


def look_at(page: Page, picture: Download) -> dict[str, Any]:
    """Return size, number of colours and colour of the corner of a PNG."""
    found: dict[str, Any] = page.evaluate(LOOK_AT, list(picture.path().read_bytes()))
    return found


def save_picture(page: Page, chart: str) -> Download:
    page.wait_for_selector("html[data-charts=drawn]")
    with page.expect_download() as download:
        page.locator(f"[data-chart={chart}-data]").get_by_role(
            "button", name="Bewaren als afbeelding"
        ).click()
    return download.value


@pytest.mark.parametrize("cdn", [answer_well, fail])
def test_every_kind_of_chart_is_saved_as_a_picture_also_by_our_own_copy(live_server, chromium_path, cdn):
    with open_charts(chromium_path, live_server.url, cdn) as page:
        for spec in SPECS:
            picture = look_at(page, save_picture(page, spec["id"]))
            assert picture["size"] == [1920, 1080]
            assert picture["colours"] > 20  # text and lines, with their soft edges


def test_a_picture_is_named_after_its_chart_and_its_period(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        assert save_picture(page, "bridge").suggested_filename == "omzet-juni-2025.png"


def test_a_picture_has_the_colours_of_the_page(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        corners = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            corners.append(look_at(page, save_picture(page, "bars"))["corner"])
        assert corners == [[255, 255, 255], [24, 33, 43]]  # --surface of both


def save_figures(page: Page, chart: str, layout: str) -> tuple[str, str]:
    """Return the name and the text of the file of a chart; ``layout``: how its button starts."""
    figure = page.locator(f"[data-chart={chart}-data]")
    fold = figure.locator("details.fold")
    if fold.get_attribute("open") is None:
        figure.get_by_text("Als tabel tonen").click()
    figure.locator("summary", has_text="Downloaden").click()
    with page.expect_download() as download:
        figure.get_by_role("button", name=layout).click()
    assert figure.locator("details.menu").get_attribute("open") is None
    return download.value.suggested_filename, download.value.path().read_bytes().decode()


EXCEL, STANDARD = "Voor Excel", "Standaard-CSV"


@pytest.mark.parametrize(
    ("layout", "text"),
    [
        (
            EXCEL,
            "\N{BYTE ORDER MARK}Maand;Omzet;Omzet: n;'=SOM(1);niet compleet\r\n"
            "01-05-2025;10,5;40;1234567,8901;false\r\n01-06-2025;;0;-2;false\r\n01-07-2025;30;12;0;true\r\n",
        ),
        (
            STANDARD,
            "Maand,Omzet,Omzet: n,'=SOM(1),niet compleet\r\n"
            "2025-05-01,10.5,40,1234567.8901,false\r\n2025-06-01,,0,-2,false\r\n2025-07-01,30,12,0,true\r\n",
        ),
    ],
)
def test_the_figures_of_a_chart_are_saved_as_a_file(live_server, chromium_path, layout, text):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        assert save_figures(page, "months", layout) == ("maanden-ads-2e-kwartaal.csv", text)


def test_every_kind_of_chart_has_its_figures_as_a_file_also_without_the_library(live_server, chromium_path):
    with open_blank(chromium_path, fail) as page:
        page.route("**/vendor/chart.umd.min.js", fail)
        page.goto(f"{live_server.url}/charts/")
        page.wait_for_selector("html[data-charts=failed]")
        lines = {
            chart: save_figures(page, chart, STANDARD)[1].splitlines() for chart in ("heap", "lorenz", "dots")
        }
    assert lines == {
        "heap": ["Maand,Omzet", "jan,10.5", "feb,", "mrt,30"],
        "lorenz": ["Maand,Deel", "0,0", "0.5,0.8", "1,1"],
        "dots": ["Kwart,waarde,potentieel,klanten", '"Groeien, snel",15,150.25,2', "'-Laten,3,4,1"],
    }


def test_where_the_page_has_a_file_of_the_same_figures_the_chart_has_none(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        page.wait_for_selector("html[data-charts=drawn]")
        assert page.locator("[data-chart=bridge-data] [data-save-figures]").count() == 0
        assert page.locator("[data-chart=bars-data] [data-save-figures]").count() == 2


def test_what_needs_a_script_is_not_there_without_one(live_server, chromium_path):
    with open_blank(chromium_path, answer_well) as page:
        context = page.context.browser.new_context(java_script_enabled=False)
        quiet = context.new_page()
        quiet.goto(f"{live_server.url}/charts/")
        assert quiet.locator("[data-save-chart]").count() == len(SPECS)
        assert not any(button.is_visible() for button in quiet.locator("[data-save-chart]").all())


def test_with_no_library_at_all_the_tables_open(live_server, chromium_path):
    with open_blank(chromium_path, fail) as page:
        page.route("**/vendor/chart.umd.min.js", fail)
        page.goto(f"{live_server.url}/charts/")
        page.wait_for_selector("html[data-charts=failed]")
        assert page.locator("details[open] table").count() == len(SPECS)
        assert page.get_by_text("De grafiek kon niet worden getekend").first.is_visible()


def test_changing_the_theme_redraws_in_its_colours_and_is_remembered(live_server, chromium_path):
    with open_charts(chromium_path, live_server.url, answer_well) as page:
        page.wait_for_selector("html[data-charts=drawn]")
        light = page.locator("[data-chart=bars-data] canvas").evaluate("canvas => canvas.toDataURL()")
        page.locator("[data-theme-toggle]").click()
        page.wait_for_selector("html[data-theme=dark]")
        dark = page.locator("[data-chart=bars-data] canvas").evaluate("canvas => canvas.toDataURL()")
        assert dark != light
        page.reload()
        page.wait_for_selector("html[data-theme=dark][data-charts=drawn]")


def test_nothing_on_the_page_breaks_its_content_policy(live_server, chromium_path):
    with open_blank(chromium_path, answer_well) as page:
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/charts/")
        page.wait_for_selector("html[data-charts=drawn]")
        assert complaints == []
