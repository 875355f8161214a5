"""WooCommerce Analytics › Orders: recognised only to say that it cannot be used."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Preset

WOOCOMMERCE_ANALYTICS: Final = Preset(
    key="woocommerce_analytics",
    label=_("WooCommerce Analytics orders"),
    kind="orders",
    needs=("Order #", "N. Revenue (formatted)", "Customer type", "Net Sales"),
    unusable="no_customer_in_export",
)
