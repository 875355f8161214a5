"""Charts in Chromium: from the CDN, and from our own copy when the CDN is dead, tampered with or silent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from playwright.sync_api import Page, Route, sync_playwright

from klantwaarde.urls import urlpatterns as site_urls

pytestmark = [pytest.mark.browser, pytest.mark.urls(__name__)]

LIBRARY = settings.BASE_DIR / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"
PAGE = """{% extends "base.html" %}{% load charts %}
{% block head %}{% chart_scripts %}{% endblock %}
{% block content %}{% for spec in specs %}{% chart spec %}{% endfor %}{% endblock %}"""
SERIES = [{"label": "Omzet", "values": [10.5, None, 30]}]
COMMON = {"title": "Omzet", "unit": "money", "label_header": "Maand", "labels": ["jan", "feb", "mrt"]}
LORENZ = {"unit": "percent", "labels": [0, 0.5, 1], "series": [{"label": "Deel", "values": [0, 0.8, 1]}]}
SPECS = [
    {**COMMON, "id": "bars", "kind": "bar", "series": SERIES, "incomplete": [2]},
    {**COMMON, "id": "lines", "kind": "line", "series": SERIES * 2},
    {**COMMON, "id": "heap", "kind": "histogram", "series": SERIES},
    {**COMMON, **LORENZ, "id": "lorenz", "kind": "lorenz"},
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
        page = browser.new_page()
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
        page.wait_for_selector("html[data-charts=drawn]")
        assert {spec["id"]: drawn_pixels(page, spec["id"]) > 500 for spec in SPECS} == {
            "bars": True, "lines": True, "heap": True, "lorenz": True
        }  # fmt: skip
        assert page.evaluate("window.stolen") is None


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
