"""Klaviyo › profiles, as exported from a list or segment. Known by e-mail address, as orders know them.

“Profile Created On” is the day of a subscription, which need not be a purchase: it is no “customer since”.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.people import KEY, key_by_email
from customers.imports.presets.preset import Preset

KLAVIYO_PROFILES: Final = Preset(
    key="klaviyo_profiles",
    label=_("Klaviyo profiles"),
    kind="customers",
    needs=("Email", "Klaviyo ID", "First Name", "Last Name"),
    columns={KEY: "external_id", "Email": "email", "City": "city", "Country": "country"},
    joined={"name": ("First Name", "Last Name")},
    virtual=(KEY,),
    expander=key_by_email("Email", "Klaviyo ID"),
)
