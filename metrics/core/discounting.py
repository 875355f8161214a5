"""What later money is worth today: the real rate, and periods to come weighed by it."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from metrics.core.arithmetic import QUOTIENT_PLACES, round_half_up

# 50 digits: the sum of thousands of factors stays right far beyond the 10 places kept.
_CONTEXT = Context(prec=50, rounding=ROUND_HALF_EVEN)
_ONE = Decimal(1)
MAXIMUM_PERIODS: Final = 100_000


def find_real_rate(interest: Decimal, inflation: Decimal) -> Decimal:
    """Return the yearly real rate, (1 + interest) ÷ (1 + inflation) − 1, to 10 places.

    Parameters
    ----------
    interest, inflation : yearly rates as fractions: 0.05 is 5 %; both above -1.

    >>> find_real_rate(Decimal("0.05"), Decimal("0.02"))
    Decimal('0.0294117647')
    """
    _require_rate("interest", interest)
    _require_rate("inflation", inflation)
    growth = _CONTEXT.divide(_CONTEXT.add(_ONE, interest), _CONTEXT.add(_ONE, inflation))
    return round_half_up(_CONTEXT.subtract(growth, _ONE), QUOTIENT_PLACES)


def discount_factor(rate: Decimal, years: Decimal) -> Decimal:
    """Return (1 + rate)^(−years), to 10 places: what 1 is worth that is paid after `years`."""
    _require_rate("rate", rate)
    growth = _CONTEXT.add(_ONE, rate)
    return round_half_up(_CONTEXT.power(growth, _CONTEXT.minus(years)), QUOTIENT_PLACES)


def discounted_periods(n: Decimal, rate: Decimal, periods_per_year: Decimal) -> Decimal:
    """Return n periods to come, each weighed by its discount factor, to 10 places.

    Σ (1 + rate)^(−k / periods_per_year) for k = 1…n, paid at the end of each period; the last one pro
    rata: of 3.4 periods the fourth factor counts 0.4. At rate 0 exactly n.

    Parameters
    ----------
    n : periods to come, 0 or more.
    rate : yearly real rate as a fraction, above -1.
    periods_per_year : above 0: 12 for months, 1 for years.

    >>> discounted_periods(Decimal("3.4"), Decimal("0.10"), Decimal(1))
    Decimal('2.7600573731')
    """
    _require_rate("rate", rate)
    if not n.is_finite() or not 0 <= n <= MAXIMUM_PERIODS:
        raise ValueError(f"n must be between 0 and {MAXIMUM_PERIODS} periods, got {n}.")
    if not periods_per_year.is_finite() or periods_per_year <= 0:
        raise ValueError(f"periods_per_year must be above 0, got {periods_per_year}.")
    if rate == 0:
        return round_half_up(n, QUOTIENT_PLACES)
    return round_half_up(_sum_factors(n, rate, periods_per_year), QUOTIENT_PLACES)


def _sum_factors(n: Decimal, rate: Decimal, periods_per_year: Decimal) -> Decimal:
    one_period = _CONTEXT.power(_CONTEXT.add(_ONE, rate), _CONTEXT.divide(Decimal(-1), periods_per_year))
    whole = int(n)
    factor, total = _ONE, Decimal(0)
    for _ in range(whole):
        factor = _CONTEXT.multiply(factor, one_period)
        total = _CONTEXT.add(total, factor)
    last_part = _CONTEXT.multiply(factor, one_period)
    return _CONTEXT.add(total, _CONTEXT.multiply(last_part, n - whole))


def _require_rate(name: str, rate: Decimal) -> None:
    if not rate.is_finite() or rate <= -1:
        raise ValueError(f"{name} must be a fraction above -1 such as 0.05, got {rate}.")
