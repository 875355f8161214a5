"""What one customer bought and gave back: the rows of the table and the months of the chart.

Amounts are by order, as the definitions say: an order is worth what is left after its own refunds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import CharField, DateField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, TruncMonth
from django.utils.translation import get_language, gettext

from customers.models import Customer, Order, Refund
from customers.models.fields import MoneyField
from klantwaarde import formats
from metrics.core.arithmetic import round_half_up
from metrics.core.calendar import list_months

REFUND: Final = "refund"
_COLUMNS: Final = ("day", "number", "status", "net", "refunded", "known_goods", "transaction")
_ZERO: Final = Decimal("0.0000")


@dataclass(frozen=True, slots=True)
class Row:
    """An order, or a refund without an order (``status`` is `REFUND`, ``net`` negative).

    `counted` tells that it is in the figures: neither cancelled nor a test, and not after the calculation.
    `known_goods` is what the goods cost as far as the order or its lines tell; the calculation's
    `default_margin`, None when not set, tells it of the others.
    """

    day: date
    number: str
    status: str
    net: Decimal
    refunded: Decimal
    known_goods: Decimal | None
    transaction: Decimal | None
    default_margin: Decimal | None
    counted: bool

    @property
    def left(self) -> Decimal:
        """What is left of it after its refunds."""
        return self.net - self.refunded

    @property
    def has_goods_back(self) -> bool:
        """True for an order that counts and of which nothing is left: its goods cost nothing any more."""
        given_away = self.net == 0 and self.refunded == 0
        return self.counted and self.status != REFUND and self.left <= 0 and not given_away

    @property
    def has_default_goods(self) -> bool:
        """True for an order of which the default margin tells what the goods cost."""
        is_order = self.counted and self.status != REFUND and self.left > 0
        return is_order and self.known_goods is None and self.default_margin is not None

    @property
    def goods(self) -> Decimal | None:
        """What the goods cost: of what counts it adds up to the customer's cost of goods."""
        if self.has_goods_back:
            return _ZERO
        if self.has_default_goods and self.default_margin is not None:
            return round_half_up(self.net * (1 - self.default_margin), 4)
        return self.known_goods

    @property
    def kind(self) -> str:
        """What it is, for a reader."""
        if self.status == REFUND:
            return gettext("refund without an order")
        return str(Order.Status(self.status).label)


def select_history(customer: Customer, as_of: date | None) -> QuerySet[Any]:
    """Return orders and refunds without an order, latest first, as dicts; refunds up to `as_of`."""
    orders = with_refunds(customer.orders.all(), as_of).annotate(
        day=F("ordered_on"), number=F("external_id"), net=F("net_revenue"),
        known_goods=Coalesce("cost_of_goods", "line_cost"), transaction=F("transaction_cost"),
    )  # fmt: skip
    refunds = Refund.objects.filter(customer=customer, order=None).annotate(
        day=F("refunded_on"), number=F("external_id"),
        status=Value(REFUND, CharField()), net=-F("amount"), refunded=Value(_ZERO, MoneyField()),
        known_goods=Value(None, MoneyField()), transaction=Value(None, MoneyField()),
    )  # fmt: skip
    rows = orders.order_by().values(*_COLUMNS).union(refunds.order_by().values(*_COLUMNS), all=True)
    return rows.order_by("-day", "-number")


def with_refunds(orders: QuerySet[Order], as_of: date | None) -> QuerySet[Order]:
    """Add `refunded`: the larger of the order's own refunded amount and its refunds, both up to `as_of`."""
    rows = Refund.objects.filter(order=OuterRef("pk"), **_until("refunded_on", as_of))
    sums = rows.order_by().values("order").annotate(sum=Sum("amount")).values("sum")
    own = Order.objects.filter(pk=OuterRef("pk"), refunded_amount__isnull=False)
    if as_of is not None:
        own = own.filter(Q(refunded_on__lte=as_of) | Q(refunded_on=None))
    zero = Value(_ZERO, MoneyField())
    return orders.annotate(
        refunded=Greatest(
            Coalesce(Subquery(own.values("refunded_amount")), zero), Coalesce(Subquery(sums), zero)
        )
    )


def read_rows(
    page: Iterable[dict[str, Any]], as_of: date | None, default_margin: Decimal | None = None
) -> list[Row]:
    """Return the rows of one page of `select_history`; `default_margin` is the calculation's."""
    placed = {Order.Status.PLACED, REFUND}
    return [
        Row(
            **row,
            default_margin=default_margin,
            counted=row["status"] in placed and (as_of is None or row["day"] <= as_of),
        )
        for row in page
    ]


def explain_goods(rows: Iterable[Row], default_margin: Decimal | None) -> Iterator[str]:
    """Yield why the cost of goods of some of the rows is another one than the order or its lines tell."""
    shown = list(rows)
    if any(row.has_goods_back and row.known_goods for row in shown):
        yield gettext("Of an order that was refunded in full the cost of goods lapses.")
    if any(row.has_default_goods for row in shown):
        text = gettext(
            "Without a known cost of goods that of the default margin counts: (1 − %(margin)s) × amount."
        )
        yield text % {"margin": formats.percent(default_margin, get_language() or "en")}


def sum_months(customer: Customer, as_of: date) -> list[tuple[date, Decimal]]:
    """Return revenue per month, from the customer's first month to that of `as_of`.

    An order counts in its own month, net of its refunds; a refund without an order in its month.
    They add up to the customer's revenue in the calculation of that day.
    """
    placed = customer.orders.filter(status=Order.Status.PLACED, ordered_on__lte=as_of)
    orders = (
        with_refunds(placed, as_of)
        .annotate(month=TruncMonth("ordered_on", output_field=DateField()))
        .order_by().values("month").annotate(sum=Sum(F("net_revenue") - F("refunded")))
    )  # fmt: skip
    refunds = (
        Refund.objects.filter(customer=customer, order=None, refunded_on__lte=as_of)
        .annotate(month=TruncMonth("refunded_on", output_field=DateField()))
        .order_by().values("month").annotate(sum=-Sum("amount"))
    )  # fmt: skip
    sums: dict[date, Decimal] = {}
    for row in orders.union(refunds, all=True):
        sums[row["month"]] = sums.get(row["month"], _ZERO) + row["sum"]
    months = list_months(min(sums), as_of) if sums else []
    return [(month, sums.get(month, _ZERO)) for month in months]


def _until(field: str, as_of: date | None) -> dict[str, date]:
    return {} if as_of is None else {f"{field}__lte": as_of}
