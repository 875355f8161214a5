"""What a marketer does to columns before they are read: join, split, fill in, take VAT off.

A plan may end with columns that the file does not have (:class:`Made`), and an amount may hold VAT
(:class:`Vat`). :func:`arrange` turns both into one function that lengthens a record, so that a column without
any of this costs nothing: it is read from the place where it stands.

VAT: net = gross × 100 / (100 + rate), exact in ``Decimal`` and rounded to 4 decimals, half away from zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any, Final

from customers.imports.columns import NULL, AmountParser, Parser
from customers.imports.reasons import BadValue

if TYPE_CHECKING:
    from customers.imports.mapping import Plan

Extend = Callable[[list[str]], list[Any]]

FIXED: Final = "fixed"
JOIN: Final = "join"
SPLIT: Final = "split"
#: Parts of a name, and of a text with a separator in it.
PARTS: Final = ("first", "preposition", "last", "surname", "before", "after")

_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)
_PLACES: Final = Decimal("0.0001")
_PREPOSITIONS: Final = frozenset(
    {"van", "de", "der", "den", "het", "'t", "ten", "ter", "te", "op", "aan", "in", "'s", "v.d.", "v/d"}
    | {"von", "vom", "zu", "zum", "zur", "du", "des", "le", "la"}
)


@dataclass(frozen=True, slots=True)
class Made:
    """A column made of others, by their places in the plan, or of nothing.

    ``how``: ``fixed`` (``text`` for every record), ``join`` (``columns`` with ``text`` between them, blanks
    left out) or ``split`` (one ``part`` of the one column; ``text`` is the separator of before and after).
    """

    how: str
    columns: tuple[int, ...] = ()
    text: str = ""
    part: str = ""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Made":
        """Read what ``dataclasses.asdict`` wrote."""
        return cls(values["how"], tuple(values["columns"]), values["text"], values["part"])

    def function(self) -> Callable[[Sequence[str]], str]:
        """Return the function from the cells of a record to this column's cell."""
        columns, text = self.columns, self.text
        if self.how == FIXED:
            return lambda _row: text
        if self.how == JOIN:
            return lambda row: text.join([part for i in columns if (part := row[i].strip())])
        [place], part = columns, self.part
        if part in {"before", "after"}:
            index = 0 if part == "before" else 2
            return lambda row: row[place].partition(text)[index].strip()
        return lambda row: split_name(row[place])[part]


@dataclass(frozen=True, slots=True)
class Vat:
    """The VAT that amounts of a column hold: ``rate`` per cent, or what ``column`` says.

    ``says``: the other column holds the VAT's ``amount``, or its ``rate`` in per cent. Without a rate and
    without a column nobody has said yet which, and such a plan is not followed.
    """

    rate: str = ""
    column: int | None = None
    says: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it is known how much VAT the amounts hold."""
        return bool(self.rate) if not self.says else self.column is not None


def arrange(plan: "Plan") -> tuple[Extend | None, list[int]]:
    """Return what lengthens a record by the cells that are made, and where each column's cell then stands.

    The function takes the cells of the file and those that the preset adds; it is None when nothing is made.
    """
    places = list(range(len(plan.columns)))
    makers: list[Callable[[Sequence[str]], Any]] = [
        column.made.function() for column in plan.columns if column.made
    ]
    for index, column in enumerate(plan.columns):
        if column.vat and column.vat.column is not None:
            places[index] = plan.made_from + len(makers)
            makers.append(_pair(index, column.vat.column))
    if not makers:
        return None, places

    def extend(row: list[str]) -> list[Any]:
        longer: list[Any] = list(row)
        for make in makers:
            longer.append(make(longer))
        return longer

    return extend, places


def _pair(first: int, second: int) -> Callable[[Sequence[str]], tuple[str, str]]:
    return lambda row: (row[first], row[second])


def split_name(name: str) -> dict[str, str]:
    """Return first name, preposition, last name and surname (the last two together) of a full name.

    “Jan van der Berg” and “Berg, Jan van der” are the same person. Without a preposition the first word is
    the first name.
    """
    before, comma, after = (part.strip() for part in name.partition(","))
    if comma:
        lead, last = _leading_prepositions(before.split())
        words = after.split()
        cut = len(words)
        while cut and words[cut - 1].casefold() in _PREPOSITIONS:
            cut -= 1
        first, preposition = words[:cut], lead + words[cut:]
    else:
        words = before.split()
        start = 0 if words and words[0] in _PREPOSITIONS else 1
        cut = next((i for i in range(start, len(words) - 1) if words[i].casefold() in _PREPOSITIONS), start)
        first = words[:cut]
        preposition, last = _leading_prepositions(words[cut:])
    return {
        "first": " ".join(first),
        "preposition": " ".join(preposition),
        "last": " ".join(last),
        "surname": " ".join(preposition + last),
    }


def _leading_prepositions(words: list[str]) -> tuple[list[str], list[str]]:
    count = 0
    while count < len(words) - 1 and words[count].casefold() in _PREPOSITIONS:
        count += 1
    return words[:count], words[count:]


def take_vat_off(gross: str, rate: Decimal) -> str:
    """Return an amount without the VAT of ``rate`` per cent in it, as text with 4 decimals."""
    net = _EXACT.divide(_EXACT.multiply(Decimal(gross), Decimal(100)), Decimal(100) + rate)
    return _write(net)


def _write(amount: Decimal) -> str:
    return f"{amount.quantize(_PLACES, context=_EXACT):f}"


class NetParser(Parser):
    """Amounts that hold VAT at one rate → without it."""

    type = "amount"
    sql_type = "numeric"

    def __init__(self, inner: AmountParser, rate: str) -> None:
        super().__init__(required=inner.required)
        self._inner, self._rate = inner, Decimal(rate)

    def parse(self, text: str) -> str:
        return take_vat_off(self._inner.parse(text), self._rate)


class NetPairParser(Parser):
    """(Amount with VAT, what the column of VAT says) → without it. A blank beside an amount is refused."""

    type = "amount"
    sql_type = "numeric"

    def __init__(self, inner: AmountParser, vat: AmountParser, says: str) -> None:
        super().__init__(required=inner.required)
        self._inner, self._vat, self._says = inner, vat, says

    def __missing__(self, cells: Any) -> str:
        gross = self._inner[cells[0]]
        result = gross if gross == NULL else self._without(gross, cells[1].strip())
        if len(self) >= 20_000:
            self.clear()
        self[cells] = result
        return result

    def _without(self, gross: str, vat: str) -> str:
        if not vat:
            raise BadValue("vat_missing")
        if self._says == "rate":
            return take_vat_off(gross, self._read_rate(vat))
        return _write(_EXACT.subtract(Decimal(gross), Decimal(self._vat.parse(vat))))

    def _read_rate(self, text: str) -> Decimal:
        """Return the per cents of “21”, “21%” or “9,00 %”; a fraction such as 0,21 is no rate."""
        try:
            rate = Decimal(self._vat.parse(text.removesuffix("%").strip() or "?"))
        except BadValue:
            raise BadValue("not_vat_rate", text) from None
        if not (rate == 0 or 1 <= rate <= 100):
            raise BadValue("not_vat_rate", text)
        return rate
