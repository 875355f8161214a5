"""Who set what, and when."""

from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from metrics.core.calendar import Window
from metrics.kpis import KPIS
from metrics.models import Target, TargetChange
from metrics.pages.scope import Scope
from metrics.pages.targets.periods import name_window
from metrics.target_figures import read_member
from metrics.target_sentences import write_target

MOST_CHANGES: Final = 50


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as it stands in a table; ``before`` is "" for a new target, ``after`` for one removed."""

    change: TargetChange
    kpi: str
    scope: str
    period: str
    before: str
    after: str


def list_changes(currency: str, target: Target | None = None) -> list[ChangeRow]:
    """Return the last changes, newest first: of all targets, or of the one that is given."""
    return [_describe(change, currency) for change in find_changes(target)[:MOST_CHANGES]]


def find_changes(target: Target | None = None) -> QuerySet[TargetChange]:
    """Return every change, newest first: of all targets, or of the one that is given."""
    changes = TargetChange.objects.select_related("changed_by")
    if target is None:
        return changes
    return changes.filter(
        kpi=target.kpi, first_day=target.first_day, last_day=target.last_day, channel=target.channel,
        segment=target.segment,
    )  # fmt: skip


def find_scope(change: TargetChange) -> Scope:
    """Return what the changed target was of: the shop, a channel or a segment."""
    return Scope(*read_member(Target(channel=change.channel, segment=change.segment)))


def _describe(change: TargetChange, currency: str) -> ChangeRow:
    kpi = KPIS[change.kpi]
    before, after = (
        "" if value is None else write_target(value, kpi.unit, currency)
        for value in (change.before, change.after)
    )
    return ChangeRow(
        change, str(kpi.label), find_scope(change).name,
        name_window(Window(change.first_day, change.last_day)), before, after,
    )  # fmt: skip
