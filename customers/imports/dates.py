"""How dates are written: names of months, years of two digits, and which readings a value allows.

Only values that are not plain figures come here, once for each distinct one.
"""

import re
from datetime import date
from typing import Final

#: Names of the months in Dutch, English and German, and what they are cut to.
_NAMES: Final = (
    "jan|januari|january|januar|jän|jänner", "feb|februari|february|februar",
    "mrt|maart|mar|march|mär|märz|maerz|mrz", "apr|april", "mei|may|mai", "jun|juni|june", "jul|juli|july",
    "aug|augustus|august", "sep|sept|september", "okt|oktober|oct|october", "nov|november",
    "dec|december|dez|dezember",
)  # fmt: skip
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split("|")}
_DAYS: Final = (
    "maandag|ma|dinsdag|di|woensdag|wo|donderdag|do|vrijdag|vr|zaterdag|za|zondag|zo|"
    "monday|mon|tuesday|tues|tue|wednesday|wed|thursday|thurs|thu|friday|fri|saturday|sat|sunday|sun|"
    "montag|mo|dienstag|mittwoch|mi|donnerstag|freitag|fr|samstag|sonnabend|sa|sonntag|so"
)
#: Years of two digits from here on are of the last century: 70 is 1970, 69 is 2069.
TURN: Final = 70

_WEEKDAY: Final = rf"(?:(?:{_DAYS})\.?,?\s+)?"
_YEAR: Final = r"['’]?(?P<c>[0-9]{4}|[0-9]{1,2})"
_TIME: Final = r"(?:,?\s*(?:om|at|um)\s+|,?\s+|T)?(?P<time>[0-9]{1,2}:.*?)?(?:\s*(?:uur|uhr|u))?"
_NAME: Final = r"(?P<month>[^\W\d_]{3,9})\.?"
#: “3 jan 2025”, “03-mei-2025”, “8. März 2025”, “2025-Dec-31”, “do 8 mei '25 om 14:03 uur”
_INSIDE: Final = re.compile(
    rf"{_WEEKDAY}(?P<a>[0-9]{{1,2}}|[0-9]{{4}})(?:st|nd|rd|th|e)?[\s./-]*{_NAME}[\s./,-]*{_YEAR}{_TIME}",
    re.IGNORECASE,
)
#: “May 8, 2025”, “May 8th 2025 2:03 PM”
_IN_FRONT: Final = re.compile(
    rf"{_WEEKDAY}{_NAME}[\s./-]*(?P<a>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,\s*|[\s./-]+){_YEAR}{_TIME}",
    re.IGNORECASE,
)
_FIGURES: Final = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4}|[0-9]{2})(?![0-9:])")
_YEAR_IN_FRONT: Final = re.compile(r"[0-9]{4}[-/.]?[0-9]{2}[-/.]?[0-9]{2}")

#: The order of 25-12-31: never taken for granted where years are whole.
SHORT_YEAR_FIRST: Final = "yymd"
#: So many years from now a membership may end; what lies further ahead is read otherwise where it can be.
_AHEAD: Final = 25
#: What a value with the whole year in front allows: any order of day and month elsewhere.
ISO: Final = ("iso",)


def write_in_figures(text: str) -> tuple[str, bool] | None:
    """Return a date with the name of a month in figures, and whether its order is certain; None if it is no
    such date.

    ``8-5-2025``, day first, or ``2025-5-8``. Not certain: ``8-mei-25`` may begin with its year.
    """
    match = _IN_FRONT.fullmatch(text) or _INSIDE.fullmatch(text)
    month = MONTHS.get(match["month"].casefold()) if match else None
    if match is None or month is None:
        return None
    first, last = match["a"], match["c"]
    time = f" {match['time']}" if match["time"] else ""
    is_certain = match.re is _IN_FRONT or len(first) == 4 or len(last) == 4
    return f"{first}-{month}-{last}{time}", is_certain


def complete_year(year: str) -> str:
    """Return a year of two digits in full: 00 to 69 are of this century, 70 to 99 of the last."""
    return year if len(year) == 4 else f"{'19' if int(year) >= TURN else '20'}{year}"


def find_orders(value: str, *, may_lie_ahead: bool = False) -> tuple[str, ...]:
    """Return the orders in which a value is a date, where it makes a difference; :data:`ISO`; or ().

    A year of two digits may stand at the end or in front. In front it is no reading when it lies after next
    year and at the end it does not: 31-12-25 is of no order of 2031. Days that ``may_lie_ahead``, such as the
    last ones of memberships, rule nothing out.
    """
    text = value.strip()
    match = _FIGURES.match(text)
    if match is None:
        if _YEAR_IN_FRONT.match(text):
            return ISO
        named = write_in_figures(text) if any(map(str.isalpha, text)) else None
        if named is None or named[1]:
            return ()
        match = _FIGURES.match(named[0])
        return _list_orders(match, ("dmy", SHORT_YEAR_FIRST), may_lie_ahead) if match else ()
    orders = ("dmy", "mdy") if len(match[3]) == 4 else ("dmy", "mdy", SHORT_YEAR_FIRST)
    return _list_orders(match, orders, may_lie_ahead)


def _list_orders(match: re.Match[str], orders: tuple[str, ...], may_lie_ahead: bool) -> tuple[str, ...]:
    found = {order: day for order in orders if (day := _read(match, order))}
    last = date.today().year + (_AHEAD if may_lie_ahead else 1)
    if any(day.year <= last for order, day in found.items() if order != SHORT_YEAR_FIRST):
        found = {order: day for order, day in found.items() if order != SHORT_YEAR_FIRST or day.year <= last}
    return tuple(found) if len(set(found.values())) > 1 or len(found) == 1 else ()


def _read(match: re.Match[str], order: str) -> date | None:
    parts = dict(zip(order[-3:], match.groups(), strict=True))  # by their letters: d, m and y
    try:
        return date(int(complete_year(parts["y"].zfill(2))), int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None
