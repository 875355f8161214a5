"""The periods that a target can be set for: months, quarters, years, or days of one's own."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import get_language, gettext, pgettext

from klantwaarde import formats
from metrics.core.calendar import MONTHS_PER_YEAR, Window, add_months, last_day_of_month

OWN_DAYS = "days"
_MONTHS_PER_QUARTER = 3
_YEARS_BEFORE, _YEARS_AFTER = 1, 2

Group = tuple[str, list[tuple[str, str]]]


def list_periods(today: date) -> list[Group]:
    """Return years, quarters and months around a day as grouped choices, and days of one's own."""
    years = range(today.year - _YEARS_BEFORE, today.year + _YEARS_AFTER + 1)
    groups = [
        (gettext("Year"), MONTHS_PER_YEAR),
        (pgettext("three months", "Quarter"), _MONTHS_PER_QUARTER),
        (gettext("Month"), 1),
    ]
    listed = [
        (label, [(write_window(window), name_window(window)) for window in _list_windows(years, months)])
        for label, months in groups
    ]
    return [*listed, (gettext("Otherwise"), [(OWN_DAYS, gettext("other days…"))])]


def name_window(window: Window) -> str:
    """Return a period as a reader calls it: "2026", "4th quarter of 2026", "November 2026", else its days."""
    language = get_language() or "en"
    first = window.first
    if first.day != 1:
        return formats.period(first, window.last, language)
    if window.last == last_day_of_month(first):
        return formats.month(first, language)
    if first.month == 1 and window.last == date(first.year, MONTHS_PER_YEAR, 31):
        return str(first.year)
    starts_quarter = first.month % _MONTHS_PER_QUARTER == 1
    if starts_quarter and window.last == last_day_of_month(add_months(first, _MONTHS_PER_QUARTER - 1)):
        number = first.month // _MONTHS_PER_QUARTER + 1
        return gettext("quarter %(number)d of %(year)d") % {"number": number, "year": first.year}
    return formats.period(first, window.last, language)


def write_window(window: Window) -> str:
    """Write a period as the value of a choice."""
    return f"{window.first.isoformat()}/{window.last.isoformat()}"


def read_window(text: str) -> Window:
    """Read what `write_window` wrote. Raises ValueError for anything else."""
    first, _slash, last = text.partition("/")
    return Window(date.fromisoformat(first), date.fromisoformat(last))


def _list_windows(years: range, months: int) -> Iterator[Window]:
    for year in years:
        for month in range(1, MONTHS_PER_YEAR + 1, months):
            first = date(year, month, 1)
            yield Window(first, last_day_of_month(add_months(first, months - 1)))
