"""Costs on customers: nothing is lost. allocated + unallocated + not yet due = uploaded, always.

Shares are whole 1/10,000; what rounding leaves goes to the lowest customer number. The database counts who
shares a month's cost (``metrics.queries.cost_allocation``); here the months are divided, exactly, in
integers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from customers.models import AcquisitionCost, RetentionCost
from metrics.basis import Basis
from metrics.core import calendar

UNIT = Decimal("0.0001")
NOTHING = Decimal(0)


@dataclass
class Books:
    """What became of one kind of cost. All in 1/10,000."""

    uploaded: int = 0
    allocated: int = 0
    unallocated: int = 0
    not_yet_due: int = 0
    unallocated_by_month: dict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))
    due_by_month: dict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))
    #: What each customer who was active in a month got of a cost made for a segment ("": for everyone).
    shares: dict[tuple[str, date], int] = field(default_factory=dict)

    def as_text(self) -> dict[str, str]:
        """Return the four totals as exact decimals."""
        names = ("uploaded", "allocated", "unallocated", "not_yet_due")
        return {name: str(to_amount(getattr(self, name))) for name in names}


@dataclass(frozen=True)
class Part:
    """The due part of a cost in one month: all of it, and what falls in the window of the value density."""

    month: date
    units: int
    window_units: int = 0


#: What is to be shared, by month.
Pool = dict[date, Part]


@dataclass
class Remainders:
    """What rounding left, by customer number: acquisition, retention, and of that in the window.

    ``retention_by_month`` has that of retention by month as well.
    """

    units: dict[str, list[int]] = field(default_factory=dict)
    retention_by_month: dict[tuple[str, date], int] = field(default_factory=lambda: defaultdict(int))

    def add_retention(self, number: str, month: date, units: int, window: int) -> None:
        """Add what was left of a month's retention cost."""
        self.add(number, retention=units, window=window)
        self.retention_by_month[number, month] += units

    def add(self, number: str, *, acquisition: int = 0, retention: int = 0, window: int = 0) -> None:
        """Add what was left."""
        row = self.units.setdefault(number, [0, 0, 0])
        for place, units in enumerate((acquisition, retention, window)):
            row[place] += units

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Yield rows to load: customer number and three amounts."""
        for number, units in self.units.items():
            if any(units):
                yield (number, *(to_amount(value) for value in units))


def to_amount(units: int) -> Decimal:
    """Return whole 1/10,000 as an amount with four places."""
    return (Decimal(int(units)) * UNIT).quantize(UNIT)


def to_units(amount: Decimal) -> int:
    """Return an amount in whole 1/10,000."""
    return int(amount.scaleb(4))


def split_due(first: date, last: date, amount: Decimal, basis: Basis) -> tuple[list[Part], int]:
    """Spread an amount over its days; returns the parts due by month and the units not yet due."""
    parts, later = [], 0
    for share in calendar.split_over_months(first, last, amount, basis.as_of):
        units = to_units(share.amount)
        if not share.due:
            later += units
            continue
        start = max(first, share.month)
        days_before = min(max((basis.window_first - start).days, 0), share.days)
        parts.append(Part(share.month, units, units - units * days_before // share.days))
    return parts, later


def share_acquisition(
    basis: Basis, counted: Iterable[Mapping[str, Any]], remainders: Remainders
) -> tuple[list[tuple[Any, ...]], Books]:
    """Share acquisition cost among the new customers of its channel (or campaign) and month.

    ``counted`` is ``count_new_customers``. Returns rows (channel, campaign, month number, amount per
    customer) and the books. A campaign without new customers of its own falls to its channel.
    """
    groups = _Groups(counted, basis)
    books, pools = pool_acquisition(basis)
    shares: dict[tuple[str, str, date], int] = defaultdict(int)
    fallen: dict[tuple[str, str, date], int] = defaultdict(int)
    for (channel, campaign, month), units in pools.items():
        own = (channel, campaign, month) if campaign and (channel, campaign, month) in groups.n else None
        fallen[own or (channel, "", month)] += units
    for (channel, campaign, month), units in fallen.items():
        n, lowest = groups.find(channel, campaign, month)
        if not n:
            books.unallocated += units
            books.unallocated_by_month[channel, month] += units
            continue
        books.allocated += units
        share, left = divmod(units, n)
        remainders.add(lowest, acquisition=left)
        for member in groups.list_members(channel, campaign, month):
            shares[member] += share
    numbers = {month: number for number, month in enumerate(basis.months)}
    rows = [(ch, ca, numbers[month], to_amount(units)) for (ch, ca, month), units in shares.items()]
    return rows, books


class _Groups:
    """New customers by (channel, campaign, month); campaign '' stands for the whole channel."""

    def __init__(self, counted: Iterable[Mapping[str, Any]], basis: Basis) -> None:
        self.n: dict[tuple[str, str, date], int] = {}
        self._lowest: dict[tuple[str, str, date], str] = {}
        self._campaigns: dict[tuple[str, date], list[str]] = defaultdict(list)
        self._whole: dict[tuple[str, date], tuple[int, str]] = {}
        for row in counted:
            month, channel, campaign = basis.months[row["month"]], row["channel"], row["campaign"]
            self.n[channel, campaign, month] = row["n"]
            self._lowest[channel, campaign, month] = row["lowest"]
            self._campaigns[channel, month].append(campaign)
            n, lowest = self._whole.get((channel, month), (0, row["lowest"]))
            self._whole[channel, month] = (n + row["n"], min(lowest, row["lowest"], key=_by_bytes))

    def find(self, channel: str, campaign: str, month: date) -> tuple[int, str]:
        """Return how many share, and the lowest customer number among them."""
        if campaign:
            return self.n[channel, campaign, month], self._lowest[channel, campaign, month]
        return self._whole.get((channel, month), (0, ""))

    def list_members(self, channel: str, campaign: str, month: date) -> list[tuple[str, str, date]]:
        """Return the groups whose customers get the share."""
        campaigns = [campaign] if campaign else self._campaigns[channel, month]
        return [(channel, name, month) for name in campaigns]


def pool_acquisition(basis: Basis) -> tuple[Books, dict[tuple[str, str, date], int]]:
    """Return what acquisition cost is due by channel, campaign ("" for none) and month, in 1/10,000."""
    books = Books()
    pools: dict[tuple[str, str, date], int] = defaultdict(int)
    for cost in AcquisitionCost.objects.only("channel", "campaign", "first_day", "last_day", "amount"):
        parts, later = split_due(cost.first_day, cost.last_day, cost.amount, basis)
        books.uploaded += to_units(cost.amount)
        books.not_yet_due += later
        for part in parts:
            pools[cost.channel, cost.campaign, part.month] += part.units
            books.due_by_month[cost.channel, part.month] += part.units
    return books, pools


@dataclass
class RetentionPools:
    """Retention cost of several customers, added up by month: made for everyone, a programme or a segment."""

    everyone: Pool = field(default_factory=dict)
    programmes: dict[str, Pool] = field(default_factory=lambda: defaultdict(dict))
    segments: dict[str, Pool] = field(default_factory=lambda: defaultdict(dict))

    def find(self, cost: RetentionCost) -> Pool:
        """Return the pool that a cost goes into."""
        if cost.programme:
            return self.programmes[cost.programme]
        return self.segments[cost.segment] if cost.segment else self.everyone


def pool_retention(basis: Basis) -> tuple[Books, RetentionPools]:
    """Add up retention cost that customers share, by whom it was made for and by month."""
    books, pools = Books(), RetentionPools()
    shared = RetentionCost.objects.filter(customer__isnull=True)
    for cost in shared.only("programme", "segment", "first_day", "last_day", "amount"):
        parts, later = split_due(cost.first_day, cost.last_day, cost.amount, basis)
        books.uploaded += to_units(cost.amount)
        books.not_yet_due += later
        pool = pools.find(cost)
        for part in parts:
            known = pool.get(part.month, Part(part.month, 0))
            pool[part.month] = Part(
                part.month, known.units + part.units, known.window_units + part.window_units
            )
            books.due_by_month["", part.month] += part.units
    return books, pools


def share_among_active(
    basis: Basis,
    pool: Pool,
    counted: Sequence[Mapping[str, Any]],
    masks: Sequence[str],
    remainders: Remainders,
    books: Books,
    segment: str = "",
) -> list[tuple[Any, ...]]:
    """Share a retention cost among the customers counted who are active in its month.

    ``counted`` is ``count_active_customers`` for a cost made for everyone, the rows of one ``segment`` of
    ``count_members`` for one made for that. Returns rows (the masks, amount, amount in the window): every
    such customer with those masks gets that amount.
    """
    ordered = sorted(counted, key=lambda row: _by_bytes(row["lowest"]))
    n = np.array([row["n"] for row in ordered], dtype=np.int64)
    bits = {mask: np.array([row[mask] for row in ordered], dtype=np.int64) for mask in masks}
    cost, window = np.zeros(len(ordered), dtype=np.int64), np.zeros(len(ordered), dtype=np.int64)
    numbers = {month: number for number, month in enumerate(basis.months)}
    for month, part in pool.items():
        active = _find_active(bits, masks, numbers.get(month), len(ordered))
        count = int(n[active].sum())
        if not count:
            books.unallocated += part.units
            books.unallocated_by_month["", month] += part.units
            continue
        books.allocated += part.units
        (share, left), (window_share, window_left) = (
            divmod(part.units, count),
            divmod(part.window_units, count),
        )
        cost[active] += share
        window[active] += window_share
        lowest = ordered[int(np.argmax(active))]["lowest"]
        remainders.add_retention(lowest, month, left, window_left)
        books.shares[segment, month] = share
    return [
        (*(row[mask] for mask in masks), to_amount(cost[place]), to_amount(window[place]))
        for place, row in enumerate(ordered)
        if cost[place]
    ]


def share_segments(
    basis: Basis,
    pools: Mapping[str, Pool],
    counted: Iterable[Mapping[str, Any]],
    masks: Sequence[str],
    remainders: Remainders,
    books: Books,
) -> list[tuple[Any, ...]]:
    """Share each segment's cost; returns rows (segment, the masks, amount, amount in the window)."""
    members: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in counted:
        members[row["segment"]].append(row)
    return [
        (segment, *row)
        for segment, pool in pools.items()
        for row in share_among_active(basis, pool, members[segment], masks, remainders, books, segment)
    ]


def share_programmes(
    pools: Mapping[str, Pool],
    counted: Iterable[Mapping[str, Any]],
    numbers: Mapping[date, int],
    remainders: Remainders,
    books: Books,
) -> list[tuple[Any, ...]]:
    """Share each programme's cost; returns rows (programme, month number, amount, amount in the window)."""
    found = {(row["programme"], row["month"]): (row["n"], row["lowest"]) for row in counted}
    rows = []
    for programme, pool in pools.items():
        for month, part in pool.items():
            number = numbers.get(month)
            n, lowest = found.get((programme, number), (0, ""))
            if not n:
                books.unallocated += part.units
                books.unallocated_by_month["", month] += part.units
                continue
            books.allocated += part.units
            (share, left), (window_share, window_left) = divmod(part.units, n), divmod(part.window_units, n)
            remainders.add_retention(lowest, month, left, window_left)
            rows.append((programme, number, to_amount(share), to_amount(window_share)))
    return rows


def list_programme_months(basis: Basis, pools: Mapping[str, Pool], chunks: int) -> Iterator[tuple[Any, ...]]:
    """Yield the months in which a programme costs something: its place, its days, and its bit per chunk."""
    from metrics.queries.days import MONTHS_PER_MASK

    numbers = {month: number for number, month in enumerate(basis.months)}
    for programme, pool in pools.items():
        for month in pool:
            if month not in numbers:
                continue
            chunk, bit = divmod(numbers[month], MONTHS_PER_MASK)
            masks = [1 << bit if place == chunk else 0 for place in range(chunks)]
            last_day = min(calendar.last_day_of_month(month), basis.as_of)
            yield (programme, numbers[month], month, last_day, *masks)


def book_own_months(summed: Iterable[Mapping[str, Any]], basis: Basis, books: Books) -> None:
    """Write down by month what was due for single customers: the rows of ``sum_own_months``."""
    for row in summed:
        books.due_by_month["", basis.month_at(row["month"])] += to_units(row["cost"])


def _find_active(bits: Mapping[str, Any], masks: Sequence[str], number: int | None, rows: int) -> Any:
    from metrics.queries.days import MONTHS_PER_MASK

    if number is None:
        return np.zeros(rows, dtype=bool)
    chunk, bit = divmod(number, MONTHS_PER_MASK)
    return (bits[masks[chunk]] >> np.int64(bit)) & np.int64(1) == 1


def _by_bytes(number: str) -> bytes:
    """Customer numbers sort by their bytes, as in the database."""
    return number.encode()
