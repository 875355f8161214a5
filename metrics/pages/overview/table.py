"""The KPIs as a table, folded under the cards: everything the cards say, and what they have no room for."""

from collections.abc import Sequence
from typing import Any

from metrics.models import Run
from metrics.pages.overview.cards import FEW, name_period
from metrics.pages.overview.lines import KpiLine
from metrics.pages.periods import Period


def make_table(lines: Sequence[KpiLine], period: Period, run: Run) -> dict[str, Any]:
    """Return the heads of the earlier periods and a row a KPI, for the page's template."""
    before = period.before()
    return {
        "period": period.name,
        "before": [earlier.name for earlier in before],
        "rows": [_make_row(line, period, len(before), run) for line in lines],
    }


def _make_row(line: KpiLine, period: Period, width: int, run: Run) -> dict[str, Any]:
    """A KPI over another window than the page's names its own, and has nothing under the page's heads."""
    own = line.period != period
    earlier = [] if own else [(item.value, item.change) for item in line.comparisons]
    return {
        "key": line.kpi.key,
        "label": line.kpi.label,
        "period": name_period(line, run) if own else "",
        "value": line.value,
        "unit": line.kpi.unit,
        "change_unit": line.change_unit,
        "good": line.good,
        "complete": line.complete,
        "earlier": earlier + [(None, None)] * (width - len(earlier)),
        "n": line.figure.n if line.figure else None,
        "few": bool(line.figure and line.figure.n < FEW),
    }
