"""Exact decimal steps shared by everything that must equal PostgreSQL to the last digit.

Sums and products are exact in both worlds. Only two steps round, and each exists twice here, as Decimal
and as SQL, side by side: a quotient to 10 places and an amount to 4 places, both half away from zero.
None (NULL) means "not available"; it goes in and comes out.

A quotient must not be rounded twice (PostgreSQL's `/` first rounds to a scale it chooses itself, which
turns 0.4999…9 into 0.5). Both sides therefore take the *truncated whole* quotient of twice the wanted
precision, which is exact in both, and round its half: trunc(2y) / 2 rounds to the same whole as y.
"""

from __future__ import annotations

from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_UP,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Subnormal,
    Underflow,
)
from typing import Final

QUOTIENT_PLACES: Final = 10
AMOUNT_PLACES: Final = 4

_FAULTS = [Clamped, DivisionByZero, InvalidOperation, Overflow, Subnormal, Underflow]
# More digits than a formula of the allowed length can produce: an inexact step is an error, never a value.
# Own contexts, so that the caller's decimal context changes nothing.
EXACT = Context(
    prec=60_000, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[*_FAULTS, Inexact], clamp=0
)
_ROUNDING = Context(prec=60_000, rounding=ROUND_HALF_UP, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=_FAULTS, clamp=0)

_DOUBLE_UNITS = Decimal(2 * 10**QUOTIENT_PLACES)
_HALF_UNIT = Decimal(5).scaleb(-QUOTIENT_PLACES - 1)


def round_half_up(number: Decimal, places: int) -> Decimal:
    """Round half away from zero to `places` decimals, as `round(numeric, places)` of PostgreSQL does."""
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_ROUNDING)
    # numeric knows no negative zero
    return rounded if rounded else abs(rounded)


def round_amount(number: Decimal) -> Decimal:
    """Round an amount to 4 places, half away from zero."""
    return round_half_up(number, AMOUNT_PLACES)


def divide(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """Divide to 10 places, half away from zero; None when either is None or the denominator is 0.

    >>> divide(Decimal(721), Decimal("365.25"))
    Decimal('1.9739904175')
    """
    if numerator is None or denominator is None or not denominator:
        return None
    return divide_by(numerator, denominator)


def divide_by(numerator: Decimal | int, denominator: Decimal | int) -> Decimal:
    """Divide two known numbers to 10 places, half away from zero; decimal.DivisionByZero for 0."""
    doubled = EXACT.multiply(Decimal(numerator), _DOUBLE_UNITS)
    whole = EXACT.divide_int(doubled, Decimal(denominator))
    return round_half_up(EXACT.multiply(whole, _HALF_UNIT), QUOTIENT_PLACES)


def quotient_sql(numerator: str, denominator: str) -> str:
    """Return SQL for `divide`, bit for bit, of two SQL snippets of type numeric."""
    return (
        f"round(div(({numerator}) * {_DOUBLE_UNITS:f}::numeric, nullif(({denominator})::numeric, 0))"
        f" * {_HALF_UNIT:f}::numeric, {QUOTIENT_PLACES})"
    )


def amount_sql(number: str) -> str:
    """Return SQL for `round_amount` of an SQL snippet of type numeric."""
    return f"round(({number})::numeric, {AMOUNT_PLACES})"
