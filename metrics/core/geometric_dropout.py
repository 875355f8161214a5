"""Likelihood of the models in which a customer may drop out after each purchase: BG/NBD and MBG/NBD.

With ``s`` = 0 (BG/NBD: the first chance to drop out comes after the first repeat purchase) or 1 (MBG/NBD:
after the very first purchase), one history has the likelihood

    Γ(r+x)/Γ(r) · α^r · B(a, b+x+s)/B(a, b) · [(α+T)^−(r+x) + δ · a/(b+x+s−1) · (α+t_x)^−(r+x)]

where δ = 0 for x = 0 in BG/NBD and 1 otherwise. Fader, Hardie & Lee (2005), equation 6; Batislam, Denizel &
Filiztekin (2007). The first part depends on x alone; of T and t_x there remain one logarithm, one
exponential and their derivatives per history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from metrics.core.grouped_histories import Floats, GroupedHistories
from metrics.core.newton import Evaluation

R, ALPHA, A, B = range(4)
# Small enough for the cache, and for sums that stay in one thread.
_CHUNK: Final = 8192
NAMES: Final = ("r", "alpha", "a", "b")


def trigamma(x: Floats | float) -> Floats:
    """Return the derivative of digamma."""
    return np.asarray(special.zeta(2.0, x))


@dataclass(frozen=True)
class GeometricDropout:
    """The log-likelihood; ``first`` is ``s`` of the formula above."""

    first: int
    names: tuple[str, ...] = NAMES
    times: frozenset[str] = frozenset({"alpha"})

    def evaluate(self, logs: Floats, histories: GroupedHistories) -> Evaluation:
        """Return total log-likelihood, gradient and Hessian to the log parameters."""
        params = np.exp(logs)
        value, gradient, hessian = self._sum_frequencies(params, histories)
        for part in histories.chunks(_CHUNK):
            value += _add_ages(params, histories, part, gradient, hessian)
            value += self._add_dropout(params, histories, part, gradient, hessian)
        hessian = hessian * np.outer(params, params) + np.diag(gradient * params)
        return Evaluation(value, gradient * params, hessian)

    def _sum_frequencies(self, params: Floats, histories: GroupedHistories) -> tuple[float, Floats, Floats]:
        """Return what depends on x alone, to the parameters themselves."""
        r, alpha, a, b = params
        x, weight, n = histories.frequencies, histories.frequency_weight, histories.customers
        y, later = r + x, b + x + self.first
        points = np.concatenate((y, later, a + later, (r, b, a + b)))
        size = x.size
        sizes = np.concatenate((weight, weight, -weight, (-n, -n, n)))
        value = float(sizes @ special.gammaln(points)) + n * r * np.log(alpha)
        slope, bend = sizes * special.digamma(points), sizes * trigamma(points)

        def split(terms: Floats) -> tuple[float, float, float, float, float, float]:
            y_sum, later_sum, both_sum = terms[:-3].reshape(3, size).sum(axis=1)
            return (y_sum, later_sum, both_sum, *terms[-3:])

        y1, later1, both1, r1, b1, ab1 = split(slope)
        y2, later2, both2, r2, b2, ab2 = split(bend)
        gradient = np.array(
            [y1 + r1 + n * np.log(alpha), n * r / alpha, both1 + ab1, later1 + both1 + b1 + ab1]
        )
        hessian = np.zeros((4, 4))
        hessian[R, R] = y2 + r2
        hessian[R, ALPHA] = hessian[ALPHA, R] = n / alpha
        hessian[ALPHA, ALPHA] = -n * r / alpha**2
        hessian[A, A] = hessian[A, B] = hessian[B, A] = both2 + ab2
        hessian[B, B] = later2 + both2 + b2 + ab2
        return value, gradient, hessian

    def _add_dropout(
        self, params: Floats, histories: GroupedHistories, part: slice, gradient: Floats, hessian: Floats
    ) -> float:
        """Add log(1 + odds of having dropped out) of these histories; return its total."""
        odds = self._find_odds(params, histories, part)
        if not odds.weight.size:
            return 0.0
        likely = odds.weight * odds.gone
        gradient += odds.slopes @ likely
        hessian += (odds.slopes * (likely * (1 - odds.gone))) @ odds.slopes.T
        r_alpha = float(likely @ odds.inverse_gap)
        hessian[R, ALPHA] += r_alpha
        hessian[ALPHA, R] += r_alpha
        hessian[ALPHA, ALPHA] -= float(likely @ (odds.y * odds.square_gap))
        hessian[A, A] -= float(likely.sum()) / params[A] ** 2
        hessian[B, B] += float(likely @ odds.slopes[B] ** 2)
        return float(odds.weight @ odds.softplus)

    def _find_odds(self, params: Floats, histories: GroupedHistories, part: slice) -> _Odds:
        r, alpha, a, b = params
        first = part.start if self.first else max(part.start, histories.zeros)
        part = slice(first, max(first, part.stop))
        x, weight = histories.frequency[part], histories.weight[part]
        late, early = alpha + histories.age[part], alpha + histories.recency[part]
        y, later = r + x, b + x + (self.first - 1)
        log_gap = np.log(late / early)
        log_odds = y * log_gap + np.log(a / later)
        size = np.exp(-np.abs(log_odds))
        gone = np.where(log_odds >= 0, 1.0, size) / (1 + size)
        inverse_late, inverse_early = 1 / late, 1 / early
        inverse_gap = inverse_late - inverse_early
        slopes = np.empty((4, x.size))
        slopes[R], slopes[A] = log_gap, 1 / a
        np.multiply(y, inverse_gap, out=slopes[ALPHA])
        np.divide(-1.0, later, out=slopes[B])
        return _Odds(
            weight=weight,
            y=y,
            gone=gone,
            softplus=np.maximum(log_odds, 0) + np.log1p(size),
            slopes=slopes,
            inverse_gap=inverse_gap,
            square_gap=inverse_gap * (inverse_late + inverse_early),
        )

    def find_scores(self, logs: Floats, histories: GroupedHistories) -> Floats:
        """Return the gradient of one customer of each history."""
        params = np.exp(logs)
        r, alpha, a, b = params
        x, x_size = histories.frequencies, histories.frequency.size
        both = special.digamma(a + b) - special.digamma(a + b + x + self.first)
        later = special.digamma(b + x + self.first) - special.digamma(b)
        scores = np.empty((histories.frequency.size, 4))
        scores[:, R] = histories.repeat(special.digamma(r + x) - special.digamma(r) + np.log(alpha))
        scores[:, R] -= np.log(alpha + histories.age)
        scores[:, ALPHA] = r / alpha - (r + histories.frequency) / (alpha + histories.age)
        scores[:, A] = histories.repeat(both)
        scores[:, B] = histories.repeat(both + later)
        odds = self._find_odds(params, histories, slice(0, x_size))
        scores[x_size - odds.weight.size :] += (odds.gone * odds.slopes).T
        found: Floats = scores * params
        return found


@dataclass(frozen=True)
class _Odds:
    """The odds of having dropped out by T, with what their derivatives are made of."""

    weight: Floats
    y: Floats
    gone: Floats
    softplus: Floats
    slopes: Floats
    inverse_gap: Floats
    square_gap: Floats


def _add_ages(
    params: Floats, histories: GroupedHistories, part: slice, gradient: Floats, hessian: Floats
) -> float:
    """Add −(r+x) log(α+T) of these histories; return its total."""
    r, alpha, _a, _b = params
    late, weight, y = alpha + histories.age[part], histories.weight[part], r + histories.frequency[part]
    log_late = np.log(late)
    inverse = weight / late
    at = inverse * y
    gradient[R] -= float(weight @ log_late)
    gradient[ALPHA] -= float(at.sum())
    total = float(inverse.sum())
    hessian[R, ALPHA] -= total
    hessian[ALPHA, R] -= total
    hessian[ALPHA, ALPHA] += float((at / late).sum())
    return -float(weight @ (y * log_late))
