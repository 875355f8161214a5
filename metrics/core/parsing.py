"""Reading a formula as a person writes it; every error names position, what was found, what was expected.

Grammar (blanks are free)::

    expression = product { ("+" | "-") product }
    product    = factor { ("*" | "/") factor }
    factor     = "-" factor | number | name | "(" expression ")"
               | ("min" | "max") "(" expression { "," expression } ")"
               | "if" "(" expression comparison expression "," expression "," expression ")"
    comparison = "<" | "<=" | ">" | ">=" | "=" | "<>"

Also read: − – × · ÷ : and ≤ ≥ ≠ == !=.  Decimals take a point: 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal, cast

from metrics.core.expressions import (
    MAXIMUM_DECIMALS,
    MAXIMUM_DEPTH,
    MAXIMUM_LENGTH,
    MAXIMUM_PARTS,
    MAXIMUM_WHOLE_DIGITS,
    ArithmeticOperator,
    Choice,
    Comparison,
    ComparisonOperator,
    Expression,
    Extreme,
    Name,
    Negation,
    Node,
    Number,
    Operation,
    measure_depth,
    walk,
)
from metrics.core.texts import gettext_noop as _
from metrics.core.vocabulary import VOCABULARY

# English source strings; `FormulaError.describe` translates and fills them.
MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "end": _("the end of the formula"),
        "empty": _("The formula is empty; write one such as revenue - cost_of_goods."),
        "length": _("The formula has %(found)s characters; at most %(expected)s fit."),
        "parts": _("The formula has %(found)s parts; at most %(expected)s fit."),
        "depth": _("At position %(position)s parts are nested too deep; at most %(expected)s levels fit."),
        "character": _(
            "Position %(position)s: '%(found)s' does not belong in a formula;"
            " expected a name, a number, + − × ÷ or a bracket."
        ),
        "comma": _(
            "Position %(position)s: a comma stands between arguments of min, max and if;"
            " write decimals with a point, such as 0.5."
        ),
        "number": _(
            "Position %(position)s: '%(found)s' is too long; a number has at most"
            " 15 digits before and 10 after the point."
        ),
        "expected_part": _(
            "Position %(position)s: expected a name, a number or an opening bracket, found %(found)s."
        ),
        "expected_operator": _(
            "Position %(position)s: expected + − × ÷ or the end of the formula, found %(found)s."
        ),
        "expected_opening": _("Position %(position)s: expected ( after %(expected)s, found %(found)s."),
        "expected_closing": _("Position %(position)s: expected ) or an operator, found %(found)s."),
        "expected_separator": _("Position %(position)s: expected a comma, found %(found)s."),
        "expected_comparison": _(
            "Position %(position)s: expected a comparison such as >= in the condition of if, found %(found)s."
        ),
        "unknown_name": _("Position %(position)s: '%(found)s' is not a known name."),
        "unknown_name_near": _(
            "Position %(position)s: '%(found)s' is not a known name; did you mean %(expected)s?"
        ),
    }
)

_ALIASES = {
    "−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", ":": "/",
    "≤": "<=", "≥": ">=", "≠": "<>", "!=": "<>", "==": "=",
}  # fmt: skip
_FUNCTIONS = frozenset({"min", "max", "if"})
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "=", "<>"})
_TOKEN = re.compile(
    r"(?P<blank>\s+)|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<symbol><=|>=|<>|!=|==|[-+*/()<>=,−–×·÷:≤≥≠])|(?P<other>.)",
    re.DOTALL,
)

_Kind = Literal["number", "name", "symbol", "end"]


class FormulaError(ValueError):
    """A formula that cannot be read.

    Attributes
    ----------
    code : key of its sentence in `MESSAGES`.
    position : 1-based place of the first character concerned.
    found, expected : what the sentence is filled with; no `found` means the end of the formula.
    suggestions : near matches of an unknown name, best first.
    """

    def __init__(
        self, code: str, position: int, found: str = "", expected: str = "", near: tuple[str, ...] = ()
    ) -> None:
        self.code = code
        self.position = position
        self.found = found
        self.expected = expected
        self.suggestions = near
        super().__init__(self.describe())

    def describe(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence, its fixed texts translated by `translate` (a page gives gettext)."""
        found = self.found or translate(MESSAGES["end"])
        return translate(MESSAGES[self.code]) % {
            "position": self.position,
            "found": found,
            "expected": self.expected,
        }


@dataclass(frozen=True, slots=True)
class _Token:
    kind: _Kind
    text: str
    position: int

    @property
    def described(self) -> str:
        return "" if self.kind == "end" else f"'{self.text}'"


def parse(text: str, names: Collection[str] = VOCABULARY) -> Expression:
    """Read a formula.

    Parameters
    ----------
    text : the formula, such as ``if(orders >= 3, contribution / orders, 0)``; capitals do not matter.
    names : the words allowed; `OWN_FORMULA_NAMES` for formulas that people write.

    Raises
    ------
    FormulaError
        With position, what was found and what was expected.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise FormulaError("length", 1, found=str(len(text)), expected=str(MAXIMUM_LENGTH))
    if not text.strip():
        raise FormulaError("empty", 1)
    expression = Expression(_Parser(_split_tokens(text), names).read_formula())
    _check_size(expression.root)
    return expression


def _check_size(root: Node) -> None:
    parts = sum(1 for _ in walk(root))
    if parts > MAXIMUM_PARTS:
        raise FormulaError("parts", 1, found=str(parts), expected=str(MAXIMUM_PARTS))
    if measure_depth(root) > MAXIMUM_DEPTH:
        raise FormulaError("depth", 1, expected=str(MAXIMUM_DEPTH))


def _split_tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind, found, position = match.lastgroup, match.group(), match.start() + 1
        if kind == "blank":
            continue
        if kind == "other":
            raise FormulaError("character", position, found=found)
        if kind == "name":
            found = found.lower()
        tokens.append(_Token(cast("_Kind", kind), _ALIASES.get(found, found), position))
    tokens.append(_Token("end", "", len(text) + 1))
    return tokens


class _Parser:
    """Recursive descent; each method reads one line of the grammar."""

    def __init__(self, tokens: list[_Token], names: Collection[str]) -> None:
        self._tokens = tokens
        self._next = 0
        self._names = names
        self._depth = 0

    def read_formula(self) -> Node:
        root = self._read_expression()
        token = self._peek()
        if token.kind != "end":
            code = "comma" if token.text == "," else "expected_operator"
            raise FormulaError(code, token.position, found=token.described)
        return root

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _take_symbol(self, symbol: str, code: str, expected: str = "") -> None:
        token = self._peek()
        if token.kind != "symbol" or token.text != symbol:
            raise FormulaError(code, token.position, found=token.described, expected=expected)
        self._next += 1

    def _read_expression(self) -> Node:
        return self._read_chain(("+", "-"), self._read_product)

    def _read_product(self) -> Node:
        return self._read_chain(("*", "/"), self._read_factor)

    def _read_chain(self, operators: tuple[str, str], read_part: Callable[[], Node]) -> Node:
        node = read_part()
        while (token := self._peek()).kind == "symbol" and token.text in operators:
            self._next += 1
            node = Operation(cast("ArithmeticOperator", token.text), node, read_part())
        return node

    def _read_factor(self) -> Node:
        token = self._take()
        self._depth += 1
        if self._depth > 2 * MAXIMUM_DEPTH:
            raise FormulaError("depth", token.position, expected=str(MAXIMUM_DEPTH))
        node = self._read_from(token)
        self._depth -= 1
        return node

    def _read_from(self, token: _Token) -> Node:
        if token.kind == "number":
            return _read_number(token)
        if token.kind == "name":
            return self._read_call(token) if token.text in _FUNCTIONS else self._read_name(token)
        if token.text == "-":
            return Negation(self._read_factor())
        if token.text == "(":
            node = self._read_expression()
            self._take_symbol(")", "expected_closing")
            return node
        raise FormulaError("expected_part", token.position, found=token.described)

    def _read_name(self, token: _Token) -> Name:
        if token.text in self._names:
            return Name(token.text)
        near = tuple(get_close_matches(token.text, sorted(self._names), n=3, cutoff=0.6))
        code = "unknown_name_near" if near else "unknown_name"
        raise FormulaError(code, token.position, token.text, ", ".join(near), near)

    def _read_call(self, token: _Token) -> Node:
        self._take_symbol("(", "expected_opening", expected=token.text)
        node = self._read_choice() if token.text == "if" else self._read_extreme(token)
        self._take_symbol(")", "expected_closing")
        return node

    def _read_choice(self) -> Choice:
        condition = self._read_condition()
        self._take_symbol(",", "expected_separator")
        then = self._read_expression()
        self._take_symbol(",", "expected_separator")
        return Choice(condition, then, self._read_expression())

    def _read_condition(self) -> Comparison:
        left = self._read_expression()
        token = self._take()
        if token.kind != "symbol" or token.text not in _COMPARISONS:
            raise FormulaError("expected_comparison", token.position, found=token.described)
        return Comparison(cast("ComparisonOperator", token.text), left, self._read_expression())

    def _read_extreme(self, token: _Token) -> Extreme:
        arguments = [self._read_expression()]
        while self._peek().text == ",":
            self._next += 1
            arguments.append(self._read_expression())
        function: Literal["min", "max"] = "min" if token.text == "min" else "max"
        return Extreme(function, tuple(arguments))


def _read_number(token: _Token) -> Number:
    whole, _, decimals = token.text.partition(".")
    if len(whole) > MAXIMUM_WHOLE_DIGITS or len(decimals) > MAXIMUM_DECIMALS:
        raise FormulaError("number", token.position, found=token.text)
    return Number(Decimal(token.text))
