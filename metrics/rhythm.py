"""How long customers wait until they buy again: the median of the days between two purchase occasions."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import numpy as np

from metrics.basis import Basis
from metrics.core.gaps import count_gaps, find_gaps, find_medians
from metrics.core.histories import Histories, Whole
from metrics.members import MONTHS_OF, SHOP, Member, make_kpi
from metrics.models import KpiValue
from metrics.queries.histories import FIRST_DAY
from metrics.workspace import PREFIX, PostgresWorkspace

KEY: Final = "days_between_orders"
_HALF: Final = Decimal("0.5")


def list_kpis(work: PostgresWorkspace, histories: Histories, basis: Basis) -> list[KpiValue]:
    """Return the median gap of every shown month, alone and as the end of 12; a gap counts where it ends.

    ``histories`` are of everyone with an order.
    """
    owner, day, days = find_gaps(histories, (basis.as_of - FIRST_DAY).days)
    starts = np.array([(month - FIRST_DAY).days for month in basis.months])
    month = np.searchsorted(starts, day, side="right") - 1
    channels, of_customer = _read_channels(work, histories.customers)
    return [
        kpi
        for member, counts in _count_by_member(channels, of_customer[owner], month, days, len(starts))
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


def _read_channels(work: PostgresWorkspace, customers: Whole) -> tuple[list[str], Whole]:
    """Return the channels, and the place of each customer's among them."""
    table = f"{PREFIX}customers"
    names = [
        row["channel"] for row in work.read_sql(f"SELECT DISTINCT channel FROM {table} ORDER BY channel")
    ]
    rows = work.read_numbers(
        f"SELECT customer_id, place - 1 AS place FROM {table} JOIN ("
        f"SELECT channel, row_number() OVER (ORDER BY channel) AS place FROM {table} GROUP BY channel"
        ") AS channels USING (channel) ORDER BY customer_id",
        ("customer_id", "place"),
    )
    return names, rows["place"][np.searchsorted(rows["customer_id"], customers)]
