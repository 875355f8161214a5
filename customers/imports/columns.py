"""From the text of a cell to the text that COPY takes: one parser per type of column, each with its cache.

A parser is a dictionary from cell to result that fills itself, so that in the one loop that touches every row
a value seen before costs one look-up. Results are what PostgreSQL's text format wants: dot decimals, ISO
moments, escaped text, ``\\N`` for blank. Errors are ``BadValue``. Patterns say ``[0-9]`` and not ``\\d``,
which would let the digits of every script through to a database that knows none but these.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from babel.numbers import is_currency

from customers.imports.dates import SHORT_YEAR_FIRST, complete_year, write_in_figures
from customers.imports.reasons import BadValue

NULL: Final = "\\N"
CACHE_SIZE: Final = 16_000  # values a column remembers, once or twice: 4-5 MB each at most

_NEVER = re.compile(r"(?!)")
#: A number as ``workbook_cells`` writes it, unless a text such as 1.234 could be meant as well.
TYPED_NUMBER: Final = re.compile(r"-?(?![0-9]{1,3}\.[0-9]{3}$)[0-9]{1,15}\.[0-9]+")
_CONTROL = re.compile(r"[\\\n\r\t]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_SCIENTIFIC = re.compile(r"[-+]?\d([.,]\d+)?[eE]\+?\d+")
_CURRENCY = re.compile(r"[A-Za-z]{3}|[€$£¥₹]")
_SYMBOLS: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "₹": "INR"}
#: Bytes of a number or a name: three of them, as of an order, go into one entry of an index.
LONGEST_NAME: Final = 800


class Parser(dict[str, str]):
    """Cells already seen → what COPY gets. Subclasses say how in :meth:`parse`."""

    #: name of the type, as kinds declare it
    type = "text"
    #: PostgreSQL type of the staging column
    sql_type = "text"
    #: bytes of a value that is text; None for what nothing is looked up by
    longest: int | None = LONGEST_NAME

    def __init__(self, *, required: bool = False) -> None:
        super().__init__()
        self.required = required
        self._before: dict[str, str] = {}  # what was remembered when it became too much

    def __missing__(self, cell: str) -> str:
        result = self._before.get(cell)
        if result is None:
            result = self._parse_cell(cell)
        if len(self) >= CACHE_SIZE:
            self._before = dict(self)
            self.clear()
        self[cell] = result
        return result

    def _parse_cell(self, cell: str) -> str:
        text = cell.strip()
        if text:
            return self.parse(text)
        if self.required:
            raise BadValue("missing")
        return NULL

    def parse(self, text: str) -> str:
        """Return the COPY text of a cell that is not blank. Raises BadValue."""
        if self.longest and len(text.encode("utf-8", "surrogatepass")) > self.longest:
            raise BadValue("too_long_a_name", text, limit=self.longest)
        return text.translate(_ESCAPES) if _CONTROL.search(text) else text


class TextParser(Parser):
    """Text as it stands, without the blanks around it."""

    longest: int | None = None


class LabelParser(TextParser):
    """What things go by: a channel, a campaign, a category. Text that the database looks up."""

    type = "label"
    longest = LONGEST_NAME


class IdParser(Parser):
    """An id, phone or postcode: text always. An apostrophe that a spreadsheet put before it goes."""

    type = "id"

    def parse(self, text: str) -> str:
        if text[0] == "'":
            text = text[1:]
            if not text:
                raise BadValue("missing")
        if _SCIENTIFIC.fullmatch(text):
            raise BadValue("scientific_id", text)
        return super().parse(text)


class EmailParser(Parser):
    """An e-mail address in lower case, so that one person is one key."""

    type = "email"

    def parse(self, text: str) -> str:
        return super().parse(text.lower())


class AmountParser(Parser):
    """An amount of money or a quantity, with a known decimal mark, as an exact decimal.

    ``currency``: a symbol or code in the cell must be this one; any other is refused by name. ``typed``: the
    cells are a workbook's, whose numbers have a point whatever the mark of the texts among them.
    """

    type = "amount"
    sql_type = "numeric"
    _patterns: Final = {
        ",": re.compile(r"([0-9]{1,3}(?:[.\s'][0-9]{3})+|[0-9]+)(?:,([0-9]+)|,-+)?"),
        ".": re.compile(r"([0-9]{1,3}(?:[,\s'][0-9]{3})+|[0-9]+)(?:\.([0-9]+)|\.-+)?"),
        "": re.compile(r"([0-9]+)()"),
    }
    _examples: Final = {",": "1.234,56", ".": "1,234.56", "": "1234"}

    def __init__(self, decimal: str, currency: str, *, required: bool = False, typed: bool = False) -> None:
        super().__init__(required=required)
        self.decimal = decimal
        self._typed = TYPED_NUMBER if typed else _NEVER
        self._pattern, self._example = self._patterns[decimal], self._examples[decimal]
        self._plain = re.compile(rf"([0-9]{{1,15}})[{decimal}]([0-9]+)") if decimal else _NEVER
        self._currency = currency

    def parse(self, text: str) -> str:
        plain = self._plain.fullmatch(text)
        if plain:  # as nearly always, at a third of the time
            return f"{plain[1]}.{plain[2]}"
        if self._typed.fullmatch(text):
            return text
        sign, bare = self._split(text)
        match = self._pattern.fullmatch(bare)
        if match is None:
            raise BadValue("not_amount", text, example=self._example)
        whole = re.sub(r"[^\d]", "", match[1])
        if len(whole.lstrip("0")) > 15:
            raise BadValue("too_large", text)
        return f"{sign}{whole}.{match[2]}" if match[2] else sign + whole

    def _split(self, text: str) -> tuple[str, str]:
        """Return the sign and the digits of ``€ -12,50``, ``12,50-``, ``(12,50)`` or ``EUR 12,50``."""
        if text[0].isdigit() and text[-1].isdigit():
            return "", text
        found = _CURRENCY.search(text)
        code = _SYMBOLS.get(found[0], found[0].upper()) if found else ""
        if found and is_currency(code):
            if code != self._currency:
                raise BadValue("foreign_currency", text, foreign=code, currency=self._currency)
            text = text.replace(found[0], "", 1)
        bare = text.replace("−", "-").strip()
        if bare.startswith("(") and bare.endswith(")"):
            return "-", bare[1:-1].strip()
        if bare.endswith("-") and not re.search(r"[,.]-+$", bare):
            return "-", bare[:-1].strip()
        if bare and bare[0] in "+-":
            return ("-" if bare[0] == "-" else ""), bare[1:].strip()
        return "", bare


class CostParser(AmountParser):
    """What was spent: an amount of 0 or more."""

    type = "cost"

    def parse(self, text: str) -> str:
        result = super().parse(text)
        if result[0] == "-" and float(result) < 0:
            raise BadValue("negative_cost", text)
        return result


_MOMENT = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<separator>[-/. ])(?P<b>[0-9]{1,2})(?P=separator)(?P<c>[0-9]{1,4})"
    r"(?:[T,\s]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?P<fraction>[.,][0-9]+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[-+](?:0[0-9]|1[0-4]):?(?:[0-5][0-9])?)?"
)
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
DATE_EXAMPLES: Final = {"dmy": "31-12-2025", "mdy": "12/31/2025", "ymd": "2025-12-31", "yymd": "25-12-31"}


class MomentParser(Parser):
    """A moment: ``2025-12-31 23:30:00+01:00``, or without offset when it is shop time.

    Months may be named and years have two digits: see ``customers.imports.dates``.
    """

    type = "moment"
    sql_type = "timestamptz"

    def __init__(self, order: str, *, required: bool = False) -> None:
        super().__init__(required=required)
        self._order = order
        self._example = DATE_EXAMPLES[order or "dmy"]

    def parse(self, text: str) -> str:
        compact = _COMPACT.fullmatch(text)
        if compact:
            return self._day(text, *compact.groups())
        match, order = _MOMENT.fullmatch(text), self._order
        if match is None and (named := write_in_figures(text)):
            match = _MOMENT.fullmatch(named[0])
            order = "dmy" if named[1] or order != SHORT_YEAR_FIRST else order
        if match is None:
            raise BadValue("not_date", text, example=self._example)
        day = self._day(text, *self._year_month_day(text, match, order))
        return day + self._time(text, match)

    def _year_month_day(self, text: str, match: re.Match[str], order: str) -> tuple[str, str, str]:
        a, b, c = match["a"], match["b"], match["c"]
        if len(a) == 4 and len(c) <= 2:
            return a, b, c
        if order == SHORT_YEAR_FIRST and len(a) == 2 and len(c) <= 2:
            return complete_year(a), b, c
        if len(a) > 2 or len(c) not in {2, 4} or order in {"ymd", SHORT_YEAR_FIRST}:
            raise BadValue("not_date", text, example=self._example)
        return (complete_year(c), a, b) if order == "mdy" else (complete_year(c), b, a)

    def _day(self, text: str, year: str, month: str, day: str) -> str:
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            raise BadValue("impossible_date", text, example=self._example) from None
        if not 1900 <= found.year < 2200:
            raise BadValue("impossible_date", text, example=self._example)
        return found.isoformat()

    def _time(self, text: str, match: re.Match[str]) -> str:
        if match["hour"] is None:
            return ""
        hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
        if match["half"] and 1 <= hour <= 12:
            hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
        elif match["half"]:
            hour = 24
        if hour > 23 or minute > 59 or second > 59:
            raise BadValue("impossible_date", text, example=f"{self._example} 23:59")
        fraction = (match["fraction"] or "").replace(",", ".")[:7]
        zone = match["zone"] or ""
        zone = "+00" if zone in {"Z", "UTC", "GMT"} else zone
        return f" {hour:02}:{minute:02}:{second:02}{fraction}{zone}"


class DateParser(MomentParser):
    """A day. A time behind it is read and dropped; with an offset it would need the shop's zone: refused."""

    type = "date"
    sql_type = "date"

    def _time(self, text: str, match: re.Match[str]) -> str:
        super()._time(text, match)
        if match["zone"]:
            raise BadValue("not_date", text, example=self._example)
        return ""


def normalise_word(text: str) -> str:
    """Return a word as meanings are looked up: lower case, punctuation as one space."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


class WordParser(Parser):
    """One of a set of words, each with its meaning; anything else is refused with ``code``."""

    def __init__(self, words: Mapping[str, str], code: str, *, required: bool = False) -> None:
        super().__init__(required=required)
        self._words, self._code = words, code

    def parse(self, text: str) -> str:
        meaning = self._words.get(normalise_word(text))
        if meaning is None:
            raise BadValue(self._code, text)
        return meaning


class FlagParser(WordParser):
    """Yes or no."""

    type = "flag"
    sql_type = "boolean"


class PresenceParser(Parser):
    """Whatever is filled in means ``meaning``: a date of cancellation makes an order cancelled."""

    def __init__(self, meaning: str) -> None:
        super().__init__()
        self._meaning = meaning

    def parse(self, text: str) -> str:
        return self._meaning


class CurrencyParser(Parser):
    """The currency of the record: must be the shop's. Nothing is stored."""

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def parse(self, text: str) -> str:
        code = _SYMBOLS.get(text, text.upper())
        if code != self._currency:
            raise BadValue("foreign_currency", text, currency=self._currency)
        return NULL


def _meanings(groups: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in groups.items() for word in words.split("|")}


STATUS_WORDS: Final = _meanings(
    {
        "placed": "placed|geplaatst|voltooid|completed|complete|afgerond|paid|betaald|processing|verwerken|"
        "in behandeling|on hold|wacht|in de wacht|pending|pending payment|wacht op betaling|open|nieuw|new|"
        "shipped|verzonden|delivered|geleverd|afgeleverd|fulfilled|authorized|partially paid|deels betaald|"
        "refunded|terugbetaald|partially refunded|deels terugbetaald|closed|gesloten|ok|valid|geldig|"
        "holded|payment review|suspected fraud",
        "cancelled": "cancelled|canceled|geannuleerd|annulering|voided|void|expired|verlopen|failed|mislukt|"
        "trash|prullenbak|declined|geweigerd|rejected|checkout draft|draft|concept|ingetrokken",
        "test": "test|testorder|test order|proefbestelling|testbestelling",
    }
)
EVERYONE_WORDS: Final = _meanings(
    {NULL: "iedereen|alle|alle klanten|allemaal|everyone|everybody|all|all customers"}
)
FLAG_WORDS: Final = _meanings(
    {"t": "ja|j|yes|y|true|t|1|waar|x|aan|on", "f": "nee|n|no|false|f|0|onwaar|uit|off"}
)
