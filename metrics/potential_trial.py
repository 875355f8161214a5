"""Did room to grow mean growth? Potential as it would have been computed a year ago, and the year that came.

Within each tenth of predicted value, customers whose gap was above the median there are set against the
others: by how much their year's contribution grew, and by how much it went beyond what was predicted. What
comes out is reported, whatever it is: who brought in much the year before has a large gap, and seldom does
so twice.
"""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
from ibis.expr.types import Table

from metrics import model_choice
from metrics.assortment import Sold, find_from_assortment
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.calendar import FIRST_DAY
from metrics.core.histories import Floats, Histories, Summary, Whole
from metrics.core.potential import Contrast, contrast_growth
from metrics.fitting import Roll, look_up
from metrics.peer_groups import Peers
from metrics.potential import Buyers, Market, Span, Year, combine, find_best_peers
from metrics.prediction import Predicted
from metrics.queries import orders
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS
from metrics.valuation import UNKNOWN
from metrics.workspace import PostgresWorkspace

DAYS: Final = calendar.DAYS_IN_WINDOW
MOST_TRIED: Final = 100_000  # customers: enough to tell a difference from chance


@dataclass(frozen=True)
class Past:
    """An earlier day: the 365 days up to it, and who had bought by then.

    ``age``: days since the first order, ``expected``: revenue of the year after, of each of the customers.
    """

    span: Span
    customers: Whole
    age: Whole
    expected: Floats


def go_back(work: PostgresWorkspace, basis: Basis, refund_rows: Table, predicted: Predicted) -> Past | str:
    """Return the shop as it was a year ago, or a key of why there is no back-test.

    Channels, categories, margins and market figures are today's; orders, refunds and costs are as they were
    known then. A large shop is tried on a sample of its customers. ``refund_rows``: those of today.
    """
    histories = predicted.histories
    if histories is None:
        return "no_prediction"
    then = replace(basis, as_of=basis.as_of - timedelta(days=DAYS))
    cut_off = (then.as_of - FIRST_DAY).days
    if cut_off - histories.first_day < DAYS:
        return "short_history"
    found = _expect(predicted, histories, cut_off)
    if found is None:
        return "no_model"
    summary, expected = found
    rows = work.keep("refund_rows_then", queries.look_back(FACTS, refund_rows, then))
    refunded = work.keep("refunded_then", orders.sum_refunded(rows))
    loose = orders.find_loose_refunds(FACTS, rows, refunded, then)
    every = -(-int((~predicted.roll.objects).sum()) // MOST_TRIED) or 1
    customers = histories.customers[summary.place]
    return Past(Span(then, refunded, loose, every), customers, summary.age, expected)


def try_on_last_year(
    past: Past | str, year: Year, sold: Sold, roll: Roll, peers: Peers, now: Buyers, market: Market
) -> dict[str, Any]:
    """Return the back-test: amounts in the currency; a ``reason`` when there is none.

    ``year`` and ``sold`` are of the days of ``past`` (``go_back``).
    """
    if isinstance(past, str):
        return {"reason": past}
    buyers, place = _gather_buyers(past, year, roll, now)
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
    return {"reason": "", "cut_off": past.span.basis.as_of.isoformat(), **told}


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


def _gather_buyers(past: Past, year: Year, roll: Roll, now: Buyers) -> tuple[Buyers, Whole]:
    """Return the buyers as they were, and their place among those of now."""
    # An order that was refunded in full since leaves nobody behind.
    still = np.isin(past.customers, now.customer) & (past.customers % past.span.every == 0)
    customers = past.customers[still]
    place = np.searchsorted(now.customer, customers)
    margin = roll.find_margin(customers)
    worth = np.clip(np.rint(past.expected[still] * margin * 10_000), -1e15, 1e15)
    foretold = np.where(np.isnan(margin), UNKNOWN, np.nan_to_num(worth)).astype(np.int64)
    nothing = np.full(len(customers), UNKNOWN)
    today = look_up(customers, year.customer, year.contribution, 0)
    return Buyers(customers, now.cell[place], past.age[still], today, foretold, nothing), place
