"""What a file can hold: a register of kinds, each with its columns and the names they go by in exports.

Names are compared as :func:`customers.imports.detect.normalise` leaves them. A kind names the table its
facts go to; a storey above may add kinds of its own with :func:`register`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Column:
    """One thing a kind can hold. ``type`` is one of ``columns``: text, id, email, amount, date, moment, …"""

    name: str
    label: Any
    type: str
    names: tuple[str, ...] = ()
    #: every file of the kind has it
    required: bool = False
    #: where the file has it, every record has a value in it
    filled: bool = False
    #: "line" or "order": whose it is, where a record is part of an order and carries columns of both
    part: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What one record is. ``one_of``: at least one column of each group must be in the file."""

    name: str
    label: Any
    columns: Mapping[str, Column]
    one_of: tuple[tuple[str, ...], ...] = ()

    @property
    def required(self) -> tuple[Column, ...]:
        """Columns that every file of this kind has."""
        return tuple(column for column in self.columns.values() if column.required)

    def part(self, name: str) -> set[str]:
        """Return the names of the columns that belong to the ``line`` or to the ``order``."""
        return {column.name for column in self.columns.values() if column.part == name}


KINDS: Final[dict[str, Kind]] = {}


def register(kind: Kind) -> Kind:
    """Add a kind of file."""
    KINDS[kind.name] = kind
    return kind


def _column(
    name: str, label: Any, type: str, names: str = "", *, required: bool = False, filled: bool | None = None
) -> Column:
    filled = required if filled is None else filled
    return Column(name, label, type, tuple(filter(None, names.split("|"))), required, filled)


def _kind(name: str, label: Any, *columns: Column, one_of: tuple[tuple[str, ...], ...] = ()) -> Kind:
    return register(Kind(name, label, {column.name: column for column in columns}, one_of))


_OWN_ID = "external id"  # as our own exports name it
_CUSTOMER = (
    "klantnummer|klant|klantnr|klant id|klantid|customer|customer id|customer number|customerid|customer no|"
    "relatiecode|relatienummer|debiteurnummer|debiteur|client id"
)
_EMAIL = "e mailadres|e mail|email|emailadres|email address|customer email|e mail adres|mail"
_COUNTRY = "land|country|landcode|country code|billing country|factuurland"
_CITY = "plaats|woonplaats|stad|city|town|billing city"
_ORDER = (
    "ordernummer|order|order id|orderid|order number|ordernr|order no|bestelnummer|bestelling|"
    "bestellingsnummer|"
    "factuurnummer|invoice|invoice no|invoice number|invoiceno|order reference|bestelnr"
)
_AMOUNT = "bedrag|amount|kosten|cost|costs|bedrag excl btw|uitgaven|spend|besteed bedrag|totaal|total"
_FIRST = (
    "van|van datum|eerste dag|first day|first|from|startdatum|begindatum|start date|start|vanaf|ingangsdatum"
)
_LAST = "tot en met|t m|tot|laatste dag|last day|last|to|until|einddatum|end date|eind|end"
_DAY = "datum|dag|date|day"
_CURRENCY = "valuta|currency|munt|currency code|valutacode"
_CAMPAIGN = "campagne|campaign|campaign name|campagnenaam"

CUSTOMERS: Final = _kind(
    "customers",
    _("customers"),
    _column("external_id", _("customer number"), "id", f"{_CUSTOMER}|id|nummer|{_OWN_ID}", required=True),
    _column("name", _("name"), "text", "naam|name|full name|volledige naam|klantnaam|customer name"),
    _column("email", _("e-mail address"), "email", _EMAIL),
    _column("country", _("country"), "text", _COUNTRY),
    _column("city", _("town"), "text", _CITY),
    _column(
        "acquired_on", _("customer since"), "date",
        "klant sinds|customer since|acquired on|aangemaakt op|geregistreerd|registered|sinds|since|"
        "inschrijfdatum|aanmaakdatum",
    ),
    _column(
        "acquisition_channel", _("acquisition channel"), "text",
        "acquisitiekanaal|kanaal|acquisition channel|channel|bron|source|herkomst|wervingskanaal",
    ),
    _column("campaign", _("campaign"), "text", _CAMPAIGN + "|wervingscampagne|acquisition campaign"),
    _column(
        "objects_to_profiling", _("objects to profiling"), "flag",
        "bezwaar profilering|bezwaar tegen profilering|bezwaar|objects to profiling|objection|"
        "profiling objection",
    ),
)  # fmt: skip

#: What an order has besides its number.
_OF_ORDER: Final = (
    _column("customer", _("customer number"), "id", _CUSTOMER),
    _column("email", _("e-mail address"), "email", _EMAIL),
    _column("customer_name", _("customer's name"), "text", "klantnaam|customer name|naam|name|billing name"),
    _column("country", _("country"), "text", _COUNTRY),
    _column("city", _("town"), "text", _CITY),
    _column(
        "moment", _("order date"), "moment",
        "besteldatum|orderdatum|bestelmoment|order date|date|datum|ordered at|ordered on|moment|created at|"
        "invoicedate|invoice date|factuurdatum|purchase date|aankoopdatum|moment as uploaded|aanmaakdatum",
        required=True,
    ),
    _column(
        "net_revenue", _("net revenue"), "amount",
        "omzet excl btw|netto omzet|omzet|net revenue|net|netto|revenue|net amount|nettobedrag|"
        "bedrag excl btw|"
        "bedrag|amount|totaal excl btw|total excl tax|orderbedrag excl btw|subtotaal excl btw",
    ),
    _column(
        "gross_revenue", _("revenue with VAT"), "amount",
        "omzet incl btw|bedrag incl btw|totaal incl btw|bruto omzet|gross revenue|total incl tax|grand total",
    ),
    _column("tax", _("VAT"), "amount", "btw|btw bedrag|vat|tax|taxes|belasting|tax total"),
    _column("discount", _("discount"), "amount", "korting|discount|discount amount|kortingsbedrag"),
    _column(
        "shipping", _("shipping charged"), "amount",
        "verzendkosten|shipping|shipping charged|bezorgkosten|shipping cost|berekende verzendkosten",
    ),
    _column(
        "refunded_amount", _("refunded amount"), "amount",
        "terugbetaald|terugbetaald bedrag|refunded amount|refunded|teruggestort|amount refunded",
    ),
    _column(
        "refunded_on", _("refunded on"), "date", "terugbetaald op|refunded on|datum terugbetaling|refund date"
    ),
    _column(
        "cost_of_goods", _("cost of goods"), "amount",
        "inkoopwaarde|kostprijs|kostprijs verkopen|inkoopkosten|cost of goods|cogs|kostprijs omzet",
    ),
    _column(
        "transaction_cost", _("transaction cost"), "amount",
        "transactiekosten|transaction cost|transaction costs|transaction|betaalkosten|payment cost|fee",
    ),
    _column("status", _("status"), "status", "status|orderstatus|order status|bestelstatus"),
    _column(
        "cancelled", _("cancelled on"), "cancelled", "geannuleerd op|cancelled at|canceled at|"
        "annuleringsdatum"
    ),
    _column("currency", _("currency"), "currency", _CURRENCY),
    _column(
        "sales_channel", _("sales channel"), "text",
        "verkoopkanaal|sales channel|kanaal|channel|winkel|store|platform",
    ),
    _column("subtotal", _("sum of the lines"), "amount", "subtotaal|subtotal"),
)  # fmt: skip

#: What a line of an order has besides the order's number.
_OF_LINE: Final = (
    _column(
        "line_id", _("line number"), "id",
        f"regelnummer|line number|line id|regel|id|line|orderregel|{_OWN_ID}",
    ),
    _column(
        "product", _("product"), "text",
        "product|artikel|productnaam|omschrijving|description|product name|artikelomschrijving|"
        "artikelnummer|sku",
        required=True, filled=False,
    ),
    _column(
        "category", _("category"), "text", "categorie|category|productgroep|artikelgroep|product category"
    ),
    _column("quantity", _("quantity"), "quantity", "aantal|quantity|qty|hoeveelheid", required=True),
    _column(
        "line_amount", _("net amount of the line"), "amount",
        "regelbedrag excl btw|regelbedrag|line amount|line total|regeltotaal|bedrag excl btw|bedrag|"
        "net amount|netto bedrag|nettobedrag|amount|net|omzet excl btw|omzet",
    ),
    _column(
        "unit_price", _("price per unit"), "amount",
        "stukprijs|prijs per stuk|unit price|unitprice|prijs|price|verkoopprijs excl btw",
    ),
    _column(
        "line_discount", _("discount of the line"), "amount", "regelkorting|line discount|korting|discount"
    ),
    _column(
        "unit_cost", _("cost per unit"), "amount",
        "inkoopprijs per stuk|inkoopprijs|unit cost|cost per unit|kostprijs per stuk|kostprijs",
    ),
)  # fmt: skip

_ORDER_NUMBER: Final = _column("order", _("order number"), "id", _ORDER, required=True)


def _beside_order(column: Column) -> Column:
    """A line's column where a record is an order that repeats: only a preset or the user says which it is."""
    return replace(column, names=(), required=False, filled=False, part="line")


def _beside_lines(column: Column) -> Column:
    """An order's column where a record is a line. An amount is the order's only if its name says so."""
    is_amount = column.type == "amount"
    names = tuple(name for name in column.names if "order" in name) if is_amount else column.names
    return replace(column, names=names, required=False, part="" if column.name == "currency" else "order")


ORDERS: Final = _kind(
    "orders",
    _("orders"),
    replace(_ORDER_NUMBER, name="external_id", names=(*_ORDER_NUMBER.names, "id", "nummer", _OWN_ID)),
    *_OF_ORDER,
    *map(_beside_order, _OF_LINE),
    one_of=(("net_revenue", "gross_revenue", "line_amount", "unit_price"),),
)

#: With ``moment`` its records make orders, too; without it they are lines of orders that are known.
ORDER_LINES: Final = _kind(
    "order_lines",
    _("order lines"),
    _ORDER_NUMBER,
    *_OF_LINE,
    *map(_beside_lines, _OF_ORDER),
    one_of=(("line_amount", "unit_price"),),
)

REFUNDS: Final = _kind(
    "refunds",
    _("refunds"),
    _column(
        "external_id", _("credit note"), "id",
        "creditnota|creditnummer|creditfactuur|credit note|refund id|refund|terugbetaling|retournummer|id|"
        f"nummer|{_OWN_ID}",
        required=True,
    ),
    _column(
        "moment", _("refunded on"), "moment",
        _DAY + "|creditdatum|refund date|refunded on|refunded at|moment|datum terugbetaling|terugbetaald op",
        required=True,
    ),
    _column(
        "amount", _("amount"), "amount",
        _AMOUNT + "|terugbetaald|terugbetaald bedrag|refund amount|refunded amount|teruggestort",
        required=True,
    ),
    _column("order", _("order number"), "id", _ORDER),
    _column("customer", _("customer number"), "id", _CUSTOMER),
    _column("reason", _("reason"), "text", "reden|reason|omschrijving|description|toelichting"),
    _column("currency", _("currency"), "currency", _CURRENCY),
)  # fmt: skip

_COST_ID = _column(
    "external_id", _("key"), "id", f"id|kostennummer|cost id|key|nummer|boekstuknummer|{_OWN_ID}"
)
_FIRST_DAY = _column("first_day", _("first day"), "date", f"{_FIRST}|{_DAY}", required=True)
_LAST_DAY = _column("last_day", _("last day"), "date", _LAST)
_COST = _column("amount", _("amount"), "cost", _AMOUNT, required=True)
_MONEY = _column("currency", _("currency"), "currency", _CURRENCY)

ACQUISITION_COSTS: Final = _kind(
    "acquisition_costs",
    _("acquisition costs"),
    _COST_ID,
    _column(
        "channel", _("channel"), "text",
        "kanaal|channel|acquisitiekanaal|acquisition channel|medium|bron|source", required=True,
    ),
    _column("campaign", _("campaign"), "text", _CAMPAIGN),
    _FIRST_DAY,
    _LAST_DAY,
    _COST,
    _MONEY,
)  # fmt: skip

RETENTION_COSTS: Final = _kind(
    "retention_costs",
    _("retention costs"),
    _COST_ID,
    _column("customer", _("customer number"), "id", _CUSTOMER),
    _column("programme", _("programme"), "text", "programma|programme|program|loyaliteitsprogramma"),
    _column(
        "description", _("description"), "text", "omschrijving|description|toelichting|soort|kostensoort"
    ),
    _column("segment", _("segment"), "segment", "segment|klantsegment|doelgroep|customer segment"),
    _column("scope", _("for whom"), "everyone", "voor|voor wie|for|for whom|scope|betreft|geldt voor"),
    _FIRST_DAY,
    _LAST_DAY,
    _COST,
    _MONEY,
)

PROGRAMME_MEMBERSHIPS: Final = _kind(
    "programme_memberships",
    _("programme memberships"),
    _column("customer", _("customer number"), "id", _CUSTOMER, required=True),
    _column(
        "programme", _("programme"), "text", "programma|programme|program|loyaliteitsprogramma", required=True
    ),
    _column("first_day", _("first day"), "date", f"{_FIRST}|{_DAY}|lid sinds|member since", required=True),
    _column("last_day", _("last day"), "date", f"{_LAST}|lid tot|member until"),
)


def known_headers() -> set[str]:
    """Return every name that a column goes by, normalised."""
    return {name for kind in KINDS.values() for column in kind.columns.values() for name in column.names}
