"""How values of the rarer columns are shown back to whoever uploads them."""

from pathlib import Path

import pytest
from django.utils import translation

from customers.imports.kinds import KINDS
from customers.imports.preview import Cell
from customers.imports.recognise import recognise_file
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


@pytest.mark.django_db
def test_a_row_of_totals_is_not_shown_as_one_that_will_be_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(
        "Ordernummer;Klantnummer;Besteldatum;Omzet excl. btw\n"
        "A1;anna;31-01-2025;12,50\n;anna;31-01-2025;3,00\nTotaal;;;15,50\n"
    )
    with translation.override("en"):
        shown = recognise_file(path).preview
    assert [line for line, _cells in shown] == [2, 3]
    assert shown[1][1][0].problem == "is empty, and a value is needed here."
