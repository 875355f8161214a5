"""What a payment provider settled: payments of orders, what they cost, and what was given back."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.kinds.register import make_column, make_kind

#: Its columns go by no names: they are those of orders and refunds, for which any other file would be taken.
#: Only a preset or the user says that a file holds payments.
PAYMENTS: Final = make_kind(
    "payments",
    _("payments"),
    make_column("external_id", _("payment number"), "id", required=True, filled=False),
    make_column("order", _("order number"), "id", required=True, filled=False),
    make_column("moment", _("paid on"), "moment", required=True),
    make_column("amount", _("amount with VAT, below 0 when given back"), "amount", required=True),
    make_column("refunded_amount", _("refunded amount"), "amount"),
    make_column("fee", _("transaction cost"), "amount"),
    make_column("settlement", _("settlement"), "id"),
    make_column("currency", _("currency"), "currency"),
    after=("customers", "orders", "order_lines", "refunds"),
)
