"""Peer groups: whose rates a customer borrows, and what those rates are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from typing import Any

from metrics.basis import Basis
from metrics.core.formulas import divide
from metrics.models import PeerGroup

Key = tuple[str | None, str | None]


@dataclass(frozen=True)
class Sums:
    """Numerators and denominators of a group's rates. Adding up two groups adds up their sums."""

    n: int = 0
    known: int = 0
    revenue: Decimal = Decimal(0)
    contribution: Decimal = Decimal(0)
    repeat_numerator: int = 0
    repeat_denominator: int = 0
    retention_numerator: int = 0
    retention_denominator: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(*(mine + theirs for mine, theirs in zip(self._values(), other._values(), strict=True)))

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class Peers:
    """The peer groups of a run, and the group that each channel and first category goes by."""

    groups: Sequence[PeerGroup]
    by_cell: Mapping[tuple[str, str], PeerGroup]


def choose_peers(rows: Iterable[Mapping[str, Any]], basis: Basis) -> Peers:
    """Return the groups from ``sum_peers``: channel and category, else channel, else the shop.

    A group needs ``peer_minimum`` customers; the shop is used whatever its number.
    """
    cells = {(row["channel"], row["category"]): _read_sums(row) for row in rows}
    channels: dict[str, Sums] = {}
    for (channel, _category), sums in cells.items():
        channels[channel] = channels.get(channel, Sums()) + sums
    shop = reduce(Sums.__add__, cells.values(), Sums())
    groups: dict[Key, PeerGroup] = {(None, None): _make_group((None, None), shop, basis)}
    by_cell = {}
    for (channel, category), sums in cells.items():
        choices: list[tuple[Key, Sums]] = [((channel, category), sums), ((channel, None), channels[channel])]
        large = [choice for choice in choices if choice[1].n >= basis.settings.peer_minimum]
        key, chosen = large[0] if large else ((None, None), shop)
        group = groups.get(key) or _make_group(key, chosen, basis)
        groups[key] = by_cell[channel, category] = group
    return Peers(list(groups.values()), by_cell)


def find_margin(group: PeerGroup) -> Decimal | None:
    """Return contribution ÷ revenue of the group, None when no cost is known."""
    return divide(group.contribution, group.revenue)


def find_repeat_rate(group: PeerGroup) -> Decimal | None:
    """Return the share of the group that bought again within a year."""
    return divide(group.repeat_numerator, group.repeat_denominator)


def _read_sums(row: Mapping[str, Any]) -> Sums:
    revenue = row["revenue"] or Decimal(0)
    costs = (row["goods"] or Decimal(0)) + (row["transaction_cost"] or Decimal(0))
    counts = {
        name: row[name] for name in Sums.__dataclass_fields__ if name not in {"revenue", "contribution"}
    }
    return replace(Sums(**counts), revenue=revenue, contribution=revenue - costs)


def _make_group(key: Key, sums: Sums, basis: Basis) -> PeerGroup:
    month = basis.last_complete_month
    known = month is not None and basis.is_retention_known(month) and sums.retention_denominator > 0
    lifetime = _find_lifetime(sums, basis) if known else basis.settings.assumed_lifetime
    years, periods = basis.value_future(lifetime)
    return PeerGroup(
        run_id=basis.run_id,
        channel=key[0],
        category=key[1],
        n=sums.n,
        revenue=sums.revenue,
        contribution=sums.contribution if sums.known else None,
        repeat_numerator=sums.repeat_numerator,
        repeat_denominator=sums.repeat_denominator,
        retention_numerator=sums.retention_numerator if known else None,
        retention_denominator=sums.retention_denominator if known else None,
        lifetime_years=lifetime,
        lifetime_assumed=not known,
        future_years=years,
        future_periods=periods,
    )


def _find_lifetime(sums: Sums, basis: Basis) -> Decimal:
    """Return 1 ÷ churn within [1, cap]; without churn the cap."""
    lost = sums.retention_denominator - sums.retention_numerator
    years = divide(sums.retention_denominator, lost)
    cap = basis.settings.lifetime_cap
    return cap if years is None else min(max(years, Decimal(1)), cap)
