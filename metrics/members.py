"""What KPIs are about: the whole shop, a channel, a segment, orders of nobody; and over which window."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from metrics.basis import Basis
from metrics.core import calendar
from metrics.models import KpiValue

Member = tuple[str, str]  # dimension, member
SHOP: Final[Member] = ("", "")
ANONYMOUS: Final[Member] = ("anonymous", "")
CHANNEL: Final = "channel"
CAMPAIGN: Final = "campaign"
#: Stands between channel and campaign in the name of a member.
SEPARATOR: Final = "\N{SYMBOL FOR UNIT SEPARATOR}"
#: All members but the 50 largest: a control character is in no label of a shop.
OTHER: Final = "\x1fother"
MOST_MEMBERS: Final = 50
#: Members of other dimensions than these have KPIs of the last 36 months only.
IN_FULL: Final = (SHOP[0], ANONYMOUS[0], CHANNEL)
MONTHS_OF_OTHERS: Final = 36
MONTH, YEAR, SNAPSHOT = KpiValue.Window.MONTH, KpiValue.Window.YEAR, KpiValue.Window.SNAPSHOT
MONTHS_OF: Final = {MONTH: 1, YEAR: calendar.MONTHS_PER_YEAR}


class Figure(NamedTuple):
    """A KPI as it is written: the columns of ``KpiValue``, in the order of ``publishing``."""

    run_id: int
    kpi: str
    period: date
    window: str
    dimension: str
    member: str
    numerator: Decimal | int | None
    denominator: Decimal | int | None
    n: int
    complete: bool


def make_kpi(
    basis: Basis,
    kpi: str,
    member: Member,
    month: date,
    window: str,
    numerator: Any,
    denominator: Any,
    n: int,
    *,
    whole: bool = True,
) -> Figure:
    """Return a KPI of a window that ends with ``month``; a snapshot is complete as it stands.

    ``whole``: False when what the figure rests on beside its window is not complete.
    """
    complete = window == SNAPSHOT or basis.is_complete(month, MONTHS_OF[KpiValue.Window(window)])
    complete = complete and whole
    return Figure(basis.run_id, kpi, month, str(window), *member, numerator, denominator, int(n), complete)


def list_months(basis: Basis, member: Member) -> Sequence[date]:
    """Return the months that a member has KPIs of."""
    months = basis.shown_months
    return months if member[0] in IN_FULL else months[-MONTHS_OF_OTHERS:]
