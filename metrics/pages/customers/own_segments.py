"""The ranked list narrowed to an own segment: its filters once more, beside those of the list itself."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from metrics.core.segments import SCHEMES
from metrics.models import CustomerValue, OwnSegment, Run
from metrics.own_segments import AMOUNTS, DAYS, MEMBERS, NO_MEMBER, read_method
from metrics.pages.customers.ranking import LOWEST, find_ranks, rank_field


def read_own_segments() -> dict[str, OwnSegment]:
    """Return the own segments by slug, in the order of their names."""
    return {own.slug: own for own in OwnSegment.objects.order_by("name")}


def keep_members(
    values: QuerySet[CustomerValue], run: Run, criteria: Mapping[str, str]
) -> QuerySet[CustomerValue]:
    """Keep who meets the filters of an own segment; amounts are of its own method, whatever the list's is."""
    asked = {name: criteria[name] for name in (*MEMBERS, *SCHEMES) if name in criteria}
    values = values.filter(**{name: "" if value == NO_MEMBER else value for name, value in asked.items()})
    for name, (column, sign) in DAYS.items():
        if name in criteria:
            day = date.fromisoformat(criteria[name])
            values = values.filter(**{f"{column}__{'gte' if sign == '>=' else 'lte'}": day})
    if not any(name in criteria for name in AMOUNTS):
        return values
    method = read_method(run, criteria)
    lowest = Decimal(criteria.get("value_min", LOWEST))  # who has no value is in no range of values
    highest = Decimal(criteria["value_max"]) if "value_max" in criteria else None
    first, end = find_ranks(run, method, lowest, highest)
    rank = rank_field(method)
    return values.filter(**{f"{rank}__gte": first, f"{rank}__lt": end})
