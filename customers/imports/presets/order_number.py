"""The number of an order in what a payment says it is for."""

import re
from typing import Final

_WORDS: Final = re.compile(
    r"(?:\b(?:order|bestelling|ordernummer|bestelnummer|factuur|invoice)\b(?:\s*(?:nummer|number|nr|no|id)\b)?"
    r"[\s.:#-]*|#\s*)(?P<number>[\w/.-]*\d[\w/.-]*)",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(r"(?<!\w)[\w/.-]*\d[\w/-]*(?:\.[\w/-]+)*")


def read_order_number(description: str) -> str:
    """Return the order's number: behind “order” or “bestelling”, else the only word with a digit in it.

    A description without either is returned as it stands, so that a refusal shows what was there.
    """
    told = _WORDS.search(description)
    if told:
        return told["number"].rstrip(".,-/")
    numbers = _NUMBERS.findall(description)
    return numbers[0] if len(numbers) == 1 else description
