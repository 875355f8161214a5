"""Which pages the audit visits, and in which order."""

import pytest

from tests import audit_pages, test_browser_every_page
from tests.test_browser_every_page import Sight


@pytest.fixture
def made(monkeypatch):
    """Pages of which one makes what it shows; returns what was made."""
    made: list[str] = []

    def make():
        made.append("an upload")
        return {"uuid": f"00000000-0000-0000-0000-{len(made):012}"}

    pages = [Sight("overview"), Sight("upload", make), Sight("overview", query="?kpi=aov"), Sight("help")]
    monkeypatch.setattr(test_browser_every_page, "PAGES", pages)
    monkeypatch.setattr(test_browser_every_page, "add_odd_ones", lambda folder: None)
    return made


def test_each_kind_of_page_comes_before_the_variants_of_any(made, tmp_path):
    paths = audit_pages.list_paths([], tmp_path)
    assert paths[-1].endswith("?kpi=aov")
    assert len(paths) == len(set(paths)) == 4


def test_what_a_page_shows_is_made_once(made, tmp_path):
    audit_pages.list_paths(["upload"], tmp_path)
    assert len(made) == 1


def test_a_page_that_there_is_not_is_refused_by_name(made, tmp_path):
    with pytest.raises(SystemExit, match="No page of that name: nowhere"):
        audit_pages.list_paths(["nowhere"], tmp_path)
