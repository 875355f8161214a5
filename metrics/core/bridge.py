"""What moved contribution from one period to the next: a bridge of parts that add up exactly.

    contribution of customers = customers × orders per customer × revenue per order × margin

Each of these factors gets the average of what replacing it does over all orders of replacing them
(`metrics.core.shapley`). What is no product is a difference: the contribution of orders without a customer,
and acquisition and retention cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import Final, Literal

from metrics.core.arithmetic import AMOUNT_PLACES
from metrics.core.shapley import round_parts, share_change

Factor = Literal["customers", "frequency", "aov", "margin"]
FACTORS: Final[tuple[Factor, ...]] = ("customers", "frequency", "aov", "margin")
ANONYMOUS: Final = "anonymous"


@dataclass(frozen=True, slots=True)
class Side:
    """One period. Orders, revenue and contribution of customers; those of nobody and costs stand apart.

    ``costs`` are positive amounts by name; both sides of a bridge have the same names.
    """

    customers: int
    orders: int
    revenue: Decimal
    contribution: Decimal
    anonymous: Decimal = Decimal(0)
    costs: dict[str, Decimal] = field(default_factory=dict)

    @property
    def result(self) -> Decimal:
        """Contribution of everyone, less the costs."""
        return self.contribution + self.anonymous - sum(self.costs.values(), Decimal(0))

    def find_undefined(self) -> Factor | None:
        """Return the first factor that would be a division by nothing, None when all are defined."""
        above: dict[Factor, int | Decimal] = {
            "frequency": self.customers, "aov": self.orders, "margin": self.revenue
        }  # fmt: skip
        return next((name for name, divisor in above.items() if divisor == 0), None)

    def _split(self) -> dict[str, Fraction]:
        revenue = Fraction(self.revenue)
        return {
            "customers": Fraction(self.customers),
            "frequency": Fraction(self.orders, self.customers),
            "aov": revenue / self.orders,
            "margin": Fraction(self.contribution) / revenue,
        }


@dataclass(frozen=True, slots=True)
class Bridge:
    """From ``before`` to ``after``, amounts to 4 decimals: ``before`` + all ``parts`` = ``after``."""

    before: Decimal
    after: Decimal
    parts: dict[str, Decimal]


class UndefinedFactorError(ValueError):
    """A factor cannot be computed at one end: nobody bought, or there was no revenue."""

    def __init__(self, factor: Factor, *, later: bool) -> None:
        super().__init__(f"{factor} is not defined in the {'later' if later else 'earlier'} period")
        self.factor = factor
        self.later = later


def build_bridge(before: Side, after: Side) -> Bridge:
    """Return what moved the result of a side: factors, orders without a customer, and each cost.

    A cost that rose is a negative part. What rounding to 4 decimals leaves goes to the factor with the
    largest part; the other parts are differences of amounts and need no rounding.

    Raises
    ------
    UndefinedFactorError
        When a factor is undefined at either end.

    Examples
    --------
    >>> before = Side(10, 20, Decimal(1000), Decimal(400))
    >>> after = Side(12, 24, Decimal(1200), Decimal(480))
    >>> build_bridge(before, after).parts["customers"]
    Decimal('80.0000')
    """
    for side in (before, after):
        if factor := side.find_undefined():
            raise UndefinedFactorError(factor, later=side is after)
    shares = share_change(
        lambda factors: prod(factors.values(), start=Fraction(1)), before._split(), after._split()
    )
    parts = {name: _write_amount(part) for name, part in round_parts(shares, AMOUNT_PLACES).items()}
    parts[ANONYMOUS] = after.anonymous - before.anonymous
    parts |= {name: before.costs[name] - after.costs[name] for name in before.costs}
    return Bridge(before.result, after.result, parts)


def _multiply(factors: Mapping[str, Fraction]) -> Fraction:
    return prod(factors.values(), start=Fraction(1))


def _write_amount(amount: Fraction) -> Decimal:
    """Return a fraction that has no more than 4 decimals as an amount."""
    units = amount * 10**AMOUNT_PLACES
    return Decimal(units.numerator).scaleb(-AMOUNT_PLACES)
