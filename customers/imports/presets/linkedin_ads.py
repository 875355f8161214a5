"""LinkedIn Campaign Manager › campaign performance: three lines above the header, American dates."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.ads import skip_totals
from customers.imports.presets.preset import Preset

LINKEDIN_ADS: Final = Preset(
    key="linkedin_ads",
    label=_("LinkedIn campaign performance by day"),
    kind="acquisition_costs",
    needs=("Start Date (in UTC)", "Campaign Name", "Currency", "Total Spent"),
    columns={
        "Start Date (in UTC)": "first_day",
        "Campaign Name": "campaign",
        "Total Spent": "amount",
        "Currency": "currency",
    },
    fixed={"channel": "LinkedIn"},
    dates="mdy",
    adds_up=True,
    expander=skip_totals("Campaign Name"),
)
