"""The campaigns of a channel: what each cost, whom it won, and what they brought in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext

from metrics.core.arithmetic import divide
from metrics.members import CAMPAIGN, OTHER, SEPARATOR
from metrics.models import KpiValue, Run
from metrics.pages.channels.lines import ChannelLine, Shown
from metrics.pages.periods import Period
from metrics.pages.scope import name_member

Sums = tuple[Decimal | None, Decimal | None, int]  # numerator, denominator, n
_KPIS: Final = ("acquisition_cost", "new_customers", "ltv_cac")


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign over the period; ``name`` "" for what the channel had outside of campaigns.

    ``won``: how many customers LTV:CAC is about; what they cost and what they brought in is None when that
    is not known.
    """

    name: str
    spend: Decimal | None
    new: int
    won: int = 0
    won_for: Decimal | None = None
    brought_in: Decimal | None = None

    @property
    def label(self) -> str:
        """What a reader calls it."""
        return name_member("channel", self.name) if self.name else gettext("outside of campaigns")

    @property
    def cac(self) -> Shown:
        """What a new customer cost."""
        return Shown(divide(self.spend, self.new), self.new)

    @property
    def contribution(self) -> Shown:
        """What a customer brought in during the first 365 days."""
        return Shown(divide(self.brought_in, self.won), self.won)

    @property
    def ltv_cac(self) -> Shown:
        """That against what they cost."""
        return Shown(divide(self.brought_in, self.won_for), self.won)


def list_campaigns(run: Run, period: Period, channel: ChannelLine) -> list[CampaignLine]:
    """Return the campaigns of a channel, most spent first, and what it had outside of them last."""
    rows = KpiValue.objects.filter(
        run=run, kpi__in=_KPIS, dimension=CAMPAIGN, member__startswith=channel.channel + SEPARATOR,
        window=period.window, period=period.month,
    )  # fmt: skip
    found: dict[str, dict[str, Sums]] = {}
    for member, kpi, above, below, n in rows.values_list("member", "kpi", "numerator", "denominator", "n"):
        found.setdefault(member.partition(SEPARATOR)[2], {})[kpi] = (above, below, n)
    known = channel.spend.value is not None
    lines = [_make_line(name, figures, known=known) for name, figures in found.items()]
    lines.sort(key=lambda line: (line.name == OTHER, -(line.spend or Decimal(0)), -line.new, line.name))
    rest = _take_rest(channel, lines)
    return [*lines, rest] if lines and (rest.spend or rest.new or rest.won) else lines


def _make_line(name: str, figures: Mapping[str, Sums], *, known: bool) -> CampaignLine:
    """Return a campaign; what is not ``known`` of its channel's cost is not known of its own."""
    spend, _none, _n = figures.get("acquisition_cost", (Decimal(0), None, 0))
    new = figures.get("new_customers", (None, None, 0))[2]
    brought_in, won_for, won = figures.get("ltv_cac", (None, None, 0))
    return CampaignLine(name, spend if known else None, new, won, won_for if known else None, brought_in)


def _take_rest(channel: ChannelLine, lines: Sequence[CampaignLine]) -> CampaignLine:
    """Return what is left of the channel when its campaigns are taken off."""
    return CampaignLine(
        "",
        _subtract(channel.spend.value, [line.spend for line in lines]),
        int(channel.new.value or 0) - sum(line.new for line in lines),
        channel.contribution.n - sum(line.won for line in lines),
        _subtract(channel.won_for, [line.won_for for line in lines if line.won or line.won_for]),
        _subtract(channel.brought_in, [line.brought_in for line in lines if line.won]),
    )


def _subtract(whole: Decimal | None, parts: Sequence[Decimal | None]) -> Decimal | None:
    known = [part for part in parts if part is not None]
    if whole is None or len(known) < len(parts):
        return None
    return whole - sum(known, Decimal(0))
