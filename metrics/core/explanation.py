"""Explaining a value: the formula line by line with one customer's own numbers, adding up exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from metrics.core.arithmetic import AMOUNT_PLACES, EXACT, round_half_up
from metrics.core.execution import Values, evaluate_node, evaluate_term, holds
from metrics.core.expressions import (
    Choice,
    Expression,
    Extreme,
    Name,
    Node,
    Operation,
    Term,
    children,
    walk,
)
from metrics.core.rendering import Token, render
from metrics.core.vocabulary import VOCABULARY

CENT_PLACES: Final = 2
StepKind = Literal["quotient", "min", "max", "if"]


@dataclass(frozen=True, slots=True)
class Step:
    """A result inside a line: a quotient (rounded to 10 places), a min, a max or a choice.

    `symbolic` and `filled` are its formula without and with numbers; `result` is None when not available.
    """

    kind: StepKind
    symbolic: tuple[Token, ...]
    filled: tuple[Token, ...]
    result: Decimal | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Why a value is not available: an input without a value, or a division by 0.

    `name` is the input (None for a division), `symbolic` the input or the divisor that is 0.
    """

    kind: Literal["input", "division_by_zero"]
    name: str | None
    symbolic: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One top-level term.

    Attributes
    ----------
    sign : 1 when the term is added, -1 when it is subtracted.
    names : the words of the vocabulary in it, in reading order, each once.
    labels : their labels, in the same order.
    symbolic, filled : the term without its sign, without and with this customer's numbers.
    amount : the term with its sign, rounded to 4 places; None when not available.
    steps : the results inside the term that mattered, innermost first.
    """

    sign: Literal[1, -1]
    names: tuple[str, ...]
    labels: tuple[str, ...]
    symbolic: tuple[Token, ...]
    filled: tuple[Token, ...]
    amount: Decimal | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A value taken apart.

    Attributes
    ----------
    lines : one per top-level term; their amounts add up to `total` exactly.
    total : the value, equal to `evaluate` and to what is published; None when not available.
    places : decimals that every line and the total need: 4 when a line has parts of a cent, else 2.
    gaps : why the total is not available; empty when it is.
    """

    lines: tuple[Line, ...]
    total: Decimal | None
    places: Literal[2, 4]
    gaps: tuple[Gap, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the inputs that have no value and would be needed."""
        return tuple(gap.name for gap in self.gaps if gap.name is not None)


def explain(expression: Expression, values: Values, labels: Mapping[str, str] | None = None) -> Explanation:
    """Take a value apart.

    Parameters
    ----------
    expression, values : as for `evaluate`; every name of the formula needs an entry.
    labels : translated labels by name; English where absent.
    """
    texts = labels or {}
    lines = tuple(_explain_term(term, values, texts) for term in expression.terms)
    gaps = [gap for term in expression.terms for gap in _find_gaps(term.node, values, texts)]
    return Explanation(lines, _add_up(lines), _choose_places(lines), tuple(dict.fromkeys(gaps)))


def _explain_term(term: Term, values: Values, labels: Mapping[str, str]) -> Line:
    names = tuple(dict.fromkeys(node.key for node in walk(term.node) if isinstance(node, Name)))
    return Line(
        sign=term.sign,
        names=names,
        labels=tuple(labels.get(name, VOCABULARY[name].label) for name in names),
        symbolic=render(term.node, labels=labels),
        filled=render(term.node, values, labels),
        amount=evaluate_term(term, values),
        steps=tuple(_collect_steps(term.node, values, labels)),
    )


def _add_up(lines: tuple[Line, ...]) -> Decimal | None:
    total = Decimal("0.0000")
    for line in lines:
        if line.amount is None:
            return None
        total = EXACT.add(total, line.amount)
    return total


def _choose_places(lines: tuple[Line, ...]) -> Literal[2, 4]:
    amounts = [line.amount for line in lines if line.amount is not None]
    whole_cents = all(amount == round_half_up(amount, CENT_PLACES) for amount in amounts)
    return CENT_PLACES if whole_cents else AMOUNT_PLACES


def _visit_reached(node: Node, values: Values) -> tuple[Node, ...]:
    """Return the parts directly inside that take part in the result: of a choice, the branch taken."""
    if not isinstance(node, Choice):
        return children(node)
    sides = (node.condition.left, node.condition.right)
    met = holds(node.condition, values)
    if met is None:
        return sides
    return (*sides, node.then if met else node.otherwise)


def _collect_steps(node: Node, values: Values, labels: Mapping[str, str]) -> Iterator[Step]:
    for part in _visit_reached(node, values):
        yield from _collect_steps(part, values, labels)
    kind = _name_step(node)
    if kind is not None:
        filled = render(node, values, labels)
        yield Step(kind, render(node, labels=labels), filled, evaluate_node(node, values))


def _name_step(node: Node) -> StepKind | None:
    match node:
        case Operation("/"):
            return "quotient"
        case Extreme(function):
            return function
        case Choice():
            return "if"
        case _:
            return None


def _find_gaps(node: Node, values: Values, labels: Mapping[str, str]) -> Iterator[Gap]:
    if isinstance(node, Name) and values[node.key] is None:
        yield Gap("input", node.key, render(node, labels=labels))
    for part in _visit_reached(node, values):
        yield from _find_gaps(part, values, labels)
    if isinstance(node, Operation) and node.operator == "/" and evaluate_node(node.right, values) == 0:
        yield Gap("division_by_zero", None, render(node.right, labels=labels))
