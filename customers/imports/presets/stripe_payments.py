"""Stripe › Payments › Export: one row a payment, with Stripe's fee and what was given back.

Moments are UTC. Payments in test mode, and those that failed or were never captured, are skipped. Amounts are
read in the currency that Stripe pays out in. The day of a refund is not in the export. What it says of cards
is kept nowhere.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.order_number import read_order_number
from customers.imports.presets.preset import Expander, Preset
from customers.imports.presets.utc import say_utc


def _read_live_payments(header: Sequence[str]) -> Expander:
    mode, captured = header.index("Mode"), header.index("Captured")
    created, description = header.index("Created (UTC)"), header.index("Description")

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        if cells[mode].strip().lower() == "test" or cells[captured].strip().lower() == "false":
            return ()
        cells[created] = say_utc(cells[created])
        cells[description] = read_order_number(cells[description])
        return ((True, cells),)

    return expand


STRIPE_PAYMENTS: Final = Preset(
    key="stripe_payments",
    label=_("Stripe payments"),
    kind="payments",
    needs=(
        "id", "Description", "Created (UTC)", "Converted Amount", "Converted Amount Refunded", "Fee",
        "Converted Currency", "Mode", "Captured",
    ),
    columns={
        "id": "external_id",
        "Description": "order",
        "Created (UTC)": "moment",
        "Converted Amount": "amount",
        "Converted Amount Refunded": "refunded_amount",
        "Fee": "fee",
        "Converted Currency": "currency",
    },
    dates="ymd",
    secret=("Card *",),
    note="refund_without_day",
    expander=_read_live_payments,
)  # fmt: skip
