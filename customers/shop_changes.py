"""What a change of the shop's own settings means for facts that are already there."""

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from customers.models import (
    AcquisitionCost,
    MarketFigure,
    Order,
    OrderLine,
    Refund,
    RetentionCost,
    Shop,
    Upload,
)

#: Everything that holds an amount in the reporting currency.
_HOLD_AMOUNTS: tuple[type[models.Model], ...] = (
    Order,
    OrderLine,
    Refund,
    AcquisitionCost,
    RetentionCost,
    MarketFigure,
)

#: Table, the moment kept, the shop-local day derived from it.
_LOCAL_DAYS = (
    ("customers_order", "ordered_at", "ordered_on"),
    ("customers_refund", "refunded_at", "refunded_on"),
)
#: The columns that hold such a day or its moment: where one of them is put back, the day may be another.
LOCAL_DAYS = frozenset(column for _table, *columns in _LOCAL_DAYS for column in columns)


def currency_is_locked() -> bool:
    """Tell whether any amount exists: then another currency would change what every amount means."""
    return any(model._default_manager.exists() for model in _HOLD_AMOUNTS)


def database_knows_time_zone(name: str) -> bool:
    """Tell whether PostgreSQL, which computes the local days, knows the zone by this name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = %s)", [name])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def save_shop(shop: Shop) -> int:
    """Save ``shop``; another time zone moves every order and refund to its new local day.

    Returns how many orders and refunds changed day. Callers send ``facts_changed`` in the same transaction.
    Raises ValidationError by field: amounts stand in the way of another currency, and an import, which reads
    both at its start, in the way of another currency or time zone.
    """
    stored = Shop.objects.select_for_update().get(id=shop.id)
    zone_changes = shop.time_zone != stored.time_zone
    if shop.currency != stored.currency:
        _check_no_import_runs("currency")
        if currency_is_locked():
            raise ValidationError({"currency": _("There are amounts in %s already.") % stored.currency})
    if zone_changes:
        _check_no_import_runs("time_zone")
        if not database_knows_time_zone(shop.time_zone):
            message = _("The database does not know the time zone “%s”.") % shop.time_zone
            raise ValidationError({"time_zone": message})
    shop.save()
    return recompute_local_days(shop.time_zone) if zone_changes else 0


def _check_no_import_runs(field: str) -> None:
    if Upload.objects.filter(state=Upload.State.RUNNING).exists():
        message = _("A file is being imported with the present setting. Try again when it is done.")
        raise ValidationError({field: message})


def recompute_local_days(time_zone: str) -> int:
    """Set the local day of every order and refund from its moment; returns how many rows changed.

    One statement a table, and only rows whose day differs are written. Raises DataError for a zone that
    PostgreSQL does not know.
    """
    changed = 0
    with connection.cursor() as cursor:
        for table, moment, day in _LOCAL_DAYS:
            local_day = f"({moment} AT TIME ZONE %s)::date"
            cursor.execute(
                f"UPDATE {table} SET {day} = {local_day} WHERE {day} <> {local_day}",  # noqa: S608 names from here
                [time_zone, time_zone],
            )
            changed += cursor.rowcount
    return changed
