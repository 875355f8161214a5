"""Did room to grow mean growth? Potential as it would have been computed a year ago, and the year that came.

Within each tenth of predicted value, customers whose gap was above the median there are set against the
others: by how much their year's contribution grew, and by how much it went beyond what was predicted. What
comes out is reported, whatever it is: who brought in much the year before has a large gap, and seldom does
so twice.
"""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from metrics import model_choice
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.histories import Histories, Summary, Whole
from metrics.core.potential import Contrast, contrast_growth
from metrics.peer_groups import Peers
from metrics.potential import Buyers, Market, combine, find_best_peers, find_from_assortment, keep_year
from metrics.prediction import Predicted
from metrics.queries import orders
from metrics.queries.facts import FACTS
from metrics.queries.histories import FIRST_DAY
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

DAYS: Final = calendar.DAYS_IN_WINDOW
THEN: Final = "year_then"
MOST_TRIED: Final = 100_000  # customers: enough to tell a difference from chance
_MARGIN_PLACES: Final = 10**10


def try_on_last_year(
    work: PostgresWorkspace, basis: Basis, peers: Peers, predicted: Predicted, now: Buyers, market: Market
) -> dict[str, Any]:
    """Return the back-test: amounts in the currency; a ``reason`` when there is none.

    Channels, categories, margins and market figures are today's; orders, refunds and costs of a year ago are
    as they were known then. A large shop is tried on a sample of its customers.
    """
    histories = predicted.histories
    if histories is None:
        return {"reason": "no_prediction"}
    then = replace(basis, as_of=basis.as_of - timedelta(days=DAYS))
    cut_off = (then.as_of - FIRST_DAY).days
    if cut_off - histories.first_day < DAYS:
        return {"reason": "short_history"}
    expected = _expect(work, predicted, histories, cut_off)
    if expected is None:
        return {"reason": "no_model"}
    every = -(-len(now) // MOST_TRIED) or 1
    buyers, place = _go_back(work, then, now, histories, *expected, every)
    found = combine(
        buyers,
        find_best_peers(buyers, peers),
        find_from_assortment(work, THEN, buyers),
        market.worth[place],
    )
    usable = (
        found.known & (buyers.predicted > UNKNOWN) & (buyers.today > UNKNOWN) & (now.today[place] > UNKNOWN)
    )
    after = now.today[place][usable]
    measures = {"growth": after - buyers.today[usable], "beyond": after - buyers.predicted[usable]}
    contrasts = {
        name: contrast_growth(buyers.predicted[usable], found.gap[usable], measured)
        for name, measured in measures.items()
    }
    told = {name: _write(contrast) for name, contrast in contrasts.items() if contrast}
    if not told:
        return {"reason": "few_buyers"}
    return {"reason": "", "cut_off": then.as_of.isoformat(), **told}


def _write(contrast: Contrast) -> dict[str, Any]:
    """Return a contrast in the currency instead of 1/10,000."""
    amounts = ("large", "small", "difference", "low", "high")
    told = asdict(contrast)
    told |= {name: round(told[name] / 10_000, 4) for name in amounts}
    told["tenths"] = [
        [n, round(high / 10_000, 4), m, round(low / 10_000, 4)] for n, high, m, low in contrast.tenths
    ]
    return told


def _expect(
    work: PostgresWorkspace, predicted: Predicted, histories: Histories, cut_off: int
) -> tuple[Summary, Whole] | None:
    """Return the customers of a year ago with what was to be expected of each in contribution."""
    summary = histories.summarise(cut_off)
    used = predicted.prediction.model
    names = [name for name in (used, model_choice.DEFAULT, "nbd") if name in model_choice.MODELS]
    fits = (model_choice.fit(name, summary) for name in dict.fromkeys(names))
    model = next((one for one in fits if one.usable), None)
    if model is None:
        return None
    revenue, _actual = model_choice.value_holdout(model, histories, summary, DAYS, cut_off + DAYS)
    rows = work.read_numbers(
        f"SELECT customer_id, (margin * {_MARGIN_PLACES})::bigint FROM {PREFIX}values"
        " WHERE margin IS NOT NULL ORDER BY customer_id",
        ("customer", "margin"),
    )
    margin = _look_up(histories.customers[summary.place], rows["customer"], rows["margin"], UNKNOWN)
    worth = np.rint(revenue * (margin / _MARGIN_PLACES) * 10_000)
    return summary, np.where(margin > UNKNOWN, np.clip(worth, -1e15, 1e15), UNKNOWN).astype(np.int64)


def _go_back(
    work: PostgresWorkspace,
    then: Basis,
    now: Buyers,
    histories: Histories,
    summary: Summary,
    expected: Whole,
    every: int,
) -> tuple[Buyers, Whole]:
    """Return the buyers as they were on the day ``then``, and the place of each among those of now."""
    rows = work.keep("refund_rows_then", orders.list_refund_rows(FACTS, then))
    refunded = work.keep("refunded_then", orders.sum_refunded(rows))
    loose = work.keep("loose_refunds_then", orders.find_loose_refunds(FACTS, rows, refunded, then))
    keep_year(work, then, refunded, loose, THEN, every)
    customer = histories.customers[summary.place]
    # An order that was refunded in full since leaves nobody behind.
    still = np.isin(customer, now.customer) & (customer % every == 0)
    customer = customer[still]
    place = np.searchsorted(now.customer, customer)
    year = work.read_numbers(
        f"SELECT customer_id, coalesce((contribution * 10000)::bigint, {UNKNOWN}) FROM {PREFIX}{THEN}"
        " ORDER BY customer_id",
        ("customer", "amount"),
    )
    today = _look_up(customer, year["customer"], year["amount"], 0)
    nothing = np.full(len(customer), UNKNOWN)
    age = summary.age[still]
    return Buyers(customer, now.cell[place], age, today, expected[still], nothing), place


def _look_up(wanted: Whole, keys: Whole, values: Whole, otherwise: int) -> Whole:
    """Return the value of each wanted key; ``keys`` ascend."""
    if not len(keys):
        return np.full(len(wanted), otherwise)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], otherwise)
