"""How figures and moments look to a reader: Dutch (`nl`) or British English (`en-GB`), by Babel.

Every function takes the value first and the reader's language last, and returns plain text. `None` is a
figure that does not exist and reads "n.v.t." / "n/a"; it is never shown as 0. Amounts round half up, as
the definitions say. Parsing is not done here: files are read by their own decimal mark, not the reader's.
"""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, localcontext

from babel import Locale
from babel.dates import format_date as babel_date
from babel.numbers import format_compact_currency, format_currency, format_decimal, get_currency_precision
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

Number = Decimal | int | float

MILLION = Decimal(1_000_000)
THOUSAND = Decimal(1_000)
_LOCALES = {"nl": Locale("nl"), "en": Locale("en", "GB")}
_BYTES_PER_STEP = 1000
_UNITS_OF_SIZE = ("kB", "MB", "GB", "TB")


def locale_for(language: str) -> Locale:
    """Babel's locale for a language code: every "nl" is Dutch, the rest is British English."""
    return _LOCALES["nl" if language.lower().startswith("nl") else "en"]


def browser_locale(language: str) -> str:
    """The same choice as a BCP 47 tag, for `Intl` in the browser: "nl-NL" or "en-GB"."""
    return "nl-NL" if locale_for(language).language == "nl" else "en-GB"


def not_available(language: str) -> str:
    """What stands where a figure does not exist: "n.v.t." or "n/a"."""
    with translation.override(language):
        return pgettext("a figure that does not exist", "n/a")


def round_half_up(value: Number, places: int) -> Decimal:
    """`value` to so many places, halves away from zero; never a negative zero."""
    with localcontext(prec=60):
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + 0


def money_places(currency: str) -> int:
    """How many decimals amounts of a currency have: 2 for EUR, 0 for JPY."""
    return get_currency_precision(currency)


def money(amount: Number | None, currency: str, language: str, places: int | None = None) -> str:
    """An amount with its symbol: `€ 1.234,50`, `€ -12,50`; `places` overrules the currency's own."""
    if amount is None:
        return not_available(language)
    shown = money_places(currency) if places is None else places
    rounded = round_half_up(amount, shown)
    return _format_currency(rounded, currency, locale_for(language), shown)


def compact_money(amount: Number | None, currency: str, language: str) -> str:
    """For cards and axes: `€ 1,2 mln.` from a million, whole units from a thousand, else as `money`."""
    if amount is None:
        return not_available(language)
    exact = round_half_up(amount, 4)
    if abs(exact) < THOUSAND:
        return money(exact, currency, language)
    if round_half_up(abs(exact), 0) < MILLION:
        return money(exact, currency, language, places=0)
    locale = locale_for(language)
    # Babel rounds half to even and cannot be told otherwise: hand it a figure already rounded to 1 decimal.
    step = next((size for size in (10**12, 10**9) if abs(exact) >= size), 10**6)
    rounded = round_half_up(exact / step, 1) * step
    text = format_compact_currency(abs(rounded), currency, locale=locale, fraction_digits=1)
    return _with_sign(text, rounded, locale)


def number(value: Number | None, language: str, places: int = 0) -> str:
    """A number with thousands marks and a fixed count of decimals: `48.213`, `2,4`."""
    if value is None:
        return not_available(language)
    rounded = round_half_up(value, places)
    return format_decimal(rounded, format=_pattern(places), locale=locale_for(language))


def percent(ratio: Number | None, language: str, places: int = 1) -> str:
    """A ratio as a percentage: 0.316 is `31,6%`."""
    if ratio is None:
        return not_available(language)
    return number(_times_hundred(ratio), language, places) + "%"


def share(part: Number | None, language: str) -> str:
    """A share of a whole: 100% only when it is all of it and 0% only when it is nothing, else `> 99,9%`."""
    if part is None or part <= 0 or part >= 1:
        return percent(part, language)
    if part < Decimal("0.0005"):
        return f"< {percent(Decimal('0.001'), language)}"
    if part >= Decimal("0.9995"):
        return f"> {percent(Decimal('0.999'), language)}"
    return percent(part, language)


def signed_number(value: Number | None, language: str, places: int = 0) -> str:
    """A difference, its sign always written: `+12`, `-3`; nothing changed is `0`."""
    if value is None:
        return not_available(language)
    rounded = round_half_up(value, places)
    return ("+" if rounded > 0 else "") + number(rounded, language, places)


def change(ratio: Number | None, language: str) -> str:
    """A relative change: 0.144 is `+14,4%`."""
    if ratio is None:
        return not_available(language)
    return signed_number(_times_hundred(ratio), language, 1) + "%"


def change_in_points(difference: Number | None, language: str) -> str:
    """The difference of two ratios in percentage points: 0.008 is `+0,8 pp` (Dutch: `%-punt`)."""
    if difference is None:
        return not_available(language)
    figure = signed_number(_times_hundred(difference), language, 1)
    with translation.override(language):
        # Translators: short for percentage points.
        return figure + "\N{NO-BREAK SPACE}" + pgettext("percentage points", "pp")


def date(day: dt.date | None, language: str) -> str:
    """A day: `8 mei 2025`. A moment must go through `moment`, which asks for its zone."""
    if day is None:
        return not_available(language)
    return babel_date(day, "d MMM y", locale=locale_for(language))


def period(first: dt.date | None, last: dt.date | None, language: str) -> str:
    """From a day to a day, the year once when it is the same: `1 jan – 31 dec 2025`."""
    if first is None or last is None:
        return not_available(language)
    if first == last:
        return date(first, language)
    pattern = "d MMM" if first.year == last.year else "d MMM y"
    return f"{babel_date(first, pattern, locale=locale_for(language))} – {date(last, language)}"


def month(day: dt.date | None, language: str) -> str:
    """The month a day lies in, in full: `mei 2025`."""
    if day is None:
        return not_available(language)
    return babel_date(day, "LLLL y", locale=locale_for(language))


def short_month(day: dt.date | None, language: str) -> str:
    """The month a day lies in, for axes and narrow columns: `sep 2025`."""
    if day is None:
        return not_available(language)
    return babel_date(day, "LLL y", locale=locale_for(language))


def moment(instant: dt.datetime | None, zone: dt.tzinfo, language: str) -> str:
    """An instant on the shop's clock: `8 mei 2025 14:05`. A moment without a zone raises ValueError."""
    if instant is None:
        return not_available(language)
    if instant.tzinfo is None:
        raise ValueError(f"a moment must carry its zone, got {instant!r}")
    local = instant.astimezone(zone)
    return f"{date(local.date(), language)} {local:%H:%M}"


def file_size(size: int | None, language: str) -> str:
    """A size in decimal units: 1200 is `1,2 kB`."""
    if size is None:
        return not_available(language)
    if size < _BYTES_PER_STEP:
        with translation.override(language):
            count = number(size, language)
            return ngettext("%(count)s byte", "%(count)s bytes", size) % {"count": count}
    steps = [(unit, Decimal(size) / _BYTES_PER_STEP**power) for power, unit in enumerate(_UNITS_OF_SIZE, 1)]
    # The first that does not round to four digits: 999.95 kB would be "1.000,0 kB".
    fitting = (step for step in steps if round_half_up(step[1], 1) < _BYTES_PER_STEP)
    unit, amount = next(fitting, steps[-1])
    return f"{number(amount, language, 1)}\N{NO-BREAK SPACE}{unit}"


def duration(elapsed: dt.timedelta | Number | None, language: str) -> str:
    """How long something took (a timedelta or seconds): `0,8 s`, `2 min 5 s`, `15 min`, `3 u 20 min`."""
    if elapsed is None:
        return not_available(language)
    seconds = elapsed.total_seconds() if isinstance(elapsed, dt.timedelta) else elapsed
    if seconds < 10:
        return f"{number(seconds, language, 1)} s"
    whole = int(round_half_up(seconds, 0))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    with translation.override(language):
        hour = pgettext("short for hours", "h")
    hours, minutes = divmod(whole // 60, 60)
    text = f"{number(hours, language)} {hour}"
    return f"{text} {minutes} min" if minutes else text


def days(count: Number | None, language: str) -> str:
    """A number of days: `1 dag`, `48 dagen`."""
    if count is None:
        return not_available(language)
    whole = int(round_half_up(count, 0))
    with translation.override(language):
        return ngettext("%(count)s day", "%(count)s days", abs(whole)) % {"count": number(whole, language)}


def months(count: Number | None, language: str) -> str:
    """A number of months: `1 maand`, `6 maanden`."""
    if count is None:
        return not_available(language)
    whole = int(round_half_up(count, 0))
    with translation.override(language):
        return ngettext("%(count)s month", "%(count)s months", abs(whole)) % {
            "count": number(whole, language)
        }


def change_in_months(difference: Number | None, language: str) -> str:
    """How much later a month is, its sign always written: `+1 maand`, `-2 maanden`, `0 maanden`."""
    if difference is None:
        return not_available(language)
    return ("+" if round_half_up(difference, 0) > 0 else "") + months(difference, language)


def nth_month(place: Number | None, language: str) -> str:
    """Which month, counted from a first one that is 1: `maand 3`."""
    if place is None:
        return not_available(language)
    with translation.override(language):
        return gettext("month %(n)s") % {"n": number(place, language)}


def yes_or_no(answer: bool | None, language: str) -> str:
    """`ja` or `nee`."""
    if answer is None:
        return not_available(language)
    with translation.override(language):
        return gettext("yes") if answer else gettext("no")


def _times_hundred(ratio: Number) -> Decimal:
    return Decimal(str(ratio)) * 100


def _pattern(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _format_currency(amount: Decimal, currency: str, locale: Locale, places: int) -> str:
    """Babel's standard pattern of the locale, with so many decimals."""
    standard = locale.currency_formats["standard"].pattern
    pattern = standard.replace(".00", "." + "0" * places if places else "")
    text = format_currency(abs(amount), currency, format=pattern, locale=locale, currency_digits=False)
    return _with_sign(text, amount, locale)


def _with_sign(text: str, amount: Decimal, locale: Locale) -> str:
    """Put the minus where the reader expects it: `€ -12,50` in Dutch, `-€12.50` in English."""
    if amount >= 0:
        return text
    if locale.language == "nl":
        first_digit = next(place for place, character in enumerate(text) if character.isdigit())
        return f"{text[:first_digit]}-{text[first_digit:]}"
    return f"-{text}"
