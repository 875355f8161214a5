"""The ranked list and the page of a customer in Chromium: search while typing, walk on, at two widths."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests.browser_patience import be_patient
from tests.builders import make_customer, make_order, make_user
from tests.value_builders import make_peers, make_run, make_value, publish

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(transactional_db: None) -> None:
    run = make_run()
    peers = make_peers(run)
    for place, name in enumerate(("Anna de Vries", "Bram Bakker", "Carla Smit")):
        customer = make_customer(f"K{place}", name=name, acquisition_channel="ads", country="NL")
        make_order(customer, "2025-11-05", "100")
        make_value(run, customer, peer_group=peers, realised=str(300 - 100 * place))
    publish(run)


@contextmanager
def browse(chromium_path: str, address: str, width: int = 1440, scheme: str = "light") -> Iterator[Page]:
    """A signed-in page; closed before the test's database is cleaned."""
    client = Client()
    client.force_login(make_user())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = be_patient(
            browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        )
        _sign_in(context, client, address)
        page = context.new_page()
        page.route(f"{settings.CHARTJS_CDN}/**", lambda route: route.abort())
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        yield page
        browser.close()
        assert errors == []


def _sign_in(context: BrowserContext, client: Client, address: str) -> None:
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])


def names(page: Page) -> list[str]:
    return page.locator("#customer-list tbody th").all_inner_texts()


def test_the_list_follows_what_is_typed_and_the_address_keeps_silent(shop, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(f"{live_server.url}/customers/?channel=ads")
        page.get_by_role("searchbox").press_sequentially("bram", delay=30)
        expect(page.locator("#customer-list tbody th")).to_have_text(["Bram Bakker"])
        expect(page).to_have_url(re.compile("search="))
        assert "channel=ads" in page.url
        assert "bram" not in page.url.lower()
        page.reload()
        assert names(page) == ["Bram Bakker"]
        page.get_by_role("link", name="Zoeken: bram").click()
        expect(page.locator("#customer-list tbody th")).to_have_count(3)
        assert page.url == f"{live_server.url}/customers/?channel=ads"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_one_opens_a_customer_and_walks_to_the_next(shop, live_server, chromium_path, width, scheme):
    with browse(chromium_path, live_server.url, width, scheme) as page:
        page.goto(f"{live_server.url}/customers/")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        page.get_by_role("link", name="Anna de Vries").click()
        page.wait_for_selector("html[data-charts=drawn]")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        expect(page.locator("#computed-realised")).to_be_visible()
        page.get_by_role("link", name="Volgende").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Bram Bakker")


def test_a_card_opens_its_own_computation(shop, live_server, chromium_path):
    with browse(chromium_path, live_server.url) as page:
        page.goto(f"{live_server.url}/customers/")
        page.get_by_role("link", name="Anna de Vries").click()
        expect(page.locator("#computed-loyalty")).not_to_be_visible()
        page.locator(".kpi-card").get_by_role("link", name="Trouw").click()
        expect(page.locator("#computed-loyalty")).to_be_visible()
