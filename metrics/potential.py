"""The step that asks how much more there is: the most each customer may bring in over the coming 12 months.

Five estimates in contribution, the largest of which counts (see ``docs/potential.md``): what the best of its
peers bring in, what its categories leave open, what the market spends, what it brings today, what is
predicted. For each customer it adds columns to what is predicted, all of which the calculation keeps in the
workspace's table ``foretold``; of the whole shop it makes what ``metrics.potential_summary`` and
``metrics.potential_trial`` say. Amounts here are whole 1/10,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from customers.models import MarketFigure
from customers.segments import Segment
from metrics.core import calendar
from metrics.core.histories import Flags, Whole
from metrics.core.potential import LEAST_BUYERS, find_percentile
from metrics.fitting import Roll, look_up
from metrics.peer_groups import Peers
from metrics.potential_columns import SOURCES, Source
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS, MONEY
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace


@dataclass(frozen=True)
class Buyers:
    """Customers with a valid order who do not object, by number, ascending; ``UNKNOWN`` where not known.

    ``cell``: place in ``Peers.by_cell``. ``age``: days since the first order. ``today``: contribution of the
    last 365 days. ``predicted``: contribution expected in 12 months. ``at_risk``: what silence has cost.
    """

    customer: Whole
    cell: Whole
    age: Whole
    today: Whole
    predicted: Whole
    at_risk: Whole

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def base(self) -> Whole:
        """What a customer is worth in a year: as predicted, else as the last 365 days were."""
        return np.where(self.predicted > UNKNOWN, self.predicted, self.today)


@dataclass(frozen=True)
class Year:
    """What customers brought in over 365 days, by number, ascending; ``UNKNOWN``: not all costs are known."""

    customer: Whole
    revenue: Whole
    contribution: Whole


@dataclass(frozen=True)
class Market:
    """The market figures, and for each buyer the most specific one (-1: none) and its worth in contribution.

    ``ours``: how many customers with a valid order each figure speaks of.
    """

    figures: Sequence[MarketFigure]
    ours: Whole
    figure: Whole
    worth: Whole


@dataclass(frozen=True)
class Estimates:
    """The most each buyer may bring in, by which estimate (place in ``SOURCES``), and how much more it is."""

    potential: Whole
    source: Whole
    gap: Whole

    @property
    def known(self) -> Flags:
        """Who has a potential and something to compare it with."""
        return self.gap > UNKNOWN


def gather_buyers(roll: Roll, year: Year, foretold: Mapping[str, Whole]) -> Buyers:
    """Return the buyers of the roll with their year and what is foretold of them (``prediction.COLUMNS``)."""
    known = ~roll.objects
    customer = roll.customer[known]
    today = look_up(customer, year.customer, year.contribution, 0)
    predicted, at_risk = (
        look_up(customer, foretold["customer_id"], foretold[name], UNKNOWN)
        for name in ("predicted_12", "at_risk")
    )
    return Buyers(customer, roll.cell[known], roll.age[known], today, predicted, at_risk)


def find_best_peers(buyers: Buyers, peers: Peers) -> Whole:
    """Return for each buyer the 90th percentile of a year's contribution among its peers.

    Peers are at least 365 days old; those who bought nothing in the year count with 0, those whose costs are
    not known do not count. Fewer than 30 say nothing, and neither do peers of whom nobody is known to have
    brought in anything while the costs of some are not known: what is left is who stayed away.
    """
    seasoned = buyers.age >= calendar.DAYS_IN_WINDOW
    order = np.argsort(buyers.cell[seasoned], kind="stable")
    today = buyers.today[seasoned][order]
    bounds = np.searchsorted(buyers.cell[seasoned][order], np.arange(len(peers.by_cell) + 1))
    best = np.full(len(peers.by_cell), UNKNOWN)
    found: dict[int, int] = {}
    for cell, group in enumerate(peers.by_cell.values()):
        if group.pk not in found:
            own = [
                today[bounds[other] : bounds[other + 1]]
                for other, (channel, category) in enumerate(peers.by_cell)
                if group.channel in (None, channel) and group.category in (None, category)
            ]
            found[group.pk] = _find_best(np.concatenate(own))
        best[cell] = found[group.pk]
    return best[buyers.cell]


def _find_best(members: Whole) -> int:
    known = members[members > UNKNOWN]
    only_absent = len(known) < len(members) and not (known > 0).any()
    return UNKNOWN if only_absent or len(known) < LEAST_BUYERS else find_percentile(known)


def read_market(work: PostgresWorkspace, customers: Any, buyers: Buyers) -> Market:
    """Return what market figures say of the buyers. The most specific is the one of the fewest of ours."""
    figures = list(MarketFigure.objects.order_by("attribute", "value"))
    segments = [str(Segment(figure.attribute, figure.value)) for figure in figures]
    rows = [
        (text, number, figure.amount)
        for number, (text, figure) in enumerate(zip(segments, figures, strict=True))
    ]
    work.load("market_figures", {"segment": "string", "figure": "int64", "amount": MONEY}, rows)
    work.keep("market_members", queries.find_market_members(customers, FACTS, segments))
    found = work.read_numbers(
        f"""SELECT members.customer_id, figures.figure,
                coalesce((round(figures.amount * valued.margin, 4) * 10000)::bigint, {UNKNOWN})
            FROM {PREFIX}market_members AS members
            JOIN {PREFIX}market_figures AS figures USING (segment)
            JOIN {PREFIX}values AS valued ON valued.customer_id = members.customer_id""",
        ("customer", "figure", "worth"),
    )
    ours = np.bincount(found["figure"], minlength=len(figures)).astype(np.int64)
    figure, worth = np.full(len(buyers), -1), np.full(len(buyers), UNKNOWN)
    for number in sorted(range(len(figures)), key=lambda place: (-ours[place], -place)):
        of_it = found["figure"] == number
        customer, order = np.unique(found["customer"][of_it], return_index=True)
        mine = np.flatnonzero(np.isin(buyers.customer, customer, assume_unique=True))
        figure[mine] = number
        worth[mine] = found["worth"][of_it][order][np.isin(customer, buyers.customer, assume_unique=True)]
    return Market(figures, ours, figure, worth)


def combine(buyers: Buyers, best_peers: Whole, from_others: Whole, market: Whole) -> Estimates:
    """Return the largest of the five estimates, and the gap to what is predicted (else to the last year).

    Who has nothing to be compared with, neither peers nor other categories nor a market, has no potential:
    what a customer spends or is predicted to spend is not the most that it may spend.
    """
    assortment = np.where(buyers.today > UNKNOWN, buyers.today + from_others, UNKNOWN)
    all_five: Mapping[Source, Whole] = {
        Source.TODAY: buyers.today, Source.PREDICTED: buyers.predicted, Source.PEERS: best_peers,
        Source.ASSORTMENT: assortment, Source.MARKET: market,
    }  # fmt: skip
    stacked = np.stack([all_five[source] for source in SOURCES])
    source = stacked.argmax(axis=0)  # the first of equals
    compared = (best_peers > UNKNOWN) | (from_others > 0) | (market > UNKNOWN)
    most = stacked.max(axis=0) if len(buyers) else np.zeros(0, dtype=np.int64)
    potential = np.where(compared, most, UNKNOWN)
    base = buyers.base
    gap = np.where((potential > UNKNOWN) & (base > UNKNOWN), potential - np.maximum(base, UNKNOWN), UNKNOWN)
    return Estimates(potential, source, gap)


def list_estimates(
    buyers: Buyers, found: Estimates, market: Market, quarter: Whole, year: Year
) -> dict[str, Whole]:
    """Return the columns, in whole numbers, that ``metrics.potential_columns`` reads."""
    return {
        "customer_id": buyers.customer, "year": buyers.today, "potential": found.potential,
        "source": found.source, "gap": found.gap, "figure": market.figure, "quarter": quarter,
        "year_revenue": look_up(buyers.customer, year.customer, year.revenue, 0),
    }  # fmt: skip
