"""Exports that we know by their header row, one file each; a new one needs a sample in tests/data."""

from collections.abc import Sequence
from typing import Final

from customers.imports.presets.generic import GENERIC
from customers.imports.presets.online_retail import ONLINE_RETAIL
from customers.imports.presets.preset import Preset
from customers.imports.presets.shopify_orders import SHOPIFY_ORDERS
from customers.imports.presets.woocommerce_analytics import WOOCOMMERCE_ANALYTICS
from customers.imports.presets.woocommerce_webtoffee import WOOCOMMERCE_WEBTOFFEE
from customers.imports.reasons import UnusableFile

PRESETS: Final[dict[str, Preset]] = {
    preset.key: preset
    for preset in (SHOPIFY_ORDERS, WOOCOMMERCE_WEBTOFFEE, WOOCOMMERCE_ANALYTICS, ONLINE_RETAIL, GENERIC)
}


def get_preset(key: str) -> Preset:
    """Return the preset of that name. Raises UnusableFile when there is none."""
    if key not in PRESETS:
        raise UnusableFile("unknown_preset", preset=key, presets=", ".join(PRESETS))
    return PRESETS[key]


def recognise_preset(header: Sequence[str]) -> Preset:
    """Return the preset whose header this is, else the generic one."""
    return next((preset for preset in PRESETS.values() if preset.recognises(header)), GENERIC)
