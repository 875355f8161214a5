"""Where a what-if starts: the rates and costs of a group, as the current run left them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from metrics.core.arithmetic import divide
from metrics.core.discounting import discounted_periods, find_real_rate
from metrics.core.segments import SCHEMES
from metrics.core.whatif import Base
from metrics.models import GroupValue, KpiValue, OwnSegment, PeerGroup, Run
from metrics.peer_groups import find_margin

_YEARLY: Final = ("customers", "new_customers", "retention_rate", "full_cac", "paid_cac")
_NOTHING: Final = Decimal(0)
_ONE: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Start:
    """What a what-if of a group starts from, and what a reader must know of it.

    ``buyers`` bought and ``won`` were new in the 12 months to ``month`` (None: not known). ``cac`` names the
    KPI that the acquisition cost is, "" when it is what customers were allocated. ``borrowed``: the group is
    too small for a margin or retention of its own, which are the shop's. ``selected``: it is a segment, made
    up of who bought what, so that its own retention would only repeat how it was chosen. ``assumed``: the
    lifetime is, since retention is not known yet.
    """

    base: Base
    group: GroupValue
    month: date | None
    buyers: int | None
    won: int | None
    cac: str
    has_acquisition_cost: bool
    has_retention_cost: bool
    borrowed: bool
    selected: bool
    assumed: bool
    discounted: bool


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is nothing to start from: "group" (nobody with an order) or "margin" (no cost known)."""

    what: str


def read_start(run: Run, dimension: str = "", member: str = "") -> Start | Missing:
    """Return where a what-if of the shop or of one member of a dimension starts."""
    group = GroupValue.objects.filter(run=run, dimension=dimension, member=member).first()
    shop = PeerGroup.objects.filter(run=run, channel=None, category=None).first()
    if group is None or shop is None or not group.customer_years or group.revenue <= 0:
        return Missing("group")
    yearly, month = _read_yearly(run, dimension, member)
    margin, own_margin = _find_margin(run, group, shop)
    if margin is None:
        return Missing("margin")
    rates = _find_rates(run, group, shop, yearly.get("retention_rate"))
    interest, inflation = run.settings.interest, run.settings.inflation
    discounted = interest is not None and inflation is not None
    cac, cost = _find_acquisition(run, group, yearly)
    kept = _is_uploaded(run, "retention")
    return Start(
        base=Base(
            revenue=group.revenue,
            customer_years=group.customer_years,
            margin=margin,
            retention=rates.retention,
            lifetime_years=rates.lifetime_years,
            future_years=rates.future_years,
            lifetime_cap=run.settings.lifetime_cap,
            acquisition_cost=cost or _NOTHING,
            retention_cost=divide(group.retention_cost, group.customer_years) or _NOTHING,
            interest=(interest or _NOTHING) if discounted else _NOTHING,
            inflation=(inflation or _NOTHING) if discounted else _NOTHING,
        ),
        group=group,
        month=month,
        buyers=_count(yearly, "customers"),
        won=_count(yearly, "new_customers"),
        cac=cac,
        has_acquisition_cost=cost is not None,
        has_retention_cost=kept,
        borrowed=not (own_margin and rates.own),
        selected=_is_selected(group),
        assumed=rates.assumed,
        discounted=discounted,
    )


@dataclass(frozen=True, slots=True)
class _Rates:
    retention: Decimal
    lifetime_years: Decimal
    future_years: Decimal
    own: bool
    assumed: bool


def _read_yearly(run: Run, dimension: str, member: str) -> tuple[Mapping[str, Any], date | None]:
    """Return numerator and denominator of the member's KPIs over the last complete 12 months."""
    rows = KpiValue.objects.filter(
        run=run, kpi__in=_YEARLY, window=KpiValue.Window.YEAR, dimension=dimension, member=member,
        complete=True,
    )  # fmt: skip
    found = list(rows.values_list("period", "kpi", "numerator", "denominator"))
    month = max((period for period, *_rest in found), default=None)
    return {kpi: (above, below) for period, kpi, above, below in found if period == month}, month


def _find_margin(run: Run, group: GroupValue, shop: PeerGroup) -> tuple[Decimal | None, bool]:
    """Return the margin, and whether it is the group's own; the shop's is that of its peer group."""
    if not group.dimension:
        return find_margin(shop), True
    if group.known >= run.settings.peer_minimum:
        return divide(group.contribution, group.known_revenue), True
    return find_margin(shop), False


def _find_rates(run: Run, group: GroupValue, shop: PeerGroup, own: Any) -> _Rates:
    """Return retention and lifetime; the shop's are as published, a small group's are the shop's."""
    above, below = own or (None, None)
    large = below and below >= run.settings.peer_minimum
    if group.dimension and above is not None and large and not _is_selected(group):
        retention = divide(above, below) or _NOTHING
        years = _bound(divide(below, below - above), run.settings.lifetime_cap)
        return _Rates(retention, years, _discount(years, run), own=True, assumed=False)
    known = divide(shop.retention_numerator, shop.retention_denominator)
    retention = known if known is not None else _ONE - (divide(_ONE, shop.lifetime_years) or _ONE)
    return _Rates(
        retention, shop.lifetime_years, shop.future_years,
        # Of nobody is it known then; and of a segment it is not asked.
        own=not group.dimension or shop.lifetime_assumed or _is_selected(group),
        assumed=shop.lifetime_assumed,
    )  # fmt: skip


def _find_acquisition(run: Run, group: GroupValue, yearly: Mapping[str, Any]) -> tuple[str, Decimal | None]:
    """Return the cost of winning one customer and the KPI that it is; None when no cost was uploaded.

    The shop's CAC takes all cost, a channel's its own. Other groups have what their customers were given.
    """
    if not _is_uploaded(run, "acquisition"):
        return "", None
    kpi = {"": "full_cac", "channel": "paid_cac"}.get(group.dimension, "")
    value = divide(*yearly[kpi]) if kpi in yearly else None
    return (kpi, value) if value is not None else ("", divide(group.acquisition_cost, group.n))


def _is_selected(group: GroupValue) -> bool:
    return group.dimension in (*SCHEMES, OwnSegment.SCHEME)


def _is_uploaded(run: Run, kind: str) -> bool:
    return bool(Decimal(run.totals.get(kind, {}).get("uploaded") or 0))


def _count(yearly: Mapping[str, Any], kpi: str) -> int | None:
    above = yearly.get(kpi, (None, None))[0]
    return None if above is None else int(above)


def _bound(years: Decimal | None, cap: Decimal) -> Decimal:
    return cap if years is None else min(max(years, _ONE), cap)


def _discount(years: Decimal, run: Run) -> Decimal:
    interest, inflation = run.settings.interest, run.settings.inflation
    if interest is None or inflation is None:
        return discounted_periods(years, _NOTHING, _ONE)
    return discounted_periods(years, find_real_rate(interest, inflation), _ONE)
