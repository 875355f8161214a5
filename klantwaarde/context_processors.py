"""What every page knows of the shop it shows."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from customers.models import Shop


def shop(request: HttpRequest) -> dict[str, object]:
    """Return `currency` and `zone` (the time zone's name), read once and only if a template uses them."""
    loaded = SimpleLazyObject(Shop.load)
    return {
        "currency": SimpleLazyObject(lambda: loaded.currency),
        "zone": SimpleLazyObject(lambda: loaded.time_zone),
    }
