"""Online Retail: one row an invoice line; an invoice whose number starts with C is a credit note."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Preset

ONLINE_RETAIL: Final = Preset(
    key="online_retail",
    label=_("Online Retail invoice lines"),
    kind="order_lines",
    needs=("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"),
    columns={
        "InvoiceNo": "order",
        "Description": "product",
        "Quantity": "quantity",
        "InvoiceDate": "moment",
        "UnitPrice": "unit_price",
        "CustomerID": "customer",
        "Country": "country",
    },
    decimal=".",
    credit_notes="C",
)
