"""How long customers keep buying: the survival curve of the shop, as a run keeps it."""

from typing import Any, Final

from metrics.core import survival
from metrics.core.calendar import DAYS_PER_MONTH
from metrics.core.histories import Histories

MOST_POINTS: Final = 60
MONTH: Final = float(DAYS_PER_MONTH)


def describe_survival(histories: Histories, as_of: int) -> dict[str, Any]:
    """Return the curve "time until a year of silence" in at most 60 points; ``as_of``: day of the histories.

    Over customers who first bought at least a year before. ``points``: months since the first purchase,
    ``share`` not yet silent for a year, and ``n``, how many were followed for so long. ``customers`` and
    ``silent`` are counts; ``median_months`` is None while more than half is left.
    """
    owner, day, _worth = histories.find_occasions(as_of)
    durations = survival.find_silences(owner, day, as_of)
    curve = survival.estimate(durations)
    longest = int(curve.followed[-1] / MONTH) if curve.customers else -1
    step = max(1, -(-(longest + 1) // MOST_POINTS))
    median = curve.find_median()
    return {
        "customers": curve.customers,
        "silent": int(durations.event.sum()),
        "median_months": None if median is None else round(median / MONTH, 1),
        "points": [
            {
                "months": month,
                "share": round(curve.find_share(month * MONTH), 6),
                "n": curve.count_at_risk(month * MONTH),
            }
            for month in range(0, longest + 1, step)
        ],
    }
