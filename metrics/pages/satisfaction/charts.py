"""Satisfaction over time, and what was bought in the year after an answer."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext, pgettext

from metrics.kpis import KPIS
from metrics.pages.figures import Figures
from metrics.pages.periods import MONTH, YEAR, Period
from metrics.pages.satisfaction.answers import FEW
from metrics.pages.satisfaction.courses import Compared
from metrics.pages.satisfaction.names import STANDING_NAMES, STANDINGS
from metrics.pages.scope import name_dimension

MOST_MONTHS: Final = 36


def list_charted_months(figures: Figures) -> list[date]:
    """Return the months that a score is drawn of: the last 36."""
    return figures.list_months()[-MOST_MONTHS:]


def chart_score(figures: Figures, family: str) -> dict[str, Any] | None:
    """Return the score over 12 months at the end of each month, beside that of the month; None without."""
    months = list_charted_months(figures)
    yearly = [figures.find(family, Period(YEAR, month)) for month in months]
    monthly = [figures.find(family, Period(MONTH, month)) for month in months]
    if not any(figure and figure.n for figure in yearly):
        return None
    return {
        "id": f"{family}-over-time",
        "kind": "line",
        "title": gettext("%(score)s over time") % {"score": KPIS[family].label},
        "purpose": gettext(
            "Does satisfaction rise or fall? Of the whole shop: the last answer of each customer in the 12 "
            "months up to and with each month; in grey that of the month alone, where at least 30 answered."
        ),
        "unit": KPIS[family].unit,
        "label_header": gettext("Month"),
        "label_unit": "short_month",
        "labels": months,
        "series": [
            {
                "label": gettext("12 months"),
                "values": [_value(figure, 1) for figure in yearly],
                "n": [figure.n if figure else 0 for figure in yearly],
            },
            {
                "label": gettext("month"),
                "values": [_value(figure, FEW) for figure in monthly],
                "comparison": True,
            },
        ],
    }


def chart_members(compared: Compared, shop: Figures, family: str) -> dict[str, Any] | None:
    """Return the members that are drawn beside each other, in grey the whole shop; None without a score."""
    drawn = [course for course in compared.courses if course.drawn]
    if not any(score.n for course in drawn for score in course.scores):
        return None
    whole = [shop.find(family, Period(YEAR, month)) for month in compared.months]
    scores = {"score": KPIS[family].label, "dimension": name_dimension(compared.dimension)}
    return {
        "id": f"{family}-of-members",
        "kind": "line",
        "title": gettext("%(score)s over time: %(dimension)s") % scores,
        "purpose": gettext(
            "Who grows more satisfied, and who less? The last answer of each customer in the 12 months up to "
            "and with each month; in grey the whole shop. Dashed: fewer than 30 answered."
        ),
        "unit": KPIS[family].unit,
        "label_header": gettext("12 months to"),
        "label_unit": "short_month",
        "labels": list(compared.months),
        "series": [
            *(
                {
                    "label": course.name,
                    "values": [score.value if score.n else None for score in course.scores],
                    "n": [score.n for score in course.scores],
                }
                for course in drawn
            ),
            {
                "label": gettext("Whole shop"),
                "values": [_value(figure, 1) for figure in whole],
                "n": [figure.n if figure else 0 for figure in whole],
                "comparison": True,
            },
        ],
        "whom": ", ".join(course.name for course in drawn),
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
