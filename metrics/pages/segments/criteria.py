"""The filters of an own segment: read from the ranked list's URL, and told in words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.segments import SCHEMES
from metrics.models import CustomerValue, OwnSegment, Run
from metrics.own_segments import CRITERIA, DAYS, MEMBERS, NO_MEMBER
from metrics.pages.customers.columns import LIST_METHODS, lower_first, name_member, name_method
from metrics.pages.customers.filters import CustomerFilter
from metrics.pages.segments.names import name_segment


def read_criteria(params: QueryDict, run: Run) -> dict[str, str]:
    """Return the filters of a list's URL that are in force, as text; {} when nothing narrows the list.

    A list of an own segment is saved already; what narrows it further has no place among its filters: {}.
    The method goes along where amounts are of it. What was searched for is no part of a segment.
    """
    asked = params.get("method", "")
    method = asked if asked in LIST_METHODS else run.settings.ranking_method
    chosen = CustomerFilter(params, CustomerValue.objects.none(), run=run, method=method)
    if OwnSegment.SCHEME in chosen.in_force:
        return {}
    criteria = {
        name: _write_plainly(chosen.form.cleaned_data[name]) for name in chosen.in_force if name in CRITERIA
    }
    if {"value_min", "value_max"} & set(criteria):
        criteria["method"] = method
    return criteria


def tell_criteria(criteria: Mapping[str, str], currency: str) -> list[tuple[str, str]]:
    """Return the filters as a reader sees them: label and value."""
    told = []
    for name in CRITERIA:
        if name in criteria:
            label = str(CustomerFilter.base_filters[name].label)
            if name.startswith("value") and "method" in criteria:
                label = gettext("%(method)s: %(bound)s") % {
                    "method": name_method(criteria["method"]),
                    "bound": lower_first(label),
                }
            told.append((label, _write(name, criteria[name], currency)))
    return told


def _write_plainly(value: Any) -> str:
    """Return a value as an address may carry it for any reader: of three decimals one may make thousands."""
    if not isinstance(value, Decimal):
        return str(value)
    text = f"{value.normalize():f}"
    return f"{value:.4f}" if len(text.partition(".")[2]) == 3 else text


def _write(name: str, text: str, currency: str) -> str:
    language = get_language() or "en"
    if name in MEMBERS:
        return name_member("" if text == NO_MEMBER else text)
    if name in SCHEMES:
        return name_segment(name, text)
    if name in DAYS:
        return formats.date(date.fromisoformat(text), language)
    return formats.money(Decimal(text), currency, language)
