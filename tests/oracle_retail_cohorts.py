"""The cohorts and campaigns of Online Retail by the definitions: sums in SQL, windows and ages in loops."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from tests.oracle_facts import add_months, last_of_month
from tests.oracle_retail import ask
from tests.oracle_retail_costs import CAMPAIGN_COSTS
from tests.oracle_retail_kpis import Figure, Key

Sums = dict[str, Any]
SEPARATOR = "␟"

#: What the new customers of a month brought in on their day 0 to 364.
FIRST_YEARS = """
    SELECT date_trunc('month', people.new_day)::date AS cohort, people.channel, people.campaign,
        count(*) AS n, sum((
            SELECT coalesce(sum(CASE WHEN valid THEN worth ELSE 0 END - goods - transaction_cost), 0)
            FROM oracle_orders AS o WHERE o.customer_id = people.customer_id
                AND o.day BETWEEN people.new_day AND people.new_day + 364
        ) - (
            SELECT coalesce(sum(loose), 0) FROM oracle_moves AS back
            WHERE back.customer_id = people.customer_id
                AND back.day BETWEEN people.new_day AND people.new_day + 364
        )) AS contribution
    FROM oracle_people AS people WHERE people.new_day IS NOT NULL GROUP BY 1, 2, 3
"""
#: What a cohort did by the month since it was new (0: that month, and what came before its first order).
CELLS = """
    WITH done AS (
        SELECT people.*, date_trunc('month', new_day)::date AS cohort, months.*
        FROM (SELECT customer_id, channel, first_category, new_day FROM oracle_people) AS people
        JOIN (SELECT customer_id AS who, month, orders, worth, goods, other_goods, transaction_cost, loose
            FROM oracle_months) AS months ON months.who = people.customer_id
        WHERE new_day IS NOT NULL
    ), second AS (
        SELECT customer_id, day FROM (
            SELECT customer_id, day, row_number() OVER (PARTITION BY customer_id ORDER BY day) AS place
            FROM oracle_days
        ) AS numbered WHERE place = 2
    )
    SELECT cohort, channel, first_category, greatest(month, cohort) AS month,
        count(DISTINCT customer_id) FILTER (WHERE orders > 0) AS active, count(DISTINCT customer_id) FILTER (
            WHERE date_trunc('month', second.day) = greatest(month, cohort)) AS again,
        sum(worth - loose) AS revenue,
        sum(worth - goods - other_goods - transaction_cost - loose) AS contribution
    FROM done LEFT JOIN second USING (customer_id) GROUP BY 1, 2, 3, 4
"""
SIZES = """
    SELECT date_trunc('month', new_day)::date, channel, first_category, count(*)
    FROM oracle_people WHERE new_day IS NOT NULL GROUP BY 1, 2, 3
"""
SPENT = """
    SELECT channel, month, sum(amount) FROM oracle_shares WHERE kind = 'acquisition' GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Cell:
    """Cohorts taken together in one month since they were new; ``so_far`` and ``again`` are running sums."""

    n: int
    active: int
    again: int
    revenue: Fraction
    contribution: Fraction
    so_far: Fraction


class Cohorts:
    """Cohorts by channel and first category, and what was spent to win them."""

    def __init__(self, as_of: date, complete_from: date) -> None:
        self.as_of, self.complete_from = as_of, complete_from
        self.sizes = [(cohort, (channel, category), n) for cohort, channel, category, n in ask(SIZES)]
        self.done = [(row[0], (row[1], row[2]), *row[3:]) for row in ask(CELLS)]
        self.first_years = ask(FIRST_YEARS)
        self.spent = {(channel, month): Fraction(amount) for channel, month, amount in ask(SPENT)}
        self.cohorts = sorted({cohort for cohort, _who, _n in self.sizes})
        self.last = self.as_of if self.as_of == last_of_month(self.as_of) else add_months(self.as_of, -1)

    def add_up(self, cohorts: Iterable[date], age: int, holds: Callable[[Any], bool]) -> Cell:
        """Return what these cohorts of whom ``holds`` came to in a month since they were new, from 0."""
        wanted = set(cohorts)
        n = sum(size for cohort, who, size in self.sizes if cohort in wanted and holds(who))
        rows = [row for row in self.done if row[0] in wanted and holds(row[1])]
        now = [row for row in rows if row[2] == add_months(row[0], age)]
        until = [row for row in rows if row[2] <= add_months(row[0], age)]
        return Cell(
            n, sum(row[3] for row in now), sum(row[4] for row in until),
            *(sum((Fraction(row[place]) for row in now), Fraction(0)) for place in (5, 6)),
            sum((Fraction(row[6]) for row in until), Fraction(0)),
        )  # fmt: skip

    def list_finished(self, age: int) -> list[date]:
        """Return the months whose cohorts have been followed for so long, those without anybody too."""
        months, month = [], self.complete_from
        while add_months(month, age) <= self.last:
            months.append(month)
            month = add_months(month, 1)
        return months

    def spend(self, months: Iterable[date], channel: str | None) -> Fraction:
        """Return what winning customers cost in these months: of one channel, or (None) all of it."""
        wanted = set(months)
        return sum(
            (
                amount
                for (spent_on, month), amount in self.spent.items()
                if month in wanted and channel in (None, spent_on)
            ),
            Fraction(0),
        )

    def list_figures(self, channels: Iterable[str]) -> dict[Key, Figure]:
        """Return LTV:CAC and payback of the shop and its channels."""
        found: dict[Key, Figure] = {}
        for channel in (None, *channels):
            place = ("", "") if channel is None else ("channel", channel)
            for month in self.list_finished(0) + [self.as_of.replace(day=1)] * (self.last < self.as_of):
                for kind, size in (("month", 1), ("12m", 12)):
                    span = [add_months(month, -step) for step in range(size)]
                    found["payback", kind, month, *place] = self._pay_back(span, channel)
                    won = [add_months(one, -12) for one in span]
                    known = min(won) >= self.complete_from and last_of_month(month) <= self.as_of
                    brought = sum(
                        (Fraction(row[4]) for row in self.first_years
                         if row[0] in won and channel in (None, row[1])), Fraction(0)
                    )  # fmt: skip
                    found["ltv_cac", kind, month, *place] = (
                        (brought, self.spend(won, channel)) if known else (None, None)
                    )
        return found

    def _pay_back(self, span: list[date], channel: str | None) -> Figure:
        """The first month by which they had brought in what they cost; else (None, the month it is)."""

        def holds(who: tuple[str, str]) -> bool:
            return channel in (None, who[0])

        cost, age = self.spend(span, channel), 0
        if cost <= 0 or not self.add_up(span, 0, holds).n:
            return None, None
        while add_months(max(span), age) <= self.as_of:
            if self.add_up(span, age, holds).so_far >= cost:
                return Fraction(age + 1), None
            age += 1
        return None, Fraction(age)

    def list_campaigns(self) -> dict[Key, Figure]:
        """Return the figures of every campaign over windows in which it cost something or won somebody."""
        cost: Mapping[Any, Fraction] = {tuple(key): Fraction(sum_) for *key, sum_ in ask(CAMPAIGN_COSTS)}
        won: defaultdict[Any, Sums] = defaultdict(lambda: {"n": 0, "brought": Fraction(0)})
        for cohort, channel, campaign, n, brought in self.first_years:
            if campaign:
                won[channel, campaign, cohort]["n"] += n
                won[channel, campaign, cohort]["brought"] += Fraction(brought)
        found: dict[Key, Figure] = {}
        for channel, campaign in {key[:2] for key in (*cost, *won)}:
            member = f"{channel}{SEPARATOR}{campaign}"
            for month in [*self.list_finished(0), self.as_of.replace(day=1)]:
                for kind, size in (("month", 1), ("12m", 12)):
                    place = kind, month, "campaign", member
                    span = [(channel, campaign, add_months(month, -step)) for step in range(size)]
                    spent = sum((cost.get(one, Fraction(0)) for one in span), Fraction(0))
                    n = Fraction(sum(won[one]["n"] for one in span))
                    if spent or n:
                        found["acquisition_cost", *place] = spent, None
                        found["new_customers", *place] = n, None
                        found["paid_cac", *place] = spent, n
                    before = [(channel, campaign, add_months(one[2], -12)) for one in span]
                    spent = sum((cost.get(one, Fraction(0)) for one in before), Fraction(0))
                    known = before[-1][2] >= self.complete_from and last_of_month(month) <= self.as_of
                    if known and (spent or any(won[one]["n"] for one in before)):
                        brought = sum((won[one]["brought"] for one in before), Fraction(0))
                        found["ltv_cac", *place] = brought, spent
        return found
