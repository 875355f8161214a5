"""Writing a formula as tokens: symbolic, or with one customer's numbers in place of the names.

Tokens, not text, so that a page can format numbers and names in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from metrics.core.execution import Values, read_value
from metrics.core.expressions import (
    Choice,
    Comparison,
    Expression,
    Extreme,
    Name,
    Negation,
    Node,
    Number,
    Operation,
)
from metrics.core.vocabulary import VOCABULARY, Unit

TokenKind = Literal["name", "number", "operator", "function", "paren", "comma"]

_SYMBOLS = {"-": "−", "*": "×", "/": "÷", "<=": "≤", ">=": "≥", "<>": "≠"}
_SUM, _PRODUCT, _SIGNED, _ATOM = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Token:
    """One mark of a rendered formula.

    Attributes
    ----------
    kind : name, number, operator, function (min, max, if), paren or comma.
    text : what to show when nothing better is known: label, plain number, symbol.
    value : the number, for kind number; None when it is not available.
    unit : unit of a name, and of a number that stands for one; None for a number of the formula itself.
    name : key in the vocabulary, for a name and for the number that stands in its place.
    label : label of that name.
    """

    kind: TokenKind
    text: str
    value: Decimal | None = None
    unit: Unit | None = None
    name: str | None = None
    label: str | None = None


def formula_text(expression: Expression, labels: Mapping[str, str] | None = None) -> tuple[Token, ...]:
    """Render a whole formula symbolically, for help pages and above an explanation."""
    return render(expression.root, labels=labels)


def join_tokens(tokens: Iterable[Token]) -> str:
    """Return tokens as one plain line, such as ``revenue ÷ max(1, years)``."""
    line = ""
    for token in tokens:
        is_sign = not line or line[-1] in "( "
        if token.kind == "operator" and not is_sign:
            line += f" {token.text} "
        else:
            line += ", " if token.kind == "comma" else token.text
    return line


def render(
    node: Node, values: Values | None = None, labels: Mapping[str, str] | None = None
) -> tuple[Token, ...]:
    """Render a part: symbolic without `values`, else with the numbers filled in."""
    return tuple(_Renderer(values, labels or {}).render(node))


class _Renderer:
    def __init__(self, values: Values | None, labels: Mapping[str, str]) -> None:
        self._values = values
        self._labels = labels

    def render(self, node: Node) -> Iterator[Token]:
        match node:
            case Number(value):
                yield Token("number", f"{value:f}", value)
            case Name(key):
                yield self._render_name(key)
            case Negation(operand):
                yield Token("operator", "−")
                yield from self._wrap(operand, _SIGNED + 1)
            case Operation(symbol, left, right):
                level = _level_of(node)
                yield from self._wrap(left, level)
                yield Token("operator", _SYMBOLS.get(symbol, symbol))
                yield from self._wrap(right, level + 1, guard_sign=True)
            case Extreme(function, arguments):
                yield from self._render_call(function, *arguments)
            case Choice(condition, then, otherwise):
                yield from self._render_call("if", condition, then, otherwise)

    def _render_name(self, key: str) -> Token:
        variable = VOCABULARY[key]
        label = self._labels.get(key, variable.label)
        if self._values is None:
            return Token("name", label, None, variable.unit, key, label)
        number = read_value(key, self._values)
        text = "n.a." if number is None else f"{number:f}"
        return Token("number", text, number, variable.unit, key, label)

    def _wrap(self, node: Node, least: int, guard_sign: bool = False) -> Iterator[Token]:
        bracketed = _level_of(node) < least or (guard_sign and self._starts_with_minus(node))
        if bracketed:
            yield Token("paren", "(")
        yield from self.render(node)
        if bracketed:
            yield Token("paren", ")")

    def _starts_with_minus(self, node: Node) -> bool:
        """Say whether a minus would stand right after the operator before it."""
        if isinstance(node, Negation):
            return True
        if isinstance(node, Operation):
            return _level_of(node.left) >= _level_of(node) and self._starts_with_minus(node.left)
        if self._values is None or not isinstance(node, Name):
            return False
        value = self._values[node.key]
        return value is not None and value < 0

    def _render_call(self, function: str, *arguments: Node | Comparison) -> Iterator[Token]:
        yield Token("function", function)
        yield Token("paren", "(")
        for place, argument in enumerate(arguments):
            if place:
                yield Token("comma", ",")
            if isinstance(argument, Comparison):
                yield from self._render_condition(argument)
            else:
                yield from self.render(argument)
        yield Token("paren", ")")

    def _render_condition(self, condition: Comparison) -> Iterator[Token]:
        yield from self.render(condition.left)
        yield Token("operator", _SYMBOLS.get(condition.operator, condition.operator))
        yield from self.render(condition.right)


def _level_of(node: Node) -> int:
    match node:
        case Operation("+" | "-"):
            return _SUM
        case Operation():
            return _PRODUCT
        case Negation():
            return _SIGNED
        case _:
            return _ATOM
