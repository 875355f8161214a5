"""What the KPI pages look like, kept small: for whoever changes them to see what else has changed.

Each page of the demo shop in Dutch, at 1440 and 390 pixels, light and dark, and on paper. They are no
pictures for readers, so half as large: ``git diff`` after ``make screenshots`` shows which pages differ.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from docs.screenshots.clock import stop_the_clock
from docs.screenshots.palette import write_small_png
from docs.screenshots.register import DESKTOP, PHONE, ROOT
from docs.screenshots.tour import PATIENCE, Tour, answer_from_npm, see_charts

FOLDER: Final = ROOT / "docs" / "baselines"
PAPER: Final = 794  # pixels across A4
#: By name: where each page of figures is.
PAGES: Final = {
    "overview": "/",
    "customers": "/customers/",
    "channels": "/channels/",
    "cohorts": "/cohorts/",
    "segments": "/segments/rfm/",
    "satisfaction": "/satisfaction/",
    "programmes": "/programmes/",
    "potential": "/potential/",
    "predictions": "/predictions/",
    "targets": "/targets/",
    "what-if": "/what-if/?retention=2&order_value=5&retention_cost=1",
}
#: Width and height of all there is on a page, in pixels.
MEASURE: Final = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"


@dataclass(frozen=True)
class Look:
    """How a page is looked at; ``height``: how much of it is kept, ``scale``: how large."""

    name: str
    width: int
    height: int
    scale: float = 0.5
    theme: str = "light"
    media: str = "screen"


LOOKS: Final = (
    Look("1440-light", DESKTOP, 1800),
    Look("1440-dark", DESKTOP, 1800, theme="dark"),
    Look("390-light", PHONE, 2000, scale=0.75),
    Look("390-dark", PHONE, 2000, scale=0.75, theme="dark"),
    Look("print", PAPER, 2246, media="print"),
)


def list_paths() -> Iterator[Path]:
    """Yield the file of every page in every look."""
    for page in PAGES:
        yield from (find_path(page, look) for look in LOOKS)


def find_path(page: str, look: Look) -> Path:
    """Return where a page is kept in a look."""
    return FOLDER / f"{page}-{look.name}.png"


def keep_baselines(tour: Tour) -> None:
    """Take every page in every look, as whom the tour is signed in."""
    FOLDER.mkdir(exist_ok=True)
    for look in LOOKS:
        context = tour.browser.new_context(
            storage_state=tour.context.storage_state(), device_scale_factor=look.scale
        )
        context.set_default_timeout(PATIENCE)
        context.route("https://cdn.jsdelivr.net/**", answer_from_npm)
        page = context.new_page()
        for name, address in PAGES.items():
            path = find_path(name, look)
            write_small_png(path, _look(page, tour.site.address + address, look), tour.blank)
            tour.taken.append(path)
        context.close()


def _look(page: Any, address: str, look: Look) -> bytes:
    page.emulate_media(color_scheme=look.theme, media="screen", reduced_motion="reduce")
    page.set_viewport_size({"width": look.width, "height": 900})
    page.goto(address)
    see_charts(page)
    page.emulate_media(color_scheme=look.theme, media=look.media, reduced_motion="reduce")
    stop_the_clock(page, "nl")
    width, height = page.evaluate(MEASURE)
    if look.media == "print" and width > look.width:  # a printer makes smaller what is too wide
        page.set_viewport_size({"width": width, "height": 900})
        width, height = page.evaluate(MEASURE)
    clip = {"x": 0, "y": 0, "width": max(width, look.width), "height": min(height, look.height)}
    picture: bytes = page.screenshot(full_page=True, clip=clip)
    return picture
