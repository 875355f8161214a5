"""Satisfaction over time, and what was bought in the year after an answer."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext, pgettext

from metrics.kpis import KPIS
from metrics.pages.figures import Figures
from metrics.pages.periods import MONTH, YEAR, Period
from metrics.pages.satisfaction.answers import FEW
from metrics.pages.satisfaction.names import STANDING_NAMES, STANDINGS

MOST_MONTHS: Final = 36


def chart_score(figures: Figures, family: str) -> dict[str, Any] | None:
    """Return the score over 12 months at the end of each month, beside that of the month; None without."""
    months = figures.list_months()[-MOST_MONTHS:]
    yearly = [figures.find(family, Period(YEAR, month)) for month in months]
    monthly = [figures.find(family, Period(MONTH, month)) for month in months]
    if not any(figure and figure.n for figure in yearly):
        return None
    return {
        "id": f"{family}-over-time",
        "kind": "line",
        "title": gettext("%(score)s over time") % {"score": KPIS[family].label},
        "purpose": gettext(
            "Does satisfaction rise or fall? The last answer of each customer in the 12 months up to and "
            "with each month; in grey that of the month alone, where at least 30 answered."
        ),
        "unit": KPIS[family].unit,
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": months,
        "series": [
            {"label": gettext("12 months"), "values": [_value(figure, 1) for figure in yearly]},
            {
                "label": gettext("month"),
                "values": [_value(figure, FEW) for figure in monthly],
                "comparison": True,
            },
        ],
    }


def _value(figure: Any, least: int) -> Decimal | None:
    return figure.value if figure and figure.n >= least else None


def chart_relation(relation: Mapping[str, Any] | None, family: str) -> dict[str, Any] | None:
    """Return the share that bought again in the year after an answer, by standing; None without."""
    if not relation:
        return None
    pairs = [
        (STANDING_NAMES[family][standing], later)
        for standing, later in zip(STANDINGS, reversed(relation["by_standing"]), strict=True)
        if later
    ]
    return {
        "id": f"{family}-later",
        "kind": "bar",
        "title": gettext("Bought again within a year of the answer"),
        "purpose": gettext("Do satisfied customers come back more often? A correlation, not a cause."),
        "unit": "percent",
        "label_header": pgettext("survey", "Answer"),
        "labels": [str(name) for name, _later in pairs],
        "series": [
            {
                "label": gettext("bought again"),
                "values": [_round(later["bought"]["value"]) for _name, later in pairs],
            }
        ],
    }


def _round(share: float) -> Decimal:
    return Decimal(str(round(share, 4)))
