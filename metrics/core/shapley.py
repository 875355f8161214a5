"""What each of several changes that happen at once has contributed, whatever order they are thought in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import combinations
from math import factorial
from typing import TypeVar

Figures = Mapping[str, Fraction]
_Name = TypeVar("_Name", bound=str)


def share_change(
    compute: Callable[[Figures], Fraction], before: Figures, after: Figures
) -> dict[str, Fraction]:
    """Share ``compute(after) − compute(before)`` among the figures that changed, exactly.

    The part of a figure is how much the result changes when it is replaced, averaged over all orders of
    replacing the figures one by one (Shapley 1953, *A value for n-person games*, eq. 12). Parts add up to
    the change to the last digit, since all arithmetic is on fractions.

    Parameters
    ----------
    compute : a function of the figures; called 2ⁿ times for n figures that differ.
    before, after : the same figures, by name.

    Returns
    -------
    dict
        The part of every figure, in their order, in the unit of the result; 0 for what did not change.

    Examples
    --------
    >>> area = lambda sides: sides["width"] * sides["height"]
    >>> two, three = Fraction(2), Fraction(3)
    >>> share_change(area, {"width": two, "height": two}, {"width": three, "height": three})
    {'width': Fraction(5, 2), 'height': Fraction(5, 2)}
    """
    names = [name for name in before if before[name] != after[name]]
    reached = {
        replaced: compute({**before, **{name: after[name] for name in replaced}})
        for size in range(len(names) + 1)
        for replaced in combinations(names, size)
    }
    parts = dict.fromkeys(before, Fraction(0))
    for name in names:
        for replaced, result in reached.items():
            if name in replaced:
                continue
            with_it = tuple(one for one in names if one in replaced or one == name)
            parts[name] += _weigh(len(replaced), len(names)) * (reached[with_it] - result)
    return parts


def round_parts(parts: Mapping[str, Fraction], places: int) -> dict[str, Fraction]:
    """Round parts to so many decimals, half away from zero, such that they add up to their rounded sum.

    What rounding leaves goes to the part that is largest in size (of equals the first).

    Examples
    --------
    >>> round_parts({"a": Fraction(2, 3), "b": Fraction(2, 3), "c": Fraction(2, 3)}, 0)
    {'a': Fraction(0, 1), 'b': Fraction(1, 1), 'c': Fraction(1, 1)}
    """
    rounded = {name: round_fraction(part, places) for name, part in parts.items()}
    if rounded:
        largest = max(parts, key=lambda name: abs(parts[name]))
        rounded[largest] += round_fraction(sum(parts.values(), Fraction(0)), places) - sum(rounded.values())
    return rounded


def round_to_total(parts: Mapping[_Name, Decimal], total: Decimal, places: int) -> dict[_Name, Decimal]:
    """Round amounts to so many decimals such that they add up to a total that has no more decimals.

    Each is rounded down, and what is left of the total is given out one last digit at a time, to the parts
    of which most was cut off (the largest remainders; of equals the first). So no part is off by more than
    one in its last digit when the total is the rounded sum, or the difference of two rounded amounts.

    Examples
    --------
    >>> parts = {"a": Decimal("0.3333"), "b": Decimal("0.3333"), "c": Decimal("0.3334")}
    >>> [str(part) for part in round_to_total(parts, Decimal(1), 2).values()]
    ['0.33', '0.33', '0.34']
    """
    digit = Decimal(1).scaleb(-places)
    rounded = {name: part.quantize(digit, rounding=ROUND_FLOOR) for name, part in parts.items()}
    left = int((total - sum(rounded.values(), Decimal(0))) / digit)
    by_remainder = sorted(parts, key=lambda name: rounded[name] - parts[name])
    for name in by_remainder[:left]:
        rounded[name] += digit
    return rounded


def round_fraction(number: Fraction, places: int) -> Fraction:
    """Round to so many decimals, half away from zero.

    >>> round_fraction(Fraction(-1, 8), 2)
    Fraction(-13, 100)
    """
    units = abs(number) * 10**places
    whole = (2 * units.numerator + units.denominator) // (2 * units.denominator)
    return Fraction(whole if number >= 0 else -whole, 10**places)


def _weigh(replaced: int, names: int) -> Fraction:
    """Return the share of all orders in which just these come before one more."""
    return Fraction(factorial(replaced) * factorial(names - replaced - 1), factorial(names))
