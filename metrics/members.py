"""What KPIs are about: the whole shop, a channel, orders of nobody; and over which window."""

from datetime import date
from typing import Any, Final

from metrics.basis import Basis
from metrics.core import calendar
from metrics.models import KpiValue

Member = tuple[str, str]  # dimension, member
SHOP: Final[Member] = ("", "")
ANONYMOUS: Final[Member] = ("anonymous", "")
#: All members but the 50 largest: a control character is in no label of a shop.
OTHER: Final = "\x1fother"
MOST_MEMBERS: Final = 50
MONTH, YEAR, SNAPSHOT = KpiValue.Window.MONTH, KpiValue.Window.YEAR, KpiValue.Window.SNAPSHOT
MONTHS_OF: Final = {MONTH: 1, YEAR: calendar.MONTHS_PER_YEAR}


def make_kpi(
    basis: Basis, kpi: str, member: Member, month: date, window: str, numerator: Any, denominator: Any, n: int
) -> KpiValue:
    """Return a KPI of a window that ends with ``month``; a snapshot is complete as it stands."""
    return KpiValue(
        run_id=basis.run_id, kpi=kpi, period=month, window=window, dimension=member[0], member=member[1],
        numerator=numerator, denominator=denominator, n=n,
        complete=window == SNAPSHOT or basis.is_complete(month, MONTHS_OF[KpiValue.Window(window)]),
    )  # fmt: skip
