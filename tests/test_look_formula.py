"""A value taken apart on the page: the reader's own format, lines that add up to the total shown."""

from decimal import Decimal

from django.template import Context, Template
from django.utils import translation

from metrics.core.formulas import explain, parse

SOURCE = "{% load formulas %}{% include 'components/formula.html' %}"
PERIODIC = parse("revenue / periods * (periods + future_periods) - acquisition_cost - retention_cost")
# 500 a period, two periods, 200 of costs: 800 (definitions: a much-copied table says 1000).
VALUES = {
    "revenue": Decimal(500),
    "periods": Decimal(1),
    "future_periods": Decimal(1),
    "acquisition_cost": Decimal("150"),
    "retention_cost": Decimal("50"),
}


def show(values: dict[str, Decimal | None], language: str = "nl") -> str:
    context = Context({"explanation": explain(PERIODIC, values), "currency": "EUR"})
    with translation.override(language):
        html = Template(SOURCE).render(context)
    return " ".join(html.replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_lines_show_their_numbers_and_the_total_is_their_sum():
    html = show(VALUES)
    assert "€ 500,00 ÷ 1 × (1 + 1)" in html
    assert '<td class="number">€ 1.000,00</td>' in html
    assert '<td class="number">€ -150,00</td>' in html
    assert '<td class="number">€ -50,00</td>' in html
    assert '<td class="number">€ 800,00</td>' in html


def test_one_part_of_a_cent_gives_every_line_four_places():
    html = show(VALUES | {"retention_cost": Decimal("50.0001")})
    assert "€ -150,0000" in html
    assert "€ 799,9999" in html


def test_an_english_reader_gets_english_figures():
    assert "€500.00 ÷ 1 × (1 + 1)" in show(VALUES, "en")


def test_what_is_missing_is_named_instead_of_a_zero():
    html = show(VALUES | {"retention_cost": None})
    assert "Niet beschikbaar, want dit is niet bekend" in html
    assert '<td class="number">n.v.t.</td>' in html


def test_a_division_by_zero_says_so():
    assert "daar kan niet door worden gedeeld" in show(VALUES | {"periods": Decimal(0)})
