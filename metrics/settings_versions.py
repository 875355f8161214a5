"""Versions of the settings: what changed between two of them, and how a change becomes the next one."""

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from customers import shop_changes
from customers.models import Shop
from customers.signals import facts_changed
from metrics.models import CalculationSettings

SHOP_FIELDS: Final = ("currency", "time_zone", "data_complete_from", "history_complete", "upload_keep_days")
#: Settings that no figure depends on: a change of these alone asks for no calculation.
WITHOUT_EFFECT: Final = {"upload_keep_days"}
CALCULATION_FIELDS: Final = (
    "default_margin", "interest", "inflation",
    "period", "fixed_periods",
    "periodic_acquisition", "periodic_goods", "periodic_transaction", "periodic_retention",
    "lifetime_cap", "assumed_lifetime", "window_days", "peer_minimum",
    "prediction_months", "least_buyers", "least_days", "least_repeat_buyers", "share_won_back",
    "referral_share",
    "ranking_method",
    "kpi_attributes",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One setting that became another value. A value of None is "not set"."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Version:
    """A version that was saved: by whom (None: unknown or removed), when, and what it changed."""

    number: int
    saved_at: dt.datetime
    saved_by: User | None
    changes: list[Change]


def changes_between(older: CalculationSettings, newer: CalculationSettings) -> list[Change]:
    """Return what differs, the shop's own settings first, each in the order of the settings page."""
    before, after = _values(older), _values(newer)
    return [
        Change(field, before[field], after[field])
        for field in (*SHOP_FIELDS, *CALCULATION_FIELDS)
        if field in before and field in after and before[field] != after[field]
    ]


def read_history(limit: int) -> list[Version]:
    """Return the newest ``limit`` versions that changed something, newest first."""
    versions = list(CalculationSettings.objects.select_related("created_by").order_by("-id")[: limit + 1])
    return [
        Version(newer.pk, newer.created_at, newer.created_by, changes)
        for newer, older in pairwise(versions)
        if (changes := changes_between(older, newer))
    ]


@transaction.atomic
def save_version(wanted: CalculationSettings, shop: Shop, *, based_on: int, user: User) -> list[Change]:
    """Make ``wanted`` and ``shop`` the settings in use; returns what changed, [] when nothing did.

    A change makes a new version and, where a figure depends on it, sends ``facts_changed``, so that a
    calculation is queued with it or not at all. ``based_on`` is the version the user looked at:
    ValidationError when another one was saved since, or when the shop's change is not possible now (see
    ``customers.shop_changes.save_shop``).
    """
    stored_shop = Shop.objects.select_for_update().get(id=shop.id)  # one change at a time
    current = CalculationSettings.current()
    current.shop = stored_shop.snapshot()  # what is in use, whatever the last version remembers of it
    if current.pk != based_on:
        raise ValidationError(
            _("These settings were changed on another page since you opened this one. Look at them again.")
        )
    wanted.shop = shop.snapshot()
    changes = changes_between(current, wanted)
    if not changes:
        return []
    shop_changes.save_shop(shop)
    wanted.pk, wanted.created_by = None, user
    wanted.save(force_insert=True)
    if {change.field for change in changes} - WITHOUT_EFFECT:
        facts_changed.send(sender=CalculationSettings, reason="settings", user=user)
    return changes


def _values(version: CalculationSettings) -> dict[str, Any]:
    shop = dict(version.shop)
    if shop.get("data_complete_from"):
        shop["data_complete_from"] = dt.date.fromisoformat(shop["data_complete_from"])
    return {**shop, **{field: getattr(version, field) for field in CALCULATION_FIELDS}}
