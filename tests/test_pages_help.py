"""The help page says every definition once, from the registers, in both languages."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from metrics.core.formulas import METHODS, VOCABULARY
from metrics.kpis import KPIS
from metrics.pages.help_texts import METHOD_TEXTS, UNITS
from metrics.pages.overview import chosen
from tests.builders import make_user

pytestmark = pytest.mark.django_db


def read_help(language: str) -> str:
    client = Client()
    client.force_login(make_user(f"reader-{language}"))
    client.cookies["django_language"] = language
    return " ".join(client.get(reverse("help")).content.decode().split())


def anchors(html: str, kind: str) -> list[str]:
    return re.findall(rf'id="{kind}-([\w-]+)"', html)


def test_every_kpi_every_value_and_every_word_has_its_anchor():
    html = read_help("en")
    assert anchors(html, "kpi") == list(KPIS)
    assert anchors(html, "method") == list(METHODS)
    assert anchors(html, "word") == list(VOCABULARY)
    assert {"predicted_12", "total", "at_risk", "potential", "gap"} <= set(anchors(html, "forecast"))


def test_the_overview_shows_no_kpi_that_the_register_does_not_know():
    assert {*chosen._OF_MARKETERS, *chosen._OF_MANAGERS} <= set(chosen.AVAILABLE) <= set(KPIS)


def test_every_value_has_its_sentence_and_every_unit_its_name():
    assert set(METHOD_TEXTS) == set(METHODS)
    assert {word.unit for word in VOCABULARY.values()} <= set(UNITS)


@pytest.mark.parametrize(
    ("language", "formula"),
    [
        ("en", "Contribution − Acquisition cost − Retention cost"),
        ("nl", "Bijdrage − Acquisitiekosten − Behoudskosten"),
    ],
)
def test_the_formula_of_a_value_is_the_one_that_is_computed(language, formula):
    assert formula in read_help(language)


@pytest.mark.parametrize(
    ("language", "ratio"),
    [
        ("en", "revenue of valid orders ÷ valid orders"),
        ("nl", "omzet van geldige bestellingen ÷ geldige bestellingen"),
    ],
)
def test_a_ratio_says_what_stands_above_and_below_the_line(language, ratio):
    assert ratio in read_help(language)


def test_definitions_are_said_in_the_language_of_the_reader():
    english, dutch = read_help("en"), read_help("nl")
    assert ("Not cancelled" in english, "Niet geannuleerd" in english) == (True, False)
    assert ("Not cancelled" in dutch, "Niet geannuleerd" in dutch) == (False, True)
