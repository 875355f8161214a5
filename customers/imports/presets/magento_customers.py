"""Magento 2 › Customers › All Customers › Export. The order grid names customers by e-mail address only."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.people import KEY, key_by_email
from customers.imports.presets.preset import Preset

MAGENTO_CUSTOMERS: Final = Preset(
    key="magento_customers",
    label=_("Magento 2 customers"),
    kind="customers",
    needs=("ID", "Name", "Email", "Group", "Customer Since", "Web Site"),
    columns={
        KEY: "external_id",
        "Name": "name",
        "Email": "email",
        "Country": "country",
        "Customer Since": "acquired_on",
    },
    virtual=(KEY,),
    expander=key_by_email("Email", "ID"),
)
