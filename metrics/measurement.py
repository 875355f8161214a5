"""KPIs of a run: monthly sums from the database, put together into numerators and denominators.

Sums of months add up to a window; unique customers do not, so each window counts its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ibis.expr.types import Table

from metrics.basis import Basis
from metrics.cohorts import Cohorts
from metrics.core import calendar
from metrics.cost_allocation import Books, to_amount
from metrics.members import ANONYMOUS, MONTH, MONTHS_OF, SHOP, SNAPSHOT, YEAR, Member, make_kpi
from metrics.models import KpiValue
from metrics.queries import cost_allocation as sharing
from metrics.queries import kpis as queries
from metrics.queries import orders
from metrics.queries.cohorts import sum_loose_refunds_of_cohorts
from metrics.queries.days import read_month
from metrics.queries.facts import FACTS
from metrics.workspace import Workspace

if TYPE_CHECKING:
    from metrics.calculation import Gathered

_SUMS = (
    "gross", "given_back", "loose", "orders", "owned_orders", "revenue", "known", "known_revenue", "goods",
    "other_goods", "transaction_cost", "new", "repeat_due", "repeat_again", "acquisition_cost",
    "retention_cost", "unallocated_cost",
)  # fmt: skip


_SNAPSHOT_SUMS = ("n", "revenue", "realised", "realised_known", "total", "total_known")
_ORDER_SUMS = (
    "gross", "orders", "revenue", "known", "known_revenue", "goods", "other_goods", "transaction_cost",
)  # fmt: skip


@dataclass
class Monthly:
    """Sums by member and month, unique customers by member and window, and what cohorts brought in."""

    sums: dict[tuple[Member, date], dict[str, Any]] = field(default_factory=dict)
    customers: dict[tuple[Member, str], int] = field(default_factory=lambda: defaultdict(int))
    cohorts: Cohorts = field(default_factory=Cohorts)
    members: set[Member] = field(default_factory=lambda: {SHOP})

    def add(self, member: Member, month: date, **amounts: Any) -> None:
        """Add amounts to a member's month and to the shop's."""
        for one in {member, SHOP}:
            self.members.add(one)
            row = self.sums.setdefault((one, month), dict.fromkeys(_SUMS, 0))
            for name, amount in amounts.items():
                row[name] += amount or 0

    def sum_all(self, member: Member) -> dict[str, Any]:
        """Return a member's sums over all months."""
        total = dict.fromkeys(_SUMS, 0)
        for (one, _month), row in self.sums.items():
            for name, amount in row.items() if one == member else ():
                total[name] += amount
        return total

    def sum_window(self, member: Member, month: date, months: int) -> dict[str, Any]:
        """Return a member's sums over the ``months`` months that end with ``month``."""
        total = dict.fromkeys(_SUMS, 0)
        for step in range(months):
            row = self.sums.get((member, calendar.add_months(month, -step)))
            for name, amount in (row or {}).items():
                total[name] += amount
        return total


def sum_months(
    work: Workspace, found: "Gathered", basis: Basis, acquisition: Books, retention: Books
) -> Monthly:
    """Return what KPIs are made of, by month, for the shop, its channels and anonymous orders."""
    monthly = Monthly()
    _add_orders(monthly, work, found, basis)
    _add_customers(monthly, work, found.customers, basis)
    _add_costs(monthly, acquisition, retention)
    return monthly


def list_kpis(monthly: Monthly, basis: Basis) -> list[KpiValue]:
    """Return the KPIs of every shown month, alone and as the end of 12."""
    return [
        make_kpi(basis, kpi, member, month, window, numerator, denominator, n)
        for month in basis.shown_months
        for window in (MONTH, YEAR)
        for member in sorted(monthly.members)
        for kpi, numerator, denominator, n in _compute(monthly, member, month, window, basis)
    ]


def _add_orders(monthly: Monthly, work: Workspace, found: "Gathered", basis: Basis) -> None:
    owned = orders.value_owned_orders(FACTS, found.refunded, basis)
    for row in work.read(queries.sum_owned_orders(owned, found.customers, basis)):
        amounts = {name: row[name] for name in _ORDER_SUMS}
        month = basis.months[row["month"]]
        monthly.add(("channel", row["channel"]), month, owned_orders=row["orders"], **amounts)
        _add_to_cohort(monthly.cohorts, row, month, basis)
    anonymous = orders.value_anonymous_orders(FACTS, found.refunded, basis)
    for row in work.read(queries.sum_anonymous_orders(anonymous, basis)):
        monthly.add(ANONYMOUS, basis.months[row["month"]], **{name: row[name] for name in _ORDER_SUMS})
    given_back = orders.list_given_back(FACTS, found.refund_rows, found.refunded, basis)
    for row in work.read(queries.sum_refunds(given_back, found.customers)):
        monthly.add(_name_member(row), read_month(row["month"]), given_back=row["amount"])
    for row in work.read(queries.sum_loose_refunds(found.loose, found.customers)):
        monthly.add(_name_member(row), read_month(row["month"]), loose=row["amount"])
    for row in work.read(sum_loose_refunds_of_cohorts(found.loose, found.customers)):
        taken = {"contribution": -row["amount"], "first_year": -(row["first_year"] or 0)}
        month, cohort = read_month(row["month"]), basis.months[row["cohort"]]
        monthly.cohorts.add(row["channel"], cohort, month, **taken)


def _add_to_cohort(cohorts: Cohorts, row: dict[str, Any], month: date, basis: Basis) -> None:
    if row["cohort"] is None:
        return
    amounts = {name: row[name] or 0 for name in _ORDER_SUMS}
    contribution = (
        amounts["revenue"] - amounts["goods"] - amounts["other_goods"] - amounts["transaction_cost"]
    )
    unknown = amounts["orders"] - amounts["known"]
    early = {"first_year": contribution, "first_year_unknown": unknown} if row["early"] else {}
    cohort = basis.months[row["cohort"]]
    cohorts.add(row["channel"], cohort, month, contribution=contribution, unknown=unknown, **early)


def _add_customers(monthly: Monthly, work: Workspace, customers: Table, basis: Basis) -> None:
    for row in work.read(sharing.count_new_customers(customers)):
        monthly.add(("channel", row["channel"]), basis.months[row["month"]], new=row["n"])
    for row in work.read(queries.count_repeats(customers, basis)):
        month = read_month(row["month"])
        monthly.add(("channel", row["channel"]), month, repeat_due=row["due"], repeat_again=row["again"])
    windows = _list_windows(basis)
    for row in work.read(queries.count_customers(customers, windows)):
        for name in windows:
            for member in (("channel", row["channel"]), SHOP):
                monthly.customers[member, name] += int(row[name] or 0)


def _add_costs(monthly: Monthly, acquisition: Books, retention: Books) -> None:
    for (channel, month), units in acquisition.due_by_month.items():
        monthly.add(("channel", channel), month, acquisition_cost=to_amount(units))
    for (channel, month), units in acquisition.unallocated_by_month.items():
        monthly.add(("channel", channel), month, unallocated_cost=to_amount(units))
    for (_everyone, month), units in retention.due_by_month.items():
        monthly.add(SHOP, month, retention_cost=to_amount(units))
    for (_everyone, month), units in retention.unallocated_by_month.items():
        monthly.add(SHOP, month, unallocated_cost=to_amount(units))


def _list_windows(basis: Basis) -> dict[str, list[list[int]]]:
    """Return what unique customers are counted for: each month, each 12 months, and who came back."""
    windows: dict[str, list[list[int]]] = {}
    first = calendar.add_months(basis.shown_months[0], -calendar.MONTHS_PER_YEAR)
    for month in calendar.list_months(first, basis.as_of):
        rolling = list(calendar.list_months(*_ends(calendar.rolling_window(month))))
        windows[_name("month", month)] = [queries.place_months([month], basis)]
        windows[_name("year", month)] = [queries.place_months(rolling, basis)]
        if basis.is_retention_known(month):
            before = list(calendar.list_months(*_ends(calendar.preceding_window(month))))
            windows[_name("back", month)] = [
                queries.place_months(before, basis), queries.place_months(rolling, basis)
            ]  # fmt: skip
    return windows


def _compute(
    monthly: Monthly, member: Member, month: date, window: str, basis: Basis
) -> Iterator[tuple[str, Any, Any, int]]:
    """Yield key, numerator, denominator (None: not a ratio) and n of a member's KPIs of one window."""
    months = MONTHS_OF[KpiValue.Window(window)]
    sums = monthly.sum_window(member, month, months)
    yield from _compute_sales(sums)
    if member == ANONYMOUS:
        return
    bought = monthly.customers[member, _name("month" if window == MONTH else "year", month)]
    before = monthly.customers[member, _name("year", calendar.add_months(month, -months))]
    yield from _compute_customers(sums, bought, before)
    if window == YEAR:
        known = basis.is_retention_known(month)
        back = monthly.customers[member, _name("back", month)] if known else None
        yield "retention_rate", back, before if known else None, before
        yield "churn_rate", before - back if back is not None else None, before if known else None, before
    yield from _compute_costs(sums, member)


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
    spent, new = sums["acquisition_cost"], sums["new"]
    yield "acquisition_cost", spent, None, new
    yield "unallocated_cost", sums["unallocated_cost"], None, new
    if member != SHOP:
        yield "paid_cac", spent, new, new
        return
    yield "full_cac", spent, new, new
    yield "retention_cost", sums["retention_cost"], None, sums["orders"]
    yield "value_to_cost", sums["revenue"], spent + sums["retention_cost"], sums["orders"]


def take_snapshot(
    basis: Basis,
    by_channel: Iterable[dict[str, Any]],
    top: tuple[Decimal, Decimal, int],
    group: Decimal | None,
) -> list[KpiValue]:
    """Return the KPIs that hold on ``as_of``: means over customers with a valid order, and the top's share.

    ``by_channel``: channel, n, revenue, realised and total value and the n that each is known for. ``top``:
    positive realised value of the best tenth, of all, and how many customers are ranked. ``group``: lifetime
    value of the shop.
    """
    sums: dict[Member, dict[str, Any]] = {}
    for row in by_channel:
        for member in (("channel", row["channel"]), SHOP):
            total = sums.setdefault(member, dict.fromkeys(_SNAPSHOT_SUMS, 0))
            for name in total:
                total[name] += row[name] or 0
    found: list[tuple[str, Member, Any, Any, int]] = []
    for member, total in sorted(sums.items()):
        found.append(("average", member, total["revenue"], total["n"], total["n"]))
        for kpi, name in (("realised_mean", "realised"), ("clv", "total")):
            known = total[f"{name}_known"]
            found.append((kpi, member, total[name], known, known))
    found.append(("top_share", SHOP, top[0], top[1], top[2]))
    found.append(("lifetime_group", SHOP, group, None, sums.get(SHOP, {"n": 0})["n"]))
    month = calendar.first_day_of_month(basis.as_of)
    return [
        make_kpi(basis, kpi, member, month, SNAPSHOT, numerator, denominator, n)
        for kpi, member, numerator, denominator, n in found
    ]


def _name_member(row: dict[str, Any]) -> Member:
    return ANONYMOUS if row["channel"] is None else ("channel", row["channel"])


def _name(kind: str, month: date) -> str:
    return f"{kind}_{month:%Y_%m}"


def _ends(window: calendar.Window) -> tuple[date, date]:
    return window.first, window.last
