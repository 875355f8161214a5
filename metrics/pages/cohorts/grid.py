"""The table of cohorts: lines of cells, each with its figure, its n and how it stands out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from typing import Final

from metrics.core.arithmetic import divide
from metrics.models import Run
from metrics.pages.cohorts.calendar import MONTHS_PER_QUARTER, Months, read_months
from metrics.pages.cohorts.choice import MONTH, QUARTER, Choice
from metrics.pages.cohorts.costs import Costs, list_span, read_costs
from metrics.pages.cohorts.measures import PAYBACK, Measure
from metrics.pages.cohorts.totals import Key, Total, add_up_cells
from metrics.pages.scope import SHOP, Scope

FEW: Final = 30
_LENGTHS: Final[Mapping[str, int]] = {MONTH: 1, QUARTER: MONTHS_PER_QUARTER}


@dataclass(frozen=True, slots=True)
class Cell:
    """One month since the first order. Not ``finished``: nothing can be said yet.

    ``n``: over how many customers. ``turned``: here what was brought in reaches what winning them cost.
    """

    finished: bool
    value: Decimal | None = None
    n: int = 0
    cost: Decimal | None = None  # per customer: CAC of the cohorts of this cell
    turned: bool = False

    @property
    def is_few(self) -> bool:
        """True when too few for more than a look."""
        return self.finished and self.n < FEW


@dataclass(frozen=True, slots=True)
class Line:
    """A row: a cohort, a member, the mean or the shop. ``paid_in``: month in which it paid back, from 1.

    ``known``: up to which month that can be told, from 1; 0 when it cannot.
    """

    key: Key
    n: int
    cells: Sequence[Cell]
    cac: Decimal | None
    paid_in: int | None
    known: int

    @property
    def finished(self) -> int:
        """How many months are finished."""
        return sum(cell.finished for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """The lines of the table; ``mean`` over all of them, weighted; ``shop`` where that is another line."""

    choice: Choice
    lines: Sequence[Line]
    mean: Line | None
    shop: Line | None
    width: int


@dataclass(frozen=True, slots=True)
class _Source:
    """What a line is made of: sums by finished age, all customers, and cost by age."""

    key: Key
    n: int
    totals: Mapping[int, Total]
    find_cost: Callable[[int], Decimal | None]


def build_grid(choice: Choice, run: Run) -> Grid:
    """Return the table that is asked for; without any finished month it has no columns."""
    months = read_months(run)
    sources = _read_members(choice, run, months) if choice.is_pooled else _read_cohorts(choice, run, months)
    width = max((max(source.totals, default=-1) for source in sources), default=-1) + 1
    shop = _read_all(run, SHOP, months)
    mean = shop if choice.is_pooled else _take_mean(choice, run, months, sources)
    apart = not choice.is_pooled and not choice.scope.is_shop
    return Grid(
        choice,
        [_make_line(source, width, choice.measure) for source in sources],
        _make_line(mean, width, choice.measure) if mean.totals else None,
        _make_line(shop, width, choice.measure) if apart and shop.totals else None,
        width,
    )


def _read_cohorts(choice: Choice, run: Run, months: Months) -> list[_Source]:
    """A line a month or quarter, the newest first; a quarter is finished when its last month is."""
    length = _LENGTHS[choice.rows]
    costs = read_costs(run, choice.scope)
    found = add_up_cells(run, choice.rows, choice.scope)
    sources = []
    for key in sorted((key for key in found if isinstance(key, date) and key >= months.oldest), reverse=True):
        span = list_span(key, length)
        ages = months.count_ages(span[-1])
        totals = {age: total for age, total in found[key].items() if total.complete and age < ages}
        sources.append(_Source(key, found[key][0].customers, totals, _cost_always(costs, choice.scope, span)))
    return sources


def _read_members(choice: Choice, run: Run, months: Months) -> list[_Source]:
    """A line a channel or first category, the largest first."""
    scope = Scope(choice.rows, "")
    costs = read_costs(run, scope, every_member=True)
    found = add_up_cells(run, "member", scope, every_member=True)
    sources = [
        _Source(
            key, totals[0].customers, totals, _cost_at_age(costs, Scope(choice.rows, str(key)), months, 1)
        )
        for key, totals in found.items()
    ]
    return sorted(sources, key=lambda source: (-source.n, str(source.key)))


def _read_all(run: Run, scope: Scope, months: Months) -> _Source:
    """All cohorts of a scope taken together."""
    totals = add_up_cells(run, "all", scope).get("", {})
    n = totals[0].customers if totals else 0
    return _Source("", n, totals, _cost_at_age(read_costs(run, scope), scope, months, 1))


def _take_mean(choice: Choice, run: Run, months: Months, sources: Iterable[_Source]) -> _Source:
    """All lines taken together, each weighing as many as its customers."""
    by_age: dict[int, list[Total]] = {}
    for source in sources:
        for age, total in source.totals.items():
            by_age.setdefault(age, []).append(total)
    totals = {age: reduce(Total.__add__, parts) for age, parts in by_age.items()}
    costs = read_costs(run, choice.scope)
    find_cost = _cost_at_age(costs, choice.scope, months, _LENGTHS[choice.rows])
    return _Source("", totals[0].customers if totals else 0, totals, find_cost)


def _cost_always(costs: Costs, scope: Scope, span: Sequence[date]) -> Callable[[int], Decimal | None]:
    cost = costs.sum(scope.member, span)
    return lambda _age: cost


def _cost_at_age(costs: Costs, scope: Scope, months: Months, length: int) -> Callable[[int], Decimal | None]:
    """Cost of the cohorts that have reached an age, those without a new customer included."""
    return lambda age: costs.sum(scope.member, months.list_finished(age, length))


def _make_line(source: _Source, width: int, measure: Measure) -> Line:
    cells: list[Cell] = []
    paid_in, known, blind = None, 0, False
    for age in range(width):
        total = source.totals.get(age)
        if total is None:
            cells.append(Cell(finished=False))
            continue
        cost = source.find_cost(age)
        blind = blind or not _can_tell(total.so_far, cost)
        turned = not blind and paid_in is None and _is_paid(total.so_far, cost)
        if not blind:
            known = age + 1
        if turned:
            paid_in = age + 1
        cells.append(
            Cell(
                finished=True,
                value=measure.compute(total),
                n=total.customers,
                cost=divide(cost, total.customers),
                turned=turned and measure.key == PAYBACK,
            )
        )
    first = source.totals.get(0)
    cac = divide(source.find_cost(0), first.customers) if first else None
    return Line(source.key, source.n, cells, cac, paid_in, known)


def _can_tell(brought_in: Decimal | None, cost: Decimal | None) -> bool:
    """Tell whether anything can be said of payback: both are known, and something was spent."""
    return brought_in is not None and cost is not None and cost > 0


def _is_paid(brought_in: Decimal | None, cost: Decimal | None) -> bool:
    return brought_in is not None and cost is not None and brought_in >= cost
