"""The overview in Chromium: Marieke is signed in, the CDN answers as told, the content policy is real."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, Route, sync_playwright

from tests.browser_patience import be_patient
from tests.builders import make_user

LIBRARY = settings.BASE_DIR / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"


def answer_well(route: Route) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(body=LIBRARY.read_bytes(), headers=headers)


def fail(route: Route) -> None:
    route.abort("namenotresolved")


@contextmanager
def browse(
    chromium_path: str, address: str, width: int = 1440, scheme: str = "light",
    cdn: Callable[[Route], None] = answer_well, lenient: bool = False, scripts: bool = True,
) -> Iterator[Page]:  # fmt: skip
    """Yield a signed-in page; closed before the test's database is cleaned. `lenient`: axe passes the CSP."""
    client = Client()
    client.force_login(User.objects.filter(username="marieke").first() or make_user())
    cookie = {"name": settings.SESSION_COOKIE_NAME, "url": address}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = be_patient(
            browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                bypass_csp=lenient,
                java_script_enabled=scripts,
            )
        )
        context.add_cookies([{**cookie, "value": client.cookies[cookie["name"]].value}])
        page = context.new_page()
        page.route(f"{settings.CHARTJS_CDN}/**", cdn)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Security Policy" in said.text else None)
        yield page
        browser.close()
        assert errors == []
