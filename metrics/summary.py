"""What a run comes to: exact totals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from metrics.basis import Basis
from metrics.cost_allocation import Books
from metrics.members import MOST_MEMBERS, OTHER
from metrics.models import whole_sum
from metrics.publishing import name_partition
from metrics.workspace import PostgresWorkspace

if TYPE_CHECKING:
    from metrics.measurement import Monthly

_SUMMED = (
    "revenue", "cost_of_goods", "transaction_cost", "acquisition_cost", "retention_cost", "contribution",
    "realised", "periodic", "lifetime", "loyalty", "predicted_12", "total",
)  # fmt: skip
_SUMMED_BY_CHANNEL = ("revenue", "customer_years", "realised", "total")
_COUNTED = ("n", "realised_known", "total_known")


def sum_values(work: PostgresWorkspace, basis: Basis) -> list[dict[str, Any]]:
    """Return sums per channel, with and without a valid order, objecting and not: what totals are made of.

    They are of the run's own rows, written a step before.
    """
    amounts = [f"sum(valued.{name}) AS {name}, count(valued.{name}) AS {name}_known" for name in _SUMMED]
    return work.read_sql(
        "SELECT valued.channel, valued.orders > 0 AS bought, valued.objects_to_profiling AS objects,"
        f" count(*) AS n, sum(greatest(ages.years, 1)) AS customer_years, {', '.join(amounts)},"
        " sum(valued.at_risk) AS at_risk, count(*) FILTER (WHERE valued.at_risk > 0) AS customers_at_risk"
        f" FROM {name_partition(basis.run_id)} AS valued"
        " LEFT JOIN calculation_ages AS ages ON ages.age = valued.age"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    )


def total_run(
    rows: Sequence[Mapping[str, Any]], basis: Basis, acquisition: Books, retention: Books
) -> dict[str, Any]:
    """Return exact totals as text: over everyone, buyers, the scored, who has no valid order, who objects.

    Scored are the buyers who do not object: only they can have a score or a forecast.

    Per group: n, and per amount its sum and the n it is known for. A sum over nobody is "0".
    """
    totals: dict[str, Any] = {
        "everyone": _total(rows),
        "buyers": _total([row for row in rows if row["bought"]]),
        "scored": _total([row for row in rows if row["bought"] and not row["objects"]]),
        "without_order": _total([row for row in rows if not row["bought"]]),
        "objections": _total([row for row in rows if row["objects"]]),
    }
    return {
        **totals,
        "customers": totals["everyone"]["n"],
        "customers_with_order": totals["buyers"]["n"],
        "at_risk_by_channel": sum_at_risk(rows),
        **{name: whole_sum(totals["everyone"], name) for name in ("revenue", "contribution", "realised")},
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

    Revenue of nobody is, as a customer's, less refunds without an order: with that of all customers it comes
    to the revenue by period of all months. ``revenue_by_order`` is the revenue of all valid orders; the known
    part of it is ``known_cost_share``.
    """
    anonymous, shop = monthly.sum_all(("anonymous", "")), monthly.sum_all(("", ""))
    revenue, of_nobody = str(shop["revenue"]), str(anonymous["revenue"] - anonymous["loose"])
    return {
        "anonymous": {"orders": anonymous["orders"], "revenue": of_nobody},
        "known_cost_share": {"numerator": str(shop["known_revenue"]), "denominator": revenue},
        "revenue_by_order": revenue,
    }


def sum_at_risk(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return per channel the customers with value at risk, and how much: 50 channels, the rest together."""
    amounts: dict[str, tuple[Decimal, int]] = {}
    for row in rows:
        amount, n = amounts.get(row["channel"], (Decimal(0), 0))
        amounts[row["channel"]] = (amount + (row["at_risk"] or Decimal(0)), n + row["customers_at_risk"])
    order = sorted(amounts, key=lambda channel: (-amounts[channel][0], channel))
    kept: dict[str, tuple[Decimal, int]] = {channel: amounts[channel] for channel in order[:MOST_MEMBERS]}
    if rest := [amounts[channel] for channel in order[MOST_MEMBERS:]]:
        kept[OTHER] = (sum((amount for amount, _n in rest), Decimal(0)), sum(n for _amount, n in rest))
    return [
        {"channel": channel, "customers": n, "amount": str(amount)} for channel, (amount, n) in kept.items()
    ]


def sum_channels(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return per channel over customers with a valid order: n and sums, and how many ``known`` them.

    Summed are revenue, customer-years, realised and total value.
    """
    channels: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row["bought"]:
            continue
        start = {**dict.fromkeys(_COUNTED, 0), **dict.fromkeys(_SUMMED_BY_CHANNEL, Decimal(0))}
        total = channels.setdefault(row["channel"], {"channel": row["channel"], **start})
        for name in _COUNTED:
            total[name] += row[name]
        for name in _SUMMED_BY_CHANNEL:
            total[name] += row[name] or Decimal(0)
    return list(channels.values())
