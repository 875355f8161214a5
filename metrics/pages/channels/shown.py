"""The heads of the ranked table, and where cost was spent that won nobody."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from metrics.pages.channels.asked import Asked
from metrics.pages.channels.lines import ChannelLine
from metrics.pages.channels.notes import COLUMNS
from metrics.pages.periods import YEAR, Period

#: Of these the fourth to the sixth are about the customers won a year before the period.
_ORDER = (
    "spend", "new", "cac", "contribution", "ltv_cac", "payback", "retention", "share", "maximum"
)  # fmt: skip


def head_columns(asked: Asked) -> list[dict[str, Any]]:
    """Return the columns: name, over which months if not the period's, and where it ranks."""
    year = Period(YEAR, asked.period.month)
    details = {
        "contribution": gettext("per new customer"),
        "retention": "" if asked.period.window == YEAR else year.name,
        "share": gettext("of contribution"),
    }
    names = {**COLUMNS, "new": gettext("New customers")}
    return [
        {
            "key": key,
            "name": names[key],
            "detail": details.get(key, ""),
            "current": key == asked.sort,
            "query": asked.choice.with_kept(sort=key),
        }
        for key in _ORDER
    ]


def list_unallocated(lines: Sequence[ChannelLine], shop: ChannelLine) -> dict[str, Any] | None:
    """Return the cost that won nobody: of all channels together, and of each; None without any."""
    found = [line for line in lines if line.unallocated]
    if not found:
        return None
    amount = sum((line.unallocated or Decimal(0) for line in found), Decimal(0))
    return {"amount": amount, "lines": found, "spend": shop.spend.value}
