"""Whether a page of the site fits the paper it asks for."""

from typing import Final

from playwright.sync_api import Page

#: Pixels across what printing leaves of A4, upright and on its side.
UPRIGHT: Final = 680
ON_ITS_SIDE: Final = 1047
#: A browser makes smaller what is wider: this much can still be read as well.
MOST: Final = 1.1


def check_paper(page: Page) -> list[str]:
    """Return what is wrong with the width of a page on paper; leaves the window as wide as that."""
    across = ON_ITS_SIDE if page.locator("link[href*='css/landscape']").count() else UPRIGHT
    page.set_viewport_size({"width": across, "height": 900})
    page.emulate_media(media="print")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.emulate_media(media="screen")
    return [f"wider than paper: {width} of {across} pixels"] if width > MOST * across else []
