"""Mollie › settlement export: payments, refunds and chargebacks of one or more settlements.

What Mollie withholds is one row a settlement, without a payment: its payments share it (see
``customers.imports.payment_facts``). Refunds and chargebacks are below 0. The order stands in the description
that the shop gave the payment. Names and bank accounts of consumers are kept nowhere.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.order_number import read_order_number
from customers.imports.presets.preset import Expander, Preset


def _find_orders(header: Sequence[str]) -> Expander:
    number, description = header.index("ID"), header.index("Description")

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        is_payment = bool(cells[number].strip())
        cells[description] = read_order_number(cells[description]) if is_payment else ""
        return ((True, cells),)

    return expand


MOLLIE_SETTLEMENTS: Final = Preset(
    key="mollie_settlements",
    label=_("Mollie settlements"),
    kind="payments",
    needs=(
        "Date", "Payment method", "Status", "ID", "Description", "Settlement currency", "Settlement amount",
        "Settlement reference",
    ),
    columns={
        "Date": "moment",
        "ID": "external_id",
        "Description": "order",
        "Settlement amount": "amount",
        "Settlement currency": "currency",
        "Settlement reference": "settlement",
    },
    dates="ymd",
    secret=("Consumer *",),
    note="cost_shared",
    expander=_find_orders,
)  # fmt: skip
