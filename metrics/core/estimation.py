"""Maximum likelihood for the purchase models: parameters, their errors, and what cannot be said.

Parameters are positive and estimated as logarithms; time is measured in mean ages of the customers inside,
in the caller's unit outside. Two covariances are kept: the inverse Hessian, right if the model is, and the
sandwich H⁻¹ (Σ gᵢ gᵢ') H⁻¹ (White 1982), right for the customers at hand even if it is not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np

from metrics.core.grouped_histories import DataRange, Floats, GroupedHistories
from metrics.core.newton import Evaluation, Maximum, maximise

#: Why a result is not to be relied on: keys, for who shows them to explain in words.
NO_CUSTOMERS: Final = "no_customers"
NO_TIME: Final = "no_time"
NO_REPEAT_BUYERS: Final = "no_repeat_buyers"
NOT_CONVERGED: Final = "not_converged"
FLAT_RIDGE: Final = "flat_ridge"
NO_DROPOUT_SIGNAL: Final = "no_dropout_signal"

LOWEST: Final = math.log(1e-5)
HIGHEST: Final = math.log(1e4)
#: Above this a parameter's logarithm is not known: a factor seven either way.
LARGEST_LOG_ERROR: Final = 2.0
_THIN_ABOVE: Final = 60_000
_THINNED: Final = 15_000
_ROUGHLY: Final = 1e-2
# With fewer who came back, two hills are about as high often enough to look from elsewhere too.
_FEW_REPEAT_BUYERS: Final = 500
_FURTHEST: Final = 12.0
_CHUNK: Final = 8192


class Likelihood(Protocol):
    """A log-likelihood of histories with derivatives to the logarithms of its parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters."""

    @property
    def times(self) -> frozenset[str]:
        """Those of them that are times, in the unit of the data."""

    def evaluate(self, logs: Floats, histories: GroupedHistories) -> Evaluation:
        """Return the total over all customers."""

    def find_scores(self, logs: Floats, histories: GroupedHistories) -> Floats:
        """Return the gradient of one customer of each history, shape (histories, parameters)."""


@dataclass(frozen=True)
class Estimate:
    """What a fit found. Mappings go from parameter to value; covariances are of the log parameters.

    ``reasons`` is empty when the fit can be relied on. ``decrement`` is about how much the log-likelihood
    could still rise. Errors are infinite, and covariances zero, when there was nothing to estimate from.
    """

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    robust_standard_errors: Mapping[str, float]
    covariance: Floats
    robust_covariance: Floats
    log_likelihood: float
    converged: bool
    decrement: float
    iterations: int
    reasons: tuple[str, ...]
    data: DataRange


def estimate(
    likelihood: Likelihood,
    histories: GroupedHistories,
    start: Mapping[str, float],
    other_start: Mapping[str, float] | None = None,
) -> Estimate:
    """Fit ``likelihood`` to ``histories``.

    Parameters
    ----------
    start : values to start from; times in mean ages, alpha in mean ages per purchase.
    other_start : where to look as well if that ends on no summit, or few came back: the likelier one counts.
    """
    data = histories.measure_range()
    scale = data.total_age / data.customers if data.total_age else 1.0
    logs = _place(likelihood, start, data)
    reason = _find_what_is_missing(data)
    if reason:
        return _report_nothing(likelihood, logs, scale, data, reason)
    scaled = histories.scale(1 / scale)
    found = _search(likelihood, scaled, logs)
    if other_start and (not found.converged or data.repeat_buyers < _FEW_REPEAT_BUYERS):
        other = _search(likelihood, scaled, _place(likelihood, other_start, data))
        found = max(found, other, key=lambda one: (one.evaluation.value, one.converged))
    return _report(likelihood, found, sum_outer_products(likelihood, found.point, scaled), scale, data)


def _place(likelihood: Likelihood, start: Mapping[str, float], data: DataRange) -> Floats:
    """Return the logarithms to start from."""
    logs = np.log([start[name] for name in likelihood.names])
    if data.purchases:
        logs[likelihood.names.index("alpha")] += math.log(data.customers / data.purchases)
    return logs


def _search(likelihood: Likelihood, scaled: GroupedHistories, logs: Floats) -> Maximum:
    """Return where the search from ``logs`` ends; for many histories it begins with some of them."""
    bounds = np.full(logs.size, LOWEST), np.full(logs.size, HIGHEST)
    if scaled.weight.size > _THIN_ABOVE:
        thinned = scaled.thin(scaled.weight.size // _THINNED)
        logs = maximise(lambda at: likelihood.evaluate(at, thinned), logs, *bounds, _ROUGHLY).point
    return maximise(lambda at: likelihood.evaluate(at, scaled), logs, *bounds)


def sum_outer_products(likelihood: Likelihood, logs: Floats, histories: GroupedHistories) -> Floats:
    """Return Σ gᵢ gᵢ' over customers: the meat of the sandwich."""
    scores = likelihood.find_scores(logs, histories)
    total = np.zeros((logs.size, logs.size))
    for part in histories.chunks(_CHUNK):
        total += (scores[part] * histories.weight[part, None]).T @ scores[part]
    return total


def invert(hessian: Floats) -> Floats:
    """Return the inverse of −``hessian``; directions without curvature get a large variance, not an error."""
    curvature, axes = np.linalg.eigh(-hessian)
    curvature = np.maximum(curvature, 1e-12 * max(1.0, float(curvature.max())))
    inverse: Floats = (axes / curvature) @ axes.T
    return inverse


def draw_logs(logs: Floats, covariance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return draws of log parameters, shape (draws, parameters), even on a ridge within `_FURTHEST`."""
    # On a ridge the smallest variance may be rounded below 0: not worth a warning, its size is what counts.
    found = rng.multivariate_normal(logs, covariance, draws, method="eigh", check_valid="ignore")
    return np.clip(found, logs - _FURTHEST, logs + _FURTHEST)


def _find_what_is_missing(data: DataRange) -> str | None:
    if not data.customers:
        return NO_CUSTOMERS
    if not data.total_age:
        return NO_TIME
    return None if data.repeat_buyers else NO_REPEAT_BUYERS


def _report(likelihood: Likelihood, found: Maximum, outer: Floats, scale: float, data: DataRange) -> Estimate:
    covariance = invert(found.evaluation.hessian)
    robust = covariance @ outer @ covariance
    params = _name_params(likelihood, found.point, scale)
    reasons = () if found.converged or any(found.at_bound) else (NOT_CONVERGED,)
    if any(found.at_bound) or float(np.linalg.eigvalsh(covariance).max()) > LARGEST_LOG_ERROR**2:
        reasons = (*reasons, FLAT_RIDGE)
    return Estimate(
        params=params,
        standard_errors=_find_errors(params, covariance),
        robust_standard_errors=_find_errors(params, robust),
        covariance=covariance,
        robust_covariance=robust,
        # The density of a purchase is per unit of time: back to the caller's unit.
        log_likelihood=found.evaluation.value - data.purchases * math.log(scale),
        converged=found.converged,
        decrement=found.decrement,
        iterations=found.iterations,
        reasons=reasons,
        data=data,
    )


def _report_nothing(
    likelihood: Likelihood, logs: Floats, scale: float, data: DataRange, reason: str
) -> Estimate:
    params = _name_params(likelihood, logs, scale)
    unknown = MappingProxyType(dict.fromkeys(params, math.inf))
    nothing = np.zeros((logs.size, logs.size))
    return Estimate(params, unknown, unknown, nothing, nothing, 0.0, False, math.inf, 0, (reason,), data)


def add_reason(found: Estimate, reason: str) -> Estimate:
    """Return the estimate with one more reason not to rely on it."""
    return replace(found, reasons=(*found.reasons, reason))


def _name_params(likelihood: Likelihood, logs: Floats, scale: float) -> Mapping[str, float]:
    factors = [scale if name in likelihood.times else 1.0 for name in likelihood.names]
    values = (np.exp(logs) * factors).tolist()
    return MappingProxyType(dict(zip(likelihood.names, values, strict=True)))


def _find_errors(params: Mapping[str, float], covariance: Floats) -> Mapping[str, float]:
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0)) * list(params.values())
    return MappingProxyType(dict(zip(params, errors.tolist(), strict=True)))


def know(likelihood: Likelihood, params: Mapping[str, float]) -> Estimate:
    """Return parameters that are known and come from no data: no errors, nothing against them."""
    given = MappingProxyType(check_params(likelihood, params))
    none = MappingProxyType(dict.fromkeys(given, 0.0))
    nothing = np.zeros((len(given), len(given)))
    data = DataRange(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0)
    return Estimate(given, none, none, nothing, nothing, 0.0, True, 0.0, 0, (), data)


def evaluate_at(likelihood: Likelihood, params: Mapping[str, float], histories: GroupedHistories) -> float:
    """Return the total log-likelihood at given parameters."""
    logs = np.log(list(check_params(likelihood, params).values()))
    return likelihood.evaluate(logs, histories).value


def check_params(likelihood: Likelihood, params: Mapping[str, float]) -> dict[str, float]:
    """Return the parameters in the model's order; raises ValueError for what is none."""
    if params.keys() != set(likelihood.names):
        raise ValueError(f"params must be {', '.join(likelihood.names)}, got {', '.join(params)}.")
    for name, value in params.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be above 0, got {value:g}.")
    return {name: float(params[name]) for name in likelihood.names}
