"""Magento 2 › Sales › Orders › Export: the order grid, one row an order.

Totals are twice in it: in the shop's base currency and in the one the customer paid in. The base counts; the
grid names no currency. ``Subtotal`` and ``Shipping and Handling`` are without VAT, ``Grand Total`` is with
it, and neither VAT nor discount has a column: what the total is above the two is taken for VAT. Where the
total is below them, a discount shows, and the total itself is the revenue.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.columns import NULL, AmountParser
from customers.imports.presets.preset import Expander, Preset
from customers.models import Shop

_TOTAL: Final = "Grand Total (Base)"
_TAX: Final = "VAT in the total"


def _find_tax(header: Sequence[str]) -> Expander:
    place = {name: index for index, name in enumerate(header)}
    total = place[_TOTAL]
    parts = (place["Subtotal"], place["Shipping and Handling"])
    amounts = AmountParser(".", Shop.load().currency)

    def read(cell: str) -> Decimal:
        text = amounts[cell]
        return Decimal(0) if text == NULL else Decimal(text)

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        tax = read(cells[total]) - sum((read(cells[part]) for part in parts), Decimal(0))
        return ((True, [*cells, str(max(tax, Decimal(0)))]),)

    return expand


MAGENTO_ORDERS: Final = Preset(
    key="magento_orders",
    label=_("Magento 2 orders"),
    kind="orders",
    needs=(
        "ID", "Purchase Date", _TOTAL, "Grand Total (Purchased)", "Status", "Customer Email", "Subtotal",
        "Shipping and Handling",
    ),
    columns={
        "ID": "external_id",
        "Purchase Date": "moment",
        "Customer Email": "email",
        "Customer Name": "customer_name",
        _TOTAL: "gross_revenue",
        _TAX: "tax",
        "Subtotal": "subtotal",
        "Shipping and Handling": "shipping",
        "Total Refunded": "refunded_amount",
        "Status": "status",
        "Purchase Point": "sales_channel",
    },
    decimal=".",
    note="no_vat_no_discount",
    virtual=(_TAX,),
    expander=_find_tax,
)  # fmt: skip
