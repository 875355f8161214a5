"""Whom a page is about: the whole shop, or one member of a dimension. It stands in the URL.

``?dimension=channel&member=ads``

A form without JavaScript sends both in one field, ``scope``, whose value is those two parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from metrics.core.calendar import first_day_of_month
from metrics.members import OTHER
from metrics.models import KpiValue, Run
from metrics.pages.customers.columns import name_member as name_known_member

ATTRIBUTE: Final = "attribute:"
# In the order in which a reader chooses among them. Campaigns stand on the page of their channel.
DIMENSIONS: Final[Mapping[str, str | Promise]] = {
    "channel": _("Channel"),
    "country": _("Country"),
    "first_category": _("First category"),
    "segment": _("Segment"),
    "rfm": _("RFM"),
    "tier": _("Value tier"),
    "lifecycle": _("Lifecycle"),
}
# A dimension with members that have a name besides their key adds its namer here.
NAMERS: Final[dict[str, Callable[[str], str]]] = {}
# What every member has a row of: one with orders, and one that only cost money.
_KPIS_OF_EVERY_MEMBER: Final = ("orders", "acquisition_cost")


@dataclass(frozen=True, slots=True)
class Scope:
    """One member of a dimension, as `KpiValue` writes them; both "" for the whole shop."""

    dimension: str = ""
    member: str = ""

    @property
    def params(self) -> dict[str, str]:
        """It as parameters of a URL; nothing for the shop."""
        return {"dimension": self.dimension, "member": self.member} if self.dimension else {}

    @property
    def query(self) -> str:
        """It as a piece of a URL: "dimension=channel&member=ads"; "" for the shop."""
        return urlencode(self.params)

    @property
    def name(self) -> str:
        """It as a reader calls it: "Channel: ads", "Whole shop"."""
        if not self.dimension:
            return gettext("Whole shop")
        return f"{name_dimension(self.dimension)}: {name_member(self.dimension, self.member)}"

    @property
    def is_shop(self) -> bool:
        """True for the whole shop."""
        return not self.dimension


SHOP: Final = Scope()


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """The member chosen, and what else there is to choose, by dimension.

    ``unknown``: who was asked for, but has no figures; the page is of the whole shop then, and says so.
    """

    scope: Scope
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    unknown: Scope | None = None

    @property
    def options(self) -> list[dict[str, object]]:
        """The whole shop and the members, grouped by dimension, as the choices of a select."""
        shop = {"value": "", "name": SHOP.name, "current": self.scope.is_shop}
        groups: list[dict[str, object]] = [
            {"label": name_dimension(dimension), "options": self._list_options(dimension)}
            for dimension in self.members
        ]
        return [{"label": "", "options": [shop]}, *groups]

    def _list_options(self, dimension: str) -> list[dict[str, object]]:
        scopes = [Scope(dimension, member) for member in self.members[dimension]]
        return [
            {"value": scope.query, "name": name_member(dimension, scope.member),
             "current": scope == self.scope}
            for scope in scopes
        ]  # fmt: skip


def list_members(run: Run) -> dict[str, list[str]]:
    """Return the members of every dimension that a run has KPIs of; "other" and "unknown" stand last."""
    if run.as_of is None:
        return {}
    month = first_day_of_month(run.as_of)
    rows = KpiValue.objects.filter(
        run=run, kpi__in=_KPIS_OF_EVERY_MEMBER, period=month, window=KpiValue.Window.YEAR
    )
    found: dict[str, set[str]] = {}
    for dimension, member in rows.exclude(dimension="").values_list("dimension", "member"):
        if dimension in DIMENSIONS or dimension.startswith(ATTRIBUTE):
            found.setdefault(dimension, set()).add(member)
    return arrange_members(found)


def arrange_members(found: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """Return members by dimension as a reader chooses among them; "other" and "unknown" stand last."""
    order = [*DIMENSIONS, *sorted(name for name in found if name.startswith(ATTRIBUTE))]
    return {
        dimension: sorted(found[dimension], key=lambda member: (member in ("", OTHER), member.casefold()))
        for dimension in order
        if dimension in found
    }


def read_scope(params: Mapping[str, str], members: Mapping[str, Sequence[str]]) -> ScopeChoice:
    """Return whom a URL asks for; what the run has no figures of becomes the whole shop."""
    asked = dict(parse_qsl(params.get("scope", ""), keep_blank_values=True)) or params
    scope = Scope(asked.get("dimension", ""), asked.get("member", ""))
    if scope.member in members.get(scope.dimension, ()):
        return ScopeChoice(scope, members)
    return ScopeChoice(SHOP, members, None if scope.is_shop else scope)


def name_dimension(dimension: str) -> str:
    """Return what a reader calls a dimension; an attribute has its own name."""
    return str(DIMENSIONS.get(dimension, dimension.removeprefix(ATTRIBUTE)))


def name_member(dimension: str, member: str) -> str:
    """Return what a reader calls a member of a dimension."""
    if member == OTHER:
        return gettext("other")
    namer = NAMERS.get(dimension, name_known_member)
    return namer(member)
