"""Typeform › Results › Download responses: one row a response, headings are the questions as they were asked.

The question whether one would recommend the shop is read as NPS; any other score is chosen by the user. A
response that was not sent is skipped. The customer is known by a hidden field or question with the e-mail
address or the customer's number.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from customers.imports.presets.preset import Expander, Preset
from customers.imports.presets.utc import say_utc

_SENT: Final = "Submit Date (UTC)"


def _read_sent(header: Sequence[str]) -> Expander:
    sent = header.index(_SENT)

    def expand(cells: list[str]) -> Iterable[tuple[bool, list[str]]]:
        if not cells[sent].strip():
            return ()
        cells[sent] = say_utc(cells[sent])
        return ((True, cells),)

    return expand


TYPEFORM: Final = Preset(
    key="typeform",
    label=_("Typeform responses"),
    kind="survey_answers",
    needs=("#", "Response Type", "Start Date (UTC)", _SENT, "Network ID"),
    columns={
        "#": "external_id",
        _SENT: "moment",
        "*recommend*": "nps",
        "*aanbeve*": "nps",
        "customer_id": "customer",
        "*klantnummer*": "customer",
        "*email*": "email",
        "*e-mail*": "email",
    },
    dates="ymd",
    expander=_read_sent,
)
