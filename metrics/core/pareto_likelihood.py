"""Likelihood of the Pareto/NBD without hypergeometric functions.

Schmittlein, Morrison & Colombo (1987). One history has the likelihood

    Γ(r+x)/Γ(r) · α^r · β^s · [(α+T)^−(r+x) · (β+T)^−s + s · ∫ (α+y)^−(r+x) · (β+y)^−(s+1) dy]

with y, the moment of dropping out, from t_x to T. The integral is a sum over `NODES` Gauss-Legendre nodes in
u = log((c+y)/(c+t_x)), c = min(α, β), in which the integrand is close to exponential; where it has fallen by
e^−40 the rest is left out, and where it is long there are twice as many nodes: the error of the logarithm
stays below 2e-9. Every term is positive and kept as a logarithm, so nothing cancels, overflows or
underflows. "Still active at T" is one more node: derivatives are means and covariances over the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from metrics.core.geometric_dropout import trigamma
from metrics.core.grouped_histories import Floats, GroupedHistories, find_triples
from metrics.core.newton import Evaluation

R, ALPHA, S, BETA = range(4)
NODES: Final = 16
PRECISE_NODES: Final = 32
_TAIL: Final = 40.0
_CUTS: Final = 3
# Over a longer stretch of u, only met far from any data, the integrand bends too often for few nodes.
_LONG: Final = 4.5
# Small enough for the cache, and for a matrix product that stays in one thread.
_CHUNK: Final = 512


@dataclass(frozen=True)
class ParetoDropout:
    """The log-likelihood of the Pareto/NBD."""

    names: tuple[str, ...] = ("r", "alpha", "s", "beta")
    times: frozenset[str] = frozenset({"alpha", "beta"})

    def evaluate(self, logs: Floats, histories: GroupedHistories) -> Evaluation:
        """Return total log-likelihood, gradient and Hessian to the log parameters."""
        params = np.exp(logs)
        value, gradient, hessian = _sum_frequencies(params, histories)
        for part in histories.chunks(_CHUNK):
            terms = _Terms.place(params, histories, part)
            value += terms.add(params, histories.weight[part], gradient, hessian)
        return Evaluation(value, gradient, hessian)

    def find_scores(self, logs: Floats, histories: GroupedHistories) -> Floats:
        """Return the gradient of one customer of each history."""
        params = np.exp(logs)
        r, alpha, s, beta = params
        x = histories.frequencies
        scores = np.empty((histories.frequency.size, 4))
        scores[:, R] = r * histories.repeat(special.digamma(r + x) - special.digamma(r) + np.log(alpha))
        scores[:, ALPHA], scores[:, S], scores[:, BETA] = r, s * np.log(beta), s
        for part in histories.chunks(_CHUNK):
            scores[part] += _Terms.place(params, histories, part).slopes_per_history()
        return scores

    def find_log_odds_inactive(self, params: Floats, x: Floats, recency: Floats, age: Floats) -> Floats:
        """Return log((1 − P(active)) ÷ P(active)) for each customer."""
        x, recency, age, own = find_triples(x, recency, age)
        found = np.empty(x.size)
        histories = GroupedHistories(x, recency, age, x)
        for part in histories.chunks(_CHUNK):
            logs = _place_nodes(params, histories, part, PRECISE_NODES).logs
            found[part] = _log_sum(logs[:-1]) - logs[-1]
        return found[own]


@dataclass(frozen=True)
class _Nodes:
    """Moments of dropping out, (nodes + 1, histories): the last is T and means "still active"."""

    logs: Floats
    log_late: Floats
    log_beta: Floats
    alpha_part: Floats
    beta_part: Floats
    exponent: Floats


def _place_nodes(params: Floats, histories: GroupedHistories, part: slice, count: int) -> _Nodes:
    r, alpha, s, beta = params
    exponent = r + histories.frequency[part]
    age, recency = histories.age[part], histories.recency[part]
    nearer, further = min(alpha, beta), max(alpha, beta)
    start = nearer + recency
    log_start = np.log(start)
    length = np.log((nearer + age) / start)
    length = _cut_tail(length, start, exponent, alpha + recency, s + 1, beta + recency)
    if length.size and length.max() > _LONG:
        count = max(count, PRECISE_NODES)
    where, weights = _legendre(count)
    u = np.empty((count + 1, exponent.size))
    np.multiply(where[:, None], length, out=u[:-1])
    np.log((nearer + age) / start, out=u[-1])
    near = np.exp(u)
    near *= start
    far = near + (further - nearer)
    u += log_start
    log_far = np.log(far)
    log_alpha, log_beta = (u, log_far) if alpha <= beta else (log_far, u)
    alpha_part, beta_part = (alpha / near, beta / far) if alpha <= beta else (alpha / far, beta / near)
    logs = -exponent * log_alpha - s * log_beta
    with np.errstate(divide="ignore"):
        logs[:-1] += u[:-1] - log_beta[:-1] + np.log(weights * s)[:, None] + np.log(length)
    return _Nodes(logs, log_alpha, log_beta, alpha_part, beta_part, exponent)


def _cut_tail(
    length: Floats, start: Floats, exponent: Floats, alpha: Floats, power: float, beta: Floats
) -> Floats:
    """Return how far in u to sum: until the integrand has fallen by e^−40, if it does.

    What it has fallen by is convex in u, so that Newton's steps come from above and never cut too much.
    """
    fall = exponent * start / alpha + power * start / beta - 1
    length = np.minimum(length, _TAIL / np.maximum(fall, 1e-9))
    for _ in range(_CUTS):
        grown = start * np.exp(length)
        late_alpha, late_beta = alpha + (grown - start), beta + (grown - start)
        fallen = exponent * np.log(late_alpha / alpha) + power * np.log(late_beta / beta) - length
        slope = exponent * grown / late_alpha + power * grown / late_beta - 1
        length = length - np.maximum(fallen - _TAIL, 0.0) / np.maximum(slope, 1e-9)
    return length


@dataclass(frozen=True)
class _Terms:
    """The nodes with their share in the likelihood, and each one's derivatives to the log parameters."""

    log_total: Floats
    shares: Floats
    slopes: Floats
    nodes: _Nodes

    @classmethod
    def place(cls, params: Floats, histories: GroupedHistories, part: slice) -> _Terms:
        r, _alpha, s, _beta = params
        nodes = _place_nodes(params, histories, part, NODES)
        largest = nodes.logs.max(axis=0)
        shares = np.exp(nodes.logs - largest)
        total = shares.sum(axis=0)
        shares /= total
        slopes = np.empty((4, *shares.shape))
        np.multiply(nodes.log_late, -r, out=slopes[R])
        np.multiply(nodes.alpha_part, -nodes.exponent, out=slopes[ALPHA])
        np.multiply(nodes.log_beta, -s, out=slopes[S])
        np.multiply(nodes.beta_part[:-1], -(s + 1), out=slopes[BETA, :-1])
        np.multiply(nodes.beta_part[-1], -s, out=slopes[BETA, -1])
        slopes[S, :-1] += 1
        return cls(largest + np.log(total), shares, slopes, nodes)

    def slopes_per_history(self) -> Floats:
        found: Floats = np.einsum("ikn,kn->ni", self.slopes, self.shares)
        return found

    def add(self, params: Floats, weight: Floats, gradient: Floats, hessian: Floats) -> float:
        """Add these histories to gradient and Hessian; return their part of the value."""
        r, _alpha, s, _beta = params
        mean = np.einsum("ikn,kn->in", self.slopes, self.shares)
        shares = self.shares * weight
        weighted = (self.slopes * shares).reshape(4, -1)
        gradient += mean @ weight
        hessian += weighted @ self.slopes.reshape(4, -1).T - (mean * weight) @ mean.T
        # The second derivatives of the nodes' own logarithms.
        alpha_part, beta_part = self.nodes.alpha_part, self.nodes.beta_part
        cross_r = r * float(np.vdot(shares, alpha_part))
        cross_s = s * float(np.vdot(shares, beta_part))
        hessian[R, ALPHA] -= cross_r
        hessian[ALPHA, R] -= cross_r
        hessian[S, BETA] -= cross_s
        hessian[BETA, S] -= cross_s
        own_s = float(weighted[S].sum()) - float(shares[:-1].sum())
        hessian[R, R] += float(weighted[R].sum())
        hessian[S, S] += own_s
        for row, share in ((ALPHA, alpha_part), (BETA, beta_part)):
            hessian[row, row] += float(weighted[row] @ (1 - share).ravel())
        return float(weight @ self.log_total)


def _sum_frequencies(params: Floats, histories: GroupedHistories) -> tuple[float, Floats, Floats]:
    """Return value, gradient and Hessian, to the log parameters, of all but the bracket."""
    r, alpha, s, beta = params
    n, weight = histories.customers, histories.frequency_weight
    y = r + histories.frequencies
    value = float(weight @ special.gammaln(y)) - n * special.gammaln(r)
    value += n * (r * np.log(alpha) + s * np.log(beta))
    slope = float(weight @ special.digamma(y)) - n * float(special.digamma(r))
    bend = float(weight @ trigamma(y)) - n * float(trigamma(r))
    slope_r = r * (slope + n * np.log(alpha))
    gradient = np.array([slope_r, n * r, n * s * np.log(beta), n * s])
    hessian = np.diag([slope_r + r * r * bend, 0.0, gradient[S], 0.0])
    hessian[R, ALPHA] = hessian[ALPHA, R] = n * r
    hessian[S, BETA] = hessian[BETA, S] = n * s
    return float(value), gradient, hessian


def _log_sum(logs: Floats) -> Floats:
    largest = logs.max(axis=0)
    safe = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        found: Floats = np.log(np.exp(logs - safe).sum(axis=0)) + safe
    return found


def _legendre(count: int) -> tuple[Floats, Floats]:
    """Return nodes and weights on [0, 1]."""
    if count not in _LEGENDRE:
        nodes, weights = np.polynomial.legendre.leggauss(count)
        _LEGENDRE[count] = ((nodes + 1) / 2, weights / 2)
    return _LEGENDRE[count]


_LEGENDRE: Final[dict[int, tuple[Floats, Floats]]] = {}
