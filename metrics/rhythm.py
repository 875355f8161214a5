"""How long customers wait until they buy again, and how long they keep buying: the shop and its members."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from metrics.basis import Basis, number_months
from metrics.core import calendar
from metrics.core.calendar import FIRST_DAY
from metrics.core.gaps import count_gaps, find_gaps, find_medians
from metrics.core.histories import Histories, Whole
from metrics.core.survival import Durations
from metrics.dimensions import Families, Layer
from metrics.fitting import look_up
from metrics.members import MONTHS_OF, SHOP, Figure, Member, list_months, make_kpi
from metrics.models import BuyingRhythm
from metrics.silence import describe_members
from metrics.workspace import PostgresWorkspace

KEY: Final = "days_between_orders"
_HALF: Final = Decimal("0.5")
#: A bar is so many days wide: the narrowest that shows nine gaps in ten.
_WIDTHS: Final = (1, 7, 14, 30, 60, 90)
_MOST_BARS: Final = 15
Bar = dict[str, int | None]


@dataclass(frozen=True)
class Gaps:
    """The days between two purchase occasions: place of the customer, place of the month it ends in, days.

    ``customers``: their numbers.
    """

    customers: Whole
    owner: Whole
    month: Whole
    days: Whole


NO_GAPS: Final = Gaps(*[np.zeros(0, dtype=np.int64)] * 4)


def list_gaps(histories: Histories, basis: Basis) -> Gaps:
    """Return every gap up to ``as_of``; ``histories`` are of everyone with an order."""
    owner, day, days = find_gaps(histories, (basis.as_of - FIRST_DAY).days)
    starts = np.array([(month - FIRST_DAY).days for month in basis.months])
    return Gaps(histories.customers, owner, np.searchsorted(starts, day, side="right") - 1, days)


def draw_gaps(gaps: Gaps, basis: Basis) -> list[Bar]:
    """Return a histogram of the gaps that end in the 12 months to ``as_of``: bars of days, the last open.

    Each bar: ``from`` and ``to`` (days, both included; None: and more) and ``n``.
    """
    return _draw(_count(gaps, slice(None), basis))


def _draw(counts: Whole) -> list[Bar]:
    """Return the histogram of gaps counted by month (rows) and days (columns)."""
    by_days = counts[-calendar.MONTHS_PER_YEAR :].sum(axis=0)
    reached = np.cumsum(by_days)
    if not len(reached) or not reached[-1]:
        return []
    most = _find_most(reached)
    width = next((width for width in _WIDTHS if most <= width * _MOST_BARS), _WIDTHS[-1])
    lengths = np.arange(len(by_days))
    places = np.clip((lengths - 1) // width, 0, _MOST_BARS)
    n = np.bincount(places, weights=by_days, minlength=_MOST_BARS + 1).astype(np.int64)
    bars: list[Bar] = [
        {"from": place * width + 1, "to": (place + 1) * width, "n": int(count)}
        for place, count in enumerate(n)
    ]
    bars[-1]["to"] = None
    return bars


def _find_most(reached: Whole) -> int:
    """Return the 90th percentile in whole days; ``reached``: how many gaps are at most so many days long."""
    rank = 0.9 * (int(reached[-1]) - 1)
    low = int(rank)
    shorter, longer = (int(np.searchsorted(reached, place, side="right")) for place in (low, rank // 1 + 1))
    return int(shorter + (rank - low) * (min(longer, len(reached) - 1) - shorter))


@dataclass
class Rhythms:
    """What is found of members: KPIs, those of the shop with them, and what their pages draw."""

    kpis: list[Figure]
    members: list[BuyingRhythm] = field(default_factory=list)


def find_rhythms(
    work: PostgresWorkspace, gaps: Gaps, silences: Durations, families: Families, basis: Basis
) -> Rhythms:
    """Return the median gap of every shown month, alone and as the end of 12; a gap counts where it ends.

    Also how long members wait and when they fall silent: those of whom anything can be told.
    """
    owners = work.read_arrays(families.owners.order_by("customer_id"), "customer_id")
    found = Rhythms(list(_list_of_member(SHOP, _count(gaps, slice(None), basis), basis)))
    for place, profiles in enumerate(families.profiles):
        by_customer = owners["customer_id"], owners[f"profile_{place}"]
        buying = look_up(gaps.customers, *by_customer, 0)
        silent = look_up(silences.owner, *by_customer, 0)
        for layer in profiles.layers:
            # Few members, and short numbers are sorted many times faster.
            member = layer.member.astype(np.int16)
            counted = _count_by_member(gaps, layer, member[buying][gaps.owner], basis)
            curves = describe_members(silences, member[silent], len(layer.members))
            for (name, counts), curve in zip(counted, curves, strict=True):
                found.kpis += _list_of_member(name, counts, basis)
                bars = _draw(counts)
                if bars or curve["customers"]:
                    found.members.append(
                        BuyingRhythm(
                            run_id=basis.run_id, dimension=name[0], member=name[1], gaps=bars, survival=curve
                        )
                    )
    return found


def _count(gaps: Gaps, some: "slice | Whole", basis: Basis) -> Whole:
    days = gaps.days[some]
    return count_gaps(gaps.month[some], days, len(basis.months), int(days.max(initial=0)) + 1)


def _count_by_member(
    gaps: Gaps, layer: Layer, member: npt.NDArray[np.int16], basis: Basis
) -> Iterator[tuple[Member, Whole]]:
    """Yield the gaps of each member by month and length; ``member``: the place of each gap's, -1 for none."""
    order = np.argsort(member, kind="stable")
    ends = np.searchsorted(member[order], np.arange(len(layer.members) + 1))
    for number, name in enumerate(layer.names):
        yield name, _count(gaps, order[ends[number] : ends[number + 1]], basis)


def _list_of_member(member: Member, counts: Whole, basis: Basis) -> Iterator[Figure]:
    places = number_months(basis.months)
    for window, length in MONTHS_OF.items():
        doubled, n = find_medians(counts, length)
        for month in list_months(basis, member):
            place = places.get(month)
            found = 0 if place is None else int(n[place])
            median = Decimal(int(doubled[place])) * _HALF if place is not None and found else None
            yield make_kpi(basis, KEY, member, month, window, median, None, found)
