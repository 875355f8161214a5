"""Segments by the names that people know them by: what a file with costs or targets may name.

The imports know nothing of schemes; here they are told.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from django.conf import settings
from django.utils import translation

from customers import segments
from customers.imports.kinds.register import CHOICES
from customers.segments import NamedSegment, Segment
from metrics.core.segments import SCHEMES
from metrics.models import OwnSegment
from metrics.own_segments import AMOUNTS
from metrics.segment_labels import SCHEME_LABELS, SCHEME_NAMES, SEGMENT_NAMES

#: Schemes by what customers are worth: a cost shared by them would depend on itself.
OF_VALUE: Final = ("tier",)
_REVENUE: Final = "revenue"


def register() -> None:
    """Let costs and targets name segments."""
    segments.register(list_named_segments)
    for key, scheme in SCHEMES.items():
        CHOICES.update({str(Segment(key, name)): SEGMENT_NAMES[key][name] for name in scheme.segments})


def list_named_segments() -> Iterator[NamedSegment]:
    """Yield every segment with all that it goes by: its key, and what pages call it in every language."""
    for key, scheme in SCHEMES.items():
        attributes = (key, *_list_scheme_names(key))
        for name in scheme.segments:
            values = (name, *_translate(SEGMENT_NAMES[key][name]))
            yield NamedSegment(attributes, values, Segment(key, name), key in OF_VALUE)
    attributes = (OwnSegment.SCHEME, *_list_scheme_names(OwnSegment.SCHEME))
    for own in OwnSegment.objects.order_by("name"):
        values = (own.slug, own.name)
        yield NamedSegment(attributes, values, write_own(own), is_of_value(own.criteria), own.name)


def write_own(own: OwnSegment) -> Segment:
    """Return an own segment as costs keep it: ``segment = large-first-order``."""
    return Segment(OwnSegment.SCHEME, own.slug)


def is_of_value(criteria: Mapping[str, str]) -> bool:
    """Tell whether the filters of an own segment ask what customers are worth, more than what they spent."""
    if any(scheme in criteria for scheme in OF_VALUE):
        return True
    return any(name in criteria for name in AMOUNTS) and criteria.get("method") != _REVENUE


def find_criteria(kept: str) -> Mapping[str, str] | None:
    """Return the filters that say who is in the segment of a cost, as those of an own segment.

    None for one that goes by what customers are described as: ``country = NL``.
    """
    segment = segments.read_segment(kept)
    if segment.attribute == OwnSegment.SCHEME:
        own = OwnSegment.objects.filter(slug=segment.value).first()
        return None if own is None or is_of_value(own.criteria) else dict(own.criteria)
    scheme = SCHEMES.get(segment.attribute)
    if scheme is None or scheme.key in OF_VALUE or segment.value not in scheme.segments:
        return None
    return {scheme.key: segment.value}


def _list_scheme_names(key: str) -> Iterator[str]:
    for label in (SCHEME_NAMES[key], SCHEME_LABELS[key]):
        yield from _translate(label)


def _translate(label: object) -> Iterator[str]:
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            yield str(label)
