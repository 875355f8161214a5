"""Small shops made of everything that is hard to count, drawn from a seed.

Ties, same-day orders, moments around midnight, changes of clock, leap days and ends of years, refunds of
every kind, negative, empty, cancelled and test orders, unknown costs, ranges of days that cross every border.
"""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from tests.oracle_facts import (
    AMSTERDAM,
    AcquisitionFact,
    AnswerFact,
    Choices,
    CustomerFact,
    Facts,
    LineFact,
    MembershipFact,
    OrderFact,
    ReferralFact,
    RefundFact,
    RetentionFact,
    round_half_up,
)

IDS = ("10", "9", "a", "B", "b", "Z", "é", "a-1", "A1", "0", "zoë", "_x")
CHANNELS = ("", "ads", "ads", "ads", "Ads", "é-mail")
CAMPAIGNS = ("", "spring", "xmas")
CATEGORIES = ("", "tea", "mugs", "Tea")
COUNTRIES = ("NL", "NL", "nl", "BE", "")
LABELS = ("Bran'che", "Größe")
SEGMENTS = (
    ("country", "NL"), ("country", "BE"), ("city", "Gent"), ("channel", "ads"), ("channel", "Ads"),
    ("Bran'che", "a"), ("Bran'che", "= b"), ("Größe", "5"), ("country", "XX"), ("Unknown", "a"),
    ("rfm", "champions"), ("rfm", "loyal"), ("rfm", "promising"), ("rfm", "new"), ("rfm", "attention"),
    ("rfm", "precious"), ("rfm", "slipping"), ("lifecycle", "new"), ("lifecycle", "loyal"),
    ("lifecycle", "active"), ("lifecycle", "cooling"), ("lifecycle", "silent"),
)  # fmt: skip
HARD_DAYS = ("02-28", "02-29", "03-01", "03-26", "03-31", "10-29", "10-26", "12-31", "01-01", "06-30")
HARD_TIMES = ("00:00:00", "00:00:01", "00:30:00", "01:59:59", "02:30:00", "12:00:00", "22:30:00", "23:59:59")
AMOUNTS = ("0", "0.0001", "0.01", "1", "1", "10", "10", "33.3333", "99.99", "250", "1234.5678")


class HostileShop:
    """Draws one shop: its ``facts``, and the day to calculate for (None: the day is not given)."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.history_complete = seed % 3 == 0
        months = self.random.choice((1, 13, 26, 27, 30, 40))
        self.long = seed % 10 == 7
        if self.long:
            months = self.random.choice((75, 110, 130))  # more than a mask of 62 months, more than are shown
        self.end = date(2025, 12, 31) - timedelta(days=self.random.choice((0, 0, 1, 16, 306)))
        self.start = self.end - timedelta(days=round(months * 30.4375))
        customers = self._draw_customers()
        self.ids = [customer.id for customer in customers]
        self.eras = {id_: self._draw_era() for id_ in self.ids}
        orders = tuple(
            self._draw_order(f"o{number}") for number in range(self.random.choice((1, 20, 60, 90)))
        )
        self.facts = Facts(
            customers=customers,
            orders=orders,
            refunds=tuple(self._draw_refund(f"r{number}", orders) for number in range(len(orders) // 3)),
            acquisition=tuple(self._draw_acquisition(f"k{n}") for n in range(self.random.randrange(16))),
            retention=tuple(self._draw_retention(f"p{n}") for n in range(self.random.randrange(8))),
            memberships=self._draw_memberships(),
            choices=self._draw_choices(),
        )
        self.as_of = self._draw_as_of()
        self.facts = self._describe(random.Random(f"segments {seed}"))
        self.facts = self._listen(random.Random(f"feedback {seed}"))

    def _describe(self, draw: random.Random) -> Facts:
        """Say of customers where they live and what they are, and make costs of some segments.

        Drawn apart, so that the rest of a shop is what it was.
        """
        customers = tuple(
            replace(
                customer,
                country=draw.choice(COUNTRIES),
                city=draw.choice(("Gent", "gent", "")),
                attributes=tuple(
                    (label, draw.choice(("a", "= b", "5"))) for label in LABELS if draw.random() < 0.6
                ),
            )
            for customer in self.facts.customers
        )
        retention = tuple(
            RetentionFact(f"s{n}", *self._range(), self._amount(), segment=draw.choice(SEGMENTS))
            for n in range(draw.randrange(6))
        )
        return replace(self.facts, customers=customers, retention=(*self.facts.retention, *retention))

    def _listen(self, draw: random.Random) -> Facts:
        """Ask customers what they think, often twice in a month or a day, and who brought them in."""
        days = [self.start + timedelta(days=draw.randrange(-30, 1200)) for _ in range(12)]
        answers = [
            AnswerFact(f"q{n}", draw.choice(self.ids), draw.choice(days), scale, draw.randint(low, high))
            for n in range(draw.choice((0, 3, 40)))
            for scale, low, high in (draw.choice((("nps", 0, 10), ("csat_5", 1, 5), ("csat_10", 1, 10))),)
        ]
        pairs = {(draw.choice(self.ids), draw.choice(self.ids)) for _ in range(draw.choice((0, 4, 20)))}
        referrals = [
            ReferralFact(*pair, draw.choice((None, *days[:4])))
            for pair in sorted(pairs)
            if pair[0] != pair[1]
        ]
        share = draw.choice((None, Fraction("0.1"), Fraction("0.333333"), Fraction(1)))
        choices = replace(self.facts.choices, referral_share=share)
        return replace(self.facts, answers=tuple(answers), referrals=tuple(referrals), choices=choices)

    def _draw_as_of(self) -> date | None:
        """A day in the middle, the end, beyond it, or none given."""
        end = self.end + timedelta(days=self.random.choice((0, 0, 1, 40)))
        return end if self.long else self.random.choice((self._day(), end, end, None))

    def _maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def _day(self, first: date | None = None, last: date | None = None) -> date:
        """Any day of the history (or from ``first`` to ``last``), often one at which calendars go wrong."""
        first, last = first or self.start, last or self.end
        if self._maybe(0.4):
            year = self.random.randint(first.year, last.year)
            try:
                day = date.fromisoformat(f"{year}-{self.random.choice(HARD_DAYS)}")
            except ValueError:
                day = date(year, 2, 28)
            if first <= day <= last:
                return day
        return first + timedelta(days=self.random.randint(0, (last - first).days))

    def _draw_era(self) -> tuple[date, date]:
        """The days between which a customer buys: customers come late, and go."""
        first = self._day()
        return first, min(self.end, first + timedelta(days=self.random.choice((0, 60, 364, 366, 600, 9999))))

    def _moment(self, era: tuple[date, date] | None = None) -> datetime:
        """Half of them around midnight, in UTC or in shop time, on both sides of a change of clock."""
        zone = UTC if self._maybe(0.3) else AMSTERDAM
        fold = 1 if self._maybe(0.2) else 0
        day = self._day(*(era or ()))
        if era and self._maybe(0.4):  # on the first day, or a year later to the day
            day = min(self.end, era[0] + timedelta(days=self.random.choice((0, 0, 364, 365, 366))))
        moment = datetime.fromisoformat(f"{day} {self.random.choice(HARD_TIMES)}")
        return moment.replace(tzinfo=zone, fold=fold).astimezone(UTC)

    def _amount(self) -> Fraction:
        return Fraction(self.random.choice(AMOUNTS))

    def _range(self) -> tuple[date, date]:
        """A day, some weeks or years, also before and after all orders."""
        first = self._day() + timedelta(days=self.random.choice((-400, -20, 0, 0, 0, 20)))
        return first, first + timedelta(days=self.random.choice((0, 1, 6, 27, 30, 45, 366, 366, 900)))

    def _draw_customers(self) -> tuple[CustomerFact, ...]:
        ids = self.random.sample(IDS, self.random.choice((1, 6, 12, 12)))
        return tuple(
            CustomerFact(
                id_,
                self.random.choice(CHANNELS),
                self.random.choice(CAMPAIGNS),
                self._day() - timedelta(days=200) if self._maybe(0.2) else None,
                self._maybe(0.15),
            )
            for id_ in ids
        )

    def _draw_order(self, id_: str) -> OrderFact:
        net = self._amount() * (-1 if self._maybe(0.08) else 1)
        refunded = self._amount() if self._maybe(0.2) else None
        customer = self.random.choice((*self.ids, *self.ids, None))
        moment = self._moment(self.eras.get(customer or ""))
        late = moment.date() + timedelta(days=self.random.choice((0, 1, 30, 400)))
        return OrderFact(
            id_,
            customer,
            moment,
            net,
            cost=round_half_up(self._amount() * Fraction("0.6"), 4) if self._maybe(0.7) else None,
            transaction=round_half_up(self._amount() / 10, 4) if self._maybe(0.6) else None,
            status=self.random.choice(("placed",) * 10 + ("cancelled", "test")),
            refunded=refunded,
            refunded_on=late if refunded is not None and self._maybe(0.6) else None,
            sales_channel=self.random.choice(CHANNELS),
            lines=tuple(self._draw_line() for _ in range(self.random.choice((0, 0, 1, 2, 3)))),
        )

    def _draw_line(self) -> LineFact:
        unit_cost = Fraction(self.random.choice(("0.5", "2.25", "7"))) if self._maybe(0.8) else None
        quantity = Fraction(self.random.choice(("1", "2", "0.5", "-1")))
        return LineFact(self.random.choice(CATEGORIES), quantity, self._amount(), unit_cost)

    def _draw_refund(self, id_: str, orders: tuple[OrderFact, ...]) -> RefundFact:
        moment, amount = self._moment(), self._amount()
        kind = self.random.choice(("order", "order", "full", "customer", "anonymous", "unknown"))
        if kind in ("order", "full"):
            order = self.random.choice(orders)
            if kind == "full":
                amount = abs(order.net)
            if self._maybe(0.7):
                moment = order.moment + timedelta(days=self.random.choice((0, 1, 14, 90)))
            customer = self.random.choice((None, order.customer, self.random.choice(self.ids)))
            return RefundFact(id_, moment, amount, order.id, customer)
        customer = self.random.choice(self.ids) if kind != "anonymous" else None
        return RefundFact(id_, moment, amount, "unheard-of" if kind == "unknown" else "", customer)

    def _draw_acquisition(self, id_: str) -> AcquisitionFact:
        channel, campaign = self.random.choice(CHANNELS[1:]), self.random.choice(CAMPAIGNS)
        return AcquisitionFact(id_, channel, campaign, *self._range(), self._amount())

    def _draw_retention(self, id_: str) -> RetentionFact:
        whom = self.random.choice(("everyone", "everyone", "customer", "programme", "programme"))
        return RetentionFact(
            id_,
            *self._range(),
            self._amount(),
            self.random.choice(self.ids) if whom == "customer" else None,
            self.random.choice(("club", "Club")) if whom == "programme" else "",
        )

    def _draw_memberships(self) -> tuple[MembershipFact, ...]:
        drawn = {}
        for customer in self.ids:
            for programme in ("club", "Club", "club"):
                if self._maybe(0.4):
                    first, last = self._range()
                    drawn[customer, programme, first] = last if self._maybe(0.5) else None
        return tuple(MembershipFact(*key[:2], key[2], last) for key, last in drawn.items())

    def _draw_choices(self) -> Choices:
        one_of, rates = self.random.choice, ("-0.01", "0", "0.02", "0.035", "0.1")
        costs = [x for x in ("acquisition", "goods", "transaction", "retention") if self._maybe(0.8)]
        return Choices(
            history_complete=self.history_complete,
            complete_from=one_of(
                (None, self._day(), self.start, self.start - timedelta(days=500), self.start)
            ),
            default_margin=one_of((None, Fraction("0.4"), Fraction("0.333333"), Fraction(0))),
            interest=Fraction(one_of(rates)) if self._maybe(0.7) else None,
            inflation=Fraction(one_of(rates)) if self._maybe(0.8) else None,
            period=one_of(("month", "quarter", "year")),
            fixed_periods=Fraction(one_of(("0.5", "2", "7.25"))) if self._maybe(0.3) else None,
            costs=frozenset(costs),
            lifetime_cap=Fraction(one_of(("1", "2.5", "10"))),
            assumed_lifetime=Fraction(one_of(("1", "3", "3.33"))),
            window_days=one_of((1, 30, 365, 365, 500)),
            peer_minimum=one_of((1, 2, 3, 30)),
        )
