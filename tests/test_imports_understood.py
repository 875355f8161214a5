"""How values of the rarer columns are shown back to whoever uploads them."""

import pytest
from django.utils import translation

from customers.imports.kinds import KINDS
from customers.imports.preview import Cell
from customers.models import Shop
from customers.pages.understood import show_understood


@pytest.mark.parametrize(
    ("kind", "column", "understood", "shown"),
    [
        ("targets", "period", "[2026-01-01,2026-03-31]", "1 jan 2026 – 31 mrt 2026"),
        ("targets", "value", "35%", "35%"),
        ("targets", "value", "1250.5", "1.250,5"),
        ("survey_answers", "scale", "nps", "NPS, 0 to 10"),
        ("survey_answers", "score", "9", "9"),
        ("retention_costs", "segment", "country = NL", "country = NL"),
        ("customers", "attribute:Branche", "horeca", "horeca"),
    ],
)
def test_values_are_shown_as_the_reader_writes_them(
    kind: str, column: str, understood: str, shown: str
) -> None:
    shop = Shop(currency="EUR", time_zone="Europe/Amsterdam")
    cell = Cell("as it stands", understood)
    with translation.override("en"):
        assert show_understood(cell, KINDS[kind].columns[column], shop, "nl") == shown
