"""What a customer of a group would be worth if the group's rates were others: a calculation, not a promise.

The value is the lifetime value of a group (`formulas.METHODS["lifetime_group"]`) with levers on what it is
made of, less what keeping a customer costs a year and what winning one costs. Without any lever its first
line is the lifetime value of the group, to the digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, get_args

from metrics.core.arithmetic import AMOUNT_PLACES, divide, round_amount
from metrics.core.discounting import discounted_periods, find_real_rate
from metrics.core.execution import Values, evaluate
from metrics.core.expressions import Expression
from metrics.core.parsing import parse
from metrics.core.shapley import round_parts, share_change

Lever = Literal[
    "retention", "frequency", "order_value", "margin", "acquisition_cost", "retention_cost", "interest",
    "inflation",
]  # fmt: skip
LEVERS: Final[tuple[Lever, ...]] = get_args(Lever)
COSTS: Final[tuple[Lever, ...]] = ("acquisition_cost", "retention_cost")
ONE_PERCENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)
_ONE: Final = Decimal(1)
_LOWEST_RATE: Final = Decimal("-0.99")

VALUE: Final[Expression] = parse(
    "revenue / customer_years * frequency_factor * order_value_factor * future_years * margin"
    " - yearly_retention_cost * future_years - acquisition_cost"
)


@dataclass(frozen=True, slots=True)
class Base:
    """What a group is now; rates as fractions, costs per customer.

    Attributes
    ----------
    revenue, customer_years : of the customers with a valid order, up to the day of the run.
    margin : contribution ÷ revenue.
    retention : the share that buys again within a year.
    lifetime_years : 1 ÷ (1 − retention), at least 1 and at most ``lifetime_cap``, as the run has it.
    future_years : the lifetime, discounted, as the run has it.
    acquisition_cost : of winning one customer.
    retention_cost : of keeping one customer for a year.
    interest, inflation : a year; 0 when none is set.
    """

    revenue: Decimal
    customer_years: Decimal
    margin: Decimal
    retention: Decimal
    lifetime_years: Decimal
    future_years: Decimal
    lifetime_cap: Decimal
    acquisition_cost: Decimal = _NOTHING
    retention_cost: Decimal = _NOTHING
    interest: Decimal = _NOTHING
    inflation: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class Levers:
    """What changes: a difference of retention, margin, interest, inflation and both costs (an amount per
    customer); of frequency and order value the change as a fraction of what they are."""

    retention: Decimal = _NOTHING
    frequency: Decimal = _NOTHING
    order_value: Decimal = _NOTHING
    margin: Decimal = _NOTHING
    acquisition_cost: Decimal = _NOTHING
    retention_cost: Decimal = _NOTHING
    interest: Decimal = _NOTHING
    inflation: Decimal = _NOTHING

    @property
    def changed(self) -> tuple[Lever, ...]:
        """The levers that are not at 0, in their order."""
        return tuple(name for name in LEVERS if getattr(self, name))


NO_LEVERS: Final = Levers()


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What a change may cost at most before it no longer pays, its own cost levers left out.

    ``once`` per customer, ``per_year`` for every year that a customer stays.
    """

    once: Decimal
    per_year: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """Value per customer before and after; ``before`` + all ``parts`` = ``after``, exactly."""

    before: Decimal
    after: Decimal
    parts: Mapping[Lever, Decimal]
    break_even: BreakEven


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How much the value changes when a lever rises by 1 % of what it is."""

    lever: Lever
    change: Decimal


def find_inputs(base: Base, levers: Levers = NO_LEVERS) -> Values:
    """Return what the formula `VALUE` goes by once the levers are applied. A cost is never below 0."""
    return {
        "revenue": base.revenue,
        "customer_years": base.customer_years,
        "frequency_factor": max(_NOTHING, _ONE + levers.frequency),
        "order_value_factor": max(_NOTHING, _ONE + levers.order_value),
        "future_years": find_future(base, levers),
        "margin": base.margin + levers.margin,
        "yearly_retention_cost": max(_NOTHING, base.retention_cost + levers.retention_cost),
        "acquisition_cost": max(_NOTHING, base.acquisition_cost + levers.acquisition_cost),
    }


def find_levels(base: Base, levers: Levers = NO_LEVERS) -> dict[Lever, Decimal]:
    """Return what every lever stands at; frequency and order value as shares of what they are now."""
    inputs = {name: value or _NOTHING for name, value in find_inputs(base, levers).items()}
    return {
        "retention": min(_ONE, max(_NOTHING, base.retention + levers.retention)),
        "frequency": Decimal(inputs["frequency_factor"]),
        "order_value": Decimal(inputs["order_value_factor"]),
        "margin": Decimal(inputs["margin"]),
        "acquisition_cost": Decimal(inputs["acquisition_cost"]),
        "retention_cost": Decimal(inputs["yearly_retention_cost"]),
        "interest": max(_LOWEST_RATE, base.interest + levers.interest),
        "inflation": max(_LOWEST_RATE, base.inflation + levers.inflation),
    }


def find_lifetime(base: Base, levers: Levers = NO_LEVERS) -> Decimal:
    """Return the lifetime in years: the run's own without a lever on retention."""
    if not levers.retention:
        return base.lifetime_years
    years = divide(_ONE, _ONE - base.retention - levers.retention)
    if years is None or years < 0:
        return base.lifetime_cap
    return min(max(years, _ONE), base.lifetime_cap)


def find_future(base: Base, levers: Levers = NO_LEVERS) -> Decimal:
    """Return the lifetime, discounted: the run's own unless retention, interest or inflation changes."""
    if not (levers.retention or levers.interest or levers.inflation):
        return base.future_years
    interest = max(_LOWEST_RATE, base.interest + levers.interest)
    inflation = max(_LOWEST_RATE, base.inflation + levers.inflation)
    return discounted_periods(find_lifetime(base, levers), find_real_rate(interest, inflation), _ONE)


def value_customer(base: Base, levers: Levers = NO_LEVERS) -> Decimal:
    """Return the value of a customer of the group, to 4 places. Raises ValueError without customers."""
    value = evaluate(VALUE, find_inputs(base, levers))
    if value is None:
        raise ValueError(f"customer_years must be above 0, got {base.customer_years}.")
    return value


def compute(base: Base, levers: Levers) -> Outcome:
    """Return the value before and after, the part of each lever, and what the change may cost at most."""
    shares = share_change(
        lambda figures: Fraction(value_customer(base, _read_levers(figures))),
        _write_levers(NO_LEVERS), _write_levers(levers),
    )  # fmt: skip
    rounded = round_parts(shares, AMOUNT_PLACES)
    return Outcome(
        before=value_customer(base),
        after=value_customer(base, levers),
        parts={name: _write_amount(rounded[name]) for name in LEVERS},
        break_even=find_break_even(base, levers),
    )


def find_break_even(base: Base, levers: Levers) -> BreakEven:
    """Return the most that a change may cost: what it brings, and that spread over the years to come."""
    free = replace(levers, acquisition_cost=_NOTHING, retention_cost=_NOTHING)
    once = value_customer(base, free) - value_customer(base)
    per_year = divide(once, find_future(base, free))
    return BreakEven(once, round_amount(per_year or _NOTHING))


def rank_sensitivity(base: Base) -> list[Sensitivity]:
    """Return what 1 % more of each lever changes, the largest first; not of one that is 0 now."""
    before = value_customer(base)
    found = [
        Sensitivity(name, value_customer(base, replace(NO_LEVERS, **{name: level * ONE_PERCENT})) - before)
        for name, level in find_levels(base).items()
        if level
    ]
    return sorted(found, key=lambda one: -abs(one.change))


def _write_levers(levers: Levers) -> dict[str, Fraction]:
    return {name: Fraction(value) for name, value in asdict(levers).items()}


def _read_levers(figures: Mapping[str, Fraction]) -> Levers:
    """Levers came from decimals, so each is one again, to the digit."""
    return Levers(**{
        part.name: Decimal(figures[part.name].numerator) / figures[part.name].denominator
        for part in fields(Levers)
    })  # fmt: skip


def _write_amount(amount: Fraction) -> Decimal:
    units = amount * 10**AMOUNT_PLACES
    return Decimal(units.numerator).scaleb(-AMOUNT_PLACES)
