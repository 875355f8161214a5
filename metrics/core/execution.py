"""One tree, two executions: `evaluate` walks it in Decimal, `to_sql` compiles it for PostgreSQL.

Each kind of part stands here twice, once in `_compute` and once in `_compile`, and both give the same
number to the last digit (a property test compares them on the real database). Not available (None, NULL)
in, or a division by 0, gives not available.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal

from metrics.core.arithmetic import EXACT, amount_sql, divide, quotient_sql, round_amount
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
    Term,
)

Values = Mapping[str, Decimal | int | None]

_ARITHMETIC: Mapping[str, Callable[[Decimal, Decimal], Decimal | None]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": divide,
}
_COMPARE: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


def evaluate(expression: Expression, values: Values) -> Decimal | None:
    """Compute a formula for one customer or group.

    Parameters
    ----------
    expression : the formula.
    values : a Decimal or int per name of the formula, None where it is not available; to equal the
        database, the same digits as are stored there.

    Returns
    -------
    The sum of the rounded terms, 4 places; None when not available.

    Raises
    ------
    KeyError
        When a name of the formula has no entry.
    TypeError, ValueError
        When a value is a float, or is not finite.
    """
    total = Decimal("0.0000")
    for term in expression.terms:
        amount = evaluate_term(term, values)
        if amount is None:
            return None
        total = EXACT.add(total, amount)
    return total


def evaluate_term(term: Term, values: Values) -> Decimal | None:
    """Compute one top-level term, with its sign, rounded to 4 places."""
    number = _compute(term.node, values)
    if number is None:
        return None
    return round_amount(EXACT.multiply(Decimal(term.sign), number))


def evaluate_node(node: Node, values: Values) -> Decimal | None:
    """Compute a part inside a term, unrounded except for its quotients."""
    return _compute(node, values)


def holds(condition: Comparison, values: Values) -> bool | None:
    """Say whether a condition is met; None when one of its sides is not available."""
    left, right = _compute(condition.left, values), _compute(condition.right, values)
    if left is None or right is None:
        return None
    return _COMPARE[condition.operator](left, right)


def _compute(node: Node, values: Values) -> Decimal | None:
    match node:
        case Number(value):
            return value
        case Name(key):
            return read_value(key, values)
        case Negation(operand):
            number = _compute(operand, values)
            return None if number is None else EXACT.subtract(Decimal(0), number)
        case Operation(symbol, left, right):
            first, second = _compute(left, values), _compute(right, values)
            return None if first is None or second is None else _ARITHMETIC[symbol](first, second)
        case Extreme(function, arguments):
            numbers = [_compute(argument, values) for argument in arguments]
            known = [number for number in numbers if number is not None]
            if len(known) < len(numbers):
                return None
            return min(known) if function == "min" else max(known)
        case Choice(condition, then, otherwise):
            met = holds(condition, values)
            return None if met is None else _compute(then if met else otherwise, values)


def read_value(key: str, values: Values) -> Decimal | None:
    """Return the value of one name, checked; None when it is not available."""
    if key not in values:
        given = ", ".join(sorted(values))
        raise KeyError(f"The formula needs a value (or None) for '{key}', got only: {given}.")
    value = values[key]
    if value is None:
        return None
    if isinstance(value, float) or not isinstance(value, Decimal | int):
        raise TypeError(f"'{key}' must be a Decimal, an int or None, got {value!r}.")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"'{key}' must be a finite number, got {value}.")
    return number


def to_sql(expression: Expression, columns: Mapping[str, str]) -> str:
    """Compile a formula to one PostgreSQL expression of type numeric with 4 places.

    Parameters
    ----------
    expression : the formula.
    columns : per name of the formula a safe SQL snippet of an exact type (numeric or whole number),
        such as ``"r.revenue"``. Written by code, never taken from a person.

    Raises
    ------
    KeyError
        When a name of the formula has no column.
    """
    pieces: list[str] = []
    for term in expression.terms:
        sign = "-" if term.sign < 0 else "+"
        pieces.append(f"{sign} {amount_sql(_compile(term.node, columns))}")
    return "(" + " ".join(pieces).removeprefix("+ ") + ")"


def _compile(node: Node, columns: Mapping[str, str]) -> str:
    match node:
        case Number(number):
            return f"{number:f}::numeric"
        case Name(key):
            return f"({_find_column(key, columns)})::numeric"
        case Negation(operand):
            return f"(- {_compile(operand, columns)})"
        case Operation("/", left, right):
            return quotient_sql(_compile(left, columns), _compile(right, columns))
        case Operation(symbol, left, right):
            return f"({_compile(left, columns)} {symbol} {_compile(right, columns)})"
        case Extreme(function, arguments):
            return _compile_extreme(function, [_compile(argument, columns) for argument in arguments])
        case Choice(condition, then, otherwise):
            return (
                f"(CASE {_compile_condition(condition, columns)} WHEN true THEN {_compile(then, columns)}"
                f" WHEN false THEN {_compile(otherwise, columns)} END)"
            )


def _compile_condition(condition: Comparison, columns: Mapping[str, str]) -> str:
    left, right = _compile(condition.left, columns), _compile(condition.right, columns)
    return f"{left} {condition.operator} {right}"


def _compile_extreme(function: str, arguments: list[str]) -> str:
    # GREATEST and LEAST skip NULL. Arrays are compared element by element and there NULL is the largest,
    # so the greatest one-element array is NULL as soon as one argument is; min(a, b) is -max(-a, -b).
    # Each argument is written once, so that nested formulas do not double in length at every level.
    minus = "- " if function == "min" else ""
    arrays = ", ".join(f"ARRAY[{minus}{argument}]" for argument in arguments)
    return f"({minus}(greatest({arrays}))[1])"


def _find_column(key: str, columns: Mapping[str, str]) -> str:
    if key not in columns:
        raise KeyError(f"The formula needs a column for '{key}', got only: {', '.join(sorted(columns))}.")
    return columns[key]
