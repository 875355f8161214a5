"""How long customers keep buying: the survival curve of the shop and of its members, as a run keeps it."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from metrics.core import survival
from metrics.core.calendar import DAYS_PER_MONTH
from metrics.core.histories import Histories
from metrics.core.survival import Durations

MOST_POINTS: Final = 60
MONTH: Final = float(DAYS_PER_MONTH)


def list_silences(histories: Histories, as_of: int) -> Durations:
    """Return the time until each customer's first year of silence; ``as_of``: day of the histories.

    Of customers who first bought at least a year before; ``owner``: their numbers.
    """
    owner, day, _worth = histories.find_occasions(as_of)
    found = survival.find_silences(owner, day, as_of)
    return Durations(found.time, found.event, histories.customers[found.owner])


def describe_survival(durations: Durations) -> dict[str, Any]:
    """Return the curve "time until a year of silence" in at most 60 points.

    ``points``: months since the first purchase, ``share`` not yet silent for a year, and ``n``, how many were
    followed for so long. ``customers`` and ``silent`` are counts; ``median_months`` is None while more than
    half is left.
    """
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


def describe_members(
    durations: Durations, member: npt.NDArray[np.int16], members: int
) -> Iterator[dict[str, Any]]:
    """Yield the curve of every member; ``member``: the place of each customer's, -1 for none."""
    order = np.argsort(member, kind="stable")
    ends = np.searchsorted(member[order], np.arange(members + 1))
    for place in range(members):
        mine = order[ends[place] : ends[place + 1]]
        yield describe_survival(Durations(durations.time[mine], durations.event[mine]))
