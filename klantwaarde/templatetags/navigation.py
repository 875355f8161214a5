"""The main navigation."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse

register = template.Library()


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(context: template.Context, name: str, label: str) -> dict[str, Any]:
    """`{% nav_link "customers" label %}`: a link, marked on its own page ("page") and below it ("true")."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        url = ""  # a site without that part has no link to it
    return {"url": url, "label": label, "current": _state(context["request"].path, url)}


def _state(path: str, url: str) -> str:
    if path == url:
        return "page"
    below = url not in ("", "/") and path.startswith(url)
    return "true" if below else ""
