"""KPIs of a run: monthly sums put together into numerators and denominators.

See ``metrics.measurement`` for where the sums come from.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from metrics.basis import Basis
from metrics.core import calendar
from metrics.measurement import name_window
from metrics.members import (
    ANONYMOUS,
    CHANNEL,
    MONTH,
    MONTHS_OF,
    SHOP,
    SNAPSHOT,
    YEAR,
    Figure,
    Member,
    list_months,
    make_kpi,
)
from metrics.models import KpiValue
from metrics.monthly import Monthly


def list_kpis(monthly: Monthly, basis: Basis) -> list[Figure]:
    """Return the KPIs of every shown month, alone and as the end of 12."""
    return [
        make_kpi(basis, kpi, member, month, window, *parts, whole=_is_whole(kpi, month, window, basis))
        for member in sorted(monthly.members)
        for month in list_months(basis, member)
        for window in (MONTH, YEAR)
        for kpi, *parts in _compute(monthly, member, month, window, basis)
    ]


def _is_whole(kpi: str, month: date, window: str, basis: Basis) -> bool:
    """Tell whether a figure rests on complete months only, beside those of its window.

    The acquisition rate is over who bought in the 12 months before; CAC leaves out months in which "new" may
    be wrong, and over some of the 12 months it is not a figure of 12 months.
    """
    months = MONTHS_OF[KpiValue.Window(window)]
    if kpi == "acquisition_rate":
        return basis.is_complete(month, months + calendar.MONTHS_PER_YEAR)
    return kpi != "full_cac" or basis.new_from <= calendar.rolling_window(month, months).first


def _compute(
    monthly: Monthly, member: Member, month: date, window: str, basis: Basis
) -> Iterator[tuple[str, Any, Any, int]]:
    """Yield key, numerator, denominator (None: not a ratio) and n of a member's KPIs of one window."""
    months = MONTHS_OF[KpiValue.Window(window)]
    sums = monthly.sum_window(member, month, months)
    yield from _compute_sales(sums)
    if member == ANONYMOUS:
        return
    bought = monthly.customers[member, name_window("month" if window == MONTH else "year", month)]
    before = monthly.customers[member, name_window("year", calendar.add_months(month, -months))]
    yield from _compute_customers(sums, bought, before)
    if window == YEAR:
        known = basis.is_retention_known(month)
        back = monthly.customers[member, name_window("back", month)] if known else None
        yield "retention_rate", back, before if known else None, before
        yield "churn_rate", before - back if back is not None else None, before if known else None, before
    yield from _compute_costs(sums, member)
    if member == SHOP:
        yield "full_cac", *_compute_cac(monthly, month, months, basis)


def _compute_sales(sums: dict[str, Any]) -> Iterator[tuple[str, Any, Any, int]]:
    n = sums["orders"]
    contribution = (
        sums["revenue"] - sums["goods"] - sums["other_goods"] - sums["transaction_cost"] - sums["loose"]
    )
    yield "revenue", sums["gross"] - sums["given_back"], None, n
    yield "orders", n, None, n
    yield "aov", sums["revenue"], n, n
    yield "gross_margin", sums["known_revenue"] - sums["goods"], sums["known_revenue"], sums["known"]
    yield "contribution", contribution if sums["known"] == n else None, None, n


def _compute_customers(sums: dict[str, Any], bought: int, before: int) -> Iterator[tuple[str, Any, Any, int]]:
    yield "customers", bought, None, bought
    yield "new_customers", sums["new"], None, sums["new"]
    yield "frequency", sums["owned_orders"], bought, bought
    yield "repeat_rate", sums["repeat_again"], sums["repeat_due"], sums["repeat_due"]
    yield "acquisition_rate", sums["new"], before, before


def _compute_costs(sums: dict[str, Any], member: Member) -> Iterator[tuple[str, Any, Any, int]]:
    """Yield what was spent: all of it on the shop and on a channel, else what its customers got of it."""
    spent, new = sums["acquisition_cost"], sums["new"]
    yield "acquisition_cost", spent, None, new
    if member == SHOP or member[0] == CHANNEL:
        yield "unallocated_cost", sums["unallocated_cost"], None, new
    if member[0] == CHANNEL:
        yield "paid_cac", spent, new, new
    yield "retention_cost", sums["retention_cost"], None, sums["orders"]
    yield "value_to_cost", sums["revenue"], spent + sums["retention_cost"], sums["orders"]


def _compute_cac(monthly: Monthly, month: date, months: int, basis: Basis) -> tuple[Any, Any, int]:
    """Return cost, new customers and n of the shop, without months in which "new" may be wrong."""
    if month < basis.new_from:
        return None, None, 0
    sums = monthly.sum_window(SHOP, month, months, basis.new_from)
    return sums["acquisition_cost"], sums["new"], sums["new"]


def take_snapshot(
    basis: Basis,
    sums: Mapping[Member, Mapping[str, Any]],
    top: tuple[Decimal, Decimal, int],
    group: Decimal | None,
) -> list[Figure]:
    """Return the KPIs that hold on ``as_of``: means over customers with a valid order, and the top's share.

    ``sums``: what each member came to, see ``metrics.group_values``. ``top``: positive realised value of the
    best tenth, of all, and how many customers are ranked. ``group``: lifetime value of the shop.
    """
    found: list[tuple[str, Member, Any, Any, int]] = []
    for member, total in sorted(sums.items()):
        found.append(("average", member, total["revenue"], total["n"], total["n"]))
        for kpi, name in (("realised_mean", "realised"), ("clv", "total")):
            known = total[f"{name}_known"]
            found.append((kpi, member, total[name], known, known))
    found.append(("top_share", SHOP, top[0], top[1], top[2]))
    found.append(("lifetime_group", SHOP, group, None, sums[SHOP]["n"] if SHOP in sums else 0))
    month = calendar.first_day_of_month(basis.as_of)
    return [
        make_kpi(basis, kpi, member, month, SNAPSHOT, numerator, denominator, n)
        for kpi, member, numerator, denominator, n in found
    ]
