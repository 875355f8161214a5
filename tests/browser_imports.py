"""The import pages in Chromium: a browser that is signed in, and what the pages say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.browser_patience import PATIENCE, be_patient
from tests.builders import PASSWORD, make_user

ROOT = Path(__file__).resolve().parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SIZES = [(1440, "light"), (390, "dark")]
#: Neither the dates nor the amounts of this file settle how they are written; line 4 has a letter too many.
UNSETTLED = """Ordernummer;Klantnummer;Naam;Besteldatum;Bedrag;Opmerking
A1;anna;Anaïs Köhler;03-04-2025;1.250;cadeau
A2;bram;Bram Bakker;05-06-2025;2.500;
A3;anna;Anaïs Köhler;07-08-2025;3.x00;
"""


@contextmanager
def browse(
    chromium_path: str, address: str, width: int = 1440, scheme: Any = "light", **options: Any
) -> Iterator[Page]:
    """The page of imports after signing in, in English; complaints of the browser fail the test."""
    make_user("marieke")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = be_patient(
            browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
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
    page.wait_for_load_state("load")  # what drags needs its script


def settle(page: Page) -> None:
    """Wait until the page shows what it asked for: a choice made meanwhile would be of the old one."""
    expect(page.locator(".htmx-request")).to_have_count(0)


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a list on the page of a file, and wait until that is drawn anew."""
    page.get_by_label(label).select_option(option)
    settle(page)


def follow(page: Page, link: Locator) -> None:
    """Click what leads to another page, or to the same one anew, and wait until that is there."""
    with page.expect_navigation():
        link.click()


def counted(page: Page) -> dict[str, str]:
    """The records of the report's equation, by what they are called."""
    page.wait_for_load_state("load")
    rows = page.locator("section[aria-labelledby=counts] .equation tr").all()
    return {
        re.sub(r"^[+=] ", "", row.locator("th").inner_text()): row.locator("td").inner_text() for row in rows
    }


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out of the window sideways, once its style has come."""
    page.wait_for_load_state("load")
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def wait_for(page: Page, wanted: Locator, scripts: bool) -> None:
    """Wait until something is on the page; without scripts by loading it again."""
    for _attempt in range(0 if scripts else PATIENCE // 500):
        if wanted.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(wanted).to_be_visible()


def find_barriers(page: Page) -> list[str]:
    """Return what axe calls serious or critical, with the first element it is about."""
    page.wait_for_load_state("load")
    page.add_script_tag(path=AXE)
    violations = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{page.url}: {found['id']}: {found['nodes'][0]['html']}"
        for found in violations
        if found["impact"] in {"serious", "critical"}
    ]
