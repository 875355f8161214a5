"""Six boxes of value and satisfaction, and answers per segment, from what the run kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.utils.functional import Promise

from metrics.core.arithmetic import divide
from metrics.models import Satisfaction
from metrics.pages.satisfaction.courses import Compared
from metrics.pages.satisfaction.names import CSAT, NPS, STANDING_NAMES, STANDING_SCORES, STANDINGS
from metrics.pages.scope import name_member

FEW: Final = 30
DIMENSIONS: Final = ("tier", "lifecycle", "rfm", "channel", "country", "first_category")
_PARTS: Final = 36  # of a CSAT scale, see metrics.satisfaction.list_members


@dataclass(frozen=True, slots=True)
class Box:
    """Customers of one standing and value: how many, their part of those of that value, and their worth."""

    customers: int
    share: Decimal | None
    value: Decimal | None

    @property
    def is_few(self) -> bool:
        """True when too few for more than a look."""
        return 0 < self.customers < FEW


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A standing (None: gave no answer), with the customers of high and of low value."""

    standing: str | None
    name: str | Promise
    scores: str | Promise
    valuable: Box
    other: Box


@dataclass(frozen=True, slots=True)
class Boxes:
    """The six boxes, the row of who gave no answer, and the sums of both columns.

    ``unvalued``: customers whose value is not known. ``answered`` of ``customers`` gave an answer.
    """

    rows: Sequence[BoxRow]
    silent: BoxRow
    valuable: Box
    other: Box
    unvalued: int
    answered: int
    customers: int
    first: date
    last: date
    threshold: Decimal | None
    method: str

    @property
    def response(self) -> Decimal | None:
        """The part of customers that gave an answer."""
        return divide(self.answered, self.customers)

    @property
    def valuable_share(self) -> Decimal | None:
        """The part of customers with a known value who are of high value."""
        return divide(self.valuable.customers, self.valuable.customers + self.other.customers)

    @property
    def starts_at_zero(self) -> bool:
        """True when the best fifth begins at 0 or less: high is then whatever is above 0."""
        return self.threshold is not None and self.threshold <= 0


@dataclass(frozen=True, slots=True)
class MemberAnswers:
    """A segment: customers, how many answered, the parts by standing, and the score (None: no answer).

    Of a segment that only has a score over time customers is None, and there are no parts.
    """

    key: str
    name: str
    customers: int | None
    n: int
    parts: tuple[Decimal | None, ...]  # in the order of names.STANDINGS
    score: Decimal | None

    @property
    def response(self) -> Decimal | None:
        """The part of its customers that gave an answer."""
        return None if self.customers is None else divide(self.n, self.customers)

    @property
    def is_few(self) -> bool:
        """True when too few for more than a look."""
        return self.n < FEW


def read_boxes(found: Satisfaction, family: str) -> Boxes:
    """Return the boxes of a family of scales that was asked."""
    told = found.answers["families"][family]["boxes"]
    by_place = {(row["standing"], row["valuable"]): row for row in told}
    totals = {
        valuable: sum(row["customers"] for row in told if row["valuable"] is valuable)
        for valuable in (True, False)
    }

    def box(standing: str | None, valuable: bool) -> Box:
        row = by_place.get((standing, valuable), {})
        n = row.get("customers", 0)
        return Box(n, divide(n, totals[valuable]), _amount(row.get("value")))

    def line(standing: str | None) -> BoxRow:
        names, scores = STANDING_NAMES[family], STANDING_SCORES[family]
        return BoxRow(
            standing,
            names.get(standing or "", ""),
            scores.get(standing or "", ""),
            box(standing, True),
            box(standing, False),
        )

    return Boxes(
        rows=[line(standing) for standing in STANDINGS],
        silent=line(None),
        valuable=_sum(told, True),
        other=_sum(told, False),
        unvalued=sum(row["customers"] for row in told if row["valuable"] is None),
        answered=sum(row["customers"] for row in told if row["standing"]),
        customers=sum(row["customers"] for row in told),
        first=date.fromisoformat(found.answers["first"]),
        last=date.fromisoformat(found.answers["last"]),
        threshold=_amount(found.answers["threshold"]),
        method=found.answers["method"],
    )


def _sum(told: Sequence[Mapping[str, Any]], valuable: bool) -> Box:
    rows = [row for row in told if row["valuable"] is valuable]
    amounts = [amount for row in rows if (amount := _amount(row["value"])) is not None]
    n = sum(row["customers"] for row in rows)
    return Box(n, divide(n, n), sum(amounts, Decimal(0)))


def read_dimensions(found: Satisfaction, family: str) -> dict[str, list[MemberAnswers]]:
    """Return the members of every way to divide customers that answers were counted by, best first."""
    told = found.answers["families"][family]["dimensions"]
    return {
        dimension: _order([_read_member(row, dimension, family) for row in told[dimension]])
        for dimension in DIMENSIONS
        if told.get(dimension)
    }


def _order(members: list[MemberAnswers]) -> list[MemberAnswers]:
    """Return them by score, best first; those without an answer last, the largest first."""
    return sorted(
        members, key=lambda one: (one.score is None, -(one.score or 0), -(one.customers or one.n), one.name)
    )


def take_latest(compared: Compared) -> list[MemberAnswers]:
    """Return the members of a dimension by their score over the last 12 months, best first."""
    latest = [(course, course.scores[-1]) for course in compared.courses if course.scores]
    return _order(
        [
            MemberAnswers(one.key, one.name, None, score.n, (), score.value if score.n else None)
            for one, score in latest
        ]
    )


def _read_member(row: Mapping[str, Any], dimension: str, family: str) -> MemberAnswers:
    scale = 1 if family == NPS else _PARTS
    score = divide(row["sum"], row["n"] * scale)
    return MemberAnswers(
        key=row["member"],
        name=name_member(dimension, row["member"]),
        customers=row["customers"],
        n=row["n"],
        parts=tuple(divide(row[standing], row["n"]) for standing in STANDINGS),
        score=score,
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def find_unit(family: str) -> str:
    """Return the unit in which a score of these scales is shown."""
    return "percent" if family == CSAT else "points"
