"""The oracle's costs: from rows over ranges of days to shares of customers, nothing lost."""

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.oracle_facts import Facts, Ledger, RetentionFact, first_of_month, last_of_month
from tests.oracle_stages import find_high_revenue, place

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Share:
    """A part of a cost row in one month; ``customer`` None: nobody could bear it."""

    channel: str
    month: date
    customer: str | None
    amount: Fraction


@dataclass
class Spent:
    """What a kind of cost came to: shares due up to the day of the calculation, and what is not due yet."""

    shares: list[Share]
    uploaded: Fraction
    not_yet_due: Fraction

    @property
    def allocated(self) -> Fraction:
        return sum((share.amount for share in self.shares if share.customer is not None), Fraction(0))

    @property
    def unallocated(self) -> Fraction:
        return sum((share.amount for share in self.shares if share.customer is None), Fraction(0))

    def of(self, customer: str) -> Fraction:
        return sum((share.amount for share in self.shares if share.customer == customer), Fraction(0))


def split_over_months(first: date, last: date, amount: Fraction, as_of: date) -> list[tuple[date, Fraction]]:
    """Spread evenly over days in whole 1/10,000, each month up to ``as_of``; the sum is what is due."""
    units, days = int(amount * 10_000), (last - first).days + 1
    parts = []
    before, day = 0, first
    while day <= min(last, as_of):
        end = min(last_of_month(day), last, as_of)
        until = units * ((end - first).days + 1) // days
        parts.append((first_of_month(day), Fraction(until - before, 10_000)))
        before, day = until, end + timedelta(days=1)
    return parts


def share_equally(amount: Fraction, customers: list[str]) -> dict[str | None, Fraction]:
    """Whole 1/10,000 for each; what is left for the lowest id; all of it for None when there is nobody."""
    if not customers:
        return {None: amount}
    units = int(amount * 10_000)
    each, left = divmod(units, len(customers))
    shares: dict[str | None, Fraction] = {customer: Fraction(each, 10_000) for customer in customers}
    shares[min(customers)] += Fraction(left, 10_000)
    return shares


def spread_acquisition(facts: Facts, as_of: date, new: dict[str, date], channel_of: dict[str, str]) -> Spent:
    """Share each month's sum among its new customers: of the campaign if it has any, else of the channel.

    ``new`` maps a customer to the day it was new; who is never new is not in it.
    """
    spent = Spent([], sum((row.amount for row in facts.acquisition), Fraction(0)), Fraction(0))
    campaign_of = {customer.id: customer.campaign for customer in facts.customers}
    pools: dict[tuple[str, str, date], Fraction] = {}
    for row in facts.acquisition:
        parts = split_over_months(row.first, row.last, row.amount, as_of)
        spent.not_yet_due += row.amount - sum(amount for _month, amount in parts)
        for month, amount in parts:
            of_channel = find_new(new, channel_of, row.channel, month)
            own = row.campaign and any(campaign_of[x] == row.campaign for x in of_channel)
            key = row.channel, row.campaign if own else "", month
            pools[key] = pools.get(key, Fraction(0)) + amount
    for (channel, campaign, month), amount in pools.items():
        of_channel = find_new(new, channel_of, channel, month)
        bearers = [x for x in of_channel if not campaign or campaign_of[x] == campaign]
        for customer, share in share_equally(amount, bearers).items():
            spent.shares.append(Share(channel, month, customer, share))
    return spent


def find_new(new: dict[str, date], channel_of: dict[str, str], channel: str, month: date) -> list[str]:
    """The channel's new customers of a month."""
    return [x for x, day in new.items() if first_of_month(day) == month and channel_of[x] == channel]


def spread_retention(
    facts: Facts, ledger: Ledger, window_first: date, channel_of: dict[str, str]
) -> tuple[Spent, dict[str, Fraction]]:
    """One customer's cost is that customer's; the rest is shared by those it names who are active.

    Also what of it falls in the window that starts on ``window_first``, by customer.
    """
    as_of = ledger.as_of
    spent = Spent([], sum((row.amount for row in facts.retention), Fraction(0)), Fraction(0))
    in_window: dict[str, Fraction] = {}
    pools: dict[tuple[str, tuple[str, str] | None, date], tuple[Fraction, Fraction]] = {}
    for row in facts.retention:
        parts = split_over_months(row.first, row.last, row.amount, as_of)
        due = sum((amount for _month, amount in parts), Fraction(0))
        spent.not_yet_due += row.amount - due
        if row.customer is not None:
            before = split_over_months(row.first, row.last, row.amount, min(as_of, window_first - DAY))
            recent = due - sum(amount for _month, amount in before)
            in_window[row.customer] = in_window.get(row.customer, Fraction(0)) + recent
            spent.shares += [Share("", month, row.customer, amount) for month, amount in parts]
            continue
        for month, amount in parts:
            recent = find_recent(row, month, amount, window_first, as_of)
            whose = row.programme, row.segment, month
            total, total_recent = pools.get(whose, (Fraction(0), Fraction(0)))
            pools[whose] = total + amount, total_recent + recent
    for (programme, segment, month), (amount, recent) in pools.items():
        end = min(last_of_month(month), as_of)
        bearers = find_active(ledger, end)
        if programme:
            bearers &= find_members(facts, programme, month, end)
        if segment:
            bearers &= find_segment(facts, ledger, segment, end, channel_of)
        for customer, share in share_equally(amount, sorted(bearers)).items():
            spent.shares.append(Share("", month, customer, share))
        for customer, share in share_equally(recent, sorted(bearers)).items():
            if customer is not None:
                in_window[customer] = in_window.get(customer, Fraction(0)) + share
    return spent, in_window


def find_recent(
    row: RetentionFact, month: date, amount: Fraction, window_first: date, as_of: date
) -> Fraction:
    """The part of a month's amount on days in the window; the days before it in whole 1/10,000."""
    first, last = max(row.first, month), min(row.last, last_of_month(month), as_of)
    days = (last - first).days + 1
    earlier = min(max((window_first - first).days, 0), days)
    units = int(amount * 10_000)
    return Fraction(units - units * earlier // days, 10_000)


def find_active(ledger: Ledger, end: date) -> set[str]:
    """Who has a valid order in the 365 days that end on ``end``."""
    first = end - timedelta(days=364)
    return {x.customer for x in ledger.valid if x.customer is not None and first <= x.day <= end}


def find_segment(
    facts: Facts, ledger: Ledger, segment: tuple[str, str], end: date, channel_of: dict[str, str]
) -> set[str]:
    """Who is what the segment says, today; by its orders, at the end of the month."""
    attribute, value = segment
    if attribute in ("rfm", "lifecycle"):
        high = find_high_revenue(facts, ledger)
        told = (x.id for x in facts.customers if not x.objects)
        return {id_ for id_ in told if place(ledger, id_, end, high).get(attribute) == value}
    described = {
        x.id: {**dict(x.attributes), "country": x.country, "city": x.city, "channel": channel_of.get(x.id)}
        for x in facts.customers
    }
    return {id_ for id_, known in described.items() if known.get(attribute) == value}


def find_members(facts: Facts, programme: str, first: date, last: date) -> set[str]:
    """Who was a member on any of these days."""
    return {
        x.customer
        for x in facts.memberships
        if x.programme == programme and x.first <= last and (x.last is None or x.last >= first)
    }
