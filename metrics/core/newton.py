"""The largest value of a smooth function, by Newton's method made safe.

The Hessian is exact, so a handful of steps is enough. Where the function is not concave the curvature of the
wrong sign is turned round; a step is never longer than `LONGEST_STEP`, ends where it leaves the box, and is
halved until the value rises.
It ends when the Newton decrement, about what the value could still rise, is below `TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from metrics.core.grouped_histories import Floats

TOLERANCE: Final = 1e-9
LONGEST_STEP: Final = 2.0
LARGEST_ITERATIONS: Final = 100
_HALVINGS: Final = 40
# A total over a million customers is not known to the last bit: a fall this small is none.
_ROUNDING: Final = 1e-12
_WITHIN_ROUNDING: Final = 1e-6
_SMALLEST_CURVATURE: Final = 1e-9
_AT_LIMIT: Final = 1e-12


class Evaluation(NamedTuple):
    """A function at a point: value, gradient (k) and Hessian (k × k)."""

    value: float
    gradient: Floats
    hessian: Floats


@dataclass(frozen=True)
class Maximum:
    """Where the search ended. ``at_bound`` tells for each coordinate whether a limit holds it."""

    point: Floats
    evaluation: Evaluation
    decrement: float
    iterations: int
    converged: bool
    at_bound: tuple[bool, ...]


def maximise(
    evaluate: Callable[[Floats], Evaluation],
    start: Floats,
    lowest: Floats,
    highest: Floats,
    tolerance: float = TOLERANCE,
) -> Maximum:
    """Climb from ``start`` within the box [lowest, highest].

    Parameters
    ----------
    evaluate : gives value, gradient and Hessian at a point of shape (k,).
    tolerance : largest Newton decrement, in units of the value, at which it ends.
    """
    point = np.clip(start, lowest, highest)
    here = evaluate(point)
    decrement, is_held = np.inf, np.zeros(point.size, dtype=np.bool_)
    for iteration in range(LARGEST_ITERATIONS):
        is_low, is_high = point <= lowest + _AT_LIMIT, point >= highest - _AT_LIMIT
        is_held = (is_low & (here.gradient < 0)) | (is_high & (here.gradient > 0))
        step, decrement, is_concave = _find_step(here, ~is_held)
        if decrement <= tolerance and is_concave:
            held = tuple(is_held.tolist())
            return Maximum(point, here, decrement, iteration, not any(held), held)
        is_leaving = is_held
        while (is_out := (is_low & (step < 0)) | (is_high & (step > 0))).any():
            is_leaving = is_leaving | is_out
            step = _find_step(here, ~is_leaving)[0]
        step *= _find_part(point, step, lowest, highest)
        climbed = _climb(evaluate, point, here, step, lowest, highest)
        if climbed is None:
            # No step shows a rise any more: the rounding of the value is what is left.
            converged = decrement <= _WITHIN_ROUNDING and is_concave and not is_held.any()
            return Maximum(point, here, decrement, iteration, converged, tuple(is_held.tolist()))
        point, here = climbed
    return Maximum(point, here, decrement, iteration, False, tuple(is_held.tolist()))


def _find_step(here: Evaluation, is_free: np.typing.NDArray[np.bool_]) -> tuple[Floats, float, bool]:
    """Return the step, half the rise it promises twice over, and whether the function bends down here."""
    step = np.zeros(here.gradient.size)
    if not is_free.any():
        return step, 0.0, True
    gradient = here.gradient[is_free]
    curvature, axes = np.linalg.eigh(-here.hessian[np.ix_(is_free, is_free)])
    floor = _SMALLEST_CURVATURE * max(1.0, float(np.abs(curvature).max()))
    along = axes.T @ gradient
    free_step = axes @ (along / np.maximum(np.abs(curvature), floor))
    decrement = 0.5 * float(gradient @ free_step)
    length = float(np.linalg.norm(free_step))
    if length > LONGEST_STEP:
        free_step *= LONGEST_STEP / length
    step[is_free] = free_step
    return step, decrement, bool(curvature.min() > 0)


def _find_part(point: Floats, step: Floats, lowest: Floats, highest: Floats) -> float:
    """Return which part of the step stays within the box.

    Cut off coordinate by coordinate it would point elsewhere, and on a ridge downhill.
    """
    limit = np.where(step > 0, highest, lowest)
    moves = step != 0
    return float(np.min((limit[moves] - point[moves]) / step[moves], initial=1.0))


def _climb(
    evaluate: Callable[[Floats], Evaluation],
    point: Floats,
    here: Evaluation,
    step: Floats,
    lowest: Floats,
    highest: Floats,
) -> tuple[Floats, Evaluation] | None:
    slack = _ROUNDING * abs(here.value)
    for _ in range(_HALVINGS):
        there = np.clip(point + step, lowest, highest)
        found = evaluate(there)
        promised = float(here.gradient @ (there - point))
        if np.isfinite(found.value) and found.value >= here.value + 1e-4 * promised - slack:
            return there, found
        if promised <= slack:
            # Less than the value is known to: on a ridge halving on would go on for thousands of looks.
            return None
        step = step / 2
    return None
