"""The oracle's KPIs: per calendar month and rolling 12 months, for shop, channels and anonymous orders."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

from tests.oracle_cohorts import contribute_first_year, pay_back
from tests.oracle_costs import Share
from tests.oracle_customers import Person, Valuation, count_repeat, count_retention
from tests.oracle_facts import Purchase, add_months, first_of_month, last_of_month
from tests.oracle_feedback import find_channel, list_answers, list_asked, rate

Figure = tuple[Fraction | None, Fraction | None]  # numerator, denominator (None: not a ratio)
IN_FULL = ("", "anonymous", "channel")  # of other dimensions the last 36 months
Key = tuple[str, date, str, str, str]  # KPI, first day of the (last) month, window, dimension, member


Places = dict[tuple[str, str], set[str]]  # dimension and member: the customers it has


def compute_kpis(valuation: Valuation, places: Places) -> dict[Key, Figure]:
    """Every KPI of every month from the first order to the day of the calculation.

    ``places``: who is in which member of dimensions that these facts alone do not tell.
    """
    found: dict[Key, Figure] = {}
    members = [*list_members(valuation), *places]
    for month in list_months(valuation):
        for window, first in (("month", month), ("12m", add_months(month, -11))):
            for dimension, member in members:
                if dimension not in IN_FULL and add_months(month, 36) <= valuation.as_of:
                    continue
                slice_ = Slice(valuation, first, month, window, dimension, member, places)
                for kpi, figure in slice_.figures():
                    found[kpi, month, window, dimension, member] = figure
    for dimension, member in members:
        if dimension != "anonymous":
            for kpi, figure in snapshot(valuation, dimension, member, places):
                found[kpi, first_of_month(valuation.as_of), "as_of", dimension, member] = figure
    return found


def list_months(valuation: Valuation) -> list[date]:
    """From where the data are complete or the first order, ten years at most."""
    days = [purchase.day for purchase in valuation.ledger.purchases] or [valuation.as_of]
    if valuation.complete_from is not None:
        days.append(valuation.complete_from)
    months, month = [], first_of_month(min(days))
    while month <= valuation.as_of:
        months.append(month)
        month = add_months(month, 1)
    return months[-120:]


def list_members(valuation: Valuation) -> list[tuple[str, str]]:
    channels = {person.channel for person in valuation.people.values()}
    channels |= {share.channel for share in valuation.acquisition.shares}
    answered = {answer.customer for answer in valuation.facts.answers if answer.day <= valuation.as_of}
    channels |= {find_channel(valuation, customer) for customer in answered}
    return [("", ""), ("anonymous", ""), *(("channel", channel) for channel in sorted(channels))]


def place_by_facts(valuation: Valuation, attributes: list[str]) -> Places:
    """Members of dimensions that customers are told apart by: country, first category, attributes."""
    places: Places = {}
    for id_, person in valuation.people.items():
        told = dict(person.fact.attributes)
        names = [("country", person.fact.country), ("first_category", person.first_category)]
        names += [(f"attribute:{name}", told.get(name, "")) for name in attributes]
        for name in names:
            places.setdefault(name, set()).add(id_)
    return places


def is_complete(valuation: Valuation, first: date, month: date) -> bool:
    """Wholly inside [data complete from, as_of]."""
    start = valuation.complete_from
    return start is not None and start <= first and last_of_month(month) <= valuation.as_of


class Slice:
    """One window of one part of the shop."""

    def __init__(
        self, valuation: Valuation, first: date, month: date, window: str, dimension: str, member: str,
        places: Places,
    ) -> None:  # fmt: skip
        self.valuation, self.first, self.month, self.window = valuation, first, month, window
        self.last = last_of_month(month)
        self.dimension, self.member = dimension, member
        self.places = places
        self.people = [x for x in valuation.people.values() if self.holds(x.fact.id)]
        self.purchases = [x for x in valuation.ledger.valid if self.covers(x.day) and self.holds(x.customer)]

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last

    def holds(self, customer: str | None) -> bool:
        if self.dimension == "":
            return True
        if self.dimension == "anonymous" or customer is None:
            return self.dimension == "anonymous" and customer is None
        if self.dimension == "channel":
            return find_channel(self.valuation, customer) == self.member
        return customer in self.places[self.dimension, self.member]

    def figures(self) -> Iterator[tuple[str, Figure]]:
        yield from self._of_orders()
        if self.dimension != "anonymous":
            yield from self._of_customers()
            yield from self._of_costs()
            if self.dimension in ("", "channel"):
                yield from self._of_cohorts()
            yield from self._of_answers()

    def _of_orders(self) -> Iterator[tuple[str, Figure]]:
        movements = self.valuation.ledger.movements
        moved = [x.amount for x in movements if self.covers(x.day) and self.holds(x.customer)]
        worth = self.worth(self.purchases)
        goods = [x.goods for x in self.purchases]
        known = [x for x in self.purchases if x.goods is not None]
        known_worth = self.worth(known)
        yield "revenue", (sum(moved, Fraction(0)), None)
        yield "orders", (Fraction(len(self.purchases)), None)
        yield "aov", (worth, Fraction(len(self.purchases)))
        yield "gross_margin", (known_worth - sum((x.goods or 0 for x in known), Fraction(0)), known_worth)
        yield "contribution", (None if None in goods else self._earn(worth), None)

    def _earn(self, worth: Fraction) -> Fraction:
        """By order, less all that orders cost that are worth nothing, less refunds without an order."""
        ledger = self.valuation.ledger
        orders = [x for x in ledger.purchases if self.covers(x.day) and self.holds(x.customer)]
        loose = [x.amount for x in ledger.loose if self.covers(x.day) and self.holds(x.customer)]
        costs = sum(((x.goods or 0) + x.transaction for x in orders), Fraction(0))
        return worth - costs + sum(loose, Fraction(0))

    def _of_customers(self) -> Iterator[tuple[str, Figure]]:
        with_customer = [x for x in self.purchases if x.customer is not None]
        customers = Fraction(len({x.customer for x in with_customer}))
        days = [person.days for person in self.people]
        new = Fraction(len(self.find_new()))
        start = add_months(self.first, -12)
        before = sum(any(start <= day < self.first for day in own) for own in days)
        again, total = count_repeat(days, self.first, self.last, self.valuation.as_of)
        yield "customers", (customers, None)
        yield "days_between_orders", (self._find_median_gap(days), None)
        yield "new_customers", (new, None)
        yield "frequency", (Fraction(len(with_customer)), customers)
        yield "acquisition_rate", (new, Fraction(before))
        yield "repeat_rate", (Fraction(again), Fraction(total))
        if self.window == "12m":
            known = is_complete(self.valuation, add_months(self.first, -12), self.month)
            stayed, base = count_retention(days, self.month) if known else (None, None)
            lost = None if stayed is None or base is None else Fraction(base - stayed)
            whole = None if base is None else Fraction(base)
            yield "retention_rate", (None if stayed is None else Fraction(stayed), whole)
            yield "churn_rate", (lost, whole)

    def _of_costs(self) -> Iterator[tuple[str, Figure]]:
        new = Fraction(len(self.find_new()))
        acquisition = self._list_acquisition()
        retention = self._list_retention()
        spent, kept = (sum((x.amount for x in rows), Fraction(0)) for rows in (acquisition, retention))
        yield "acquisition_cost", (spent, None)
        yield "retention_cost", (kept, None)
        yield "value_to_cost", (self.worth(self.purchases), spent + kept)
        if self.dimension in ("", "channel"):
            shared = acquisition + (retention if self.dimension == "" else [])
            nobody = [x.amount for x in shared if x.customer is None]
            yield "unallocated_cost", (sum(nobody, Fraction(0)), None)
            if self.dimension:
                yield "paid_cac", (spent, new)
            else:
                yield "full_cac", self._find_cac()

    def _trust(self) -> "Slice | None":
        """Of the shop without the first 12 months, unless the history is complete; None: nothing is left."""
        start = self.valuation.complete_from
        if self.dimension or self.valuation.choices.history_complete or start is None:
            return self
        since = max(self.first, add_months(first_of_month(start), 12))
        if since > self.month:
            return None
        return Slice(self.valuation, since, self.month, self.window, self.dimension, self.member, self.places)

    def _find_cac(self) -> Figure:
        trusted = self._trust()
        if trusted is None:
            return None, None
        spent = sum((x.amount for x in trusted._list_acquisition()), Fraction(0))
        return spent, Fraction(len(trusted.find_new()))

    def _list_retention(self) -> list[Share]:
        due = [x for x in self.valuation.retention.shares if self.covers(x.month)]
        return [x for x in due if self.dimension == "" or (x.customer is not None and self.holds(x.customer))]

    def _list_acquisition(self) -> list[Share]:
        return [
            x for x in self.valuation.acquisition.shares if self.covers(x.month) and self._was_spent_on(x)
        ]

    def _was_spent_on(self, share: Share) -> bool:
        """The shop and a channel have all that was spent on them, others what their customers got of it."""
        if self.dimension in ("", "channel"):
            return self.dimension == "" or share.channel == self.member
        return share.customer is not None and self.holds(share.customer)

    def _of_cohorts(self) -> Iterator[tuple[str, Figure]]:
        yield "payback", self._pay_back()
        start, month = add_months(self.first, -12), add_months(self.month, -12)
        if not is_complete(self.valuation, start, self.month):
            yield "ltv_cac", (None, None)
            return
        year_before = Slice(
            self.valuation, start, month, self.window, self.dimension, self.member, self.places
        )
        trusted = year_before._trust()
        if trusted is None:
            yield "ltv_cac", (None, None)
            return
        spent = sum((x.amount for x in trusted._list_acquisition()), Fraction(0))
        yield "ltv_cac", (contribute_first_year(self.valuation, trusted.find_new()), spent)

    def _pay_back(self) -> Figure:
        trusted = self._trust()
        if trusted is None:
            return None, None
        cost = sum((x.amount for x in trusted._list_acquisition()), Fraction(0))
        return pay_back(self.valuation, trusted.find_new(), cost, first_of_month(self.last))

    def _of_answers(self) -> Iterator[tuple[str, Figure]]:
        for kpi in list_asked(self.valuation):
            answers = list_answers(self.valuation, kpi, self.first, self.last)
            yield kpi, rate(kpi, [x for x in answers if self.holds(x.customer)])

    def _find_median_gap(self, days: list[list[date]]) -> Fraction | None:
        gaps = [(later - day).days for own in days for day, later in pairwise(own) if self.covers(later)]
        return Fraction(median(gaps)) if gaps else None

    def find_new(self) -> list[Person]:
        new = self.valuation.new
        return [x for x in self.people if x.fact.id in new and self.covers(new[x.fact.id])]

    @staticmethod
    def worth(purchases: list[Purchase]) -> Fraction:
        return sum((x.worth for x in purchases), Fraction(0))


def snapshot(
    valuation: Valuation, dimension: str, member: str, places: Places
) -> Iterator[tuple[str, Figure]]:
    """Means over customers with a valid order, as things stand."""
    today = first_of_month(valuation.as_of)
    slice_ = Slice(valuation, today, today, "as_of", dimension, member, places)
    buyers = [x for x in slice_.people if x.purchases]
    realised = [x.values["realised"] for x in buyers if x.values["realised"] is not None]
    number = Fraction(len(buyers))
    yield "average", (sum((x.revenue for x in buyers), Fraction(0)), number)
    yield "realised_mean", (sum(realised, Fraction(0)), Fraction(len(realised)))
    yield "clv", (Fraction(0), Fraction(0))  # these shops are too small to predict: nobody has a total
