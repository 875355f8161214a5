"""The table of cohorts as a reader sees it: names, figures as text, shades, marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.models import Run
from metrics.pages.cohorts.calendar import MONTHS_PER_QUARTER
from metrics.pages.cohorts.choice import MONTH, Choice
from metrics.pages.cohorts.grid import Cell, Grid, Line
from metrics.pages.cohorts.measures import PAYBACK
from metrics.pages.cohorts.shades import Scale
from metrics.pages.facts import may_include_older_customers
from metrics.pages.periods import MONTH as ONE_MONTH
from metrics.pages.periods import Period
from metrics.pages.scope import name_member

_CENTS_UP_TO: Final = 100
_PERCENT_PLACES: Final = 1


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A finished cell: its text, its classes, and n where that is too small to rest on."""

    text: str
    classes: str
    few: str = ""
    turned: bool = False


@dataclass(frozen=True, slots=True)
class ShownLine:
    """A row of the table. ``unfinished``: how many months at its end are not over.

    ``older``: its customers may have bought before the data begin.
    """

    name: str
    url: str
    n: int
    older: bool
    cac: str
    payback: str
    cells: Sequence[ShownCell]
    unfinished: int


@dataclass(frozen=True, slots=True)
class ShownTable:
    """The table: heads of the months, the rows, and the lines under them."""

    heads: Sequence[int]
    lines: Sequence[ShownLine]
    totals: Sequence[ShownLine]
    with_cac: bool
    older: bool


def show_grid(grid: Grid, run: Run, currency: str) -> ShownTable:
    """Return the table for the template, in the reader's language."""
    writer = _Writer(grid, run, currency)
    lines = [writer.write_line(line, *_name(line, grid.choice)) for line in grid.lines]
    totals = []
    if grid.mean:
        totals.append(writer.write_line(grid.mean, name_mean(grid.choice), ""))
    if grid.shop:
        totals.append(writer.write_line(grid.shop, gettext("Whole shop"), ""))
    return ShownTable(
        range(1, grid.width + 1),
        lines,
        totals,
        grid.choice.measure.key == PAYBACK,
        any(line.older for line in lines),
    )


def name_line(line: Line, choice: Choice) -> str:
    """Return what a reader calls a row: "Jan 2025", "Q1 2025", "ads"."""
    key = line.key
    if not isinstance(key, date):
        return name_member(choice.rows, key)
    if choice.rows == MONTH:
        return formats.short_month(key, get_language() or "en")
    quarter = (key.month - 1) // MONTHS_PER_QUARTER + 1
    return gettext("Q%(quarter)d %(year)d") % {"quarter": quarter, "year": key.year}


def name_mean(choice: Choice) -> str:
    """Return what a reader calls the line of all rows together."""
    if choice.is_pooled or choice.scope.is_shop:
        return gettext("Whole shop, mean")
    return gettext("Mean")


def say_payback(line: Line) -> str:
    """Return "month 15", "not yet (month 23)", or n.a. when it cannot be told."""
    language = get_language() or "en"
    if line.paid_in:
        return formats.nth_month(line.paid_in, language)
    if line.known:
        return gettext("not yet (month %(n)s)") % {"n": formats.number(line.known, language)}
    return formats.not_available(language)


def _name(line: Line, choice: Choice) -> tuple[str, str]:
    """Return a row's name and, of a member, the query under which its cohorts stand one by one."""
    name = name_line(line, choice)
    if not choice.is_pooled:
        return name, ""
    asked = {"rows": MONTH, "show": choice.measure.key, "dimension": choice.rows, "member": str(line.key)}
    return name, urlencode(asked)


class _Writer:
    """Writes cells in one way for the whole table: as many places, one scale of shades."""

    def __init__(self, grid: Grid, run: Run, currency: str) -> None:
        self._run, self._currency, self._unit = run, currency, grid.choice.measure.unit
        self._written: dict[Decimal, str] = {}
        self._scale = Scale(grid)
        self._language = get_language() or "en"
        values = [abs(cell.value) for line in grid.lines for cell in line.cells if cell.value is not None]
        self._places = 2 if max(values, default=Decimal(0)) < _CENTS_UP_TO else 0

    def write_line(self, line: Line, name: str, url: str) -> ShownLine:
        """Return a row."""
        key = line.key
        return ShownLine(
            name=name,
            url=url,
            n=line.n,
            older=isinstance(key, date) and may_include_older_customers(self._run, Period(ONE_MONTH, key)),
            cac=formats.money(line.cac, self._currency, self._language),
            payback=say_payback(line),
            cells=[self._write_cell(cell, age) for age, cell in enumerate(line.cells) if cell.finished],
            unfinished=sum(not cell.finished for cell in line.cells),
        )

    def _write_cell(self, cell: Cell, age: int) -> ShownCell:
        step = self._scale.find_step(cell, age)
        classes = ["number", *([f"heat-{step}"] if step else []), *(["few"] if cell.is_few else [])]
        if cell.turned:
            classes.append("cohort-turn")
        few = formats.number(cell.n, self._language) if cell.is_few else ""
        return ShownCell(self._write(cell.value, self._unit), " ".join(classes), few, cell.turned)

    def _write(self, value: Decimal | None, unit: str) -> str:
        """Write a figure; each that reads alike only once, since writing is what takes time here."""
        if value is None:
            return formats.not_available(self._language)
        places = {"money": self._places, "percent": _PERCENT_PLACES + 2}.get(unit, 0)
        rounded = formats.round_half_up(value, places)
        if rounded not in self._written:
            self._written[rounded] = self._format(rounded, unit)
        return self._written[rounded]

    def _format(self, value: Decimal, unit: str) -> str:
        if unit == "money":
            return formats.money(value, self._currency, self._language, self._places)
        if unit == "percent":
            return formats.percent(value, self._language, _PERCENT_PLACES)
        return formats.number(value, self._language)
