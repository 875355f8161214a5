"""What the step ``potential`` says of the whole shop: four quarters, a picture of them, reach, money at risk.

A customer's *value* here is what is predicted for 12 months (else the last 365 days), its *potential* the
most that it may bring in. Value is high from the 80th percentile up: a fifth of the customers brings most of
the value. Potential is high from its median up.
"""

from decimal import Decimal
from typing import Any, Final

import numpy as np

from metrics import peer_groups
from metrics.core.histories import Flags, Whole
from metrics.core.potential import find_percentile
from metrics.cost_allocation import to_amount
from metrics.models import CustomerValue
from metrics.peer_groups import Peers
from metrics.potential import Buyers, Estimates, Market
from metrics.potential_columns import QUARTERS, SOURCES
from metrics.valuation import UNKNOWN

Quarter = CustomerValue.Quarter
NO_QUARTER: Final = len(QUARTERS)
VALUE_TENTHS: Final = 8
POTENTIAL_TENTHS: Final = 5
BINS: Final = 8


def find_thresholds(buyers: Buyers, found: Estimates) -> tuple[int, int] | None:
    """Return from where value and potential are high; None when nobody has both."""
    if not found.known.any():
        return None
    return (
        find_percentile(buyers.base[found.known], VALUE_TENTHS),
        find_percentile(found.potential[found.known], POTENTIAL_TENTHS),
    )


def place_in_quarters(buyers: Buyers, found: Estimates, thresholds: tuple[int, int] | None) -> Whole:
    """Return the place in ``QUARTERS`` of each buyer, ``NO_QUARTER`` without a potential."""
    if thresholds is None:
        return np.full(len(buyers), NO_QUARTER)
    valuable, promising = buyers.base >= thresholds[0], found.potential >= thresholds[1]
    chosen = np.select(
        [~found.known, valuable & promising, valuable, promising],
        [
            NO_QUARTER,
            QUARTERS.index(Quarter.KEEP),
            QUARTERS.index(Quarter.MAINTAIN),
            QUARTERS.index(Quarter.GROW),
        ],
        QUARTERS.index(Quarter.LET_BE),
    )
    return chosen.astype(np.int64)


def describe(
    buyers: Buyers,
    found: Estimates,
    quarter: Whole,
    thresholds: tuple[int, int] | None,
    peers: Peers,
    market: Market,
) -> dict[str, Any]:
    """Return ``Prediction.potential`` but for the back-test. Amounts are text, exact."""
    value_from, potential_from = thresholds or (None, None)
    foretold = buyers.predicted > UNKNOWN
    return {
        "customers": len(buyers),
        "known": int(found.known.sum()),
        "without_prediction": int((found.known & ~foretold).sum()),
        "value_from": _write(value_from),
        "potential_from": _write(potential_from),
        "quarters": [
            _sum_up(buyers, found, quarter == place, one.value) for place, one in enumerate(QUARTERS)
        ],
        "sources": {
            one.value: int((found.known & (found.source == place)).sum()) for place, one in enumerate(SOURCES)
        },
        "bins": list_bins(buyers, found, quarter),
        "market": list_reach(peers, market),
        "at_risk": _sum_at_risk(buyers),
    }


def _sum_up(buyers: Buyers, found: Estimates, chosen: Flags, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "customers": int(chosen.sum()),
        "value": _write(buyers.base[chosen].sum()),
        "potential": _write(found.potential[chosen].sum()),
        "gap": _write(found.gap[chosen].sum()),
    }


def _sum_at_risk(buyers: Buyers) -> dict[str, Any]:
    some = buyers.at_risk > 0
    return {
        "known": int((buyers.at_risk > UNKNOWN).sum()),
        "customers": int(some.sum()),
        "amount": _write(buyers.at_risk[some].sum()),
    }


def list_bins(buyers: Buyers, found: Estimates, quarter: Whole) -> list[dict[str, Any]]:
    """Return groups of customers of about the same value and potential: means, number, quarter.

    Edges are percentiles of either, so that a million customers make a picture of some dozens of dots; a
    group that a quarter's edge runs through is two groups.
    """
    known = found.known
    if not known.any():
        return []
    value, potential, which = buyers.base[known], found.potential[known], quarter[known]
    group = (_bin(value) * BINS + _bin(potential)) * NO_QUARTER + which
    groups, place, counts = np.unique(group, return_inverse=True, return_counts=True)
    means = [np.bincount(place, weights=part / 10_000) / counts for part in (value, potential)]
    return [
        {
            "value": round(float(x), 2), "potential": round(float(y), 2), "n": int(n),
            "quarter": QUARTERS[one % NO_QUARTER].value,
        }
        for one, x, y, n in zip(groups, *means, counts, strict=True)
    ]  # fmt: skip


def _bin(values: Whole) -> Whole:
    """Return the place between eighths of the distribution; values that are equal stay together."""
    edges = np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="lower"))
    return np.searchsorted(edges, values, side="right")


def list_reach(peers: Peers, market: Market) -> list[dict[str, Any]]:
    """Return for each market figure how many of its customers are ours, and what the others may bring in.

    Room is (number − ours) × amount × the shop's margin, None where the source counts no customers or the
    margin is not known.
    """
    margin = peer_groups.find_margin(peers.groups[0])
    rows = []
    for figure, ours in zip(market.figures, market.ours.tolist(), strict=True):
        others = None if figure.customers is None else max(figure.customers - ours, 0)
        room = None if others is None or margin is None else round(others * figure.amount * margin, 4)
        rows.append(
            {
                "attribute": figure.attribute, "value": figure.value, "source": figure.source,
                "amount": f"{figure.amount:f}", "number": figure.customers, "ours": ours,
                "room": None if room is None else f"{room:f}",
            }
        )  # fmt: skip
    return rows


def _write(units: int | None) -> str | None:
    return None if units is None else str(to_amount(int(units)))


def read_amount(text: str | None) -> Decimal | None:
    """Return an amount of ``Prediction.potential``."""
    return None if text is None else Decimal(text)
