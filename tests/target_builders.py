"""Targets as people set them, for tests of what is said about them."""

from datetime import date
from decimal import Decimal
from typing import Any

from metrics.models import Target
from metrics.target_changes import note_changes


def make_target(kpi: str, first_day: str, last_day: str, value: str, **values: Any) -> Target:
    """Return a target that is set: ``make_target("revenue", "2026-01-01", "2026-12-31", "1200")``."""
    days = {"first_day": date.fromisoformat(first_day), "last_day": date.fromisoformat(last_day)}
    target = Target.objects.create(kpi=kpi, value=Decimal(value), **days, **values)
    note_changes()
    return target
