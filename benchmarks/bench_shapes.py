"""Log-likelihoods beside lifetimes 0.11.3 on shops of many shapes: no times, only who ends higher.

The customers are simulated over a wide grid: 30 to 20,000 of them, a week to 25 years, in days, weeks and
years, few who come back and few who ever leave, heavy buyers, all on one day, and some that follow no model.
A figure is the worst of BG/NBD, MBG/NBD and Pareto/NBD: what lifetimes' log-likelihood is above ours, per
customer. Where lifetimes does not converge, or not within `PATIENCE`, there is nothing to compare with.
"""

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from benchmarks.figures import Figure
from benchmarks.patience import within
from metrics.core import bgnbd, mbgnbd, pareto_nbd
from tests.simulated_histories import simulate_bgnbd, simulate_mbgnbd, simulate_nbd, simulate_pareto_nbd

PATIENCE: Final = 15  # seconds for one fit of lifetimes
FURTHEST_BELOW: Final = 1e-4
WEEK, MONTH, YEAR = 7.0, 30.4375, 365.25

Arrays = tuple[np.ndarray, np.ndarray]
Process = Callable[..., Arrays]


@dataclass(frozen=True)
class Shop:
    """Histories in any unit of time."""

    name: str
    frequency: np.ndarray
    recency: np.ndarray
    age: np.ndarray

    def measure_in(self, days: float, unit: str) -> "Shop":
        """Return the same shop with its times in another unit."""
        return Shop(f"{self.name}, in {unit}", self.frequency, self.recency / days, self.age / days)


def measure() -> Iterator[Figure]:
    """Yield for each shop by how much the worst of our fits is below lifetimes'; every figure is finite."""
    import lifetimes

    warnings.simplefilter("ignore")
    fitters = (
        (bgnbd, lifetimes.BetaGeoFitter),
        (mbgnbd, lifetimes.ModifiedBetaGeoFitter),
        (pareto_nbd, lifetimes.ParetoNBDFitter),
    )
    compared = 0
    for shop in list_shops():
        lags = []
        for model, fitter in fitters:
            fitted = model.fit(shop.frequency, shop.recency, shop.age)
            expected = fitted.expected_purchases(shop.age.mean(), shop.frequency, shop.recency, shop.age)
            if not np.isfinite([fitted.log_likelihood, *expected]).all():
                raise ArithmeticError(f"{shop.name}: {fitted.name} gives figures that are not finite.")
            theirs = _find_best(fitter, type(fitted), shop)
            if theirs is not None:
                lags.append((theirs - fitted.log_likelihood) / shop.age.size)
        compared += len(lags)
        if lags:
            yield Figure(f"shapes: {shop.name}", 1e6 * max(lags), "millionths", 1e6 * FURTHEST_BELOW)
    yield Figure("shapes: fits compared", compared, "fits")


def _find_best(fitter: Any, model: Any, shop: Shop) -> float | None:
    """Return the log-likelihood of the best that lifetimes finds, in two units of time; None for nothing."""
    found = []
    for scale in (1.0, 10.0 / float(shop.age.mean())):
        try:
            with within(PATIENCE), contextlib.redirect_stdout(io.StringIO()):
                theirs = fitter().fit(shop.frequency, shop.recency * scale, shop.age * scale)
        except (_find_error(), TimeoutError, ValueError):
            continue
        params = {
            name: float(value) / (scale if name in model.likelihood.times else 1.0)
            for name, value in theirs.params_.items()
        }
        if all(0 < value < np.inf for value in params.values()):
            found.append(model.find_log_likelihood(params, shop.frequency, shop.recency, shop.age))
    return max((one for one in found if np.isfinite(one)), default=None)


def _find_error() -> type[Exception]:
    """Return what lifetimes raises when it does not converge."""
    from lifetimes.utils import ConvergenceError

    error: type[Exception] = ConvergenceError
    return error


#: Process, customers, youngest and oldest in days, parameters in days.
GRID: Final[tuple[tuple[Process, int, int, int, dict[str, float]], ...]] = (
    (simulate_mbgnbd, 30, 30, 365, {"r": 0.5, "alpha": 60, "a": 0.8, "b": 2}),
    (simulate_pareto_nbd, 30, 30, 365, {"r": 0.5, "alpha": 60, "s": 0.6, "beta": 80}),
    (simulate_bgnbd, 30, 30, 365, {"r": 0.5, "alpha": 60, "a": 0.8, "b": 2}),
    (simulate_mbgnbd, 100, 30, 1095, {"r": 0.4, "alpha": 90, "a": 0.2, "b": 0.4}),
    (simulate_mbgnbd, 200, 30, 365, {"r": 0.2, "alpha": 60, "a": 0.8, "b": 2}),
    (simulate_pareto_nbd, 200, 30, 3650, {"r": 0.2, "alpha": 300, "s": 0.6, "beta": 800}),
    (simulate_mbgnbd, 500, 365, 365, {"r": 0.5, "alpha": 60, "a": 0.8, "b": 2}),
    (simulate_bgnbd, 500, 700, 730, {"r": 2, "alpha": 60, "a": 0.8, "b": 8}),
    (simulate_mbgnbd, 2000, 1, 60, {"r": 0.5, "alpha": 20, "a": 0.8, "b": 2}),
    (simulate_pareto_nbd, 2000, 5000, 9000, {"r": 0.8, "alpha": 400, "s": 0.5, "beta": 600}),
    (simulate_mbgnbd, 2000, 5000, 9000, {"r": 0.8, "alpha": 400, "a": 0.5, "b": 6}),
    (simulate_mbgnbd, 3000, 30, 1095, {"r": 0.05, "alpha": 60, "a": 0.8, "b": 2}),
    (simulate_pareto_nbd, 3000, 30, 1095, {"r": 0.05, "alpha": 60, "s": 0.8, "beta": 200}),
    (simulate_pareto_nbd, 3000, 30, 1095, {"r": 5, "alpha": 100, "s": 0.8, "beta": 200}),
    (simulate_pareto_nbd, 3000, 30, 1095, {"r": 0.5, "alpha": 10, "s": 3, "beta": 200}),
    (simulate_bgnbd, 3000, 30, 1095, {"r": 0.2, "alpha": 5, "a": 0.2, "b": 0.4}),
    (simulate_bgnbd, 3000, 30, 1095, {"r": 1, "alpha": 5, "a": 5, "b": 20}),
    (simulate_mbgnbd, 3000, 30, 1095, {"r": 1, "alpha": 5, "a": 0.1, "b": 0.2}),
    (simulate_mbgnbd, 3000, 30, 1095, {"r": 0.3, "alpha": 2, "a": 0.5, "b": 10}),
    (simulate_mbgnbd, 3000, 30, 1095, {"r": 0.3, "alpha": 0.3, "a": 0.5, "b": 50}),
    (simulate_nbd, 3000, 30, 700, {"r": 1, "alpha": 60}),
    (simulate_mbgnbd, 10_000, 30, 1095, {"r": 0.8, "alpha": 120, "a": 1, "b": 1.5}),
    (simulate_pareto_nbd, 10_000, 30, 1095, {"r": 0.8, "alpha": 120, "s": 1, "beta": 500}),
    (simulate_bgnbd, 10_000, 30, 1095, {"r": 0.8, "alpha": 120, "a": 1, "b": 2.5}),
    (simulate_pareto_nbd, 10_000, 30, 1095, {"r": 20, "alpha": 600, "s": 20, "beta": 20_000}),
    (simulate_mbgnbd, 20_000, 1, 1095, {"r": 0.4, "alpha": 90, "a": 0.7, "b": 1.2}),
)  # fmt: skip


def list_shops() -> Iterator[Shop]:
    """Yield the shops; the same ones every time."""
    rng = np.random.default_rng(42)
    for number, (process, customers, youngest, oldest, params) in enumerate(GRID, start=1):
        age = rng.integers(youngest, oldest + 1, customers).astype(float)
        name = f"{number:02} {process.__name__.removeprefix('simulate_')}, {customers:,} customers"
        yield Shop(name, *process(params, age, rng), age)
        if number == len(GRID) - 4:
            shop = Shop(name, *process(params, age, rng), age)
            yield from (shop.measure_in(WEEK, "weeks"), shop.measure_in(MONTH, "months"))
            yield shop.measure_in(YEAR, "years")
    yield from _follow_no_model(rng)


def _follow_no_model(rng: np.random.Generator) -> Iterator[Shop]:
    """Yield shops whose customers do not behave as any of the models has it."""

    def last(frequency: np.ndarray, until: np.ndarray) -> np.ndarray:
        when = until * rng.random(until.size) ** (1 / np.maximum(frequency, 1))
        return np.where(frequency > 0, np.maximum(np.floor(when), 1.0), 0.0)

    age = rng.integers(60, 700, 2000).astype(float)
    yield Shop("every thirty days", np.floor(age / 30), 30 * np.floor(age / 30), age)
    age = np.full(1000, 5500.0)
    frequency = np.r_[5000.0, 3000.0, rng.poisson(2, 998)]
    yield Shop("a buyer of 5,000 times", frequency, last(frequency, age), age)
    age = rng.integers(30, 400, 5000).astype(float)
    frequency = (rng.random(5000) < 0.01).astype(float)
    yield Shop("one in a hundred came back", frequency, last(frequency, age), age)
    age = rng.integers(300, 900, 4000).astype(float)
    frequency = rng.poisson(rng.choice([0.001, 0.05], 4000) * age / 2).astype(float)
    yield Shop("two kinds, closed half-way", frequency, last(frequency, age / 2), age)
    age = np.full(500, 6.0)
    frequency = rng.poisson(0.3, 500).astype(float)
    yield Shop("one week, all on its first day", frequency, last(frequency, age), age)
    age = np.ceil(rng.exponential(60, 6000))
    params = {"r": 0.6, "alpha": 40, "a": 0.7, "b": 2}
    yield Shop("growing fast", *simulate_mbgnbd(params, age, rng, whole_days=True), age)
