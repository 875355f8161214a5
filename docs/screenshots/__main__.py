"""Run ``python -m docs.screenshots`` for all pictures, or name some after it: ``import-report``."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from docs.screenshots.exports import write_exports
from docs.screenshots.register import BASELINES, PICTURES
from docs.screenshots.site import Site
from docs.screenshots.tour import Tour
from docs.screenshots.walk import walk


def main(names: list[str]) -> int:
    """Start the product, walk through it, write the pictures; returns the exit code."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print(
            "Pictures are taken with Chromium, which is not installed: apt install chromium", file=sys.stderr
        )
        return 1
    if unknown := set(names) - {BASELINES} - {picture.name for picture in PICTURES}:
        print(f"No picture is called {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 1
    with TemporaryDirectory(prefix="klantwaarde-pictures-") as place:
        data, files = Path(place) / "data", Path(place) / "files"
        data.mkdir()
        files.mkdir()
        print("Starting the product with the demo shop ...", flush=True)
        with Site(data) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tour = Tour(browser, site, set(names))
            walk(tour, write_exports(files), files)
            browser.close()
    kilobytes = sum(path.stat().st_size for path in tour.taken) // 1000
    print(f"{len(tour.taken)} pictures, {kilobytes} kB.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
