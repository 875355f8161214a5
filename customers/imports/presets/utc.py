"""Columns of moments that are in UTC by their heading, and do not say so in their cells."""

import re
from typing import Final

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?")


def say_utc(cell: str) -> str:
    """Return a moment with its zone; what is no moment as it stands."""
    text = cell.strip()
    return f"{text} UTC" if _MOMENT.fullmatch(text) else cell
