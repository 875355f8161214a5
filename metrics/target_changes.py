"""Who set which target from what to what: every change is noted, however it was made.

Targets change by hand, by a file and by taking a file back. After each of these the targets are compared with
what was noted last, so that no way of changing them can forget to say so.
"""

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from metrics.models import Target, TargetChange

_KEYS = "kpi, first_day, last_day, channel, segment"
_NOTE = f"""
    INSERT INTO {TargetChange._meta.db_table}
        ({_KEYS}, before, after, changed_by_id, changed_at, by_upload)
    SELECT {_KEYS}, noted.after, target.value, coalesce(%(user)s, target.set_by_id),
        CASE WHEN target.set_at > coalesce(noted.changed_at, '-infinity') THEN target.set_at ELSE %(now)s END,
        target.upload_id IS NOT NULL
    FROM {Target._meta.db_table} AS target
    FULL JOIN (
        SELECT DISTINCT ON ({_KEYS}) * FROM {TargetChange._meta.db_table} ORDER BY {_KEYS}, id DESC
    ) AS noted USING ({_KEYS})
    WHERE noted.after IS DISTINCT FROM target.value
    ORDER BY target.value IS NOT NULL, target.id
"""


def note_changes(user: User | None = None) -> None:
    """Write down what differs from what was noted last; ``user`` changed it, else who set the target.

    Call it in the transaction of the change.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"user": user.pk if user else None, "now": timezone.now()})


def save_target(target: Target, user: User) -> None:
    """Save a target that was set by hand, and note who did. Taking back a file then leaves it alone."""
    target.set_by, target.set_at, target.upload = user, timezone.now(), None
    with transaction.atomic():
        target.save()
        note_changes(user)


def remove_target(target: Target, user: User) -> None:
    """Remove a target, and note who did."""
    with transaction.atomic():
        target.delete()
        note_changes(user)
