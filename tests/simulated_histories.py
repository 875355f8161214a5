"""Customers who buy exactly as a model says: complete histories, no season, parameters known.

Each function returns (frequency, recency) of customers with the given ages.
"""

from collections.abc import Mapping

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]


def simulate_nbd(params: Mapping[str, float], age: np.ndarray, rng: np.random.Generator) -> Arrays:
    """Everybody buys at a rate of his own and stays."""
    return _spread(rng.gamma(params["r"], 1 / params["alpha"], age.size), age, rng)


def simulate_pareto_nbd(params: Mapping[str, float], age: np.ndarray, rng: np.random.Generator) -> Arrays:
    """Everybody leaves at a random moment."""
    rate = rng.gamma(params["r"], 1 / params["alpha"], age.size)
    lifetime = rng.exponential(1 / np.maximum(rng.gamma(params["s"], 1 / params["beta"], age.size), 1e-300))
    return _spread(rate, np.minimum(lifetime, age), rng)


def simulate_bgnbd(
    params: Mapping[str, float], age: np.ndarray, rng: np.random.Generator, *, whole_days: bool = False
) -> Arrays:
    """Everybody may leave after each purchase but the first."""
    return _toss(params, np.arange(age.size), age, rng, whole_days)


def simulate_mbgnbd(
    params: Mapping[str, float], age: np.ndarray, rng: np.random.Generator, *, whole_days: bool = False
) -> Arrays:
    """Everybody may leave after each purchase, the first too."""
    return _toss(params, None, age, rng, whole_days)


def _spread(rate: np.ndarray, until: np.ndarray, rng: np.random.Generator) -> Arrays:
    """Buy at random moments until a moment: the last of x of them is the largest of x uniform numbers."""
    frequency = rng.poisson(rate * until)
    recency = until * rng.random(until.size) ** (1 / np.maximum(frequency, 1))
    return frequency.astype(float), np.where(frequency > 0, recency, 0.0)


def _toss(
    params: Mapping[str, float],
    active: np.ndarray | None,
    age: np.ndarray,
    rng: np.random.Generator,
    whole_days: bool,
) -> Arrays:
    rate = rng.gamma(params["r"], 1 / params["alpha"], age.size)
    chance = rng.beta(params["a"], params["b"], age.size)
    frequency, recency, now = np.zeros(age.size), np.zeros(age.size), np.zeros(age.size)
    if active is None:
        active = np.flatnonzero(rng.random(age.size) >= chance)
    while active.size:
        wait = rng.exponential(1, active.size) / np.maximum(rate[active], 1e-300)
        now[active] += np.maximum(1, np.rint(wait)) if whole_days else wait
        active = active[now[active] <= age[active]]
        frequency[active] += 1
        recency[active] = now[active]
        active = active[rng.random(active.size) >= chance[active]]
    return frequency, recency
