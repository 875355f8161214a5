"""The main navigation: every page there is, in groups, for the one who looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()


@dataclass(frozen=True, slots=True)
class Place:
    """A page by the name of its URL. It is seen when there is such a URL, by who has the `permission`."""

    name: str
    label: str | Promise
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Places under one head."""

    label: str | Promise
    places: tuple[Place, ...]


MENU: Final = (
    Place("overview", _("Overview")),
    Place("customers", _("Customers")),
    Group(
        _("Analysis"),
        (
            Place("cohorts", _("Retention and cohorts")),
            Place("channels", _("Channels")),
            Place("segments", _("Segments")),
            Place("satisfaction", _("Satisfaction")),
            Place("programmes", _("Retention programmes")),
            Place("potential", _("Potential")),
            Place("predictions", _("Predictions")),
        ),
    ),
    Group(_("Steering"), (Place("targets", _("Targets")), Place("whatif", _("What if")))),
    Group(
        _("Data"),
        (
            Place("uploads", _("Imports")),
            Place("quality", _("Data quality")),
            Place("runs", _("Calculations")),
        ),
    ),
    Group(
        _("Administration"),
        (
            Place("settings", _("Settings"), "metrics.add_calculationsettings"),
            Place("users", _("Users"), "auth.change_user"),
        ),
    ),
)


@register.inclusion_tag("components/nav_items.html", takes_context=True)
def nav_items(context: template.Context, folded: bool = False) -> dict[str, Any]:
    """`{% nav_items %}`: the list of all places; with `folded` each group is a menu to open.

    A place is marked on its own page ("page") and below it ("true"), and its group with it.
    """
    request = context["request"]
    return {"items": list(_list_items(request.path, request.user)), "folded": folded}


def _list_items(path: str, user: Any) -> Iterator[dict[str, Any]]:
    for entry in MENU:
        places = entry.places if isinstance(entry, Group) else (entry,)
        links = [link for place in places if (link := _link(place, path, user))]
        if isinstance(entry, Place):
            yield from links
        elif links:
            yield {"label": entry.label, "links": links, "current": any(link["current"] for link in links)}


def _link(place: Place, path: str, user: Any) -> dict[str, Any] | None:
    if place.permission and not user.has_perm(place.permission):
        return None
    try:
        url = reverse(place.name)
    except NoReverseMatch:
        return None  # a site without that part has no link to it
    return {"label": place.label, "url": url, "current": _state(path, url)}


def _state(path: str, url: str) -> str:
    if path == url:
        return "page"
    below = url not in ("", "/") and path.startswith(url)
    return "true" if below else ""
