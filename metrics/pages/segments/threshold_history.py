"""Who changed which threshold of the segments, from what to what, and when."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from django.utils.text import capfirst
from django.utils.translation import get_language, gettext

from klantwaarde import formats
from metrics.core.segments import AMOUNT_THRESHOLDS
from metrics.models import SegmentSettings
from metrics.segment_thresholds import THRESHOLDS

LENGTH: Final = 20  # versions
#: In the order of the page: by what they are about.
FIELDS: Final = tuple(field.name for field in SegmentSettings._meta.fields if field.name in THRESHOLDS)


@dataclass(frozen=True, slots=True)
class Change:
    """A threshold that a version changed; ``before`` and ``after`` as a reader writes them."""

    version: SegmentSettings
    threshold: str
    before: str
    after: str


def list_changes(currency: str) -> list[Change]:
    """Return what the last versions changed, the newest first; the defaults of the first are no change."""
    newest = SegmentSettings.objects.select_related("created_by").order_by("-id")
    return [
        Change(
            version, capfirst(str(_label(name))), *(_write(one, name, currency) for one in (before, version))
        )
        for version, before in pairwise(newest[: LENGTH + 1])
        for name in FIELDS
        if getattr(version, name) != getattr(before, name)
    ]


def _label(name: str) -> object:
    return SegmentSettings._meta.get_field(name).verbose_name  # type: ignore[union-attr]


def _write(version: SegmentSettings, name: str, currency: str) -> str:
    value: Decimal | int | None = getattr(version, name)
    language = get_language() or "en"
    if value is None:
        return gettext("not set")
    return (
        formats.money(value, currency, language)
        if name in AMOUNT_THRESHOLDS
        else formats.number(value, language)
    )
