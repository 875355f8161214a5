"""Formulas as trees: the parts, the limits, and the symbolic rendering.

A formula is one tree. `execution` runs it (in SQL and in Decimal), `explanation` fills in one customer's
numbers; all read the same object, so that what is shown is what was computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ArithmeticOperator = Literal["+", "-", "*", "/"]
ComparisonOperator = Literal["<", "<=", ">", ">=", "=", "<>"]

# Bounds that keep a formula readable, and its exact value far inside what numeric can hold.
MAXIMUM_PARTS = 150
MAXIMUM_DEPTH = 25
MAXIMUM_LENGTH = 2_000
MAXIMUM_WHOLE_DIGITS = 15
MAXIMUM_DECIMALS = 10


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the formula."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """A word of the vocabulary."""

    key: str


@dataclass(frozen=True, slots=True)
class Negation:
    """A minus sign before a part."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Operation:
    """Two parts with + − × or ÷ between them; a ÷ rounds to 10 places."""

    operator: ArithmeticOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or largest of its arguments; not available when any of them is not."""

    function: Literal["min", "max"]
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The condition of a choice."""

    operator: ComparisonOperator
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Choice:
    """if(condition, then, otherwise); the branch not taken does not matter."""

    condition: Comparison
    then: Node
    otherwise: Node


Node = Number | Name | Negation | Operation | Extreme | Choice


@dataclass(frozen=True, slots=True)
class Term:
    """A top-level part of a formula: it is rounded to 4 places, then added or subtracted."""

    sign: Literal[1, -1]
    node: Node


@dataclass(frozen=True, slots=True)
class Expression:
    """A whole formula; its value is the sum of its rounded terms."""

    root: Node

    @property
    def terms(self) -> tuple[Term, ...]:
        """The top-level terms from left to right. `a - (b + c)` has two: a, and b + c."""
        return tuple(_split_terms(self.root))

    @property
    def names(self) -> frozenset[str]:
        """The words of the vocabulary the formula needs."""
        return frozenset(node.key for node in walk(self.root) if isinstance(node, Name))


def _split_terms(root: Node) -> Iterator[Term]:
    reversed_terms: list[Term] = []
    node = root
    while isinstance(node, Operation) and node.operator in "+-":
        reversed_terms.append(Term(1 if node.operator == "+" else -1, node.right))
        node = node.left
    if isinstance(node, Negation):
        reversed_terms.append(Term(-1, node.operand))
    else:
        reversed_terms.append(Term(1, node))
    return reversed(reversed_terms)


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts directly inside a part, in reading order."""
    match node:
        case Negation(operand):
            return (operand,)
        case Operation(_, left, right):
            return (left, right)
        case Extreme(_, arguments):
            return arguments
        case Choice(condition, then, otherwise):
            return (condition.left, condition.right, then, otherwise)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a part and everything inside it, in reading order."""
    yield node
    for child in children(node):
        yield from walk(child)


def measure_depth(node: Node) -> int:
    """Return how deep parts are nested; a long sum or product counts as one level."""
    deepest = 0
    pending: list[tuple[Node, int]] = [(node, 1)]
    while pending:
        part, depth = pending.pop()
        deepest = max(deepest, depth)
        for child in children(part):
            chained = isinstance(part, Operation) and child is part.left
            pending.append((child, depth if chained else depth + 1))
    return deepest
