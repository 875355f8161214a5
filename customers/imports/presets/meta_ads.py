"""Meta Ads Manager › export of campaigns (or advertisements) by day.

The currency stands in a heading (``Amount spent (EUR)``); the row of totals names no campaign. Meta restates
past days: the same campaign and day in a later file replaces what was there.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.ads import skip_totals
from customers.imports.presets.preset import Preset

_SPENT: Final = "Amount spent (*)"
_SPENT_NL: Final = "Besteed bedrag (*)"

META_ADS: Final = Preset(
    key="meta_ads",
    label=_("Meta Ads campaigns by day"),
    kind="acquisition_costs",
    needs=("Reporting starts", "Reporting ends", "Campaign name", _SPENT),
    columns={
        "Reporting starts": "first_day",
        "Reporting ends": "last_day",
        "Campaign name": "campaign",
        _SPENT: "amount",
        "currency of the heading": "currency",
    },
    fixed={"channel": "Meta"},
    adds_up=True,
    virtual=("currency of the heading",),
    expander=skip_totals("Campaign name", _SPENT),
)

META_ADS_NL: Final = Preset(
    key="meta_ads_nl",
    label=_("Meta Ads campaigns by day, in Dutch"),
    kind="acquisition_costs",
    needs=("Dag", "Campagnenaam", _SPENT_NL),
    columns={
        "Dag": "first_day",
        "Campagnenaam": "campaign",
        _SPENT_NL: "amount",
        "currency of the heading": "currency",
    },
    fixed={"channel": "Meta"},
    adds_up=True,
    virtual=("currency of the heading",),
    expander=skip_totals("Campagnenaam", _SPENT_NL),
)
