"""The frame and the parts: every template compiles, says what it needs, and keeps to the content policy."""

import base64
import hashlib
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import get_template
from django.utils import translation

from klantwaarde.drawings import draw_share_bar, draw_sparkline

TEMPLATES = settings.BASE_DIR / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)
COMMENT = re.compile(r"{% comment %}.*?{% endcomment %}", re.DOTALL)


def render(source: str, **context: object) -> str:
    with translation.override("nl"):
        return Template(source).render(Context(context)).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name):
    assert get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_no_template_has_inline_script_or_style(name):
    source = COMMENT.sub("", (TEMPLATES / name).read_text())
    assert INLINE.findall(source) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("components/")])
def test_every_shared_template_opens_with_what_it_needs(name):
    assert (TEMPLATES / name).read_text().startswith("{% comment %}")


def test_the_chart_script_carries_the_hash_of_the_installed_file():
    installed = settings.BASE_DIR / "node_modules" / "chart.js" / "dist" / "chart.umd.min.js"
    if not installed.exists():
        pytest.skip("Chart.js is not installed: run `make setup`")
    expected = base64.b64encode(hashlib.sha384(installed.read_bytes()).digest()).decode()
    html = render("{% load charts %}{% chart_scripts %}")
    assert f'integrity="sha384-{expected}"' in html
    assert 'src="https://cdn.jsdelivr.net/npm/chart.js@4.6.1/dist/chart.umd.min.js"' in html
    assert 'crossorigin="anonymous"' in html
    assert html.index("js/charts.js") < html.index("cdn.jsdelivr.net")


def test_a_chart_brings_its_table_in_the_readers_format():
    spec = {
        "id": "revenue",
        "kind": "bar",
        "title": "Omzet",
        "unit": "money",
        "label_header": "Maand",
        "labels": ["mei", "juni"],
        "series": [{"label": "Netto", "values": [Decimal("1234.50"), None]}],
        "incomplete": [1],
    }
    html = " ".join(render("{% load charts %}{% chart spec %}", spec=spec, currency="EUR").split())
    assert '<th scope="row">mei</th><td class="number">€ 1.234,50</td>' in html
    assert '<th scope="row">juni <span class="muted">(niet compleet)</span></th>' in html
    assert '<td class="number">n.v.t.</td>' in html
    assert '"values": [1234.5, null]' in html


@pytest.mark.parametrize(
    ("difference", "good", "tone", "text"),
    [
        ("0.144", "up", "good", "+14,4%"),
        ("0.144", "down", "bad", "+14,4%"),
        ("-0.1", "down", "good", "-10,0%"),
        ("-0.1", "neither", "", "-10,0%"),
        ("0", "up", "", "0,0%"),
    ],
)
def test_a_change_is_coloured_by_whether_it_is_good_news(difference, good, tone, text):
    html = render("{% load charts %}{% delta d 'change' good %}", d=Decimal(difference), good=good)
    assert f'class="delta {tone}"' in html
    assert text in html


def test_a_kpi_card_without_a_figure_says_so_and_compares_nothing():
    card = {"label": "CAC", "value": None, "unit": "money", "change": None, "definition": "Alle kosten"}
    html = render("{% include 'components/kpi_card.html' %}", card=card, currency="EUR")
    assert "n.v.t." in html
    assert "delta" not in html
    assert "Alle kosten" in html


def test_progress_asks_again_until_it_is_finished():
    source = "{% include 'components/progress.html' %}"
    running = {"id": "p", "title": "Inlezen", "done": 1500, "total": 3000, "url": "/p/", "finished": False}
    html = render(source, progress=running)
    assert 'hx-get="/p/"' in html
    assert 'max="3000" value="1500"' in html
    assert "1.500 / 3.000" in html
    assert "hx-get" not in render(source, progress=running | {"finished": True})
    assert "hx-get" not in render(source, progress=running | {"error": "Schijf vol"})


def test_a_share_bar_is_as_wide_as_the_share_and_never_wider_than_its_track():
    assert 'width="43.0"' in draw_share_bar(Decimal("0.43"))
    assert 'width="100.0"' in draw_share_bar(1.7)
    assert "negative" in draw_share_bar(-0.2)
    assert draw_share_bar(None) == ""


def test_a_sparkline_runs_from_its_lowest_to_its_highest_value_and_leaves_gaps_open():
    assert 'd="M0.0 30.0 L120.0 2.0"' in draw_sparkline([1, 3])
    assert 'd="M0.0 30.0 L40.0 16.0 M120.0 2.0"' in draw_sparkline([1, 2, None, 3])
    assert draw_sparkline([None, 4]) == ""


def test_styles_are_files_of_our_own():
    sheets = sorted(Path(settings.BASE_DIR / "static" / "css").glob("*.css"))
    assert {"components.css", "layout.css", "print.css", "tokens.css"} <= {sheet.name for sheet in sheets}
    for sheet in sheets:
        assert "http" not in sheet.read_text(), f"{sheet.name} fetches from elsewhere"
