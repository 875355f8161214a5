"""A shop to walk through in Chromium: a browser that notes every complaint, readers, a real worker.

The site runs in the test's own process (``live_server``).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils.translation import gettext, override
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    sync_playwright,
)

from tests.browser_patience import be_patient
from tests.builders import PASSWORD

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"
DESKTOP, PHONE = 1440, 390
Cdn = Callable[[Route], None]


def answer_from_npm(route: Route) -> None:
    """The CDN as it is: the very file of the npm package."""
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(body=LIBRARY.read_bytes(), headers=headers)


def stay_dead(route: Route) -> None:
    """The CDN out of reach."""
    route.abort("namenotresolved")


class Visit:
    """One reader's browser: its pages, and what the browser complained about on any of them."""

    def __init__(self, browser: Browser, address: str, cdn: Cdn, **options: Any) -> None:
        self.address = address
        self.dead = cdn is stay_dead
        self.complaints: list[str] = []
        self.context: BrowserContext = be_patient(browser.new_context(accept_downloads=True, **options))
        self.page: Page = self.context.new_page()
        self.page.route(f"{settings.CHARTJS_CDN}/**", cdn)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def _note(self, said: ConsoleMessage) -> None:
        expected = self.dead and settings.CHARTJS_CDN in said.location.get("url", "")
        if said.type in ("error", "warning") and not expected:
            self.complaints.append(f"{self.page.url}: {said.text}")

    def open(self, path: str) -> Page:
        """Go to a path and wait until what is in sight of its charts, if it has any, is drawn."""
        self.page.goto(self.address + path)
        self.see_charts()
        return self.page

    def follow(self, link: Locator) -> Page:
        """Click what leads to another page, and wait until that is there with its charts drawn."""
        with self.page.expect_navigation():
            link.click()
        self.see_charts()
        return self.page

    def go(self, name: str) -> Page:
        """Go to a page by its name in the navigation: by the one menu of a phone, or by that of its group."""
        self.page.wait_for_load_state("load")  # a page that renews itself would close what is opened
        navigation = self.page.locator(".site-nav")
        menu, place = navigation.locator(".site-nav-menu"), navigation.locator(".site-nav-row")
        if menu.is_visible():
            menu.locator("summary").click()
            place = menu
        link = self.page.get_by_role("link", name=say(name), exact=True, include_hidden=True)
        group = place.locator("details").filter(has=link)
        if group.count():
            group.locator("summary").click()
        return self.follow(place.get_by_role("link", name=say(name), exact=True))

    def see_charts(self) -> None:
        """Wait until those of the page's charts that are in sight, if it has any, are drawn."""
        if self.page.locator("figure[data-chart]").count():
            self.page.wait_for_selector("html[data-charts=drawn]")

    def sign_in(self, name: str) -> None:
        """Sign in as a person does, with the form."""
        self.page.goto(f"{self.address}/sign-in/")
        self.page.get_by_label(say("username").capitalize()).fill(name)
        self.page.get_by_label(say("Password"), exact=True).fill(PASSWORD)
        self.follow(self.page.get_by_role("main").get_by_role("button", name=say("Sign in")))

    def sign_out(self) -> None:
        """Sign out by the menu under the reader's name."""
        self.page.locator(".site-tools summary").click()
        self.follow(self.page.get_by_role("button", name=say("Sign out")))

    def read(self, language: str) -> None:
        """Have the pages in this language."""
        cookie = {"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": self.address}
        self.context.add_cookies([cookie])

    def is_too_wide(self) -> bool:
        """Tell whether the page itself scrolls sideways, once its style sheets are there."""
        self.page.wait_for_load_state("load")
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        return self.page.evaluate("document.documentElement.scrollWidth") > width


def pass_by_charts(page: Page) -> None:
    """See every chart of a page: each is drawn when it comes into sight."""
    for figure in page.locator("figure[data-chart]").all():
        figure.scroll_into_view_if_needed()
        figure.and_(page.locator("[data-drawn]")).wait_for()


@contextmanager
def visit(
    chromium_path: str,
    address: str,
    *,
    width: int = DESKTOP,
    cdn: Cdn = answer_from_npm,
    user: User | None = None,
    **options: Any,
) -> Iterator[Visit]:
    """A browser at `address`, with `user` signed in. What it complained about fails the test at the end."""
    cookies = [make_cookie(user, address)] if user else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        try:
            visitor = Visit(browser, address, cdn, viewport={"width": width, "height": 900}, **options)
            visitor.context.add_cookies(cookies)
            yield visitor
        finally:
            browser.close()
        assert not visitor.complaints, "\n".join(visitor.complaints)


def make_cookie(user: User, address: str) -> dict[str, str]:
    """Return the cookie of somebody who signed in: for tests of pages rather than of signing in."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}


def say(text: str, language: str = "nl") -> str:
    """Return what a text of the site reads in a language."""
    with override(language):
        return gettext(text)


def read_amount(text: str) -> Decimal:
    """Return an amount as the Dutch pages write it: "€ -1.234,50"."""
    digits = "".join(character for character in text if character.isdigit() or character in "-−,")
    return Decimal(digits.replace("−", "-").replace(",", "."))
