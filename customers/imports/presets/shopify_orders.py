"""Shopify › Orders › Export: one row a line item, the order's own columns on its first row only.

The order is known by ``Id`` (several orders can share a ``Name``) and has it on its first row; the rows below
belong to it, also where even their ``Name`` is blank. ``Total`` counts once. ``Total`` and ``Refunded
Amount`` hold VAT; ``Taxes`` is its own column, so net revenue is Total − Taxes. An order paid through the
“Bogus Gateway”, which Shopify has for trying out a shop, is a test.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Expander, Preset
from customers.imports.reasons import BadValue


def _fill_forward(header: Sequence[str]) -> Expander:
    place = {name: index for index, name in enumerate(header)}
    key, name, total = place.get("Id"), place["Name"], place["Total"]
    status, method = place["Financial Status"], place.get("Payment Method")
    current_key = current_name = ""

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        nonlocal current_key, current_name
        is_first = bool(cells[total].strip())
        if is_first:
            current_name = cells[name]
            current_key = (cells[key] if key is not None else "") or current_name
            if method is not None and "bogus" in cells[method].lower():
                cells[status] = "test"
        elif not current_key or cells[name] not in {"", current_name}:
            raise BadValue("orphan_line", cells[name])
        return ((is_first, [*cells, current_key]),)

    return expand


SHOPIFY_ORDERS: Final = Preset(
    key="shopify_orders",
    label=_("Shopify orders"),
    kind="orders",
    needs=("Name", "Email", "Financial Status", "Total", "Taxes", "Created at", "Lineitem quantity"),
    columns={
        "order key": "external_id",
        "Email": "email",
        "Billing Name": "customer_name",
        "Billing City": "city",
        "Billing Country": "country",
        "Created at": "moment",
        "Subtotal": "subtotal",
        "Total": "gross_revenue",
        "Taxes": "tax",
        "Shipping": "shipping",
        "Discount Amount": "discount",
        "Refunded Amount": "refunded_amount",
        "Financial Status": "status",
        "Cancelled at": "cancelled",
        "Currency": "currency",
        "Source": "sales_channel",
        "Lineitem name": "product",
        "Lineitem quantity": "quantity",
        "Lineitem price": "unit_price",
        "Lineitem discount": "line_discount",
    },
    decimal=".",
    dates="ymd",
    virtual=("order key",),
    expander=_fill_forward,
)
