"""Orders, their lines, and refunds."""

from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.kinds.names import AMOUNT, CITY, COUNTRY, CURRENCY, CUSTOMER, DAY, EMAIL, ORDER, OWN_ID
from customers.imports.kinds.register import Column, make_column, make_kind

#: What an order has besides its number.
_OF_ORDER: Final = (
    make_column("customer", _("customer number"), "id", CUSTOMER),
    make_column("email", _("e-mail address"), "email", EMAIL),
    make_column(
        "customer_name", _("customer's name"), "text", "klantnaam|customer name|naam|name|billing name"
    ),
    make_column("country", _("country"), "label", COUNTRY),
    make_column("city", _("town"), "text", CITY),
    make_column(
        "moment", _("order date"), "moment",
        "besteldatum|orderdatum|bestelmoment|order date|date|datum|ordered at|ordered on|moment|created at|"
        "invoicedate|invoice date|factuurdatum|purchase date|aankoopdatum|moment as uploaded|aanmaakdatum|"
        "datum en tijd|date and time",
        required=True,
    ),
    make_column(
        "net_revenue", _("net revenue"), "amount",
        "omzet excl btw|netto omzet|omzet|net revenue|net|netto|revenue|net amount|nettobedrag|"
        "bedrag excl btw|"
        "bedrag|amount|totaal excl btw|total excl tax|orderbedrag excl btw|subtotaal excl btw",
    ),
    make_column(
        "gross_revenue", _("revenue with VAT"), "amount",
        "omzet incl btw|bedrag incl btw|totaal incl btw|bruto omzet|gross revenue|total incl tax|grand total",
    ),
    make_column("tax", _("VAT"), "amount", "btw|btw bedrag|vat|tax|taxes|belasting|tax total"),
    make_column("discount", _("discount"), "amount", "korting|discount|discount amount|kortingsbedrag"),
    make_column(
        "shipping", _("shipping charged"), "amount",
        "verzendkosten|shipping|shipping charged|bezorgkosten|shipping cost|berekende verzendkosten",
    ),
    make_column(
        "refunded_amount", _("refunded amount"), "amount",
        "terugbetaald|terugbetaald bedrag|refunded amount|refunded|teruggestort|amount refunded",
    ),
    make_column(
        "refunded_on", _("refunded on"), "date", "terugbetaald op|refunded on|datum terugbetaling|refund date"
    ),
    make_column(
        "cost_of_goods", _("cost of goods"), "amount",
        "inkoopwaarde|kostprijs|kostprijs verkopen|inkoopkosten|cost of goods|cogs|kostprijs omzet",
    ),
    make_column(
        "transaction_cost", _("transaction cost"), "amount",
        "transactiekosten|transaction cost|transaction costs|transaction|betaalkosten|payment cost|fee",
    ),
    make_column("status", _("status"), "status", "status|orderstatus|order status|bestelstatus"),
    make_column(
        "cancelled", _("cancelled on"), "cancelled", "geannuleerd op|cancelled at|canceled at|"
        "annuleringsdatum"
    ),
    make_column("currency", _("currency"), "currency", CURRENCY),
    make_column(
        "sales_channel", _("sales channel"), "label",
        "verkoopkanaal|sales channel|kanaal|channel|winkel|store|platform",
    ),
    make_column("subtotal", _("sum of the lines"), "amount", "subtotaal|subtotal"),
)  # fmt: skip

#: What a line of an order has besides the order's number.
_OF_LINE: Final = (
    make_column(
        "line_id", _("line number"), "id",
        f"regelnummer|line number|line id|regel|id|line|orderregel|{OWN_ID}",
    ),
    make_column(
        "product", _("product"), "text",
        "product|artikel|productnaam|omschrijving|description|product name|artikelomschrijving|"
        "artikelnummer|sku",
        required=True, filled=False,
    ),
    make_column(
        "category", _("category"), "label", "categorie|category|productgroep|artikelgroep|product category"
    ),
    make_column("quantity", _("quantity"), "quantity", "aantal|quantity|qty|hoeveelheid", required=True),
    make_column(
        "line_amount", _("net amount of the line"), "amount",
        "regelbedrag excl btw|regelbedrag|line amount|line total|regeltotaal|bedrag excl btw|bedrag|"
        "net amount|netto bedrag|nettobedrag|amount|net|omzet excl btw|omzet",
    ),
    make_column(
        "unit_price", _("price per unit"), "amount",
        "stukprijs|prijs per stuk|unit price|unitprice|prijs|price|verkoopprijs excl btw",
    ),
    make_column(
        "line_discount", _("discount of the line"), "amount", "regelkorting|line discount|korting|discount"
    ),
    make_column(
        "unit_cost", _("cost per unit"), "amount",
        "inkoopprijs per stuk|inkoopprijs|unit cost|cost per unit|kostprijs per stuk|kostprijs",
    ),
)  # fmt: skip

_ORDER_NUMBER: Final = make_column("order", _("order number"), "id", ORDER, required=True)


def _beside_order(column: Column) -> Column:
    """A line's column where a record is an order that repeats: only a preset or the user says which it is."""
    return replace(column, names=(), required=False, filled=False, part="line")


def _beside_lines(column: Column) -> Column:
    """An order's column where a record is a line. An amount is the order's only if its name says so."""
    is_amount = column.type == "amount"
    names = tuple(name for name in column.names if "order" in name) if is_amount else column.names
    return replace(column, names=names, required=False, part="" if column.name == "currency" else "order")


ORDERS: Final = make_kind(
    "orders",
    _("orders"),
    replace(_ORDER_NUMBER, name="external_id", names=(*_ORDER_NUMBER.names, "id", "nummer", OWN_ID)),
    *_OF_ORDER,
    *map(_beside_order, _OF_LINE),
    one_of=(("net_revenue", "gross_revenue", "line_amount", "unit_price"),),
    after=("customers",),
)

#: With ``moment`` its records make orders, too; without it they are lines of orders that are known.
ORDER_LINES: Final = make_kind(
    "order_lines",
    _("order lines"),
    _ORDER_NUMBER,
    *_OF_LINE,
    *map(_beside_lines, _OF_ORDER),
    one_of=(("line_amount", "unit_price"),),
    after=("customers", "orders"),
)

REFUNDS: Final = make_kind(
    "refunds",
    _("refunds"),
    make_column(
        "external_id", _("credit note"), "id",
        "creditnota|creditnummer|creditfactuur|credit note|refund id|refund|terugbetaling|retournummer|id|"
        f"nummer|{OWN_ID}",
        required=True,
    ),
    make_column(
        "moment", _("refunded on"), "moment",
        DAY + "|creditdatum|refund date|refunded on|refunded at|moment|datum terugbetaling|terugbetaald op",
        required=True,
    ),
    make_column(
        "amount", _("amount"), "amount",
        AMOUNT + "|terugbetaald|terugbetaald bedrag|refund amount|refunded amount|teruggestort",
        required=True,
    ),
    make_column("order", _("order number"), "id", ORDER),
    make_column("customer", _("customer number"), "id", CUSTOMER),
    make_column("reason", _("reason"), "text", "reden|reason|omschrijving|description|toelichting"),
    make_column("currency", _("currency"), "currency", CURRENCY),
    after=("customers", "orders", "order_lines"),
)  # fmt: skip
