"""NPS and CSAT: of each customer the last answer per scale in a window."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from customers.models import SurveyAnswer
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.arithmetic import divide_by, round_amount
from metrics.members import MONTH, YEAR, Figure, Member, list_months, make_kpi
from metrics.queries.days import read_month

PROMOTERS_FROM: Final = 9
DETRACTORS_TO: Final = 6
_POINTS: Final = 100
#: Scores of 1 to 5 and of 1 to 10 as whole parts of the distance from the lowest score to the highest.
_PARTS: Final = 36


@dataclass
class Answers:
    """What the last answers of a window come to: points (NPS) or parts (CSAT), and how many answers."""

    sum: int = 0
    n: int = 0


#: By KPI, member, window and month.
Tally = dict[tuple[str, Member, str, date], Answers]


def list_kpis(
    counted: Iterable[tuple[Sequence[Member], Mapping[str, Any]]], members: Iterable[Member], basis: Basis
) -> list[Figure]:
    """Return NPS and CSAT of every shown month, alone and as the end of 12; none of what was never asked.

    ``counted``: rows of ``queries.feedback.count_answers``, each with the members that it counts for.
    """
    tally = _add_up(counted)
    asked = sorted({kpi for kpi, *_where in tally})
    members = {*members, *(member for _kpi, member, *_when in tally)}
    return [
        make_kpi(basis, kpi, member, month, window, *_conclude(kpi, tally.get((kpi, member, window, month))))
        for kpi in asked
        for member in sorted(members)
        for month in list_months(basis, member)
        for window in (MONTH, YEAR)
    ]


def _add_up(counted: Iterable[tuple[Sequence[Member], Mapping[str, Any]]]) -> Tally:
    tally: Tally = defaultdict(Answers)
    for members, row in counted:
        kpi, worth = judge(SurveyAnswer.Scale(row["scale"]), row["score"])
        month = read_month(row["month"])
        windows = [
            (MONTH, month),
            *((YEAR, calendar.add_months(month, step)) for step in range(int(row["lasts"]))),
        ]
        for member in members:
            for window, end in windows:
                answers = tally[kpi, member, window, end]
                answers.sum += worth * row["n"]
                answers.n += row["n"]
    return dict(tally)


def judge(scale: SurveyAnswer.Scale, score: int) -> tuple[str, int]:
    """Return the KPI that a score counts in, and what it adds."""
    if scale == SurveyAnswer.Scale.NPS:
        return "nps", _POINTS * ((score >= PROMOTERS_FROM) - (score <= DETRACTORS_TO))
    return "csat", _PARTS // (scale.highest - scale.lowest) * (score - scale.lowest)


def _conclude(kpi: str, answers: Answers | None) -> tuple[Decimal | int, int, int]:
    """Return numerator, denominator and n."""
    found = answers or Answers()
    if kpi == "csat":
        return round_amount(divide_by(found.sum, _PARTS)), found.n, found.n
    return found.sum, found.n, found.n
