"""What KPIs are made of, gathered: sums of the table of customer and month, by member of every dimension.

The database adds up by profile and month, in whole 1/10,000; here profiles become members.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from ibis.expr.types import Table

from metrics.basis import Basis, number_months
from metrics.core import calendar
from metrics.core.histories import Whole
from metrics.cost_allocation import Books, to_amount
from metrics.dimensions import Families, Layer, Profiles
from metrics.members import ANONYMOUS, CHANNEL, SHOP, Member
from metrics.monthly import Monthly
from metrics.people import BOUGHT, People, read_people
from metrics.queries import kpis as queries
from metrics.queries import orders
from metrics.queries.cohorts import add_up_cohorts
from metrics.queries.days import read_month
from metrics.queries.facts import FACTS
from metrics.queries.profiles import COUNTS, MONEY_SUMS, sum_profiles
from metrics.retention_shares import sum_retention
from metrics.workspace import PostgresWorkspace

if TYPE_CHECKING:
    from metrics.calculation import Allocation, Gathered

_COLUMNS: Final = ("profile", "month", *COUNTS, *MONEY_SUMS)
_ORDER_SUMS: Final = (
    "gross", "orders", "revenue", "known", "known_revenue", "goods", "other_goods", "transaction_cost",
)  # fmt: skip


class Rows:
    """Rows of profile, month (a place, below 0 before the first order) and amounts, added up by member."""

    def __init__(self, profile: Whole, month: Whole, amounts: Mapping[str, Whole], basis: Basis) -> None:
        self.names = list(amounts)
        self._profile, self._basis = profile, basis
        self._first = int(min(month.min(initial=0), 0))
        self._months = len(basis.months) - self._first
        self._month = month - self._first
        self._amounts = np.stack([amounts[name] for name in self.names], axis=1)

    def sum_members(self, layer: Layer) -> Iterator[tuple[Member, date, dict[str, Any]]]:
        """Yield member, month and sums; nothing for a month in which nothing happened."""
        folded = layer.fold_months(self._profile, self._month, self._amounts, self._months)
        for place, member in enumerate(layer.names):
            yield from self._list(member, folded[place])

    def sum_shop(self) -> Iterator[tuple[Member, date, dict[str, Any]]]:
        """Yield the sums of all together."""
        total = np.zeros((self._months, len(self.names)), dtype=np.int64)
        np.add.at(total, self._month, self._amounts)
        yield from self._list(SHOP, total)

    def _list(self, member: Member, rows: Whole) -> Iterator[tuple[Member, date, dict[str, Any]]]:
        for place in np.flatnonzero(rows.any(axis=1)):
            sums = {
                name: _read(name, int(units)) for name, units in zip(self.names, rows[place], strict=True)
            }
            yield member, self._basis.month_at(int(place) + self._first), sums


def _read(name: str, units: int) -> int | Decimal:
    return units if name in _COUNTED else to_amount(units)


_COUNTED: Final = frozenset((*COUNTS, "owned_orders", "new", "repeat_due", "repeat_again"))


def sum_months(
    work: PostgresWorkspace,
    found: "Gathered",
    months: Table,
    cohort_months: Table,
    families: Families,
    allocation: "Allocation",
    basis: Basis,
) -> Monthly:
    """Return what KPIs are made of, by month, for the shop, all members and anonymous orders.

    ``months``: the table of customer and month; ``cohort_months``: that of cohorts, see ``cohort_cells``.
    """
    monthly = Monthly()
    monthly.members |= {member for layer in families.layers for member in layer.names}
    everyone = read_people(work, found.customers, families)
    for place, (profiles, people) in enumerate(zip(families.profiles, everyone, strict=True)):
        adding = _Adding(monthly, profiles, basis, with_shop=not place)
        _add_orders(adding, work, months)
        _add_people(adding, people)
        _add_windows(adding, people)
        _add_retention(adding, work, people, allocation)
    _add_anonymous(monthly, work, found, basis)
    _add_books(monthly, families.channels, allocation.acquisition, allocation.retention)
    _add_cohorts(monthly, work, cohort_months, families.channels, basis)
    return monthly


@dataclass(frozen=True)
class _Adding:
    """Adds what profiles came to to their members; to the shop once: every family has all customers."""

    monthly: Monthly
    profiles: Profiles
    basis: Basis
    with_shop: bool

    def add(
        self,
        profile: Whole,
        month: Whole,
        amounts: Mapping[str, Whole],
        layers: Sequence[Layer] | None = None,
    ) -> None:
        """Add rows of profile and month to some layers alone, else to all of them and the shop."""
        rows = Rows(profile, month, amounts, self.basis)
        for layer in self.profiles.layers if layers is None else layers:
            for sums in rows.sum_members(layer):
                self.monthly.add(*sums)
        if self.with_shop and layers is None:
            for sums in rows.sum_shop():
                self.monthly.add(*sums)


def _add_orders(adding: _Adding, work: PostgresWorkspace, months: Table) -> None:
    profiles = adding.profiles
    read = work.read_arrays(sum_profiles(months, profiles.owners).select(*_COLUMNS), "profile")
    where = read["profile"], read["month"]
    amounts = {name: read[name] for name in (*COUNTS, *MONEY_SUMS)}
    own, acquisition = amounts.pop("own_retention_cost"), amounts.pop("acquisition_cost")
    adding.add(*where, {**amounts, "owned_orders": amounts["orders"]})
    # A channel's acquisition cost is what was spent on it, unallocated cost included: see the books.
    channels = [layer for layer in profiles.layers if layer.dimension == CHANNEL]
    others = [layer for layer in profiles.layers if layer.dimension != CHANNEL]
    adding.add(*where, {"acquisition_cost": acquisition, "retention_cost": own}, others)
    adding.add(*where, {"retention_cost": own}, channels)


def _add_anonymous(monthly: Monthly, work: PostgresWorkspace, found: "Gathered", basis: Basis) -> None:
    def add(month: date, **amounts: Any) -> None:
        for member in (ANONYMOUS, SHOP):
            monthly.add(member, month, amounts)

    anonymous = orders.value_anonymous_orders(FACTS, found.refunded, basis)
    for row in work.read(queries.sum_anonymous_orders(anonymous, basis)):
        add(basis.months[row["month"]], **{name: row[name] for name in _ORDER_SUMS})
    given_back = orders.list_given_back(FACTS, found.refund_rows, found.refunded, basis)
    for row in work.read(queries.sum_of_nobody(given_back)):
        add(read_month(row["month"]), given_back=row["amount"])
    for row in work.read(queries.sum_of_nobody(found.loose)):
        add(read_month(row["month"]), loose=row["amount"])


def _add_people(adding: _Adding, people: People) -> None:
    profile, month = people.count_new()
    adding.add(profile, month, {"new": np.ones_like(month)})
    profile, month, again = people.judge_repeats(adding.basis)
    adding.add(profile, month, {"repeat_due": np.ones_like(month), "repeat_again": again.astype(np.int64)})


def _add_windows(adding: _Adding, people: People) -> None:
    customers = adding.monthly.customers
    for name, groups in _list_windows(adding.basis).items():
        counted = people.count(np.logical_and.reduce([people.find_in(BOUGHT, group) for group in groups]))
        if adding.with_shop:
            customers[SHOP, name] = int(counted.sum())
        for layer in adding.profiles.layers:
            for member, n in zip(layer.names, layer.fold(counted), strict=True):
                customers[member, name] = int(n)


def _add_retention(
    adding: _Adding, work: PostgresWorkspace, people: People, allocation: "Allocation"
) -> None:
    """Retention cost that customers share; of the whole shop the books tell, what nobody shared included."""
    profile, month, units = sum_retention(work, people, adding.profiles, allocation, adding.basis)
    adding.add(profile, month, {"retention_cost": units}, adding.profiles.layers)


def _add_books(monthly: Monthly, channels: Layer, acquisition: Books, retention: Books) -> None:
    for kind, books in (("acquisition_cost", acquisition.due_by_month),
                        ("unallocated_cost", acquisition.unallocated_by_month)):  # fmt: skip
        for (channel, month), units in books.items():
            for member in (channels.name(channel), SHOP):
                monthly.add(member, month, {kind: to_amount(units)})
    for kind, books in (("retention_cost", retention.due_by_month),
                        ("unallocated_cost", retention.unallocated_by_month)):  # fmt: skip
        for (_everyone, month), units in books.items():
            monthly.add(SHOP, month, {kind: to_amount(units)})


def _add_cohorts(
    monthly: Monthly, work: PostgresWorkspace, cohort_months: Table, channels: Layer, basis: Basis
) -> None:
    for row in work.read(add_up_cohorts(cohort_months)):
        cohort, month = basis.months[row.pop("cohort")], basis.month_at(row.pop("month"))
        monthly.cohorts.add(channels.name(row.pop("channel")), cohort, month, **row)


def _list_windows(basis: Basis) -> dict[str, list[list[int]]]:
    """Return what unique customers are counted for: each month, each 12 months, and who came back."""
    windows: dict[str, list[list[int]]] = {}
    first = calendar.add_months(basis.shown_months[0], -calendar.MONTHS_PER_YEAR)
    for month in calendar.list_months(first, basis.as_of):
        rolling = list(calendar.list_months(*_ends(calendar.rolling_window(month))))
        windows[name_window("month", month)] = [place_months([month], basis)]
        windows[name_window("year", month)] = [place_months(rolling, basis)]
        if basis.is_retention_known(month):
            before = list(calendar.list_months(*_ends(calendar.preceding_window(month))))
            windows[name_window("back", month)] = [
                place_months(before, basis), place_months(rolling, basis)
            ]  # fmt: skip
    return windows


def name_window(kind: str, month: date) -> str:
    """Return the name of a window that unique customers are counted for: a month, its year, who came back."""
    return f"{kind}_{month:%Y_%m}"


def place_months(months: Iterable[date], basis: Basis) -> list[int]:
    """Return the places of months in ``basis.months``; months before the first order have none."""
    places = number_months(basis.months)
    return [places[month] for month in months if month in places]


def _ends(window: calendar.Window) -> tuple[date, date]:
    return window.first, window.last
