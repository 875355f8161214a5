"""The purchase process behind the demo shop: MBG/NBD for when, Gamma-Gamma for how much.

Sources: Batislam, Denizel and Filiztekin (2007), "Empirical validation and comparison of models for customer
base analysis" (MBG/NBD); Fader and Hardie (2013), "The Gamma-Gamma model of monetary value".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class PurchaseParameters:
    """MBG/NBD: rate ~ Gamma(shape r, rate alpha) a day; dropout ~ Beta(a, b) after *every* purchase.

    Each field is one number, or an array with one number per customer.
    """

    r: ArrayLike
    alpha: ArrayLike
    a: ArrayLike
    b: ArrayLike


@dataclass(frozen=True)
class SpendParameters:
    """Gamma-Gamma: spend ~ Gamma(shape p, rate nu) per order; nu ~ Gamma(shape q, rate gamma) per customer.

    The mean over customers is p gamma / (q − 1), so q must be above 1.
    """

    p: float
    q: float
    gamma: float

    @property
    def mean(self) -> float:
        """Return the mean spend per order in the unit of ``gamma``."""
        return self.p * self.gamma / (self.q - 1)


@dataclass(frozen=True)
class Purchases:
    """What ``draw_purchases`` drew: one entry per purchase, and the truth, one entry per customer.

    ``customer`` and ``day`` are sorted by customer, then day; every customer's first purchase is on the
    first day given. ``dropout_day`` is NaN while the customer is still active at the horizon.
    """

    customer: Integers
    day: Floats
    rate: Floats
    dropout_probability: Floats
    dropout_day: Floats


def draw_purchases(
    parameters: PurchaseParameters,
    cohort_start_days: ArrayLike,
    horizon_days: float,
    rng: np.random.Generator,
) -> Purchases:
    """Draw every purchase up to and including ``horizon_days``.

    ``cohort_start_days`` holds the day of each customer's first purchase (shape: customers; days since any
    zero, fractions allowed). Raises ValueError when a first purchase lies beyond the horizon.

    >>> parameters = PurchaseParameters(r=2.0, alpha=60.0, a=0.5, b=0.5)
    >>> purchases = draw_purchases(parameters, [0.0, 10.0], 365.0, np.random.default_rng(1))
    >>> bool((purchases.day <= 365).all())
    True
    """
    start = np.asarray(cohort_start_days, dtype=float)
    if start.size and start.max() > horizon_days:
        raise ValueError(
            f"cohort_start_days must not exceed horizon_days ({horizon_days:g}), got {start.max():g}"
        )
    r, alpha, a, b = (
        np.broadcast_to(np.asarray(each, dtype=float), start.shape)
        for each in (parameters.r, parameters.alpha, parameters.a, parameters.b)
    )
    rate, dropout = rng.gamma(r, 1.0 / alpha), rng.beta(a, b)
    customer, day, dropout_day = _run_until_dropout(start, rate, dropout, horizon_days, rng)
    order = np.lexsort((day, customer))
    return Purchases(customer[order], day[order], rate, dropout, dropout_day)


def _run_until_dropout(
    start: Floats, rate: Floats, dropout: Floats, horizon: float, rng: np.random.Generator
) -> tuple[Integers, Floats, Floats]:
    """Give everyone still active one more purchase per round, until nobody is left."""
    active = np.arange(start.size)
    moment = start.copy()
    dropout_day = np.full(start.size, np.nan)
    customers, days = [active], [start]
    # A rate that underflows to 0 waits for ever: the smallest positive number keeps the division quiet.
    wait = 1.0 / np.maximum(rate, np.finfo(float).tiny)
    while active.size:
        leaves = rng.random(active.size) < dropout[active]
        dropout_day[active[leaves]] = moment[active[leaves]]
        active = active[~leaves]
        moment[active] += rng.standard_exponential(active.size) * wait[active]
        active = active[moment[active] <= horizon]
        customers.append(active)
        days.append(moment[active])
    return np.concatenate(customers), np.concatenate(days), dropout_day


def draw_spend_rates(spend: SpendParameters, customers: int, rng: np.random.Generator) -> Floats:
    """Draw nu for each customer; a customer's mean spend is p ÷ nu. Raises ValueError unless q > 1."""
    if spend.q <= 1:
        raise ValueError(f"q must be above 1 for a mean to exist, got {spend.q:g}")
    return rng.gamma(spend.q, 1.0 / spend.gamma, customers)


def draw_spend(spend: SpendParameters, rates: Floats, rng: np.random.Generator) -> Floats:
    """Draw the spend of one order for each of ``rates`` (the nu of the order's customer)."""
    return rng.gamma(spend.p, 1.0, rates.size) / rates


def spread_over_days(customer: Integers, day: Floats) -> Integers:
    """Round days so that nobody buys twice on one day; sorted by customer, then day, as drawn.

    A model sees one purchase occasion a day. Where rounding would merge two purchases of a customer the
    later one moves on, so that the number of occasions stays the number of purchases drawn.
    """
    if not customer.size:
        return np.zeros(0, dtype=np.int64)
    position = np.arange(customer.size)
    slack = np.rint(day).astype(np.int64) - position
    # Customers are laid end to end, far apart, so that one running maximum serves them all.
    apart = customer.astype(np.int64) * (int(slack.max() - slack.min()) + 1)
    return np.maximum.accumulate(slack + apart) - apart + position
