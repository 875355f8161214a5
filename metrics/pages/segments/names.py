"""What a reader calls schemes and segments."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from metrics.core.segments import NO_ORDER, NOT_KNOWN, SCHEMES
from metrics.models import OwnSegment
from metrics.pages.scope import NAMERS

Label = str | Promise

SCHEME_NAMES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "rfm": gettext_lazy("RFM"),
        "tier": gettext_lazy("Value tiers"),
        "lifecycle": gettext_lazy("Lifecycle"),
        OwnSegment.SCHEME: gettext_lazy("Own segments"),
    }
)
SCHEME_PURPOSES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "rfm": gettext_lazy("How recently, how often and for how much customers buy."),
        "tier": gettext_lazy("How much customers have brought in, after all costs."),
        "lifecycle": gettext_lazy("How far customers are: new, active, loyal, or silent by now."),
        OwnSegment.SCHEME: gettext_lazy("Filters of the customer list that you saved under a name."),
    }
)
_COMMON: Final[dict[str, Label]] = {
    NO_ORDER: gettext_lazy("Without a valid order"),
    NOT_KNOWN: pgettext_lazy("segment", "Value not known"),
}
SEGMENT_NAMES: Final[Mapping[str, Mapping[str, Label]]] = MappingProxyType(
    {
        "rfm": {
            "champions": pgettext_lazy("segment", "Champions"),
            "loyal": pgettext_lazy("segment", "Loyal customers"),
            "promising": pgettext_lazy("segment", "Promising"),
            "new": pgettext_lazy("segment", "New"),
            "attention": pgettext_lazy("segment", "Need attention"),
            "precious": pgettext_lazy("segment", "Too good to lose"),
            "slipping": pgettext_lazy("segment", "Slipping away"),
            "sleeping": pgettext_lazy("segment", "Sleeping"),
            "silent": pgettext_lazy("segment", "Long silent"),
            **_COMMON,
        },
        "tier": {
            "top": pgettext_lazy("value tier", "Top"),
            "high": pgettext_lazy("value tier", "High"),
            "middle": pgettext_lazy("value tier", "Middle"),
            "low": pgettext_lazy("value tier", "Low"),
            "negative": pgettext_lazy("value tier", "Below zero"),
            **_COMMON,
        },
        "lifecycle": {
            "loyal": pgettext_lazy("stage", "Loyal"),
            "active": pgettext_lazy("stage", "Active"),
            "new": pgettext_lazy("stage", "New"),
            "cooling": pgettext_lazy("stage", "Cooling"),
            "silent": pgettext_lazy("stage", "Silent"),
            **_COMMON,
        },
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
