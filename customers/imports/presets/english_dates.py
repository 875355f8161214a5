"""Dates with the name of an English month: ``Mar 1, 2025 10:15:00 AM``, as PHP writes them."""

import re
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE: Final = re.compile(rf"\s*({'|'.join(_MONTHS)})[a-z]*\.? (\d{{1,2}}), (\d{{4}})(.*)", re.IGNORECASE)


def write_months_as_numbers(cell: str) -> str:
    """Return ``2025-03-01 10:15:00 AM``; any other text as it stands."""
    match = _DATE.fullmatch(cell)
    if match is None:
        return cell
    month = _MONTHS.index(match[1].lower()) + 1
    return f"{match[3]}-{month:02}-{int(match[2]):02}{match[4]}"
