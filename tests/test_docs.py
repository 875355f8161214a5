"""The documentation says what the code does, and shows and names what the pages have."""

import re
from pathlib import Path

import pytest
from django.urls import resolve

from docs.screenshots import baselines, walk
from docs.screenshots.register import PICTURES
from klantwaarde.catalogue import catalogue_path, read_catalogue, real_messages
from metrics.core.formulas import METHODS
from metrics.kpis import KPIS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = (*sorted(DOCS.rglob("*.md")), ROOT / "README.md")
#: For managers: a guide per page of figures, in both languages.
GUIDES_OF_PAGES = tuple(
    {"nl": dutch, "en": english}
    for dutch, english in (
        ("overzicht", "overview"), ("cohorten", "cohorts"), ("kanalen", "channels"),
        ("segmenten", "segments"), ("tevredenheid", "satisfaction"), ("doelen", "targets"),
        ("wat-als", "what-if"), ("voorspellingen", "predictions"), ("klantpotentieel", "potential"),
    )
)  # fmt: skip
GUIDES = {"nl": DOCS / "nl" / "importeren.md", "en": DOCS / "en" / "importing-guide.md"}


def names_in(text: str) -> set[str]:
    """Return the identifiers that a text sets in code type."""
    return set(re.findall(r"`([a-z_]+)`", text))


def pictures_in(page: Path) -> list[Path]:
    """Return the files of the pictures that a page shows, in its order."""
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    return [(page.parent / target).resolve() for target in shown]


def test_the_definitions_list_every_kpi_of_the_register_and_no_other() -> None:
    _before, kpis = (DOCS / "definitions.md").read_text(encoding="utf-8").split("## KPIs")
    assert names_in(kpis) == set(KPIS)


def test_the_definitions_list_every_method() -> None:
    assert set(METHODS) <= names_in((DOCS / "definitions.md").read_text(encoding="utf-8"))


def test_every_page_that_a_page_links_to_exists() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_pages_show_every_picture_of_the_register_and_no_other() -> None:
    shown = {path for page in PAGES for path in pictures_in(page)}
    registered = {picture.path(language) for picture in PICTURES for language in picture.languages}
    assert shown == registered
    assert set((DOCS / "images").rglob("*.png")) == registered


def test_the_baselines_are_those_of_every_page_in_every_look() -> None:
    kept = set(baselines.FOLDER.glob("*.png"))
    assert kept == set(baselines.list_paths()), "make screenshots ONLY=baselines takes them anew"
    assert sum(path.stat().st_size for path in kept) < 3_000_000


def test_every_baseline_is_of_a_page_of_the_site() -> None:
    for address in baselines.PAGES.values():
        assert resolve(address.partition("?")[0]).url_name


@pytest.mark.parametrize("pages", GUIDES_OF_PAGES, ids=lambda pages: pages["en"])
def test_the_guide_of_every_page_shows_it_in_the_language_of_its_reader(pages: dict[str, str]) -> None:
    shown = {language: pictures_in(DOCS / language / f"{name}.md") for language, name in pages.items()}
    for language, pictures in shown.items():
        assert pictures, f"{language}/{pages[language]}.md has no picture"
        assert {path.parent.name for path in pictures} == {language}
    assert [path.name for path in shown["nl"]] == [path.name for path in shown["en"]]


def test_every_picture_is_taken_at_a_stop_of_the_walk() -> None:
    stops = re.findall(r"tour\.take\(\s*\"([^\"]+)\"", Path(walk.__file__).read_text(encoding="utf-8"))
    assert {picture.stop for picture in PICTURES} == set(stops)


def test_both_guides_show_the_same_pictures() -> None:
    shown = {language: [path.name for path in pictures_in(page)] for language, page in GUIDES.items()}
    assert shown["nl"] == shown["en"] != []


def quotes_in(page: Path) -> set[str]:
    """Return what a page quotes from the site, in italics; and the few words that it stresses."""
    text = " ".join(page.read_text(encoding="utf-8").split())
    return set(re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", text))


def texts_of_the_site(language: str) -> set[str]:
    """Return every text of the site in a language."""
    said: set[str] = set()
    for message in real_messages(read_catalogue(catalogue_path())):
        either = message.id if language == "en" else message.string
        said |= {either} if isinstance(either, str) else set(either)
    return said


@pytest.mark.parametrize("language", GUIDES)
def test_what_a_guide_quotes_from_a_page_stands_there(language: str) -> None:
    quoted = quotes_in(GUIDES[language])
    assert quoted
    assert quoted - texts_of_the_site(language) == set()


@pytest.mark.parametrize("language", GUIDES)
def test_what_the_guides_of_all_pages_quote_is_part_of_a_text_of_the_site(language: str) -> None:
    site = "\n".join(texts_of_the_site(language)).lower()
    quoted = {quote for page in (DOCS / language).glob("*.md") for quote in quotes_in(page)}
    assert {quote for quote in quoted if quote.lower() not in site} <= {"n = …"}
