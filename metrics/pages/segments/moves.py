"""Who went from which segment to which between two month ends: a table of rows from and columns to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.arithmetic import divide
from metrics.core.calendar import MONTHS_PER_YEAR, last_day_of_month
from metrics.core.segments import NO_ORDER, SCHEMES
from metrics.models import Run, SegmentMoves, SegmentRun
from metrics.pages.segments.names import ABSENT_NAME, name_segment
from metrics.pages.segments.reading import FEW


@dataclass(frozen=True, slots=True)
class Cell:
    """How many went this way, and which share of the row that is; `stayed` marks the diagonal.

    `heat`: 0 for nothing to 5, by share.
    """

    customers: int
    share: Decimal | None
    stayed: bool
    heat: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """Where the customers of one segment went."""

    name: str
    customers: int
    cells: Sequence[Cell]

    @property
    def few(self) -> bool:
        """True for so few customers that shares say little."""
        return 0 < self.customers < FEW


@dataclass(frozen=True, slots=True)
class Matrix:
    """The moves between two month ends. `totals` are the sizes after; `months` what there is to choose."""

    before: date
    after: date
    heads: Sequence[str]
    rows: Sequence[MatrixRow]
    totals: Sequence[int]
    months: Sequence[date]
    as_of: date

    @property
    def moved(self) -> int:
        """How many were a customer at both ends, and changed segment."""
        return sum(cell.customers for row in self._customers for cell in row.cells if not cell.stayed)

    @property
    def known(self) -> int:
        """How many were a customer at both ends."""
        return sum(row.customers for row in self._customers)

    @property
    def _customers(self) -> list[MatrixRow]:
        return [row for row in self.rows if row.name != str(ABSENT_NAME)]

    @property
    def before_options(self) -> list[dict[str, object]]:
        """The months to start from, newest first, as the choices of a select."""
        return self._list_options(self.months[:-1], self.before)

    @property
    def after_options(self) -> list[dict[str, object]]:
        """The months to end with, newest first, as the choices of a select."""
        return self._list_options(self.months[1:], self.after)

    def name_end(self, month: date) -> str:
        """Return what a reader calls the end of a month; of one that is not over, the day of the run."""
        language = get_language() or "en"
        if self.as_of < last_day_of_month(month):
            return formats.date(self.as_of, language)
        return gettext("end of %(month)s") % {"month": formats.month(month, language)}

    @property
    def title(self) -> str:
        """The two ends as a heading."""
        ends = {"before": self.name_end(self.before), "after": self.name_end(self.after)}
        text = gettext("%(before)s to %(after)s") % ends
        return text[:1].upper() + text[1:]

    def _list_options(self, months: Sequence[date], chosen: date) -> list[dict[str, Any]]:
        return [
            {"value": f"{month:%Y-%m}", "name": self.name_end(month), "current": month == chosen}
            for month in reversed(months)
        ]


def read_matrix(run: Run, scheme: str, params: Mapping[str, str]) -> Matrix | None:
    """Return the moves a URL asks for (``?before=2025-01&after=2025-12``); None when there are none.

    What it leaves out or has wrong becomes the year up to the last month end, or as long as there is.
    """
    kept = SegmentRun.objects.filter(run=run).first()
    months = [date.fromisoformat(text) for text in kept.months] if kept else []
    if len(months) < 2 or (scheme == "tier" and kept and not kept.tiers_known):
        return None
    after = _find_month(params.get("after", ""), months[1:]) or months[-1]
    earlier = [month for month in months if month < after]
    before = _find_month(params.get("before", ""), earlier) or earlier[-MONTHS_PER_YEAR:][0]
    found = SegmentMoves.objects.filter(run=run, scheme=scheme, before=before, after=after).first()
    return _tabulate(found, months, run.as_of or months[-1]) if found else None


def _tabulate(found: SegmentMoves, months: Sequence[date], as_of: date) -> Matrix:
    """Return the table of what was kept, without rows and columns that are empty by their nature."""
    shown = SCHEMES[found.scheme].shown
    counts: list[list[int]] = found.counts
    columns = [place for place, key in enumerate(shown) if _is_shown(key, counts, place)]
    absent = len(shown)
    rows = [
        _make_row(name_segment(found.scheme, shown[place]), counts[place], columns, place)
        for place in columns
    ]
    if sum(counts[absent]):
        rows.append(_make_row(str(ABSENT_NAME), counts[absent], columns, absent))
    return Matrix(
        before=found.before,
        after=found.after,
        heads=[name_segment(found.scheme, shown[place]) for place in columns],
        rows=rows,
        totals=[sum(row[place] for row in counts) for place in columns],
        months=months,
        as_of=as_of,
    )


def _is_shown(key: str, counts: Sequence[Sequence[int]], place: int) -> bool:
    if key == NO_ORDER:
        return False  # who never ordered is at no month end
    used = sum(counts[place]) or sum(row[place] for row in counts)
    return bool(used) or key != "unknown"


def _make_row(name: str, counts: Sequence[int], columns: Sequence[int], place: int) -> MatrixRow:
    total = sum(counts[column] for column in columns)
    cells = []
    for column in columns:
        share = divide(counts[column], total)
        heat = 0 if not share else min(5, int(share * 5) + 1)
        cells.append(Cell(counts[column], share, column == place, heat))
    return MatrixRow(name, total, cells)


def _find_month(text: str, months: Sequence[date]) -> date | None:
    return next((month for month in months if f"{month:%Y-%m}" == text), None)
