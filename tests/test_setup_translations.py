"""Texts are found in Python and in templates, and a catalogue that is not complete is not passed over."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from klantwaarde.catalogue import (
    compile_catalogue,
    extract_texts,
    find_problems,
    read_catalogue,
    real_messages,
    write_catalogue,
)

PYTHON = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
LABEL = _("Order value")
ABOUT = pgettext("month", "May")
def say(n): return ngettext("%(n)d order", "%(n)d orders", n) % {"n": n}
"""
TEMPLATE = """{% load i18n %}
<h1>{% translate "Customers" %}</h1>
    <p title="{% translate 'Their "value"' %}">{{ x }} isn't {% if x %}(unclosed{% endif %}</p>
{% blocktranslate count n=total trimmed %}
    One row
{% plural %}
    {{ n }} rows
{% endblocktranslate %}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A small product with a Python file and a template."""
    (tmp_path / "customers").mkdir()
    (tmp_path / "customers" / "texts.py").write_text(PYTHON)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    return tmp_path


def problems(source: Path, catalogue: Catalog) -> list[str]:
    return [f"{problem.what} {problem.text}" for problem in find_problems(extract_texts(source), catalogue)]


def complete_catalogue() -> Catalog:
    catalogue = Catalog(locale="nl")
    catalogue.add("Order value", "Orderwaarde")
    catalogue.add("May", "mei", context="month")
    catalogue.add(("%(n)d order", "%(n)d orders"), ("%(n)d bestelling", "%(n)d bestellingen"))
    catalogue.add("Customers", "Klanten")
    catalogue.add('Their "value"', "Hun “waarde”")
    catalogue.add(("One row", "%(n)s rows"), ("Eén rij", "%(n)s rijen"))
    return catalogue


def test_texts_are_found_in_python_and_templates(source: Path) -> None:
    assert {(message.id, message.context) for message in real_messages(extract_texts(source))} == {
        ("Order value", None),
        ("May", "month"),
        (("%(n)d order", "%(n)d orders"), None),
        ("Customers", None),
        ('Their "value"', None),
        (("One row", "%(n)s rows"), None),
    }


def test_a_complete_catalogue_has_no_problems(source: Path) -> None:
    assert problems(source, complete_catalogue()) == []


def test_a_text_without_translation_is_named(source: Path) -> None:
    catalogue = complete_catalogue()
    catalogue.delete("Customers")
    assert problems(source, catalogue) == ["missing Customers"]


def test_an_empty_or_doubtful_translation_is_named(source: Path) -> None:
    catalogue = complete_catalogue()
    catalogue["Customers"].string = ""
    catalogue["Order value"].flags.add("fuzzy")
    assert problems(source, catalogue) == ["empty Customers", "fuzzy Order value"]


def test_a_translation_with_another_placeholder_is_named(source: Path) -> None:
    catalogue = complete_catalogue()
    catalogue["%(n)d order"].string = ("%(m)d bestelling", "%(m)d bestellingen")
    assert problems(source, catalogue) == ["wrong %(n)d order"]


def test_a_translation_that_nothing_uses_is_named(source: Path) -> None:
    catalogue = complete_catalogue()
    catalogue.add("Gone", "Weg")
    assert problems(source, catalogue) == ["unused Gone"]


def test_a_written_catalogue_reads_back_sorted_and_without_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "django.po"
    write_catalogue(path, complete_catalogue())
    text = path.read_text()
    assert "#:" not in text
    assert text.index("Customers") < text.index("Order value")
    assert {message.id: message.string for message in real_messages(read_catalogue(path))} == {
        message.id: message.string for message in real_messages(complete_catalogue())
    }


def test_a_catalogue_is_compiled_when_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "nl" / "django.po"
    write_catalogue(path, complete_catalogue())
    assert [compile_catalogue(path), compile_catalogue(path)] == [True, False]
    assert b"Orderwaarde" in path.with_suffix(".mo").read_bytes()
