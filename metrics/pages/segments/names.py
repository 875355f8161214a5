"""What a reader calls schemes and segments."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_lazy

from metrics.core.segments import SCHEMES
from metrics.models import OwnSegment
from metrics.pages.scope import NAMERS
from metrics.segment_labels import SCHEME_NAMES, SEGMENT_NAMES, Label

SCHEME_PURPOSES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "rfm": gettext_lazy("How recently, how often and for how much customers buy."),
        "tier": gettext_lazy("How much customers have brought in, after all costs."),
        "lifecycle": gettext_lazy("How far customers are: new, active, loyal, or silent by now."),
        OwnSegment.SCHEME: gettext_lazy("Filters of the customer list that you saved under a name."),
    }
)
#: Where a matrix of moves puts who was no customer yet.
ABSENT_NAME: Final = gettext_lazy("No customer yet")


def name_scheme(scheme: str) -> str:
    """Return what a reader calls a scheme."""
    return str(SCHEME_NAMES[scheme])


def name_segment(scheme: str, segment: str) -> str:
    """Return what a reader calls a segment; one that is not known goes by its key."""
    return str(SEGMENT_NAMES[scheme].get(segment, segment))


def list_choices(scheme: str) -> list[tuple[str, Label]]:
    """Return the segments of a scheme as the choices of a form, in the order of tables."""
    return [(segment, SEGMENT_NAMES[scheme][segment]) for segment in SCHEMES[scheme].shown]


def _name_by_slug(slug: str) -> str:
    """Return an own segment's slug as words: a list of members does not ask the database for each."""
    return slug.replace("-", " ").capitalize()


NAMERS.update({scheme: partial(name_segment, scheme) for scheme in SCHEMES})
NAMERS[OwnSegment.SCHEME] = _name_by_slug
