"""Lightspeed eCom › customers. The preposition of a name (“van der”) is a column of its own."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Preset

LIGHTSPEED_CUSTOMERS: Final = Preset(
    key="lightspeed_customers",
    label=_("Lightspeed eCom customers"),
    kind="customers",
    needs=("Internal ID", "Registered", "Firstname", "LastnamePreposition", "Lastname", "E-Mail"),
    columns={
        "Internal ID": "external_id",
        "E-Mail": "email",
        "Registered": "acquired_on",
        "City": "city",
        "Country": "country",
    },
    joined={"name": ("Firstname", "LastnamePreposition", "Lastname")},
)
