"""Did room to grow mean growth? Potential as it would have been computed a year ago, and the year that came.

Within each tenth of predicted value, customers whose gap was above the median there are set against the
others: by how much their year's contribution grew, and by how much it went beyond what was predicted. What
comes out is reported, whatever it is: who brought in much the year before has a large gap, and seldom does
so twice.
"""

from dataclasses import asdict
from typing import Any

import numpy as np

from metrics import model_choice
from metrics.assortment import find_from_assortment
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Floats, Histories, Summary, Whole
from metrics.core.potential import Contrast, contrast_growth
from metrics.fitting import Roll, look_up
from metrics.peer_groups import Peers
from metrics.potential import Buyers, Market, Year, combine, find_best_peers
from metrics.potential_years import DAYS, Years
from metrics.prediction import Predicted
from metrics.valuation import UNKNOWN


def try_on_last_year(
    predicted: Predicted, years: Years, peers: Peers, now: Buyers, market: Market
) -> dict[str, Any]:
    """Return the back-test: amounts in the currency; a ``reason`` when there is none.

    Channels, categories, margins and market figures are today's; orders, refunds and costs of a year ago are
    as they were known then. A large shop is tried on a sample of its customers.
    """
    histories = predicted.histories
    if histories is None:
        return {"reason": "no_prediction"}
    if len(years.spans) == 1:
        return {"reason": "short_history"}
    span, year, sold = years.spans[1], years.years[1], years.sold[1]
    found = _expect(predicted, histories, (span.basis.as_of - FIRST_DAY).days)
    if found is None:
        return {"reason": "no_model"}
    summary, expected = found
    customers = histories.customers[summary.place]
    # An order that was refunded in full since leaves nobody behind.
    still = np.isin(customers, now.customer) & (customers % span.every == 0)
    buyers, place = _gather_buyers(
        customers[still], expected[still], summary.age[still], year, predicted.roll, now
    )
    from_others = find_from_assortment(sold, year, buyers)
    estimates = combine(buyers, find_best_peers(buyers, peers), from_others, market.worth[place])
    usable = (
        estimates.known
        & (buyers.predicted > UNKNOWN)
        & (buyers.today > UNKNOWN)
        & (now.today[place] > UNKNOWN)
    )
    after = now.today[place][usable]
    measures = {"growth": after - buyers.today[usable], "beyond": after - buyers.predicted[usable]}
    contrasts = {
        name: contrast_growth(buyers.predicted[usable], estimates.gap[usable], measured)
        for name, measured in measures.items()
    }
    told = {name: _write(contrast) for name, contrast in contrasts.items() if contrast}
    if not told:
        return {"reason": "few_buyers"}
    return {"reason": "", "cut_off": span.basis.as_of.isoformat(), **told}


def _write(contrast: Contrast) -> dict[str, Any]:
    """Return a contrast in the currency instead of 1/10,000."""
    amounts = ("large", "small", "difference", "low", "high")
    told = asdict(contrast)
    told |= {name: round(told[name] / 10_000, 4) for name in amounts}
    told["tenths"] = [
        [n, round(high / 10_000, 4), m, round(low / 10_000, 4)] for n, high, m, low in contrast.tenths
    ]
    return told


def _expect(predicted: Predicted, histories: Histories, cut_off: int) -> tuple[Summary, Floats] | None:
    """Return the customers of a year ago, and the revenue to be expected of each in the year after.

    The report card has asked that of most shops already: what it fitted and found is used again.
    """
    trial, used = predicted.trial, predicted.prediction.model
    if trial is None or trial.summary is None or trial.cut_off != cut_off:
        known, summary = None, histories.summarise(cut_off)
    else:
        known, summary = trial.fits, trial.summary
        if used in known and used == trial.model and trial.values is not None:
            return summary, trial.values[0]
    names = [name for name in (used, model_choice.DEFAULT, "nbd") if name in model_choice.MODELS]
    for name in dict.fromkeys(names):
        model = model_choice.fit(name, summary) if known is None else known.get(name)
        if model is not None and model.usable:
            return summary, model_choice.value_holdout(model, histories, summary, DAYS, cut_off + DAYS)[0]
    return None


def _gather_buyers(
    customers: Whole, expected: Floats, age: Whole, year: Year, roll: Roll, now: Buyers
) -> tuple[Buyers, Whole]:
    """Return customers as buyers of a year ago, and their place among those of now.

    ``expected``: revenue of the year after, ``age``: days since the first order.
    """
    place = np.searchsorted(now.customer, customers)
    margin = roll.find_margin(customers)
    worth = np.clip(np.rint(expected * margin * 10_000), -1e15, 1e15)
    foretold = np.where(np.isnan(margin), UNKNOWN, np.nan_to_num(worth)).astype(np.int64)
    nothing = np.full(len(customers), UNKNOWN)
    today = look_up(customers, year.customer, year.contribution, 0)
    return Buyers(customers, now.cell[place], age, today, foretold, nothing), place
