"""How long customers wait until they buy again: the median of the days between two purchase occasions."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.gaps import count_gaps, find_gaps, find_medians
from metrics.core.histories import Histories, Whole
from metrics.fitting import Roll, look_up
from metrics.members import MONTHS_OF, SHOP, Member, make_kpi
from metrics.models import KpiValue
from metrics.queries.histories import FIRST_DAY
from metrics.workspace import PREFIX, PostgresWorkspace

KEY: Final = "days_between_orders"
_HALF: Final = Decimal("0.5")
#: A bar is so many days wide: the narrowest that shows nine gaps in ten.
_WIDTHS: Final = (1, 7, 14, 30, 60, 90)
_MOST_BARS: Final = 15


@dataclass(frozen=True)
class Gaps:
    """The days between two purchase occasions: place of the customer, place of the month it ends in, days."""

    owner: Whole
    month: Whole
    days: Whole


def list_gaps(histories: Histories, basis: Basis) -> Gaps:
    """Return every gap up to ``as_of``; ``histories`` are of everyone with an order."""
    owner, day, days = find_gaps(histories, (basis.as_of - FIRST_DAY).days)
    starts = np.array([(month - FIRST_DAY).days for month in basis.months])
    return Gaps(owner, np.searchsorted(starts, day, side="right") - 1, days)


def draw_gaps(gaps: Gaps, basis: Basis) -> list[dict[str, int | None]]:
    """Return a histogram of the gaps that end in the 12 months to ``as_of``: bars of days, the last open.

    Each bar: ``from`` and ``to`` (days, both included; None: and more) and ``n``.
    """
    days = gaps.days[gaps.month >= len(basis.months) - calendar.MONTHS_PER_YEAR]
    if not len(days):
        return []
    most = int(np.quantile(days, 0.9))
    width = next((width for width in _WIDTHS if most <= width * _MOST_BARS), _WIDTHS[-1])
    counts = np.bincount(np.minimum((days - 1) // width, _MOST_BARS), minlength=_MOST_BARS + 1)
    bars: list[dict[str, int | None]] = [
        {"from": place * width + 1, "to": (place + 1) * width, "n": int(count)}
        for place, count in enumerate(counts)
    ]
    bars[-1]["to"] = None
    return bars


def list_kpis(
    work: PostgresWorkspace, histories: Histories, gaps: Gaps, roll: Roll, basis: Basis
) -> list[KpiValue]:
    """Return the median gap of every shown month, alone and as the end of 12; a gap counts where it ends."""
    owner, month, days = gaps.owner, gaps.month, gaps.days
    channels, of_customer = _find_channels(work, roll, histories.customers)
    return [
        kpi
        for member, counts in _count_by_member(channels, of_customer[owner], month, days, len(basis.months))
        for kpi in _list_of_member(member, counts, basis)
    ]


def _count_by_member(
    channels: list[str], channel: Whole, month: Whole, days: Whole, months: int
) -> Iterator[tuple[Member, Whole]]:
    """Yield each channel's gaps by month and length, and those of the shop at last."""
    width = int(days.max(initial=0)) + 1
    shop = np.zeros((months, width), dtype=np.int64)
    order = np.argsort(channel, kind="stable")
    ends = np.searchsorted(channel[order], np.arange(len(channels) + 1))
    for place, name in enumerate(channels):
        mine = order[ends[place] : ends[place + 1]]
        counts = count_gaps(month[mine], days[mine], months, int(days[mine].max(initial=0)) + 1)
        shop[:, : counts.shape[1]] += counts
        yield ("channel", name), counts
    yield SHOP, shop


def _list_of_member(member: Member, counts: Whole, basis: Basis) -> Iterator[KpiValue]:
    places = {month: place for place, month in enumerate(basis.months)}
    for window, length in MONTHS_OF.items():
        doubled, n = find_medians(counts, length)
        for month in basis.shown_months:
            place = places.get(month)
            found = 0 if place is None else int(n[place])
            median = Decimal(int(doubled[place])) * _HALF if place is not None and found else None
            yield make_kpi(basis, KEY, member, month, window, median, None, found)


def _find_channels(work: PostgresWorkspace, roll: Roll, customers: Whole) -> tuple[list[str], Whole]:
    """Return the channels, those without a buyer too, and the place of each customer's among them."""
    rows = work.read_sql(f"SELECT DISTINCT channel FROM {PREFIX}customers ORDER BY channel")
    names = [row["channel"] for row in rows]
    of_cell = np.array([names.index(channel) for channel, _category in roll.cells], dtype=np.int64)
    # Who has no valid order is not on the roll, and has no gaps either.
    cell = look_up(customers, roll.customer, roll.cell, 0)
    return names, of_cell[cell] if len(of_cell) else np.zeros(len(customers), dtype=np.int64)
