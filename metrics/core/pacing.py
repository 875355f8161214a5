"""Where a target should be today, and where it will end: plain arithmetic on amounts by calendar month.

Amounts are known by month, so within a month they are spread evenly over its days; what is spread so that
could have been known better is said (``Realised.estimated``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sqrt
from typing import Final, Literal

from scipy.special import stdtrit

from metrics.core.arithmetic import divide, round_amount
from metrics.core.calendar import (
    MONTHS_PER_YEAR,
    Window,
    add_months,
    count_days,
    last_day_of_month,
    list_months,
)

Amounts = Mapping[date, Decimal]  # by first day of the month
Direction = Literal["up", "down", "none"]

LEAST_COMPARED: Final = 3  # months beside those of a year before, to know this year's level
LEAST_FOR_RANGE: Final = 6
LEAST_DAYS: Final = 7  # before so many days have passed a plain run rate says nothing
UPPER_END: Final = 0.9  # of a two-sided interval of 80 %


@dataclass(frozen=True, slots=True)
class Part:
    """What of one calendar month lies in a window: days, and how many of those have passed."""

    month: date
    days: int
    passed: int

    @property
    def month_days(self) -> int:
        """How many days the whole month has."""
        return count_days(self.month, last_day_of_month(self.month))


@dataclass(frozen=True, slots=True)
class Realised:
    """What came in so far. ``estimated``: some of it is a month's amount spread over its days."""

    amount: Decimal
    estimated: bool


@dataclass(frozen=True, slots=True)
class Level:
    """This year beside last: the ratio, over how many months, and how far single months lie around it.

    ``spread`` is a standard deviation as a share of the level, None when too few months are compared.
    """

    ratio: Decimal
    months: int
    spread: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a sum will be at the end: ``low`` to ``high`` four times out of five, None when not known.

    ``level`` is None when it is what came in so far, carried on at the same pace.
    """

    amount: Decimal
    low: Decimal | None = None
    high: Decimal | None = None
    level: Level | None = None


def list_parts(window: Window, today: date) -> list[Part]:
    """Cut a window into calendar months; ``today`` has passed, too."""
    parts = []
    for month in list_months(window.first, window.last):
        first, last = max(window.first, month), min(window.last, last_day_of_month(month))
        passed = max(0, count_days(first, min(last, today)))
        parts.append(Part(month, count_days(first, last), passed))
    return parts


def find_shape(parts: Sequence[Part], whole: Amounts) -> list[Decimal] | None:
    """Return what each part came to a year before, None unless every month of it is known.

    Parameters
    ----------
    whole : amounts of complete months. A month below 0, or a year of nothing, has no shape to go by.
    """
    shape = []
    for part in parts:
        before = whole.get(add_months(part.month, -MONTHS_PER_YEAR))
        if before is None or before < 0:
            return None
        shape.append(before * part.days / part.month_days)
    return shape if sum(shape) > 0 else None


def share_due(parts: Sequence[Part], shape: Sequence[Decimal] | None) -> Decimal:
    """Return which share of a sum should be there by now: by last year's shape, else by days.

    >>> share_due(list_parts(Window(date(2025, 1, 1), date(2025, 4, 10)), date(2025, 1, 25)), None)
    Decimal('0.2500000000')
    """
    weights = shape or [Decimal(part.days) for part in parts]
    passed = sum(
        (weight * part.passed / part.days for weight, part in zip(weights, parts, strict=True)), Decimal(0)
    )
    return divide(passed, sum(weights, Decimal(0))) or Decimal(0)


def expect(target: Decimal, due: Decimal) -> Decimal:
    """Return where a sum should be when so much of it is due."""
    return round_amount(target * due)


def sum_realised(parts: Sequence[Part], amounts: Amounts, today: date) -> Realised | None:
    """Add up what came in from the first day up to ``today``; None when a month of it is not known.

    Parameters
    ----------
    amounts : by month; that of the month of ``today`` is what came in up to that day.
    """
    total, estimated = Decimal(0), False
    for part in parts:
        if not part.passed:
            continue
        amount = amounts.get(part.month)
        if amount is None:
            return None
        covered = count_days(part.month, min(last_day_of_month(part.month), today))
        estimated = estimated or part.passed < covered
        total += amount * part.passed / covered
    return Realised(round_amount(total), estimated)


def find_level(whole: Amounts, today: date) -> Level | None:
    """Compare the last 12 complete months with the same months a year before; None under three of them."""
    pairs = []
    for step in range(1, MONTHS_PER_YEAR + 1):
        month = add_months(today, 1 - step)
        now, before = whole.get(month), whole.get(add_months(month, -MONTHS_PER_YEAR))
        if now is not None and before is not None and before > 0:
            pairs.append((now, before))
    ratio = divide(sum((now for now, _ in pairs), Decimal(0)), sum((then for _, then in pairs), Decimal(0)))
    if len(pairs) < LEAST_COMPARED or ratio is None or ratio <= 0:
        return None
    return Level(ratio, len(pairs), _find_spread(pairs, ratio))


def forecast(
    parts: Sequence[Part], realised: Decimal, whole: Amounts, level: Level | None
) -> Forecast | None:
    """Return what a sum will be: realised + the rest of last year's shape × this year's level.

    Without last year or level, what came in so far goes on at the same pace; None when too few days have
    passed to tell. The range is Student's t of the single months around the level, its own uncertainty
    included; a change of trend is not in it.
    """
    shape = find_shape(parts, whole)
    if shape is None or level is None:
        return _carry_on(parts, realised)
    rest = [
        float(weight) * (part.days - part.passed) / part.days
        for weight, part in zip(shape, parts, strict=True)
    ]
    left = sum(
        (weight * (part.days - part.passed) / part.days for weight, part in zip(shape, parts, strict=True)),
        Decimal(0),
    )
    amount = round_amount(realised + left * level.ratio)
    if level.spread is None:
        return Forecast(amount, level=level)
    deviation = float(level.ratio) * level.spread * sqrt(
        sum(weight**2 for weight in rest) + sum(rest) ** 2 / level.months
    )  # fmt: skip
    margin = round_amount(Decimal(repr(float(stdtrit(level.months - 1, UPPER_END)) * deviation)))
    return Forecast(amount, max(realised, amount - margin), amount + margin, level)


def is_good(direction: Direction, gap: Decimal) -> bool | None:
    """Tell whether lying so far above (below, when negative) what was wanted is good; None: neither."""
    if direction == "none":
        return None
    return gap >= 0 if direction == "up" else gap <= 0


def _carry_on(parts: Sequence[Part], realised: Decimal) -> Forecast | None:
    passed, days = sum(part.passed for part in parts), sum(part.days for part in parts)
    if passed < min(LEAST_DAYS, days):
        return None
    return Forecast(round_amount(realised * days / passed))


def _find_spread(pairs: Sequence[tuple[Decimal, Decimal]], ratio: Decimal) -> float | None:
    if len(pairs) < LEAST_FOR_RANGE:
        return None
    off = [float(now / (before * ratio)) - 1 for now, before in pairs]
    return sqrt(sum(value**2 for value in off) / (len(off) - 1))
