"""A line a channel: what it cost, what it brought in, and what could not be said."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, cast

from django.utils.translation import gettext

from metrics.core.arithmetic import divide
from metrics.core.calendar import MONTHS_PER_YEAR, first_day_of_month
from metrics.members import ANONYMOUS
from metrics.models import Run
from metrics.pages.channels.reading import (
    CHANNEL,
    SHOP,
    ChannelFigures,
    Member,
    find_channels_with_cost,
    list_trend,
)
from metrics.pages.facts import count_costs
from metrics.pages.periods import SNAPSHOT, YEAR, Period
from metrics.pages.scope import name_member

FEW: Final = 30
#: Why a figure is not available; ``notes`` has the sentences.
NO_COSTS, NO_COST_OF_CHANNEL, NO_COST_HERE = "no_costs", "no_cost_of_channel", "no_cost_here"
NO_NEW, NO_NEW_THEN, TOO_YOUNG, FEW_GROWN = "no_new", "no_new_then", "too_young", "few_grown"
GOODS_UNKNOWN, NO_RETENTION, NOTHING = "goods_unknown", "no_retention", "nothing"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure with the n it is over, or the key of the reason why there is none."""

    value: Decimal | None
    n: int = 0
    reason: str = ""

    @property
    def is_few(self) -> bool:
        """True when over too few customers to rest on."""
        return self.value is not None and self.n < FEW


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel, or the whole shop: then CAC is all cost over all new customers.

    ``contribution`` (of the first 365 days, per new customer), ``ltv_cac`` and ``payback`` are about the
    customers won a year before the period. ``payback_until``: while it has not come, the month it is now.
    ``share``: of the contribution of the period. ``trend``: CAC over the year up to the period.
    """

    member: Member
    spend: Shown
    new: Shown
    cac: Shown
    contribution: Shown
    ltv_cac: Shown
    payback: Shown
    payback_until: int | None
    retention: Shown
    share: Shown
    maximum: Shown
    unallocated: Decimal | None
    won_for: Decimal | None = None  # what the customers of ``ltv_cac`` cost together
    brought_in: Decimal | None = None  # and what they brought in
    trend: Sequence[Decimal | None] = field(default_factory=tuple)
    rank: int | None = None

    @property
    def channel(self) -> str:
        """Its key in the run; "" for the shop and for the channel that is not known."""
        return self.member[1]

    @property
    def knows_cost(self) -> bool:
        """False when no cost was ever uploaded for it: what it cost is not known then, and not 0."""
        return self.spend.reason not in (NO_COSTS, NO_COST_OF_CHANNEL)

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return gettext("Whole shop") if self.member == SHOP else name_member(CHANNEL, self.channel)


#: By which columns the table may be ranked; the first is usual. The largest come first.
SORTS: Final = (
    "share", "spend", "new", "cac", "contribution", "ltv_cac", "payback", "retention", "maximum"
)  # fmt: skip


class _Maker:
    """Makes lines of one run and period."""

    def __init__(self, run: Run, figures: ChannelFigures, *, has_costs: bool) -> None:
        self._figures, self._has_costs = figures, has_costs
        self._with_cost = find_channels_with_cost(run)
        self._won = figures.period.shift(-MONTHS_PER_YEAR)  # those customers have a whole first year
        self._snapshot = Period(SNAPSHOT, first_day_of_month(cast("date", run.as_of)))
        whole = figures.find(SHOP, "contribution")
        self._whole = whole.value if whole else None

    def make(self, member: Member) -> ChannelLine:
        """Return a channel's line, or the shop's."""
        find = self._figures.find
        cac_kpi = "full_cac" if member == SHOP else "paid_cac"
        payback, ltv = find(member, "payback", self._won), find(member, "ltv_cac")
        unallocated = find(member, "unallocated_cost")
        until = payback.denominator if payback and payback.numerator is None else None
        trend = self._figures.list_values(member, cac_kpi, list_trend(self._figures.period))
        return ChannelLine(
            member=member,
            spend=self._show_spend(member),
            new=self._show(member, "new_customers", NOTHING),
            cac=self._show_cac(member, cac_kpi),
            contribution=self._show_contribution(member),
            ltv_cac=self._show_ltv(member),
            payback=self._show_payback(member),
            payback_until=None if until is None else int(until),
            retention=self._show_retention(member),
            share=self._show_share(member),
            maximum=self._show_maximum(member),
            unallocated=unallocated.value if unallocated and self._knows_cost(member) else None,
            won_for=ltv.denominator if ltv and self._knows_cost(member) else None,
            brought_in=ltv.numerator if ltv else None,
            trend=[point.value if point else None for point in trend] if self._knows_cost(member) else (),
        )

    def _knows_cost(self, member: Member) -> bool:
        return self._has_costs and (member == SHOP or member[1] in self._with_cost)

    def _explain_cost(self, member: Member) -> str:
        """Return why a channel's cost is not known; "" when it is."""
        if not self._has_costs:
            return NO_COSTS
        return "" if self._knows_cost(member) else NO_COST_OF_CHANNEL

    def _show(self, member: Member, kpi: str, reason: str, period: Period | None = None) -> Shown:
        figure = self._figures.find(member, kpi, period)
        if figure is None or figure.value is None:
            return Shown(None, figure.n if figure else 0, reason)
        return Shown(figure.value, figure.n)

    def _show_spend(self, member: Member) -> Shown:
        reason = self._explain_cost(member)
        return Shown(None, reason=reason) if reason else self._show(member, "acquisition_cost", NOTHING)

    def _show_cac(self, member: Member, kpi: str) -> Shown:
        reason = self._explain_cost(member)
        return Shown(None, reason=reason) if reason else self._show(member, kpi, NO_NEW)

    def _show_contribution(self, member: Member) -> Shown:
        figure = self._figures.find(member, "ltv_cac")
        if figure is None or figure.denominator is None:
            return Shown(None, reason=TOO_YOUNG)
        if figure.numerator is None:
            return Shown(None, figure.n, GOODS_UNKNOWN)
        value = divide(figure.numerator, figure.n)
        return Shown(value, figure.n, NO_NEW_THEN if value is None else "")

    def _show_ltv(self, member: Member) -> Shown:
        figure = self._figures.find(member, "ltv_cac")
        if figure is None or figure.denominator is None:
            return Shown(None, reason=TOO_YOUNG)
        if figure.numerator is None:
            return Shown(None, figure.n, GOODS_UNKNOWN)
        if not figure.denominator:
            nothing = NO_COST_HERE if figure.n else NO_NEW_THEN
            return Shown(None, figure.n, self._explain_cost(member) or nothing)
        return Shown(figure.value, figure.n)

    def _show_payback(self, member: Member) -> Shown:
        figure, ltv = self._figures.find(member, "payback", self._won), self._figures.find(member, "ltv_cac")
        reason = self._explain_cost(member)
        if reason or figure is None or ltv is None or ltv.denominator is None:
            return Shown(None, reason=reason or TOO_YOUNG)
        if figure.numerator is None:
            reason = NO_NEW_THEN if not figure.n else GOODS_UNKNOWN if ltv.denominator else NO_COST_HERE
            return Shown(None, figure.n, "" if figure.denominator is not None else reason)
        return Shown(figure.numerator, figure.n)

    def _show_retention(self, member: Member) -> Shown:
        return self._show(member, "retention_rate", NO_RETENTION, Period(YEAR, self._figures.period.month))

    def _show_share(self, member: Member) -> Shown:
        figure = self._figures.find(member, "contribution")
        part = figure.value if figure else None
        if part is None or self._whole is None:
            return Shown(None, reason=GOODS_UNKNOWN)
        if self._whole <= 0:
            return Shown(None, reason=NOTHING)
        return Shown(divide(part, self._whole), FEW)

    def _show_maximum(self, member: Member) -> Shown:
        if member == SHOP:
            return Shown(None)
        figure = self._figures.find(member, "maximum_cac", self._snapshot)
        if figure is None:
            return Shown(None, reason=FEW_GROWN)
        return Shown(figure.value, figure.n, GOODS_UNKNOWN if figure.value is None else "")


def make_lines(
    run: Run, figures: ChannelFigures, sort: str = SORTS[0]
) -> tuple[list[ChannelLine], ChannelLine]:
    """Return the channels, largest first by a column, and the shop. What is not known has no rank."""
    maker = _Maker(run, figures, has_costs=bool(count_costs(run, "acquisition")))
    lines = [maker.make((CHANNEL, channel)) for channel in figures.channels]

    def place(line: ChannelLine) -> tuple[bool, Decimal, str]:
        value = getattr(line, sort).value
        return value is None, -(value or Decimal(0)), line.channel

    nobodys = [line.unallocated for line in lines if line.unallocated is not None]
    shop = replace(maker.make(SHOP), unallocated=sum(nobodys, Decimal(0)) if nobodys else None)
    ranked = sorted(lines, key=place)
    known = sum(getattr(line, sort).value is not None for line in lines)
    return [replace(line, rank=rank if rank <= known else None) for rank, line in enumerate(ranked, 1)], shop


def find_anonymous_share(figures: ChannelFigures) -> Decimal | None:
    """Return the share of contribution that orders without a customer bring; None when it is not known."""
    part, whole = figures.find(ANONYMOUS, "contribution"), figures.find(SHOP, "contribution")
    if part is None or whole is None or not whole.value or whole.value <= 0:
        return None
    return divide(part.value, whole.value)
