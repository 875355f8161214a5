"""What was spent to win customers and to keep them, and who is in which programme."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.kinds.names import (
    AMOUNT,
    CAMPAIGN,
    CHANNEL,
    CURRENCY,
    CUSTOMER,
    DAY,
    FIRST,
    LAST,
    OWN_ID,
    SEGMENT,
)
from customers.imports.kinds.register import make_column, make_kind

_COST_ID = make_column(
    "external_id", _("key"), "id", f"id|kostennummer|cost id|key|nummer|boekstuknummer|{OWN_ID}"
)
_FIRST_DAY = make_column("first_day", _("first day"), "date", f"{FIRST}|{DAY}", required=True)
_LAST_DAY = make_column("last_day", _("last day"), "date", LAST)
_COST = make_column("amount", _("amount"), "cost", AMOUNT, required=True)
_MONEY = make_column("currency", _("currency"), "currency", CURRENCY)

ACQUISITION_COSTS: Final = make_kind(
    "acquisition_costs",
    _("acquisition costs"),
    _COST_ID,
    make_column("channel", _("channel"), "label", CHANNEL, required=True),
    make_column("campaign", _("campaign"), "label", CAMPAIGN),
    _FIRST_DAY,
    _LAST_DAY,
    _COST,
    _MONEY,
)  # fmt: skip

RETENTION_COSTS: Final = make_kind(
    "retention_costs",
    _("retention costs"),
    _COST_ID,
    make_column("customer", _("customer number"), "id", CUSTOMER),
    make_column("programme", _("programme"), "label", "programma|programme|program|loyaliteitsprogramma"),
    make_column(
        "description", _("description"), "label", "omschrijving|description|toelichting|soort|kostensoort"
    ),
    make_column("segment", _("segment"), "segment", SEGMENT),
    make_column("scope", _("for whom"), "everyone", "voor|voor wie|for|for whom|scope|betreft|geldt voor"),
    _FIRST_DAY,
    _LAST_DAY,
    _COST,
    _MONEY,
    after=("customers", "orders", "order_lines"),
)

PROGRAMME_MEMBERSHIPS: Final = make_kind(
    "programme_memberships",
    _("programme memberships"),
    make_column("customer", _("customer number"), "id", CUSTOMER, required=True),
    make_column(
        "programme",
        _("programme"),
        "label",
        "programma|programme|program|loyaliteitsprogramma",
        required=True,
    ),
    make_column("first_day", _("first day"), "date", f"{FIRST}|{DAY}|lid sinds|member since", required=True),
    make_column("last_day", _("last day"), "date", f"{LAST}|lid tot|member until"),
    after=("customers", "orders", "order_lines"),
)
