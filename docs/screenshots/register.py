"""Every picture of the documentation: what it shows, where on the walk it is taken, and how.

A new picture is one entry here and, where the walk does not stop there yet, one stop in
``docs.screenshots.walk``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
IMAGES: Final = ROOT / "docs" / "images"
LANGUAGES: Final = ("nl", "en")
DESKTOP, PHONE = 1440, 390
#: What ``ONLY=`` calls the small pictures of all pages, see ``docs.screenshots.baselines``.
BASELINES: Final = "baselines"
#: All pictures are taken as this person of the demo sees the pages.
ROLE: Final = "marketeer"


@dataclass(frozen=True)
class Picture:
    """One picture, taken in each of its languages.

    ``stop`` of the walk; ``area``: CSS selectors, of which the picture shows the smallest box around all, and
    no more than ``height`` pixels of it; an empty area is the window. ``name`` is that of the file.
    """

    name: str
    stop: str
    area: tuple[str, ...] = ("main > *",)
    width: int = DESKTOP
    height: int = 1400
    theme: str = "light"
    languages: tuple[str, ...] = LANGUAGES

    def path(self, language: str) -> Path:
        """Return where the picture is kept in a language."""
        return IMAGES / language / f"{self.name}.png"


PICTURES: Final = (
    Picture("overview", "overview", area=(), width=1280, height=860),
    Picture("overview-moved", "overview", area=("#moved",)),
    Picture("overview-phone", "overview", area=(), width=PHONE, height=844),
    Picture("channels", "channels", height=1000),
    Picture("channels-maximum", "channels", area=("#maximum",), height=900),
    Picture("cohorts", "cohorts", height=1150),
    Picture("cohorts-payback", "cohorts payback", area=("section:has(.cohort-table)",), height=900),
    Picture("segments", "segments", height=1150),
    Picture("segment-moves", "segment moves", height=900),
    Picture("satisfaction", "satisfaction", height=1150),
    Picture("programmes", "programmes", height=900),
    Picture("targets", "targets", height=1150),
    Picture("what-if", "what-if", height=1250),
    Picture("predictions", "predictions", height=1000),
    Picture("potential", "potential", height=1100),
    Picture("customers", "customers", area=(), width=1280, height=860, languages=("en",)),
    Picture("customer", "customer", area=(), width=1280, height=860, languages=("en",)),
    Picture("import-upload", "upload", area=(".page-header", "main > .card:first-of-type")),
    Picture("import-upload-phone", "upload", area=(), width=PHONE, height=844),
    Picture("import-presets", "presets", area=("#upload-form + details",)),
    Picture("import-batch", "batch"),
    Picture("import-batch-phone", "batch", width=PHONE, theme="dark", height=1300),
    Picture("import-questions", "questions", area=("section:has(> div > #questions)",)),
    Picture("import-missing", "missing", area=("#reading > .callout", "#reading > .missing")),
    Picture("import-mapping", "mapping", area=("section:has(#columns)",), height=1600),
    Picture("import-mapping-phone", "mapping", area=("section:has(#columns)",), width=PHONE, height=1100),
    Picture("import-words", "mapping", area=("#words-6",)),
    Picture("import-join", "join", area=("#make",)),
    Picture("import-progress", "progress"),
    Picture("import-batch-done", "batch done"),
    Picture("import-report", "report", area=(".page-header", ".steps", "main > .callout", "main > .columns")),
    Picture("import-report-phone", "report", width=PHONE, theme="dark", height=1500),
    Picture("import-reconciliation", "report", area=("section:has(#reconciliation)",)),
    Picture("import-rejects", "report", area=("section:has(#rejects)",)),
    Picture("import-corrected", "corrected", area=(".page-header", "main > .callout", "main > .columns")),
    Picture("import-history", "history", area=("section:has(#history)",), height=900),
    Picture("import-undo", "undo"),
    Picture("data-quality", "data quality"),
    Picture("data-quality-dark", "data quality", theme="dark", height=700),
    Picture("data-quality-rows", "data quality rows", height=900),
    Picture("duplicate-persons", "duplicate persons", height=900),
)


def pictures_at(stop: str) -> list[Picture]:
    """Return the pictures that are taken at a stop of the walk."""
    return [picture for picture in PICTURES if picture.stop == stop]
