"""How sure a forecast of value is: intervals of customers by simulation, deviations of totals in closed form.

Both hold what is left to chance and what is not known about the parameters of the models.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from metrics.core.gamma_gamma import GammaGamma
from metrics.core.histories import Floats, Whole
from metrics.core.outlook import (
    ROWS_AT_ONCE,
    Forecaster,
    Months,
    People,
    Terms,
    expect_spend,
    look_ahead,
    to_units,
)

PARAMETER_DRAWS: Final = 10
FUTURES: Final = 5  # simulated per draw of the parameters, more where few histories stand for many customers
MOST_TIMES_FUTURES: Final = 4
TOLD_BY: Final = 5_000  # customers that tell what parameters do to a total
INTERVAL_END: Final = 0.1  # below the lower end of an 80 % interval

Drawn = list[tuple[Forecaster, GammaGamma]]


def draw_parameters(
    forecaster: Forecaster, spend: GammaGamma, rng: np.random.Generator, draws: int = PARAMETER_DRAWS
) -> Drawn:
    """Return pairs of forecaster and spend model as the uncertainty of their parameters allows them."""
    return list(zip(forecaster.draw(rng, draws), spend.draw_params(rng, draws), strict=True))


def find_spread(
    drawn: Drawn,
    people: People,
    ahead: Months,
    terms: Terms,
    horizons: Sequence[int],
    rng: np.random.Generator,
) -> dict[int, tuple[Whole, Whole]]:
    """Return for each horizon (months, ascending) both ends (1/10,000) of every customer's 80 % interval.

    Purchases and what they bring are simulated under drawn parameters. Discount and retention are taken as
    expected: what varies is how often is bought and for how much.
    """
    if not horizons:
        return {}
    first, owner = _find_distinct(people, drawn)
    one = people.take(first)
    draws = FUTURES * min(max(len(people) // max(len(first), 1), 1), MOST_TIMES_FUTURES)
    spent = [
        spend.simulate(
            forecaster.take(first).simulate(one, horizons, rng, draws), one.frequency, one.mean_value, rng=rng
        )
        for forecaster, spend in drawn
    ]
    found = {}
    for place, months in enumerate(horizons):
        weight, taken = _weigh_purchases(ahead, people, terms, months)
        futures = np.concatenate([each[place] for each in spent])
        low, high = (end[owner] for end in _find_ends(np.ascontiguousarray(futures.T)))
        # A negative margin turns the ends round.
        ends = np.sort([low * weight - taken, high * weight - taken], axis=0)
        found[months] = to_units(ends[0]), to_units(ends[1])
    return found


def _find_distinct(people: People, drawn: Drawn) -> tuple[Whole, Whole]:
    """Return one row of each run of neighbours with the same history, and the place of everyone's among them.

    Half of a shop's customers bought once: sorted by history, few of them have futures of their own.
    """
    starts = np.zeros(len(people), dtype=bool)
    starts[:1] = True
    own = (column for forecaster, _spend in drawn for column in forecaster.beside_history)
    for column in (*people.history, people.mean_value, *own):
        starts[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(starts), np.cumsum(starts) - 1


def _find_ends(futures: Floats) -> tuple[Floats, Floats]:
    """Return the 10th and the 90th percentile of each row; sorting rows beats `numpy.quantile` by far."""
    futures.sort(axis=1)
    last = futures.shape[1] - 1
    place, part = divmod(INTERVAL_END * last, 1)
    low, high = int(place), last - int(place)
    return (
        futures[:, low] * (1 - part) + futures[:, low + 1] * part,
        futures[:, high] * (1 - part) + futures[:, high - 1] * part,
    )


def find_variance(
    forecaster: Forecaster, spend: GammaGamma, people: People, ahead: Months, terms: Terms, months: int
) -> Floats:
    """Return the variance (amounts squared) of each customer's value over the months by chance alone.

    N purchases of a mean M that is itself uncertain, each order of variance σ² around it:
    E[N] σ² + Var[N] E[M]² + E[N²] Var[M].
    """
    weight, _taken = _weigh_purchases(ahead, people, terms, months)
    expected = ahead.purchases[:, :months].sum(axis=1)
    of_count = forecaster.find_variance(people, months)
    mean = expect_spend(spend, people)
    of_order, of_mean = spend.variance_of_value(people.frequency, people.mean_value)
    # Without a finite variance in the model, an order varies as much as it is worth.
    of_order, of_mean = (np.where(np.isfinite(part), part, mean**2) for part in (of_order, of_mean))
    total = expected * of_order + of_count * mean**2 + (of_count + expected**2) * of_mean
    found: Floats = total * weight**2
    return found


def find_deviations(
    forecaster: Forecaster,
    spend: GammaGamma,
    people: People,
    terms: Terms,
    horizons: Sequence[int],
    rng: np.random.Generator,
) -> dict[int, float]:
    """Return for each horizon (months) the standard deviation of the value of all customers together.

    By chance and parameters, from at most 20,000 customers drawn at random: chance grows with the number of
    customers, what is not known about the parameters with its square. A quarter of them tell how the total
    moves with the parameters: it does so for all of them together, and some dozens of draws tell no more.
    """
    count = len(people)
    if not count or not horizons:
        return dict.fromkeys(horizons, 0.0)
    rows = np.sort(rng.choice(count, min(count, ROWS_AT_ONCE), replace=False))
    sample, scale, longest = people.take(rows), count / len(rows), max(horizons)
    near = Terms(terms.factors[:longest], None if terms.season is None else terms.season[:longest], 0.0)
    one = forecaster.take(rows)
    ahead = look_ahead(one, expect_spend(spend, sample), sample, near)
    part = slice(None, None, -(-len(rows) // TOLD_BY) or 1)
    some, movers = sample.take(part), rows[part]
    margin = np.nan_to_num(some.margin)
    totals: dict[int, list[float]] = {months: [] for months in horizons}
    for drawn, other in draw_parameters(forecaster, spend, rng, PARAMETER_DRAWS * 3):
        worth = expect_spend(other, some) * margin
        by_month = worth @ drawn.take(movers).expect_months(some, longest)
        for months, found in totals.items():
            found.append(float(by_month[:months] @ terms.factors[:months]))
    return {
        months: float(
            np.sqrt(
                float(find_variance(one, spend, sample, ahead, near, months).sum()) * scale
                + np.var(found, ddof=1) * (count / len(movers)) ** 2
            )
        )
        for months, found in totals.items()
    }


def _weigh_purchases(ahead: Months, people: People, terms: Terms, months: int) -> tuple[Floats, Floats]:
    """Return what a unit of spend in the months is worth today, and the retention cost taken off."""
    purchases, factors = ahead.purchases[:, :months], terms.factors[:months]
    expected = purchases.sum(axis=1)
    later = np.divide(purchases @ factors, expected, out=np.ones_like(expected), where=expected > 0)
    taken = (ahead.active[:, :months] @ factors) * terms.retention_cost
    return np.nan_to_num(people.margin) * later, taken
