"""The step that asks how much more there is: the most each customer may bring in over the coming 12 months.

Five estimates in contribution, the largest of which counts (see ``docs/potential.md``): what the best of its
peers bring in, what its categories leave open, what the market spends, what it brings today, what is
predicted. For each customer it makes a row of the workspace's table ``potential``; for the whole shop what
``metrics.potential_summary`` and ``metrics.potential_trial`` say of it. Amounts here are whole 1/10,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from customers.models import MarketFigure
from customers.segments import Segment
from metrics.basis import Basis
from metrics.core import calendar
from metrics.core.histories import Flags, Whole
from metrics.core.potential import (
    LEAST_BUYERS,
    MOST_CATEGORIES,
    expect_from_others,
    find_double_medians,
    find_percentile,
)
from metrics.models import CustomerValue
from metrics.peer_groups import Peers
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS, MONEY
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

Source = CustomerValue.PotentialSource
#: The estimates in the order in which they win a tie: what is known before what is compared.
SOURCES: Final = (Source.TODAY, Source.PREDICTED, Source.PEERS, Source.ASSORTMENT, Source.MARKET)
_SCORED = "valued.orders > 0 AND NOT valued.objects_to_profiling"


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


def read_buyers(work: PostgresWorkspace) -> Buyers:
    """Return the buyers of ``calculation_values`` with their year (``year``) and prediction."""
    names = ("customer_id", "cell", "age", "today", "predicted", "at_risk")
    rows = work.read_numbers(
        f"""SELECT valued.customer_id, cells.cell, valued.age::bigint,
                CASE WHEN year.customer_id IS NULL THEN 0
                    ELSE coalesce((year.contribution * 10000)::bigint, {UNKNOWN}) END,
                coalesce(foretold.predicted_12, {UNKNOWN}), coalesce(foretold.at_risk, {UNKNOWN})
            FROM {PREFIX}values AS valued
            JOIN {PREFIX}cells AS cells
                ON cells.channel = valued.channel AND cells.category = valued.first_category
            LEFT JOIN {PREFIX}year AS year ON year.customer_id = valued.customer_id
            LEFT JOIN {PREFIX}predictions AS foretold ON foretold.customer_id = valued.customer_id
            WHERE {_SCORED} ORDER BY valued.customer_id""",
        names,
    )
    return Buyers(**{"customer" if name == "customer_id" else name: rows[name] for name in names})


def load_cells(work: PostgresWorkspace, peers: Peers) -> None:
    """Keep a number for each channel and first category."""
    rows = [(channel, category, cell) for cell, (channel, category) in enumerate(peers.by_cell)]
    work.load("cells", {"channel": "string", "category": "string", "cell": "int64"}, rows)


def find_best_peers(buyers: Buyers, peers: Peers) -> Whole:
    """Return for each buyer the 90th percentile of a year's contribution among its peers.

    Peers are at least 365 days old; those who bought nothing in the year count with 0, those whose costs are
    not known do not count. Fewer than 30 say nothing.
    """
    seasoned = (buyers.age >= calendar.DAYS_IN_WINDOW) & (buyers.today > UNKNOWN)
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
            members = np.concatenate(own)
            found[group.pk] = find_percentile(members) if len(members) >= LEAST_BUYERS else UNKNOWN
        best[cell] = found[group.pk]
    return best[buyers.cell]


def find_from_assortment(work: PostgresWorkspace, year: str, buyers: Buyers) -> Whole:
    """Return what categories not bought in a year may add to each buyer; ``year``: as kept by ``keep_year``.

    Of the 20 categories with the most buyers, each with at least 30. A customer's contribution of the year is
    shared over its categories by the net amounts of its lines, each share rounded to 1/10,000.
    """
    name = f"{year}_categories"
    sold = PREFIX + name
    counted = work.read_sql(
        f"SELECT category, count(*) AS n FROM {sold} WHERE category <> '' GROUP BY category"
        f" HAVING count(*) >= {LEAST_BUYERS} ORDER BY n DESC, category LIMIT {MOST_CATEGORIES}"
    )
    if not counted:
        return np.zeros(len(buyers), dtype=np.int64)
    numbered = ((row["category"], number) for number, row in enumerate(counted))
    work.load(f"{name}_numbers", {"category": "string", "number": "int64"}, numbered)
    rows = work.read_numbers(
        f"""SELECT sold.customer_id, numbers.number,
                coalesce((round(sold.amount * year.contribution / whole.amount, 4) * 10000)::bigint,
                    {UNKNOWN})
            FROM {sold} AS sold JOIN {sold}_numbers AS numbers USING (category)
            JOIN {PREFIX}{year} AS year USING (customer_id)
            JOIN (SELECT customer_id, sum(amount) AS amount FROM {sold} GROUP BY customer_id) AS whole
                USING (customer_id)""",
        ("customer", "category", "amount"),
    )
    place = np.searchsorted(buyers.customer, rows["customer"])
    place = np.minimum(place, max(len(buyers) - 1, 0))
    mine = buyers.customer[place] == rows["customer"]
    known = mine & (rows["amount"] > UNKNOWN)
    medians = find_double_medians(rows["category"][known], rows["amount"][known], len(counted))
    sets = np.zeros(len(buyers), dtype=np.int64)
    np.bitwise_or.at(sets, place[mine], 1 << rows["category"][mine])
    return expect_from_others(sets, medians)


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


def keep_estimates(
    work: PostgresWorkspace, buyers: Buyers, found: Estimates, market: Market, quarter: Whole
) -> None:
    """Keep the table ``potential``; a potential in revenue is the one in contribution ÷ margin.

    Where the source speaks of revenue itself, that is taken: the market's amount, the year's revenue.
    """
    work.load_numbers(
        "potential_units",
        {
            "customer_id": buyers.customer, "year": buyers.today, "potential": found.potential,
            "source": found.source, "gap": found.gap, "figure": market.figure, "quarter": quarter,
        },
    )  # fmt: skip
    quarters = [*CustomerValue.Quarter.values, ""]
    work.keep_sql(
        "potential",
        f"""SELECT found.customer_id,
                nullif(found.year, {UNKNOWN})::numeric / 10000 AS year_contribution,
                nullif(found.potential, {UNKNOWN})::numeric / 10000 AS potential,
                CASE WHEN found.potential = {UNKNOWN} THEN NULL
                    WHEN found.source = {SOURCES.index(Source.MARKET)} THEN figures.amount
                    WHEN found.source = {SOURCES.index(Source.TODAY)} THEN coalesce(year.revenue, 0)
                    WHEN valued.margin > 0 THEN round(found.potential::numeric / 10000 / valued.margin, 4)
                END AS potential_revenue,
                CASE WHEN found.potential > {UNKNOWN} THEN {_name_number("found.source", SOURCES)} ELSE '' END
                    AS potential_source,
                nullif(found.gap, {UNKNOWN})::numeric / 10000 AS gap,
                {_name_number("found.quarter", quarters)} AS quarter
            FROM {PREFIX}potential_units AS found
            JOIN {PREFIX}values AS valued ON valued.customer_id = found.customer_id
            LEFT JOIN {PREFIX}year AS year ON year.customer_id = found.customer_id
            LEFT JOIN {PREFIX}market_figures AS figures ON figures.figure = found.figure""",
    )


def _name_number(number: str, names: Sequence[str]) -> str:
    cases = " ".join(f"WHEN {place} THEN '{name}'" for place, name in enumerate(names))
    return f"CASE {number} {cases} END"


def keep_year(
    work: PostgresWorkspace, basis: Basis, refunded: Any, loose: Any, year: str = "year", every: int = 1
) -> None:
    """Keep what the 365 days up to ``as_of`` came to, per customer (table ``year``) and by category too.

    ``every``: of a sample of the customers, see ``list_year_orders``.
    """
    orders = work.keep(f"{year}_orders", queries.list_year_orders(FACTS, refunded, basis, every))
    work.keep(year, queries.sum_year(orders, loose, basis))
    work.keep(f"{year}_categories", queries.sum_categories(FACTS, orders))
