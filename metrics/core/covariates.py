"""Attributes known from the start (channel, country, first category) and how customers with them differ.

Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models". Each
level of an attribute but one multiplies two things, by exp(γ): the purchase rate λ, and dropping out (the
rate μ in Pareto/NBD; the odds a/b of dropping out after a purchase in BG/NBD and MBG/NBD). The one left is
the *reference* level, the one with most customers (tie: alphabet): its multipliers are 1, and the others say
how customers of that level differ from it, other attributes being equal.

An effect is a difference between customers who came by themselves. It does not say what a customer would do
had he come another way: `CORRELATION` goes with every result.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from metrics.core.attribute_levels import Attribute, find_cells, read_attributes
from metrics.core.dropout_after_purchase import DropoutAfterPurchase
from metrics.core.estimation import (
    FLAT_RIDGE,
    HIGHEST,
    LARGEST_LOG_ERROR,
    LOWEST,
    NOT_CONVERGED,
    Likelihood,
    invert,
    sum_outer_products,
)
from metrics.core.grouped_histories import Floats, GroupedHistories, Indices, check_histories, group_histories
from metrics.core.newton import Evaluation, Maximum, maximise
from metrics.core.pareto_nbd import ParetoNBD

#: The warning that goes with every result: a difference between groups, not the effect of an action.
CORRELATION: Final = "correlation_not_cause"
#: Fewer customers than this, or fewer who came back, do not make a level: they are taken together.
SMALLEST_LEVEL: Final = 30
FEWEST_REPEAT_BUYERS: Final = 10
MOST_LEVELS: Final = 12
_LARGEST_EFFECT: Final = math.log(100.0)
_WIDEST: Final = 20.0
# What dropping out more does to the parameter: a rises, β falls.
_DROPOUT: Final = {"a": 1.0, "beta": -1.0}

Model = TypeVar("Model", DropoutAfterPurchase, ParetoNBD)


@dataclass(frozen=True)
class Multiplier:
    """How many times as much as the reference level, with the interval; 1 for the reference itself."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low > 1 or self.high < 1


@dataclass(frozen=True)
class Effect:
    """How customers of one level differ from those of the reference level.

    ``level`` is None for levels too small to stand alone, taken together.
    """

    attribute: str
    level: str | None
    customers: int
    is_reference: bool
    purchase_rate: Multiplier
    dropout: Multiplier


@dataclass(frozen=True, eq=False)
class CovariateFit(Generic[Model]):
    """A model whose parameters differ by attribute.

    ``reference`` is the model of customers with the reference level of every attribute; ``p_values`` tell for
    each attribute how likely differences this large are by chance (Wald, sandwich covariance).
    ``log_likelihood`` compares with ``reference.log_likelihood`` of the model without attributes.
    """

    reference: Model
    effects: tuple[Effect, ...]
    p_values: Mapping[str, float]
    log_likelihood: float
    log_likelihood_without: float
    converged: bool
    reasons: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    logs: Floats
    robust_covariance: Floats
    warnings: tuple[str, ...] = (CORRELATION,)

    @property
    def usable(self) -> bool:
        """Whether nothing speaks against showing it, with its warning."""
        return not self.reasons

    def split(self, attributes: Mapping[str, ArrayLike]) -> Iterator[tuple[Indices, Model]]:
        """Yield customers (their places) who share a model, and that model.

        A level not seen in the fit counts as the small ones taken together, else as the reference.
        """
        codes = [known.find_codes(attributes[known.name]) for known in self.attributes]
        for rows, cell in find_cells(codes):
            yield rows, self._model_of(cell)

    def _model_of(self, cell: tuple[int, ...]) -> Model:
        shift = _design(self.reference.likelihood, self.attributes, cell) @ self.logs
        names = self.reference.likelihood.names
        base = np.log([self.reference.params[name] for name in names])
        change = shift - self.logs[: len(names)]
        return self.reference.with_params(dict(zip(names, np.exp(base + change).tolist(), strict=True)))


def fit(
    model: type[Model],
    frequency: ArrayLike,
    recency: ArrayLike,
    age: ArrayLike,
    attributes: Mapping[str, ArrayLike],
    *,
    coverage: float = 0.95,
) -> CovariateFit[Model]:
    """Fit ``model`` (BGNBD, MBGNBD or ParetoNBD) with effects of attributes.

    Parameters
    ----------
    frequency, recency, age : as for `metrics.core.bgnbd.fit`.
    attributes : name → label (text or whole number) of each customer.
    coverage : of the intervals, 0.95 for 95 %.

    Raises
    ------
    ValueError : for what is not a history, or labels that are not one for each customer.
    """
    if not 0 < coverage < 1:
        raise ValueError(f"coverage must be between 0 and 1, got {coverage:g}.")
    x, t_x, big_t = (values.ravel() for values in check_histories(frequency, recency, age))
    without = model.fit(x, t_x, big_t)
    known = read_attributes(attributes, x, SMALLEST_LEVEL, FEWEST_REPEAT_BUYERS, MOST_LEVELS)
    scale = without.data.total_age / without.data.customers if without.data.total_age else 1.0
    likelihood: Likelihood = model.likelihood
    start = _start(without, known, scale)
    if not without.usable or start.size == len(likelihood.names):
        return _report_without(without, known, start)
    cells = [
        (_design(likelihood, known, cell), group_histories(x[rows], t_x[rows], big_t[rows]).scale(1 / scale))
        for rows, cell in find_cells([attribute.codes for attribute in known])
    ]
    reach = np.full(start.size, _LARGEST_EFFECT)
    reach[: len(likelihood.names)] = HIGHEST
    lowest = -reach
    lowest[: len(likelihood.names)] = LOWEST
    found = maximise(lambda logs: _evaluate(likelihood, cells, logs), start, lowest, reach)
    covariance = invert(found.evaluation.hessian)
    outer = np.zeros_like(covariance)
    for design, histories in cells:
        outer += design.T @ sum_outer_products(likelihood, design @ found.point, histories) @ design
    return _report(without, known, found, covariance, covariance @ outer @ covariance, scale, coverage)


def _evaluate(
    likelihood: Likelihood, cells: list[tuple[Floats, GroupedHistories]], logs: Floats
) -> Evaluation:
    """Sum over groups of customers with equal attributes: their parameters are linear in the effects."""
    value, gradient, hessian = 0.0, np.zeros(logs.size), np.zeros((logs.size, logs.size))
    for design, histories in cells:
        part = likelihood.evaluate(design @ logs, histories)
        value += part.value
        gradient += design.T @ part.gradient
        hessian += design.T @ part.hessian @ design
    return Evaluation(value, gradient, hessian)


def _start(without: DropoutAfterPurchase | ParetoNBD, known: tuple[Attribute, ...], scale: float) -> Floats:
    likelihood = without.likelihood
    base = [
        math.log(without.params[name] / (scale if name in likelihood.times else 1.0))
        for name in likelihood.names
    ]
    return np.array(base + [0.0] * (2 * sum(attribute.effects for attribute in known)))


def _design(likelihood: Likelihood, known: tuple[Attribute, ...], cell: tuple[int, ...]) -> Floats:
    """Return the matrix from effects to the log parameters of customers with these levels.

    Columns: the reference's log parameters, then for each attribute its effects on the rate and on dropout.
    """
    names = likelihood.names
    rate = names.index("alpha")
    drop, sign = next((names.index(name), sign) for name, sign in _DROPOUT.items() if name in names)
    size = len(names)
    design = np.zeros((size, size + 2 * sum(attribute.effects for attribute in known)))
    design[:, :size] = np.eye(size)
    column = size
    for attribute, code in zip(known, cell, strict=True):
        place = attribute.place_of(code)
        if place is not None:
            design[rate, column + place] = -1.0
            design[drop, column + attribute.effects + place] = sign
        column += 2 * attribute.effects
    return design


def _report(
    without: Model,
    known: tuple[Attribute, ...],
    found: Maximum,
    covariance: Floats,
    robust: Floats,
    scale: float,
    coverage: float,
) -> CovariateFit[Model]:
    names = without.likelihood.names
    factors = [scale if name in without.likelihood.times else 1.0 for name in names]
    params = dict(zip(names, (np.exp(found.point[: len(names)]) * factors).tolist(), strict=True))
    reasons = [] if found.converged or any(found.at_bound) else [NOT_CONVERGED]
    if any(found.at_bound) or float(np.linalg.eigvalsh(covariance).max()) > LARGEST_LOG_ERROR**2:
        reasons.append(FLAT_RIDGE)
    size = len(names)
    reference = replace(
        without.with_params(params),
        covariance=covariance[:size, :size],
        robust_covariance=robust[:size, :size],
    )
    errors = np.sqrt(np.diag(robust)) * float(special.ndtri((1 + coverage) / 2))
    return CovariateFit(
        reference=reference,
        effects=tuple(_list_effects(known, found.point, errors, size)),
        p_values=_find_p_values(known, found.point, robust, size),
        log_likelihood=found.evaluation.value - without.data.purchases * math.log(scale),
        log_likelihood_without=without.log_likelihood,
        converged=found.converged,
        reasons=tuple(reasons),
        attributes=known,
        logs=found.point,
        robust_covariance=robust,
    )


def _report_without(without: Model, known: tuple[Attribute, ...], start: Floats) -> CovariateFit[Model]:
    """Return the model without effects: nothing to compare, or nothing to estimate from."""
    return CovariateFit(
        reference=without,
        effects=(),
        p_values={},
        log_likelihood=without.log_likelihood,
        log_likelihood_without=without.log_likelihood,
        converged=without.converged,
        reasons=without.reasons,
        attributes=known,
        logs=start,
        robust_covariance=np.zeros((start.size, start.size)),
    )


def _list_effects(known: tuple[Attribute, ...], logs: Floats, reach: Floats, column: int) -> Iterator[Effect]:
    one = Multiplier(1.0, 1.0, 1.0)
    for attribute in known:
        for code, level in enumerate(attribute.levels):
            place = attribute.place_of(code)
            rate = drop = one
            if place is not None:
                rate = _multiply(logs, reach, column + place)
                drop = _multiply(logs, reach, column + attribute.effects + place)
            yield Effect(attribute.name, level, attribute.customers[code], place is None, rate, drop)
        column += 2 * attribute.effects


def _multiply(logs: Floats, reach: Floats, at: int) -> Multiplier:
    low, value, high = np.exp(logs[at] + min(reach[at], _WIDEST) * np.array([-1.0, 0.0, 1.0])).tolist()
    return Multiplier(value, low, high)


def _find_p_values(
    known: tuple[Attribute, ...], logs: Floats, robust: Floats, column: int
) -> Mapping[str, float]:
    found = {}
    for attribute in known:
        part = slice(column, column + 2 * attribute.effects)
        if attribute.effects:
            wald = float(logs[part] @ np.linalg.pinv(robust[part, part]) @ logs[part])
            found[attribute.name] = float(special.chdtrc(2 * attribute.effects, wald))
        column = part.stop
    return found
