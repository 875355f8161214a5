"""What schemes and segments are called: on pages, and in files that name a segment."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from metrics.core.segments import NO_ORDER, NOT_KNOWN
from metrics.models import OwnSegment

Label = str | Promise

SCHEME_NAMES: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "rfm": gettext_lazy("RFM"),
        "tier": gettext_lazy("Value tiers"),
        "lifecycle": gettext_lazy("Lifecycle"),
        OwnSegment.SCHEME: gettext_lazy("Own segments"),
    }
)
#: What one customer's place in a scheme is called.
SCHEME_LABELS: Final[Mapping[str, Label]] = MappingProxyType(
    {
        "rfm": gettext_lazy("RFM"),
        "tier": gettext_lazy("Value tier"),
        "lifecycle": gettext_lazy("Lifecycle"),
        OwnSegment.SCHEME: gettext_lazy("Own segment"),
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
