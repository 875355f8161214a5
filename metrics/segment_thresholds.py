"""Thresholds of segments: as numbers, as text that a run keeps, and as versions that people make."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from customers.signals import facts_changed
from metrics.core.segments import AMOUNT_THRESHOLDS, SCHEMES, Thresholds
from metrics.cost_allocation import to_amount, to_units
from metrics.models import CustomerValue, Run, SegmentSettings

REASON: Final = "segments"
THRESHOLDS: Final = tuple(dict.fromkeys(name for scheme in SCHEMES.values() for name in scheme.thresholds))


def read_thresholds(settings: SegmentSettings) -> dict[str, int | None]:
    """Return the thresholds of a version by name, amounts in 1/10,000."""
    return {name: _read(name, getattr(settings, name)) for name in THRESHOLDS}


def recall_thresholds(texts: Mapping[str, str | None]) -> dict[str, int | None]:
    """Return the thresholds that a run kept (``write_thresholds``) by name, amounts in 1/10,000."""
    return {name: None if text is None else _read(name, Decimal(text)) for name, text in texts.items()}


def write_thresholds(thresholds: Thresholds) -> dict[str, str | None]:
    """Return thresholds as a run keeps them: exact text, None for one that is not set."""
    return {
        name: None if value is None else str(to_amount(value) if name in AMOUNT_THRESHOLDS else value)
        for name, value in thresholds.items()
    }


@transaction.atomic
def save_thresholds(wanted: SegmentSettings, *, based_on: int, user: User) -> bool:
    """Make ``wanted`` the thresholds in use; returns False when that changes nothing.

    A change queues a calculation with it or is not saved. ``based_on`` is the version the user looked at:
    ValidationError when another one was saved since.
    """
    current = SegmentSettings.objects.select_for_update().order_by("-id").first() or SegmentSettings.current()
    if current.pk != based_on:
        raise ValidationError(
            _("These thresholds were changed since you opened this page. Look at them again.")
        )
    if all(getattr(current, name) == getattr(wanted, name) for name in THRESHOLDS):
        return False
    wanted.pk, wanted.created_by = None, user
    wanted.save(force_insert=True)
    facts_changed.send(sender=SegmentSettings, reason=REASON, user=user)
    return True


def count_by_thresholds(run: Run, as_of: date, settings: SegmentSettings) -> dict[str, dict[str, int]]:
    """Return how many customers of a published run each segment would have by these thresholds, by scheme.

    It reads every customer once (about half a second for a million), so it is for a button, not for a page.
    """
    # Ibis takes half a second to import: only who asks for this pays for it.
    from metrics.queries.segments import count_places
    from metrics.workspace import to_sql

    sql = to_sql(count_places(CustomerValue._meta.db_table, run.pk, as_of, read_thresholds(settings)))
    found: dict[str, dict[str, int]] = {key: {} for key in SCHEMES}
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column.name for column in cursor.description or ()]
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            for key in SCHEMES:
                found[key][row[key]] = found[key].get(row[key], 0) + row["customers"]
    return found


def _read(name: str, value: Any) -> int | None:
    if value is None:
        return None
    return to_units(value) if name in AMOUNT_THRESHOLDS else int(value)
