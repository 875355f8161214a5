"""The models beside lifetimes 0.11.3: the same customers, the same machine, turn by turn in one process.

Counted is what a caller waits for: a fit with its standard errors (with the sandwich too, on our side), from
plain arrays of weeks; not counted are imports, reading files and a first round that warms up. Each figure is
the best of its rounds. ``KLANTWAARDE_BENCH_CUSTOMERS`` changes the number of simulated customers.
"""

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure
from metrics.core import bgnbd, gamma_gamma, mbgnbd, pareto_nbd
from tests import cdnow
from tests.simulated_histories import simulate_mbgnbd

CUSTOMERS: Final = int(os.environ.get("KLANTWAARDE_BENCH_CUSTOMERS", "1000000"))
LOWEST_LIKELIHOOD: Final = -1e-4
WEEKS_PER_MONTH: Final = 30.4375 / 7
MONTHLY_RATE: Final = 0.01


@dataclass(frozen=True)
class Customers:
    """Histories in weeks, the mean spend of those who came back, and how often each side runs."""

    name: str
    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray
    mean_value: np.ndarray
    rounds: int
    rounds_theirs: int

    @property
    def histories(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Frequency, recency and age."""
        return self.frequency, self.recency, self.age

    @property
    def spenders(self) -> tuple[np.ndarray, np.ndarray]:
        """Frequency and mean spend of who came back and spent."""
        known = (self.frequency > 0) & (self.mean_value > 0)
        return self.frequency[known], self.mean_value[known]


#: Least ratios by customers and model; None: measured, no limit.
LIMITS: Final = {
    "CDNOW sample": {"bgnbd": 30, "mbgnbd": 30, "pareto_nbd": 30, "gamma_gamma": 20},
    "all of CDNOW": {"bgnbd": 60, "mbgnbd": 60, "pareto_nbd": 30, "gamma_gamma": 30},
    "simulated": {"bgnbd": 8, "mbgnbd": 20, "gamma_gamma": None},
}
LONGEST_PARETO: Final = 5.0
LEAST_VALUE_RATIO: Final = 25


def measure() -> Iterator[Figure]:
    """Yield ratios, log-likelihoods against lifetimes', and seconds where lifetimes takes too long."""
    import lifetimes

    fitters = {
        bgnbd: lifetimes.BetaGeoFitter,
        mbgnbd: lifetimes.ModifiedBetaGeoFitter,
        pareto_nbd: lifetimes.ParetoNBDFitter,
    }
    warnings.simplefilter("ignore")
    for customers in (*_read_cdnow(), _simulate()):
        for model, fitter in fitters.items():
            yield from _compare(customers, model, fitter)
        yield from _compare_spend(customers, lifetimes.GammaGammaFitter)
    yield from _compare_value(customers, lifetimes)


def _compare(customers: Customers, model: Any, fitter: Any) -> Iterator[Figure]:
    name = model.__name__.rpartition(".")[2]
    fitted, seconds = _time(lambda: model.fit(*customers.histories), customers.rounds)
    yield Figure(f"{customers.name}: {name} fit", 1000 * seconds, "ms")
    limits = LIMITS[customers.name]
    if name not in limits:
        yield Figure(f"{customers.name}: {name} fit, seconds", seconds, "s", LONGEST_PARETO)
        return
    theirs, their_seconds = _time(lambda: fitter().fit(*customers.histories), customers.rounds_theirs)
    yield Figure(f"{customers.name}: {name} fit, lifetimes", 1000 * their_seconds, "ms")
    yield Figure(f"{customers.name}: {name} fit, ratio", their_seconds / seconds, "×", limits[name], True)
    params = {key: float(value) for key, value in theirs.params_.items()}
    gain = fitted.log_likelihood - type(fitted).find_log_likelihood(params, *customers.histories)
    yield _likelihood(customers, name, gain)


def _compare_spend(customers: Customers, fitter: Any) -> Iterator[Figure]:
    spenders = customers.spenders
    fitted, seconds = _time(
        lambda: gamma_gamma.fit(customers.frequency, customers.mean_value), customers.rounds
    )
    theirs, their_seconds = _time(lambda: fitter().fit(*spenders), customers.rounds_theirs)
    yield Figure(f"{customers.name}: gamma_gamma fit", 1000 * seconds, "ms")
    yield Figure(f"{customers.name}: gamma_gamma fit, lifetimes", 1000 * their_seconds, "ms")
    limit = LIMITS[customers.name]["gamma_gamma"]
    yield Figure(f"{customers.name}: gamma_gamma fit, ratio", their_seconds / seconds, "×", limit, True)
    gain = fitted.log_likelihood + float(theirs._negative_log_likelihood_) * spenders[0].size
    yield _likelihood(customers, "gamma_gamma", gain)


def _likelihood(customers: Customers, name: str, gain: float) -> Figure:
    label = f"{customers.name}: {name} log-likelihood − lifetimes'"
    return Figure(label, gain, "units", LOWEST_LIKELIHOOD * customers.frequency.size, True)


def _compare_value(customers: Customers, lifetimes: Any) -> Iterator[Figure]:
    """Expected purchases, P(active) and discounted value against lifetimes' value alone."""
    import pandas as pd

    model, spend = (
        bgnbd.fit(*customers.histories),
        gamma_gamma.fit(customers.frequency, customers.mean_value),
    )
    their_model = lifetimes.BetaGeoFitter().fit(*customers.histories)
    their_spend = lifetimes.GammaGammaFitter().fit(*customers.spenders)
    columns = [pd.Series(column) for column in (*customers.histories, customers.mean_value)]

    def value() -> float:
        model.expected_purchases(52, *customers.histories)
        model.probability_active(*customers.histories)
        purchases = model.discounted_expected_transactions(
            12, *customers.histories, period=WEEKS_PER_MONTH, rate=MONTHLY_RATE
        )
        return float((purchases * spend.expected_value(customers.frequency, customers.mean_value)).sum())

    def their_value() -> float:
        return float(
            their_spend.customer_lifetime_value(
                their_model, *columns, time=12, discount_rate=MONTHLY_RATE, freq="W"
            ).sum()
        )

    total, seconds = _time(value, customers.rounds)
    their_total, their_seconds = _time(their_value, customers.rounds_theirs)
    label = f"{customers.name}: 12-month value"
    yield Figure(f"{label} with expected purchases and P(active)", 1000 * seconds, "ms")
    yield Figure(f"{label}, lifetimes", 1000 * their_seconds, "ms")
    yield Figure(f"{label}, ratio", their_seconds / seconds, "×", LEAST_VALUE_RATIO, True)
    yield Figure(f"{label}, total ÷ lifetimes'", total / their_total, "")


def _time(action: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    """Return the result and the seconds of the fastest round; with more than one, the first warms up."""
    seconds = []
    for _ in range(rounds + (rounds > 1)):
        started = perf_counter()
        result = action()
        seconds.append(perf_counter() - started)
    return result, min(seconds[1:] or seconds)


def _read_cdnow() -> Iterator[Customers]:
    for name, source in (("CDNOW sample", cdnow.SAMPLE), ("all of CDNOW", cdnow.EVERYONE)):
        if not (cdnow.DATA / source[0]).exists():
            print(f"{name}: left out, {cdnow.DATA / source[0]} is not there")
            continue
        read = cdnow.read_customers(source)
        yield Customers(name, *read.histories, read.mean_value, rounds=20, rounds_theirs=2)


def _simulate() -> Customers:
    """Two years of arrivals; half of them never come back."""
    rng = np.random.default_rng(1)
    age = rng.integers(1, 731, CUSTOMERS).astype(float)
    params = {"r": 0.5, "alpha": 90.0, "a": 0.8, "b": 2.0}
    frequency, recency = simulate_mbgnbd(params, age, rng, whole_days=True)
    level = 6.25 / rng.gamma(3.74, 1 / 15.44, CUSTOMERS)
    spread = rng.gamma(6.25 * np.maximum(frequency, 1)) / (6.25 * np.maximum(frequency, 1))
    mean_value = np.where(frequency > 0, np.maximum(level * spread, 0.01), 0.0)
    return Customers("simulated", frequency, recency / 7, age / 7, mean_value, rounds=3, rounds_theirs=1)
