"""What to do with a segment: a text that comes along, until the company writes its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.contrib.auth.models import User
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from metrics.core.segments import NO_ORDER, NOT_KNOWN
from metrics.models import SegmentAdvice
from metrics.segment_labels import Label

MOST_LETTERS: Final = 2_000

_NOT_KNOWN_ADVICE: Final = _("Upload the cost of goods, or set a default margin: until then nobody knows.")
_NO_ORDER_ADVICE: Final = _("Find out why: cancelled, sent back, or a cost without an order?")
DEFAULTS: Final[Mapping[str, Mapping[str, Label]]] = MappingProxyType(
    {
        "rfm": {
            "champions": _(
                "Thank them, do not discount. Early access, a personal contact, and the question whether "
                "they would recommend you."
            ),
            "loyal": _(
                "Keep service and delivery flawless. Show what goes with what they bought; ask for a review."
            ),
            "promising": _(
                "Help them to the next order: what fits the last one, at the moment it runs out or wears out."
            ),
            "new": _(
                "A good start decides. Explain the product, ask how it arrived, and make the second order "
                "easy."
            ),
            "attention": _(
                "They are late, not gone. One relevant reminder now costs less than winning them back later."
            ),
            "precious": _(
                "Call or write to them in person, and listen. What keeping them may cost stands with each "
                "customer."
            ),
            "slipping": _(
                "Ask what is wrong, and offer something that solves it. Measure against a group that gets "
                "nothing."
            ),
            "sleeping": _("One inexpensive attempt with a reason to come back. No answer is an answer, too."),
            "silent": _(
                "Do not spend money here unless a test shows that it pays. Keep the address lists clean."
            ),
            NO_ORDER: _NO_ORDER_ADVICE,
        },
        "tier": {
            "top": _("Know them by name. Service first; let nobody in this tier fall silent without a call."),
            "high": _("Look for what separates them from the top: a category, a frequency, an order size."),
            "middle": _("The largest room to grow is here. Offer the next category, not the next discount."),
            "low": _("Keep the cost of serving them low: self-service, standard delivery, no vouchers."),
            "negative": _(
                "Find the cause before you act: expensive channel, many returns, or simply still new?"
            ),
            NOT_KNOWN: _NOT_KNOWN_ADVICE,
            NO_ORDER: _NO_ORDER_ADVICE,
        },
        "lifecycle": {
            "loyal": _("Reward time, not turnover. Ask them to bring a friend."),
            "active": _("Work towards the next order: rhythm matters more than size."),
            "new": _("Welcome, explain, ask. The second order is the one that makes a customer."),
            "cooling": _("Remind them before they are silent; look at the page on value at risk."),
            "silent": _("Test cheaply who can still be won back; leave the others in peace."),
            NO_ORDER: _NO_ORDER_ADVICE,
        },
    }
)


@dataclass(frozen=True, slots=True)
class Advice:
    """A text, and who wrote it when; both None for one that comes along."""

    text: str
    written_by: User | None
    written_at: datetime | None


def read_advice(scheme: str) -> dict[str, Advice]:
    """Return the advice on every segment of a scheme in the language of the page, by segment."""
    found = {segment: Advice(str(text), None, None) for segment, text in DEFAULTS.get(scheme, {}).items()}
    own = SegmentAdvice.objects.filter(scheme=scheme, language=get_language() or "en")
    for row in own.select_related("changed_by"):
        found[row.segment] = Advice(row.text, row.changed_by, row.changed_at)
    return found


def write_advice(scheme: str, segment: str, text: str, user: Any) -> None:
    """Keep the company's own text in the language of the page; without a text the default comes back."""
    language = get_language() or "en"
    key = {"scheme": scheme, "segment": segment, "language": language}
    if not text or text == str(DEFAULTS.get(scheme, {}).get(segment, "")):
        SegmentAdvice.objects.filter(**key).delete()
        return
    defaults = {"text": text, "changed_by": user}
    SegmentAdvice.objects.update_or_create(
        scheme=scheme, segment=segment, language=language, defaults=defaults
    )
