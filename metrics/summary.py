"""What a run comes to: exact totals, and for each method how value is spread over customers."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from metrics.basis import Basis
from metrics.cost_allocation import Books
from metrics.valuation import RANKED
from metrics.workspace import PostgresWorkspace

if TYPE_CHECKING:
    from metrics.measurement import Monthly

BARS = 24
POINTS = 100
_SUMMED = (
    "revenue", "cost_of_goods", "transaction_cost", "acquisition_cost", "retention_cost", "contribution",
    "realised", "periodic", "lifetime", "loyalty",
)  # fmt: skip


def sum_values(work: PostgresWorkspace) -> list[dict[str, Any]]:
    """Return sums per channel, with and without a valid order, objecting and not: what totals are made of."""
    amounts = [f"sum({name}) AS {name}, count({name}) AS {name}_known" for name in _SUMMED]
    return work.read_sql(
        "SELECT channel, orders > 0 AS bought, objects_to_profiling AS objects, count(*) AS n,"
        f" sum(greatest(years, 1)) AS customer_years, {', '.join(amounts)}"
        " FROM calculation_values GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def total_run(
    rows: Sequence[Mapping[str, Any]], basis: Basis, acquisition: Books, retention: Books
) -> dict[str, Any]:
    """Return exact totals as text: over everyone, buyers, who has no valid order, and who objects.

    Per group: n, and per amount its sum and the n it is known for. A sum over nobody is "0".
    """
    totals: dict[str, Any] = {
        "everyone": _total(rows),
        "buyers": _total([row for row in rows if row["bought"]]),
        "without_order": _total([row for row in rows if not row["bought"]]),
        "objections": _total([row for row in rows if row["objects"]]),
    }
    return {
        **totals,
        "customers": totals["everyone"]["n"],
        "customers_with_order": totals["buyers"]["n"],
        "revenue": totals["everyone"]["revenue"],
        "contribution": totals["everyone"]["contribution"],
        "realised": totals["everyone"]["realised"],
        "acquisition": acquisition.as_text(),
        "retention": retention.as_text(),
        "complete_from": basis.complete_from.isoformat(),
        "real_rate": None if basis.real_rate is None else f"{basis.real_rate:f}",
    }


def _total(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    group: dict[str, Any] = {"n": sum(row["n"] for row in rows)}
    for amount in _SUMMED:
        group[amount] = str(sum((row[amount] or Decimal(0) for row in rows), Decimal(0)))
        group[f"{amount}_known"] = sum(row[f"{amount}_known"] for row in rows)
    return group


def total_sales(monthly: "Monthly") -> dict[str, Any]:
    """Return, over all time: anonymous orders and their revenue, and how much revenue has a known cost.

    ``revenue_by_order`` is the revenue of all valid orders; the known part of it is ``known_cost_share``.
    """
    anonymous, shop = monthly.sum_all(("anonymous", "")), monthly.sum_all(("", ""))
    revenue = str(shop["revenue"])
    return {
        "anonymous": {"orders": anonymous["orders"], "revenue": str(anonymous["revenue"])},
        "known_cost_share": {"numerator": str(shop["known_revenue"]), "denominator": revenue},
        "revenue_by_order": revenue,
    }


def sum_channels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return per channel over customers with a valid order: n, revenue, customer-years, realised value."""
    channels: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row["bought"]:
            continue
        start = {
            "n": 0,
            "revenue": Decimal(0),
            "customer_years": Decimal(0),
            "realised": Decimal(0),
            "known": 0,
        }
        total = channels.setdefault(row["channel"], {"channel": row["channel"], **start})
        total["n"] += row["n"]
        total["known"] += row["realised_known"]
        for name in ("revenue", "customer_years", "realised"):
            total[name] += row[name] or Decimal(0)
    return list(channels.values())


def find_top(work: PostgresWorkspace) -> tuple[Decimal, Decimal, int]:
    """Return the positive realised value of the best tenth, of everyone, and how many are ranked."""
    [found] = work.read_sql(
        "SELECT count(*) AS n, coalesce(max(sum_realised), 0) AS total, coalesce(max(sum_realised)"
        " FILTER (WHERE rank_realised <= ceil((SELECT count(*) FROM calculation_ranks) / 10.0)), 0) AS top"
        " FROM calculation_ranks"
    )
    return found["top"], found["total"], found["n"]


def draw_curves(work: PostgresWorkspace) -> dict[str, Any]:
    """Return per method a histogram (bars of a round width) and the share of value that the top brings."""
    return {
        name: {"histogram": _draw_histogram(work, name), "lorenz": _draw_lorenz(work, name)}
        for name in RANKED
    }


def _draw_lorenz(work: PostgresWorkspace, name: str) -> list[dict[str, float]]:
    """Points at 1, 2, … 100 % of customers, best first: their share of the sum of positive values."""
    [known] = work.read_sql(f"SELECT count(*) AS n, max(sum_{name}) AS total FROM calculation_ranks")
    if not known["n"] or not known["total"]:
        return []
    ranks = sorted({-(-known["n"] * percent // POINTS) for percent in range(1, POINTS + 1)})
    rows = work.read_sql(
        f"SELECT rank_{name} AS place, sum_{name} AS total FROM calculation_ranks"
        f" WHERE rank_{name} IN ({', '.join(map(str, ranks))}) ORDER BY 1"
    )
    return [
        {
            "customers": round(row["place"] / known["n"], 6),
            "value": float(round(row["total"] / known["total"], 6)),
        }
        for row in rows
    ]


def _draw_histogram(work: PostgresWorkspace, name: str) -> list[dict[str, Any]]:
    """Bars of a round width between the 1st and 99th percentile; the first and last take what lies beyond.

    ``from`` is None for the first bar when values lie below it, ``to`` for the last.
    """
    [known] = work.read_sql(f"SELECT count({name}) AS n FROM calculation_ranks")
    if not known["n"]:
        return []
    places = [1, -(-known["n"] // 100), -(-known["n"] * 99 // 100), known["n"]]
    ends = work.read_sql(
        f"SELECT rank_{name} AS place, {name} AS value FROM calculation_ranks"
        f" WHERE rank_{name} IN ({', '.join(map(str, places))})"
    )
    by_place = {row["place"]: row["value"] for row in ends}
    highest, high, low, lowest = (by_place[place] for place in places)
    width = choose_width(high - low)
    start = floor_to(low, width)
    bars = int((high - start) // width) + 1
    edges = ", ".join(f"{start + bar * width:f}" for bar in range(1, bars))
    bar = f"width_bucket({name}, ARRAY[{edges}]::numeric[])" if edges else "0"
    rows = work.read_sql(
        f"SELECT {bar} AS bar, count(*) AS n FROM calculation_ranks WHERE {name} IS NOT NULL GROUP BY 1"
    )
    counts = {row["bar"]: row["n"] for row in rows}
    return list(_list_bars(counts, start, width, bars, lowest, highest))


def floor_to(amount: Decimal, width: Decimal) -> Decimal:
    """Return the largest multiple of ``width`` that is not above the amount."""
    return (amount / width).to_integral_value(ROUND_FLOOR) * width


def _list_bars(
    counts: dict[int, int], start: Decimal, width: Decimal, bars: int, lowest: Decimal, highest: Decimal
) -> Iterator[dict[str, Any]]:
    for bar in range(bars):
        first, last = start + bar * width, start + (bar + 1) * width
        yield {
            "from": None if bar == 0 and lowest < first else f"{first:f}",
            "to": None if bar == bars - 1 and highest >= last else f"{last:f}",
            "n": counts.get(bar, 0),
        }


def choose_width(spread: Decimal) -> Decimal:
    """Return a width of 1, 2 or 5 times a power of ten that cuts the spread into at most 24 bars."""
    wanted = max(spread, Decimal(1)) / BARS
    power = Decimal(1).scaleb(wanted.adjusted())
    return next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)
