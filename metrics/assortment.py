"""What the categories that customers did not buy in a year may still bring in: an estimate of potential."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from metrics.basis import Basis
from metrics.core.histories import Whole
from metrics.core.potential import (
    LEAST_BUYERS,
    MOST_CATEGORIES,
    expect_from_others,
    find_double_medians,
    share_exactly,
)
from metrics.fitting import look_up
from metrics.potential import Buyers, Year
from metrics.queries import potential as queries
from metrics.queries.facts import FACTS
from metrics.valuation import UNKNOWN
from metrics.workspace import PREFIX, PostgresWorkspace

OTHERS: Final = -1  # the number of every category that is not looked at


@dataclass(frozen=True)
class Sold:
    """Net amounts (1/10,000) of a year per customer and category: its number, ``OTHERS``: one of the rest."""

    customer: Whole
    category: Whole
    amount: Whole
    categories: int


def read_sold(
    work: PostgresWorkspace, basis: Basis, refunded: Any, every: int = 1, name: str = "sold"
) -> Sold:
    """Return what was sold; numbered are the 20 categories with the most buyers, each with at least 30."""
    orders = queries.list_year_orders(FACTS, refunded, basis, every)
    work.keep(name, queries.sum_categories(FACTS, orders))
    kept = PREFIX + name
    counted = work.read_sql(
        f"SELECT category, count(*) AS n FROM {kept} WHERE category <> '' GROUP BY category"
        f" HAVING count(*) >= {LEAST_BUYERS} ORDER BY n DESC, category LIMIT {MOST_CATEGORIES}"
    )
    if not counted:
        nothing = np.zeros(0, dtype=np.int64)
        return Sold(nothing, nothing, nothing, 0)
    numbered = ((row["category"], number) for number, row in enumerate(counted))
    work.load(f"{name}_numbers", {"category": "string", "number": "int64"}, numbered)
    rows = work.read_numbers(
        f"""SELECT sold.customer_id, coalesce(numbers.number, {OTHERS}), (sold.amount * 10000)::bigint
            FROM {kept} AS sold LEFT JOIN {kept}_numbers AS numbers USING (category)""",
        ("customer", "category", "amount"),
    )
    return Sold(**rows, categories=len(counted))


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
