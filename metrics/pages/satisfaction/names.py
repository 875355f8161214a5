"""What a reader calls a scale, a standing on it, and what value is here."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Label = str | Promise

NPS, CSAT = "nps", "csat"
FAMILIES: Final[Mapping[str, Label]] = {NPS: _("NPS"), CSAT: _("CSAT")}
#: From the best down.
STANDINGS: Final = ("high", "middle", "low")
STANDING_NAMES: Final[Mapping[str, Mapping[str, Label]]] = {
    NPS: {"high": _("Promoters"), "middle": _("Passives"), "low": _("Detractors")},
    CSAT: {
        "high": pgettext_lazy("satisfaction", "High"),
        "middle": pgettext_lazy("satisfaction", "Middle"),
        "low": pgettext_lazy("satisfaction", "Low"),
    },
}
STANDING_SCORES: Final[Mapping[str, Mapping[str, Label]]] = {
    NPS: {"high": _("9 or 10"), "middle": _("7 or 8"), "low": _("0 to 6")},
    CSAT: {
        "high": _("from 4 of 5, or from 8 of 10"),
        "middle": _("3 of 5, or 6 or 7 of 10"),
        "low": _("at most 2 of 5, or 5 of 10"),
    },
}
METHOD_NAMES: Final[Mapping[str, Label]] = {
    "total": _("total value"),
    "realised": _("realised value"),
    "revenue": _("revenue so far"),
}
