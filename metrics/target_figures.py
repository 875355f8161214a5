"""What a run knows of the KPIs that targets are about: amounts by month, and rates over a window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.segments import Segment, read_segment
from metrics.core.arithmetic import divide
from metrics.core.calendar import MONTHS_PER_YEAR, Window, add_months, list_months
from metrics.models import KpiValue, Run, Target

Member = tuple[str, str]  # dimension and member, as KpiValue writes them
SHOP: Final[Member] = ("", "")
MONTH, YEAR, SNAPSHOT = KpiValue.Window.MONTH, KpiValue.Window.YEAR, KpiValue.Window.SNAPSHOT

#: Months of these add up to any period.
SUMS: Final = frozenset({
    "revenue", "orders", "new_customers", "contribution", "acquisition_cost", "retention_cost",
    "unallocated_cost",
})  # fmt: skip
#: Of these numerator and denominator do.
RATIOS_OF_SUMS: Final = frozenset({
    "aov", "gross_margin", "repeat_rate", "paid_cac", "full_cac", "value_to_cost",
})  # fmt: skip
#: Of these only some dimensions have figures, "" being the whole shop; every other KPI is known of all.
DIMENSIONS_OF: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("paid_cac", "maximum_cac"), frozenset({"channel"})),
    **dict.fromkeys(("full_cac", "top_share", "lifetime_group"), frozenset({""})),
    **dict.fromkeys(("ltv_cac", "payback", "unallocated_cost"), frozenset({"", "channel"})),
}
_NO_ACQUISITION: Final = (("acquisition",), _("there are no acquisition costs yet"))
_NO_RETENTION: Final = (("retention",), _("there are no retention costs yet"))
_NO_COST: Final = (("acquisition", "retention"), _("there are no acquisition or retention costs yet"))
_OF_ANSWERS: Final = ("nps", "csat")
_NO_ANSWERS: Final = _("there are no survey answers yet")
#: By KPI: what must have been uploaded for its figures to be known (any of it), and what is said if not.
_NEEDS: Final[Mapping[str, tuple[tuple[str, ...], str | Promise]]] = {
    "acquisition_cost": _NO_ACQUISITION,
    "paid_cac": _NO_ACQUISITION,
    "full_cac": _NO_ACQUISITION,
    "ltv_cac": _NO_ACQUISITION,
    "payback": _NO_ACQUISITION,
    "retention_cost": _NO_RETENTION,
    "unallocated_cost": _NO_COST,
    "value_to_cost": _NO_COST,
}
#: Dimensions that a segment may name; another name is an attribute of customers.
_DIMENSIONS: Final = ("country", "first_category", "segment", "rfm", "tier", "lifecycle")
_ATTRIBUTE: Final = "attribute:"


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI over one window, as the run left it."""

    numerator: Decimal | None
    denominator: Decimal | None
    n: int
    complete: bool

    @property
    def value(self) -> Decimal | None:
        """The figure itself; None is n.a."""
        return self.numerator if self.denominator is None else divide(self.numerator, self.denominator)


@dataclass(frozen=True, slots=True)
class KpiHistory:
    """One KPI of one member: by first day of the (last) month, per window; ``missing``: why it has none."""

    months: Mapping[date, Figure] = field(default_factory=dict)
    years: Mapping[date, Figure] = field(default_factory=dict)
    snapshot: Figure | None = None
    missing: str = ""

    @property
    def is_known(self) -> bool:
        """True when the run has any figure of it."""
        return bool(self.months or self.years or self.snapshot)

    def list_amounts(self, *, whole: bool = False) -> dict[date, Decimal]:
        """Return what each month came to; ``whole``: only of complete months."""
        return {
            month: figure.numerator
            for month, figure in self.months.items()
            if figure.numerator is not None and (figure.complete or not whole)
        }

    def divide_sums(self, window: Window, day: date) -> Figure | None:
        """Return numerator over denominator of the months up to ``day``; None if one is not known."""
        above, below, n = Decimal(0), Decimal(0), 0
        for month in list_months(window.first, min(window.last, day)):
            figure = self.months.get(month)
            if figure is None or figure.numerator is None or figure.denominator is None:
                return None
            above, below, n = above + figure.numerator, below + figure.denominator, n + figure.n
        return Figure(above, below, n, complete=True)

    def find_rolling(self, day: date) -> tuple[date, Figure] | None:
        """Return the last complete 12 months that end by ``day``, and the month they end with."""
        found = [
            (month, figure)
            for month, figure in self.years.items()
            if figure.complete and month <= day and figure.value is not None
        ]
        return max(found, key=lambda pair: pair[0], default=None)

    def trace(self, day: date) -> list[Decimal | None]:
        """Return the 13 last complete months (12-month windows of what has no months), oldest first."""
        rows = self.months if any(figure.value is not None for figure in self.months.values()) else self.years
        steps = [rows.get(add_months(day, step)) for step in range(-MONTHS_PER_YEAR, 1)]
        return [figure.value if figure and figure.complete else None for figure in steps]


def read_member(target: Target) -> Member:
    """Return whom a target is about."""
    if target.channel:
        return "channel", target.channel
    if not target.segment:
        return SHOP
    segment = read_segment(target.segment)
    if segment.attribute in (*_DIMENSIONS, "channel"):
        return segment.attribute, segment.value
    return f"{_ATTRIBUTE}{segment.attribute}", segment.value


def write_member(dimension: str, member: str) -> tuple[str, str]:
    """Return channel and segment of a target about this member: the reverse of ``read_member``."""
    if dimension == "channel":
        return member, ""
    return "", str(Segment(dimension.removeprefix(_ATTRIBUTE), member)) if dimension else ""


def read_histories(run: Run, wanted: Iterable[tuple[str, Member]]) -> Mapping[tuple[str, Member], KpiHistory]:
    """Read the figures of these KPIs of these members, in one query.

    What goes by costs is not known when none were uploaded; that it would come to 0 says nothing.
    """
    asked = set(wanted)
    if not asked:
        return {}
    members = Q()
    for dimension, member in {member for _kpi, member in asked}:
        members |= Q(dimension=dimension, member=member)
    rows = KpiValue.objects.filter(members, run=run, kpi__in={kpi for kpi, _member in asked})
    fields = ("kpi", "dimension", "member", "window", "period", "numerator", "denominator", "n", "complete")
    months: dict[tuple[str, Member], dict[str, dict[date, Figure]]] = {}
    for kpi, dimension, member, window, period, *values in rows.values_list(*fields):
        found = months.setdefault((kpi, (dimension, member)), {MONTH: {}, YEAR: {}, SNAPSHOT: {}})
        found[window][period] = Figure(*values)
    histories = {
        key: KpiHistory(found[MONTH], found[YEAR], next(iter(found[SNAPSHOT].values()), None))
        for key, found in months.items()
        if key in asked
    }
    missing = {key: KpiHistory(missing=reason) for key in asked if (reason := find_missing_cost(run, key[0]))}
    unasked = {
        key: KpiHistory(missing=str(_NO_ANSWERS)) for key in asked - set(histories) if key[0] in _OF_ANSWERS
    }
    return unasked | histories | missing


def find_missing_cost(run: Run, kpi: str) -> str:
    """Return which costs were not uploaded without which a KPI is not known; "" when it is."""
    kinds, reason = _NEEDS.get(kpi, ((), ""))
    uploaded = (Decimal(run.totals.get(kind, {}).get("uploaded") or 0) for kind in kinds)
    return str(reason) if kinds and not any(uploaded) else ""
