"""What the categories that customers did not buy in a year may still bring in: an estimate of potential."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import ibis
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
from metrics.workspace import PREFIX, PostgresWorkspace

_NUMBERS: Final = {"category": "string", "number": "int64"}
OTHERS: Final = -1  # the number of every category that is not looked at


@dataclass(frozen=True)
class Sold:
    """Net amounts (1/10,000) of a year per customer and category: its number, ``OTHERS``: one of the rest."""

    customer: Whole
    category: Whole
    amount: Whole
    categories: int


def number_categories(work: PostgresWorkspace) -> list[str]:
    """Keep a number for every category of order lines (``category_numbers``); return them in that order."""
    names = sorted(row["category"] for row in work.read(queries.list_categories(FACTS)))
    numbered = ((name, number) for number, name in enumerate(names))
    work.load("category_numbers", _NUMBERS, numbered)
    return names


def read_sold(work: PostgresWorkspace, orders: Table, categories: Sequence[str]) -> Sold:
    """Return what was sold; numbered are the 20 categories with the most buyers, each with at least 30.

    ``orders`` of ``potential.keep_year``, ``categories`` of ``number_categories``.
    """
    numbers = ibis.table(_NUMBERS, name=f"{PREFIX}category_numbers")
    width = max(len(categories), 1)
    rows = work.read_arrays(queries.number_year_lines(FACTS, orders, numbers, width), "key")
    key, amount = sum_by_key(rows["key"], rows["amount"])
    customer, category = np.divmod(key, width)
    buyers = np.bincount(category, minlength=width)
    large = [number for number, name in enumerate(categories) if name and buyers[number] >= LEAST_BUYERS]
    # Of equally many buyers the first in the alphabet, which is the order of the numbers.
    chosen = sorted(large, key=lambda number: -int(buyers[number]))[:MOST_CATEGORIES]
    place = np.full(width, OTHERS)
    place[chosen] = np.arange(len(chosen))
    return Sold(customer, place[category], amount, len(chosen))


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
