"""The score of every member of a dimension over time, so that members can be set beside each other.

Read from the KPIs of the run: of each month the 12 that end with it. A member is who it is of at the end of
the run. ``?by=tier&member=top&member=low``
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Max

from metrics.members import ANONYMOUS, CAMPAIGN
from metrics.models import KpiValue, Run
from metrics.pages.periods import YEAR
from metrics.pages.scope import ATTRIBUTE, DIMENSIONS, name_member
from metrics.target_figures import Figure

MOST_DRAWN: Final = 5
USUALLY_DRAWN: Final = 4
_NO_SCORE: Final = Figure(None, None, 0, False)
#: The dimensions that say most of satisfaction come first.
_FIRST: Final = ("tier", "lifecycle", "rfm", "segment")


@dataclass(frozen=True, slots=True)
class Course:
    """A member and its score of every month; ``drawn``: it stands in the chart."""

    key: str
    name: str
    drawn: bool
    scores: Sequence[Figure]


@dataclass(frozen=True, slots=True)
class Compared:
    """The members of a dimension, most answers first; ``left_out``: how many were asked for in vain."""

    dimension: str
    months: Sequence[date]
    courses: Sequence[Course]
    left_out: int = 0


def list_dimensions(run: Run, family: str) -> list[str]:
    """Return the dimensions that a run has scores of, those that say most first."""
    scores = KpiValue.objects.filter(run=run, kpi=family, window=YEAR)
    rows = scores.filter(period=scores.aggregate(last=Max("period"))["last"])
    found = set(rows.exclude(dimension__in=("", ANONYMOUS[0], CAMPAIGN)).values_list("dimension", flat=True))
    order = [*_FIRST, *(one for one in DIMENSIONS if one not in _FIRST)]
    return [
        *(one for one in order if one in found),
        *sorted(one for one in found if one.startswith(ATTRIBUTE)),
    ]


def read_courses(
    run: Run, family: str, dimension: str, months: Sequence[date], asked: Sequence[str]
) -> Compared:
    """Return the members of a dimension; drawn are those asked for, at most five, else the largest four."""
    rows = KpiValue.objects.filter(
        run=run, kpi=family, dimension=dimension, window=YEAR, period__in=list(months)
    )
    found: dict[str, dict[date, Figure]] = {}
    fields = ("member", "period", "numerator", "denominator", "n", "complete")
    for member, month, *values in rows.values_list(*fields):
        found.setdefault(member, {})[month] = Figure(*values)
    scores = {key: [of.get(month, _NO_SCORE) for month in months] for key, of in found.items()}
    largest = sorted(scores, key=lambda key: (-scores[key][-1].n, -sum(one.n for one in scores[key]), key))
    known = [key for key in dict.fromkeys(asked) if key in scores]
    answered = [key for key in largest if any(score.n for score in scores[key])]
    drawn = known[:MOST_DRAWN] or answered[:USUALLY_DRAWN]
    courses = [Course(key, name_member(dimension, key), key in drawn, scores[key]) for key in largest]
    return Compared(dimension, months, courses, max(0, len(known) - MOST_DRAWN))
