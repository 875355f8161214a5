"""Why figures are not available: one sentence a reason, with the channels it is about and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.kpis import KPIS
from metrics.pages.channels.lines import (
    FEW_GROWN,
    GOODS_UNKNOWN,
    NO_COST_HERE,
    NO_COST_OF_CHANNEL,
    NO_NEW,
    NO_NEW_THEN,
    NO_RETENTION,
    NOTHING,
    TOO_YOUNG,
    ChannelLine,
    Shown,
)
from metrics.pages.customers.columns import lower_first

#: What each column is called, of those that may lack a figure.
COLUMNS: Final[dict[str, str | Promise]] = {
    "spend": _("Spend"),
    "cac": _("CAC"),
    "contribution": _("12-month contribution"),
    "ltv_cac": KPIS["ltv_cac"].label,
    "payback": KPIS["payback"].label,
    "retention": KPIS["retention_rate"].label,
    "share": _("Share of value"),
    "maximum": KPIS["maximum_cac"].label,
}
_REASONS: Final[dict[str, str | Promise]] = {
    NO_COST_OF_CHANNEL: _("no acquisition cost of this channel was ever uploaded"),
    NO_NEW: _("no new customers in the period"),
    NO_NEW_THEN: _("no new customers a year before the period"),
    NO_COST_HERE: _("nothing was spent on these customers"),
    GOODS_UNKNOWN: _("the cost of goods of an order is not known, and there is no default margin"),
    TOO_YOUNG: _("no new customers with a whole first year behind them yet"),
    NO_RETENTION: _("nobody bought in the 12 months before, or there are no 24 complete months yet"),
    FEW_GROWN: _("fewer than 30 new customers with a whole first year behind them"),
    NOTHING: _("no figures over this period"),
}
_UPLOADED: Final = (NO_COST_OF_CHANNEL, GOODS_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, with a link when the reader can do something about it."""

    text: str
    url: str = ""


def list_notes(lines: Sequence[ChannelLine]) -> list[Note]:
    """Return a note for every reason that keeps a figure of a channel away. Of no costs at all: none."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for line in lines:
        for column in COLUMNS:
            shown: Shown = getattr(line, column)
            if shown.value is not None or shown.reason not in _REASONS:
                continue
            columns, channels = found.setdefault(shown.reason, ([], []))
            _add(columns, column)
            _add(channels, line.name)
    return [
        Note(_write(reason, columns, channels), reverse("uploads") if reason in _UPLOADED else "")
        for reason, (columns, channels) in found.items()
    ]


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _write(reason: str, columns: Sequence[str], channels: Sequence[str]) -> str:
    names = [str(COLUMNS[column]) for column in columns]
    joined = ", ".join([names[0], *(_lower(name) for name in names[1:])])
    return gettext("%(figures)s n/a for %(channels)s: %(reason)s.") % {
        "figures": joined, "channels": ", ".join(channels), "reason": _REASONS[reason],
    }  # fmt: skip


def _lower(name: str) -> str:
    return name if name.isupper() or ":" in name else lower_first(name)
