"""Customers: who they are and how they came."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.kinds.names import CAMPAIGN, CITY, COUNTRY, CUSTOMER, EMAIL, OWN_ID
from customers.imports.kinds.register import make_column, make_kind

CUSTOMERS: Final = make_kind(
    "customers",
    _("customers"),
    make_column("external_id", _("customer number"), "id", f"{CUSTOMER}|id|nummer|{OWN_ID}", required=True),
    make_column("name", _("name"), "text", "naam|name|full name|volledige naam|klantnaam|customer name"),
    make_column("email", _("e-mail address"), "email", EMAIL),
    make_column("country", _("country"), "label", COUNTRY),
    make_column("city", _("town"), "text", CITY),
    make_column(
        "acquired_on", _("customer since"), "date",
        "klant sinds|customer since|acquired on|aangemaakt op|geregistreerd|registered|sinds|since|"
        "inschrijfdatum|aanmaakdatum",
    ),
    make_column(
        "acquisition_channel", _("acquisition channel"), "label",
        "acquisitiekanaal|kanaal|acquisition channel|channel|bron|source|herkomst|wervingskanaal",
    ),
    make_column("campaign", _("campaign"), "label", CAMPAIGN + "|wervingscampagne|acquisition campaign"),
    make_column(
        "objects_to_profiling", _("objects to profiling"), "flag",
        "bezwaar profilering|bezwaar tegen profilering|bezwaar|objects to profiling|objection|"
        "profiling objection",
    ),
    keeps_others=True,
)  # fmt: skip
