"""How strongly each cell of the table colours: five steps of one hue."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from metrics.pages.cohorts.grid import Cell, Grid
from metrics.pages.cohorts.measures import PAYBACK

STEPS: Final = 5
_NOTHING: Final = Decimal(0)


class Scale:
    """Steps from the lowest to the highest figure of a table; towards payback, quarters of CAC."""

    def __init__(self, grid: Grid) -> None:
        """Read the ends off the cells of the lines that are over enough customers."""
        measure = grid.choice.measure
        self._against_cost = measure.key == PAYBACK
        self._first = int(measure.starts_full)
        values = [cell.value for cell in self._list_cells(grid) if cell.value is not None]
        self._low = min([_NOTHING, *values])
        self._high = max([_NOTHING, *values])

    def find_step(self, cell: Cell, age: int) -> int:
        """Return 1 to 5; 0 for a cell without a shade: too few, not known, or everyone by definition."""
        if not cell.finished or cell.value is None or cell.is_few or age < self._first:
            return 0
        if self._against_cost and cell.cost and cell.cost > 0:
            return _cut(cell.value / cell.cost * (STEPS - 1) / STEPS)
        span = self._high - self._low
        return _cut((cell.value - self._low) / span) if span else 0

    def _list_cells(self, grid: Grid) -> Iterable[Cell]:
        for line in grid.lines:
            yield from (cell for cell in line.cells[self._first :] if cell.finished and not cell.is_few)


def _cut(share: Decimal) -> int:
    return min(STEPS, max(1, int(share * STEPS) + 1))
