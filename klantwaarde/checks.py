"""System checks: what the environment says of the shop against what the database holds."""

import os
from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from babel.core import get_global
from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

#: Environment variable -> field of customers.models.Shop that it seeds.
SEEDS = {
    "REPORTING_CURRENCY": "currency",
    "SHOP_TIME_ZONE": "time_zone",
    "UPLOAD_KEEP_DAYS": "upload_keep_days",
}


@register()
def check_seeds(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a currency or time zone in the environment that cannot be one."""
    from django.conf import settings

    problems: list[CheckMessage] = []
    if settings.REPORTING_CURRENCY not in get_global("all_currencies"):
        problems.append(
            Error(
                f"REPORTING_CURRENCY={settings.REPORTING_CURRENCY!r}: expected a currency such as EUR.",
                id="klantwaarde.E001",
            )
        )
    if settings.SHOP_TIME_ZONE not in available_timezones():
        problems.append(
            Error(
                f"SHOP_TIME_ZONE={settings.SHOP_TIME_ZONE!r}: expected a name such as Europe/Amsterdam.",
                id="klantwaarde.E002",
            )
        )
    return problems


@register(Tags.database)
def check_environment_against_database(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn when a variable that is set differs from the settings page, whose value is the one in use.

    Django asks this at every ``migrate`` and at ``check --database default``. Before the first migrate there
    is nothing to compare with.
    """
    from customers.models import Shop

    if "default" not in (databases or []):
        return []
    try:
        if Shop._meta.db_table not in connections["default"].introspection.table_names():
            return []
        shop = Shop.objects.filter(id=1).values(*SEEDS.values()).first()
    except DatabaseError:  # no database to be reached, or one with older columns: migrate will say so itself
        return []
    return [
        Warning(
            f"{variable}={given!r} is not used: the shop's settings in the database say {shop[field]!r}.",
            hint="The environment gives the first value only. Change it on the settings page, or unset it.",
            id="klantwaarde.W001",
        )
        for variable, field in SEEDS.items()
        if shop and (given := os.environ.get(variable, "").strip()) and given != str(shop[field])
    ]
