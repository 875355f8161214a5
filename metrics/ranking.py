"""Who comes where by each method, and how value is spread over customers.

Amounts leave the database as whole 1/10,000 (int64), are sorted here, exactly, and go back as ranks. Sorting
a million customers four times took PostgreSQL seven seconds and takes numpy less than one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metrics.cost_allocation import to_amount
from metrics.fitting import look_up
from metrics.models import Run
from metrics.valuation import RANKED, UNKNOWN, list_value_columns
from metrics.workspace import PREFIX, PostgresWorkspace

Units = npt.NDArray[np.int64]

BARS: Final = 24
POINTS: Final = 100
MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Spread:
    """All ranked customers by one method: amounts in 1/10,000, best first; ``UNKNOWN`` at the end."""

    units: Units

    @property
    def known(self) -> Units:
        """The amounts that are available."""
        return self.units[self.units > UNKNOWN]

    @property
    def running(self) -> Units:
        """What everyone up to here is worth together; who is worth less than nothing counts as nothing."""
        return np.cumsum(np.maximum(self.units, 0))

    def sum_top(self, tenths: int = 1) -> tuple[Decimal, Decimal, int]:
        """Return the positive value of the best tenth(s), of everyone, and how many are ranked."""
        n = len(self.units)
        if not n:
            return Decimal(0), Decimal(0), 0
        running = self.running
        return to_amount(running[-(-n * tenths // 10) - 1]), to_amount(running[-1]), n


def rank_customers(work: PostgresWorkspace, run: Run, foretold: Mapping[str, Units]) -> dict[str, Spread]:
    """Keep a rank per customer and method (``ranks``), and return how value is spread by each.

    Best first, not available last, ties by customer number. Who objects to profiling has no rank.
    ``foretold``: whole numbers, by ``customer_id``, ascending; ``UNKNOWN`` where not available.
    """
    rows = _read_values(work)
    by_id = np.argsort(rows["customer_id"])
    rows |= _gather_foretold(rows, by_id, foretold, f"predicted_{run.settings.prediction_months}")
    # By number, as the other tables are: what is joined then lies close together.
    ranks = {"customer_id": rows["customer_id"][by_id]}
    spreads = {}
    for name in RANKED:
        order = np.argsort(-rows[name], kind="stable")  # stable: ties stay in the order of customer numbers
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        ranks[f"rank_{name}"] = rank[by_id]
        spreads[name] = Spread(rows[name][order])
    work.load_numbers("ranks", ranks)
    return spreads


def _read_values(work: PostgresWorkspace) -> dict[str, Units]:
    """Return what who may be profiled is worth, in 1/10,000, in the order of customer numbers."""
    valued = [name for name in RANKED if name in list_value_columns()]
    columns = ", ".join(f"coalesce(({name} * 10000)::bigint, {UNKNOWN})" for name in valued)
    return work.read_numbers(
        f"SELECT customer_id, {columns} FROM {PREFIX}values"
        " WHERE NOT objects_to_profiling ORDER BY external_id",
        ("customer_id", *valued),
    )


def _gather_foretold(
    rows: Mapping[str, Units], by_id: Units, foretold: Mapping[str, Units], horizon: str
) -> dict[str, Units]:
    """Return what is foretold of the customers of ``rows``, and the total of what was and will be.

    ``by_id`` puts the rows in the order that ``foretold`` has.
    """
    customers = rows["customer_id"][by_id]
    found = {}
    for name in {"predicted_12", "at_risk", "gap", horizon}:
        found[name] = np.empty_like(customers)
        found[name][by_id] = look_up(customers, foretold["customer_id"], foretold[name], UNKNOWN)
    known = (rows["realised"] > UNKNOWN) & (found[horizon] > UNKNOWN)
    found["total"] = np.where(known, rows["realised"] + found[horizon], UNKNOWN)
    return found


def draw_curves(spreads: Mapping[str, Spread]) -> dict[str, Any]:
    """Return per method a histogram (bars of a round width) and the share of value that the top brings."""
    return {
        name: {"histogram": list(draw_histogram(spread)), "lorenz": list(draw_lorenz(spread))}
        for name, spread in spreads.items()
    }


def draw_lorenz(spread: Spread) -> Iterator[dict[str, float]]:
    """Yield points at 1, 2, … 100 % of customers, best first: their share of the sum of positive values."""
    n, running = len(spread.units), spread.running
    if not n or not running[-1]:
        return
    for place in sorted({-(-n * percent // POINTS) for percent in range(1, POINTS + 1)}):
        share = int(running[place - 1]) * MILLION // int(running[-1])
        yield {"customers": round(place / n, 6), "value": share / MILLION}


def draw_histogram(spread: Spread) -> Iterator[dict[str, Any]]:
    """Yield bars of a round width between the 1st and 99th percentile; the ends take what lies beyond.

    ``from`` is None for the first bar when values lie below it, ``to`` for the last when values lie above.
    """
    rising = spread.known[::-1]
    n = len(rising)
    if not n:
        return
    low, high = (to_amount(rising[max(-(-n * percent // 100) - 1, 0)]) for percent in (1, 99))
    width = choose_width(high - low)
    start = floor_to(low, width)
    bars = int((high - start) // width) + 1
    edges = [start + bar * width for bar in range(bars + 1)]
    inner = np.searchsorted(rising, [int(edge.scaleb(4)) for edge in edges[1:-1]], side="left")
    counts = np.diff(np.concatenate(([0], inner, [n])))
    lowest, highest = to_amount(rising[0]), to_amount(rising[-1])
    for bar, count in enumerate(counts):
        open_below, open_above = bar == 0 and lowest < start, bar == bars - 1 and highest >= edges[-1]
        yield {
            "from": None if open_below else f"{edges[bar]:f}",
            "to": None if open_above else f"{edges[bar + 1]:f}",
            "n": int(count),
        }


def choose_width(spread: Decimal) -> Decimal:
    """Return a width of 1, 2 or 5 times a power of ten that cuts the spread into at most 24 bars."""
    wanted = max(spread, Decimal(1)) / BARS
    power = Decimal(1).scaleb(wanted.adjusted())
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)


def floor_to(amount: Decimal, width: Decimal) -> Decimal:
    """Return the largest multiple of ``width`` that is not above the amount."""
    return (amount / width).to_integral_value(ROUND_FLOOR) * width
