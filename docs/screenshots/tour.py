"""A browser on the site that takes the pictures of the register, each in every language."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Route

from docs.screenshots.clock import stop_the_clock
from docs.screenshots.palette import write_small_png
from docs.screenshots.register import BASELINES, DESKTOP, ROOT, Picture, pictures_at
from docs.screenshots.site import Site

LIBRARY: Final = ROOT / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"
MARGIN: Final = 12  # pixels around an area that is less than the window
PATIENCE: Final = 60_000  # milliseconds
#: The box around all that is seen of some selectors, in pixels of the page.
MEASURE: Final = """(selectors) => {
    const boxes = selectors.flatMap((selector) => [...document.querySelectorAll(selector)])
        .map((node) => node.getBoundingClientRect()).filter((box) => box.height > 0);
    if (boxes.length === 0) return null;
    const least = (side) => Math.min(...boxes.map((box) => box[side]));
    const most = (side) => Math.max(...boxes.map((box) => box[side]));
    return {
        x: least("left") + scrollX, y: least("top") + scrollY,
        width: most("right") - least("left"), height: most("bottom") - least("top"),
    };
}"""
Prepare = Callable[[Page], Any]


class Tour:
    """One reader's way through the site. ``only`` names the pictures that are wanted; empty: all."""

    def __init__(self, browser: Browser, site: Site, only: set[str]) -> None:
        self.browser = browser
        self.site = site
        self.only = only
        self.taken: list[Path] = []
        self.context = browser.new_context(
            viewport={"width": DESKTOP, "height": 900}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.route("https://cdn.jsdelivr.net/**", answer_from_npm)
        self.page = self.context.new_page()
        self.blank = self.context.new_page()
        self.read("nl")

    @property
    def is_done(self) -> bool:
        """True when every picture that was named has been taken: the rest of the way shows nothing wanted."""
        return bool(self.only) and self.only - {BASELINES} <= {path.stem for path in self.taken}

    def sign_in(self, name: str) -> None:
        """Sign in as somebody of the demo."""
        self.open("/sign-in/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", self.site.passwords[name])
        with self.page.expect_navigation():
            self.page.click("main button")

    def read(self, language: str) -> None:
        """Have the pages in a language."""
        cookie = {"name": "django_language", "value": language, "url": self.site.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]

    def open(self, path: str) -> None:
        """Go to a path, or a whole address, and see all of its charts."""
        self.page.goto(path if path.startswith("http") else self.site.address + path)
        see_charts(self.page)

    def take(self, stop: str, prepare: Prepare | None = None) -> None:
        """Take every picture of this stop of the page that is open, which ``prepare`` brings into shape."""
        address = self.page.url
        wanted = [picture for picture in pictures_at(stop) if not self.only or picture.name in self.only]
        for picture in wanted:
            for language in picture.languages:
                self._take(picture, language, address, prepare)
        if wanted:
            self.page.set_viewport_size({"width": DESKTOP, "height": 900})
            self.read("nl")
            self.open(address)

    def _take(self, picture: Picture, language: str, address: str, prepare: Prepare | None) -> None:
        self.read(language)
        self.page.set_viewport_size(
            {"width": picture.width, "height": picture.height if not picture.area else 900}
        )
        self.page.emulate_media(color_scheme=picture.theme, reduced_motion="reduce")  # type: ignore[arg-type]
        self.open(address)
        if prepare:
            prepare(self.page)
        stop_the_clock(self.page, language)
        path = picture.path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_small_png(path, self._photograph(picture), self.blank)
        self.taken.append(path)

    def _photograph(self, picture: Picture) -> bytes:
        if not picture.area:
            return self.page.screenshot()
        box = self.page.evaluate(MEASURE, list(picture.area))
        if box is None:
            raise LookupError(f"{picture.name}: nothing of {picture.area} is on {self.page.url}")
        x, y = max(box["x"] - MARGIN, 0), max(box["y"] - MARGIN, 0)
        width = min(box["x"] + box["width"] + MARGIN, picture.width) - x
        height = min(box["y"] + box["height"] + MARGIN - y, picture.height)
        clip = {"x": x, "y": y, "width": width, "height": height}
        return self.page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]


def see_charts(page: Page) -> None:
    """Pass by every chart of a page, since charts are drawn when they come into sight; ends at the top."""
    for figure in page.locator("figure[data-chart]").all():
        if not figure.is_visible():
            continue
        figure.scroll_into_view_if_needed()
        figure.and_(page.locator("[data-drawn]")).wait_for()
    page.evaluate("scrollTo(0, 0)")


def answer_from_npm(route: Route) -> None:
    """Answer for the CDN with the very file of the npm package: pictures need no internet."""
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/javascript"}
    route.fulfill(body=LIBRARY.read_bytes(), headers=headers)
