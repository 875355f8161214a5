"""What the categories that customers did not buy in a year may still bring in: an estimate of potential."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from ibis.expr.types import Table

from metrics.core.histories import Whole
from metrics.core.potential import (
    LEAST_BUYERS,
    MOST_CATEGORIES,
    expect_from_others,
    find_double_medians,
    share_exactly,
    sum_by_key,
)
from metrics.fitting import look_up
from metrics.potential import Buyers, Year
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS
from metrics.valuation import UNKNOWN
from metrics.workspace import PostgresWorkspace

OTHERS: Final = -1  # the number of every category that is not looked at


@dataclass(frozen=True)
class Sold:
    """Net amounts (1/10,000) of a year per customer and category: its number, ``OTHERS``: one of the rest."""

    customer: Whole
    category: Whole
    amount: Whole
    categories: int


def read_sold(work: PostgresWorkspace, orders: Table, years: int) -> list[Sold]:
    """Return what was sold in each of some years (``orders`` of ``number_year_orders``).

    Numbered are the 20 categories with the most buyers in the year, each with at least 30.
    """
    found = work.read_groups(queries.number_year_lines(FACTS, orders, years), "category")
    of_years: list[dict[str, tuple[Whole, ...]]] = [{} for _year in range(years)]
    for category in sorted(found):
        customer, year = np.divmod(found[category]["key"], years)
        for place, sums in enumerate(of_years):
            mine = year == place
            sums[category] = sum_by_key(customer[mine], found[category]["amount"][mine])
    return [_number_categories(sums) for sums in of_years]


def _number_categories(sums: Mapping[str, tuple[Whole, ...]]) -> Sold:
    """Return what was sold from the customers and amounts of each category, categories by the alphabet."""
    buyers = {category: len(customer) for category, (customer, _amount) in sums.items()}
    large = [category for category in sums if category and buyers[category] >= LEAST_BUYERS]
    # Of equally many buyers the first in the alphabet.
    chosen = sorted(large, key=lambda category: -buyers[category])[:MOST_CATEGORIES]
    numbers = dict.fromkeys(sums, OTHERS) | {category: place for place, category in enumerate(chosen)}
    nothing = np.zeros(0, dtype=np.int64)
    customer, amount = (
        np.concatenate([nothing, *(columns[place] for columns in sums.values())]) for place in range(2)
    )
    category = np.repeat(
        np.array(list(numbers.values()), dtype=np.int64), np.array(list(buyers.values()), dtype=np.int64)
    )
    return Sold(customer, category, amount, len(chosen))


def find_from_assortment(sold: Sold, year: Year, buyers: Buyers) -> Whole:
    """Return what categories not bought in the year may add to each buyer, in 1/10,000.

    A customer's contribution of the year is shared over its categories by what was sold in each, every share
    rounded to 1/10,000.
    """
    if not sold.categories or not len(buyers):
        return np.zeros(len(buyers), dtype=np.int64)
    place = np.minimum(np.searchsorted(buyers.customer, sold.customer), len(buyers) - 1)
    mine = buyers.customer[place] == sold.customer
    place, category, amount = place[mine], sold.category[mine], sold.amount[mine]
    whole = np.zeros(len(buyers), dtype=np.int64)
    np.add.at(whole, place, amount)
    gained = look_up(buyers.customer, year.customer, year.contribution, UNKNOWN)[place]
    told = category != OTHERS
    known = told & (gained > UNKNOWN)
    shares = share_exactly(amount[known], gained[known], whole[place[known]])
    medians = find_double_medians(category[known], shares, sold.categories)
    sets = np.zeros(len(buyers), dtype=np.int64)
    np.bitwise_or.at(sets, place[told], 1 << category[told])
    return expect_from_others(sets, medians)
