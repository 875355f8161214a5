"""Google Ads › Reports › campaigns by day: two lines above the header, rows “Total: …”, ``--`` for nothing.

The download is CSV or “Excel .csv” (UTF-16 with tabs); its headings are in the language of the account.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.ads import skip_totals
from customers.imports.presets.preset import Preset

GOOGLE_ADS: Final = Preset(
    key="google_ads",
    label=_("Google Ads campaigns by day"),
    kind="acquisition_costs",
    needs=("Day", "Campaign", "Currency code", "Cost"),
    columns={"Day": "first_day", "Campaign": "campaign", "Cost": "amount", "Currency code": "currency"},
    fixed={"channel": "Google Ads"},
    adds_up=True,
    expander=skip_totals("Campaign"),
)

GOOGLE_ADS_DE: Final = Preset(
    key="google_ads_de",
    label=_("Google Ads campaigns by day, in German"),
    kind="acquisition_costs",
    needs=("Tag", "Kampagne", "Währungscode", "Kosten"),
    columns={"Tag": "first_day", "Kampagne": "campaign", "Kosten": "amount", "Währungscode": "currency"},
    fixed={"channel": "Google Ads"},
    adds_up=True,
    expander=skip_totals("Kampagne"),
)
