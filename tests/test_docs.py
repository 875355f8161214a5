"""The documentation says what the code does."""

import re
from pathlib import Path

from metrics.core.formulas import METHODS
from metrics.kpis import KPIS

DOCS = Path(__file__).resolve().parents[1] / "docs"


def names_in(text: str) -> set[str]:
    """Return the identifiers that a text sets in code type."""
    return set(re.findall(r"`([a-z_]+)`", text))


def test_the_definitions_list_every_kpi_of_the_register_and_no_other() -> None:
    _before, kpis = (DOCS / "definitions.md").read_text(encoding="utf-8").split("## KPIs")
    assert names_in(kpis) == set(KPIS)


def test_the_definitions_list_every_method() -> None:
    assert set(METHODS) <= names_in((DOCS / "definitions.md").read_text(encoding="utf-8"))


def test_every_page_that_a_page_links_to_exists() -> None:
    for page in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
