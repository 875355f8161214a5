"""What customers brought in by others are worth; every euro once, for the earliest referrer counts alone."""

from decimal import Decimal
from typing import Any, Final

import numpy as np
from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.core.histories import Whole
from metrics.core.referrals import find_circles
from metrics.core.satisfaction import Z_95
from metrics.cost_allocation import to_amount
from metrics.queries.facts import FACTS
from metrics.queries.feedback import find_earliest_referrals
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

MOST_LISTED: Final = 200
MOST_CIRCLES: Final = 50


def describe_referrals(work: PostgresWorkspace, values: Table, basis: Basis) -> dict[str, Any]:
    """Return what is known of referrals up to ``as_of``; empty without any.

    ``told``: referrals in all; ``counted``: customers brought in, each for the earliest of them. ``buyers``:
    those with a valid order; ``realised``: what those brought in have realised (text; None while one is not
    known). ``top``: the referrers who brought in most. ``circles``: numbers of customers.
    ``others``: means of buyers who were brought in and of those who were not.
    """
    work.keep("earliest_referrals", find_earliest_referrals(FACTS, basis))
    table = values.get_name()
    rows = work.read_numbers(
        f"""SELECT made.referrer_id, made.referred_id, made.told, coalesce(valued.orders, 0)::bigint,
                coalesce((valued.realised * 10000)::bigint, {UNKNOWN}),
                (valued.customer_id IS NULL)::integer::bigint
            FROM {PREFIX}earliest_referrals AS made
            LEFT JOIN {table} AS valued ON valued.customer_id = made.referred_id ORDER BY made.referred_id""",
        ("referrer", "referred", "told", "orders", "realised", "absent"),
    )
    if not len(rows["referred"]):
        return {}
    known = rows["realised"] > UNKNOWN
    # Who bought nothing and cost nothing has no row, and is worth nothing.
    worth = np.where(known, rows["realised"], 0)
    unknown = ~known & (rows["absent"] == 0)
    pairs = zip(rows["referred"].tolist(), rows["referrer"].tolist(), strict=True)
    circles = find_circles(dict(pairs))
    return {
        "told": int(rows["told"].sum()),
        "counted": len(rows["referred"]),
        "buyers": int((rows["orders"] > 0).sum()),
        "referrers": len(np.unique(rows["referrer"])),
        "unknown": int(unknown.sum()),
        "realised": None if unknown.any() else str(to_amount(int(worth.sum()))),
        "top": _list_top(rows["referrer"], worth, unknown),
        "circles": [list(circle) for circle in circles[:MOST_CIRCLES]],
        "circles_found": len(circles),
        "means": _compare_means(work, table),
    }


def _list_top(referrer: Whole, worth: Whole, unknown: Whole) -> list[dict[str, Any]]:
    """Return the referrers whose customers have realised most; those of whom it is not known come last."""
    referrers, place = np.unique(referrer, return_inverse=True)
    brought = np.bincount(place)
    realised = np.zeros(len(referrers), dtype=np.int64)
    np.add.at(realised, place, worth)
    untold = np.bincount(place, weights=unknown) > 0
    order = np.lexsort((referrers, -realised, untold))[:MOST_LISTED]
    return [
        {
            "customer": int(referrers[one]),
            "brought": int(brought[one]),
            "realised": None if untold[one] else str(to_amount(int(realised[one]))),
        }
        for one in order
    ]


def _compare_means(work: PostgresWorkspace, table: str) -> list[dict[str, Any]]:
    """Return n and mean realised value of buyers who were brought in and of the others, with interval."""
    rows = work.read_sql(
        f"""SELECT made.referred_id IS NOT NULL AS brought, count(valued.realised) AS n,
                avg(valued.realised) AS mean, stddev_samp(valued.realised) AS spread
            FROM {table} AS valued
            LEFT JOIN {PREFIX}earliest_referrals AS made ON made.referred_id = valued.customer_id
            WHERE valued.orders > 0 GROUP BY 1 ORDER BY 1 DESC"""
    )
    return [_write_mean(row) for row in rows if row["n"]]


def _write_mean(row: dict[str, Any]) -> dict[str, Any]:
    mean, spread = row["mean"], row["spread"] or Decimal(0)
    reach = Decimal(str(Z_95)) * spread / Decimal(row["n"]).sqrt()
    ends = {"mean": mean, "low": mean - reach, "high": mean + reach}
    return {"brought": row["brought"], "n": row["n"], **{name: f"{end:.4f}" for name, end in ends.items()}}
