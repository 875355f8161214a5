"""Shopify › Customers › Export, the layout of today and the one before it (without a customer number).

The order export knows customers by e-mail address only, so they are keyed by it here as well. An apostrophe
stands before numbers (``'9013808660771``) and is no part of them; one in a name (``'t Hooft``) is.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.people import KEY, key_by_email
from customers.imports.presets.preset import Preset

SHOPIFY_CUSTOMERS: Final = Preset(
    key="shopify_customers",
    label=_("Shopify customers"),
    kind="customers",
    needs=("First Name", "Last Name", "Email", "Accepts Email Marketing", "Total Spent", "Total Orders"),
    columns={
        KEY: "external_id",
        "Email": "email",
        "Default Address City": "city",
        "City": "city",
        "Default Address Country Code": "country",
        "Country Code": "country",
    },
    joined={"name": ("First Name", "Last Name")},
    virtual=(KEY,),
    expander=key_by_email("Email", "Customer ID"),
)
