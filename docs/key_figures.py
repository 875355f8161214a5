"""The pages of the documentation that list every KPI: ``python -m docs.key_figures`` writes them anew.

Names, definitions and what is divided by what come from the register, in English and in Dutch; a test holds
the pages to it.
"""

import os
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
PAGES: Final = {"en": FOLDER / "en" / "key-figures.md", "nl": FOLDER / "nl" / "kerncijfers.md"}
WIDTH: Final = 118
_TEXTS: Final = {
    "en": (
        "# Key figures: every name, and the one thing it means",
        "Every table, chart, target, file and help text of Klantwaarde goes by this list, and *What every "
        "number means* under each page says the same. The code is what files call it. How a figure is worked "
        "out to the cent stands in [definitions.md](../definitions.md).",
        ("key figure", "code", "in", "better is", "what it is", "computed as"),
        {"money": "money", "count": "number", "percent": "%", "ratio": "ratio", "points": "points",
         "days": "days", "months": "months"},
        {"up": "more", "down": "less", "none": ""},
    ),
    "nl": (
        "# Kerncijfers: elke naam, en het ene dat hij betekent",
        "Elke tabel, grafiek en uitleg, elk doel en elk bestand van Klantwaarde gaat uit van deze lijst, en "
        "*Wat elk getal betekent* onder elke pagina zegt hetzelfde. De code is hoe bestanden het noemen. Hoe "
        "een cijfer tot op de cent wordt berekend, staat in [definitions.md](../definitions.md) (Engels).",
        ("kerncijfer", "code", "in", "beter is", "wat het is", "berekend als"),
        {"money": "geld", "count": "aantal", "percent": "%", "ratio": "verhouding", "points": "punten",
         "days": "dagen", "months": "maanden"},
        {"up": "meer", "down": "minder", "none": ""},
    ),
}  # fmt: skip


def write_page(language: str) -> str:
    """Return the page of a language. Django is set up, and the catalogue compiled."""
    from django.utils.translation import override

    from metrics.kpis import KPIS

    title, opening, heads, units, directions = _TEXTS[language]
    lines = [title, "", textwrap.fill(opening, WIDTH), "", _row(heads), _row("---" for _head in heads)]
    with override(language):
        for kpi in KPIS.values():
            divided = f"{kpi.above.label} ÷ {kpi.below.label}" if kpi.above and kpi.below else ""
            lines.append(
                _row((
                    str(kpi.label), f"`{kpi.key}`", units[kpi.unit], directions[kpi.direction],
                    str(kpi.definition), divided,
                ))
            )  # fmt: skip
    return "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write both pages."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "klantwaarde.settings")
    import django

    django.setup()
    for language, path in PAGES.items():
        path.write_text(write_page(language), encoding="utf-8")


if __name__ == "__main__":
    main()
