"""WooCommerce orders by the WebToffee export plugin: one row an order, lines in ``line_item_1``, ``_2``, …

``order_total`` and the refunds hold VAT, ``tax_total`` is its own column; a line's ``total`` is without VAT.
A guest has customer number 0 and is known by e-mail address.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Expander, Preset
from customers.imports.reasons import BadValue

_VIRTUAL: Final = ("line name", "line quantity", "line total", "refunded", "refund date")


def _read_parts(cell: str) -> dict[str, str]:
    """Read ``name:Formal shoe|quantity:1|total:8.00``."""
    parts = (part.partition(":") for part in cell.split("|"))
    return {name.strip(): value.strip() for name, colon, value in parts if colon}


def _read_refunds(cell: str) -> tuple[str, str]:
    """Return (sum, last day) of ``amount:46.00|reason:…|date:2019-06-19 12:13:48``; ``;`` joins several."""
    amounts = re.findall(r"(?:^|[|;])\s*amount:\s*-?([^|;]*)", cell)
    days = re.findall(r"(?:^|\|)\s*date:\s*(\d{4}-\d{2}-\d{2})", cell)
    if not amounts:
        return "", ""
    try:
        total = sum((Decimal(amount.strip()) for amount in amounts), Decimal(0))
    except InvalidOperation:
        raise BadValue("not_amount", cell, example="46.00") from None
    return str(total), max(days, default="")


def _split_lines(header: Sequence[str]) -> Expander:
    place = {name: index for index, name in enumerate(header)}
    lines = [index for name, index in place.items() if re.fullmatch(r"line_item_\d+", name)]
    guest, refunds = place.get("customer_id"), place.get("refund_items")

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        if guest is not None and cells[guest].strip() == "0":
            cells[guest] = ""
        refunded = _read_refunds(cells[refunds]) if refunds is not None else ("", "")
        items = [_read_parts(cells[index]) for index in lines if cells[index].strip()]
        for number, item in enumerate(items or [{}]):
            line = [item.get("name", ""), item.get("quantity", ""), item.get("total", "")]
            yield number == 0, [*cells, *line, *refunded]

    return expand


WOOCOMMERCE_WEBTOFFEE: Final = Preset(
    key="woocommerce_webtoffee",
    label=_("WooCommerce orders (WebToffee)"),
    kind="orders",
    needs=("order_id", "order_date", "order_total", "tax_total", "order_currency", "billing_email"),
    columns={
        "order_id": "external_id",
        "customer_id": "customer",
        "billing_email": "email",
        "billing_city": "city",
        "billing_country": "country",
        "order_date": "moment",
        "order_total": "gross_revenue",
        "tax_total": "tax",
        "shipping_total": "shipping",
        "discount_total": "discount",
        "status": "status",
        "order_currency": "currency",
        "line name": "product",
        "line quantity": "quantity",
        "line total": "line_amount",
        "refunded": "refunded_amount",
        "refund date": "refunded_on",
    },
    decimal=".",
    virtual=_VIRTUAL,
    expander=_split_lines,
)
