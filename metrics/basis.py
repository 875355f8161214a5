"""What a calculation stands on: its day, its settings, its months."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from customers.models import Order, Refund, Shop
from metrics.core import calendar
from metrics.core.discounting import discounted_periods, find_real_rate
from metrics.models import CalculationSettings, Run

MOST_MONTHS_SHOWN = 120
_NOTHING = Value(Decimal(0), output_field=DecimalField())


@dataclass(frozen=True)
class Basis:
    """All that a run's figures depend on beside the facts. Days are shop-local.

    ``first_day`` is the day of the first order (``as_of`` when there is none); ``complete_from`` the
    setting, or that day; ``history_complete``: nobody had bought before it. A month is complete when it lies
    wholly inside [``complete_from``, ``as_of``].
    """

    run_id: int
    as_of: date
    first_day: date
    complete_from: date
    settings: CalculationSettings
    history_complete: bool = True

    @property
    def default_margin(self) -> Decimal | None:
        return self.settings.default_margin

    @property
    def period(self) -> calendar.Period:
        """The length of a period."""
        return cast("calendar.Period", self.settings.period)

    @property
    def window_first(self) -> date:
        """First day of the window of the value density, which ends on ``as_of``."""
        days = min(self.settings.window_days, self.as_of.toordinal())  # a calendar goes back no further
        return calendar.days_up_to(self.as_of, days).first

    @cached_property
    def months(self) -> list[date]:
        """First days of the months from the first order to ``as_of``."""
        return list(calendar.list_months(self.first_day, self.as_of))

    @property
    def new_from(self) -> date:
        """The first month whose new customers are all new: the 13th; any when the history is complete."""
        if self.history_complete:
            return date.min
        return calendar.add_months(calendar.first_day_of_month(self.complete_from), calendar.MONTHS_PER_YEAR)

    def month_at(self, place: int) -> date:
        """Return the month at a place in ``months``; places below 0 are of months before the first order."""
        return calendar.add_months(self.months[0], place)

    @property
    def shown_months(self) -> list[date]:
        """The months that KPIs are given for: from where the data are complete, ten years at most."""
        first = min(calendar.first_day_of_month(self.complete_from), self.months[0])
        return list(calendar.list_months(first, self.as_of))[-MOST_MONTHS_SHOWN:]

    @property
    def real_rate(self) -> Decimal | None:
        """The yearly real rate; None (not discounted) until both interest and inflation are set."""
        interest, inflation = self.settings.interest, self.settings.inflation
        if interest is None or inflation is None:
            return None
        return find_real_rate(interest, inflation)

    @property
    def last_complete_month(self) -> date | None:
        """The last month wholly inside the complete data, None when there is none."""
        month = calendar.first_day_of_month(self.as_of + timedelta(days=1))
        month = calendar.add_months(month, -1)
        return month if self.is_complete(month) else None

    @property
    def repeat_window(self) -> calendar.Window:
        """The rolling 12 months that end with the month of ``as_of``, cut off there."""
        return calendar.Window(calendar.rolling_window(self.as_of).first, self.as_of)

    def is_complete(self, month: date, months: int = 1) -> bool:
        """Tell whether the ``months`` calendar months that end with ``month`` have all their data."""
        window = calendar.rolling_window(month, months)
        return self.complete_from <= window.first and window.last <= self.as_of

    def is_retention_known(self, month: date) -> bool:
        """Retention compares two windows of 12 months: it needs 24 complete months."""
        return self.is_complete(month, 2 * calendar.MONTHS_PER_YEAR)

    def value_future(self, lifetime_years: Decimal) -> tuple[Decimal, Decimal]:
        """Return years and periods to come, discounted when a real rate is set; periods may be fixed."""
        rate = self.real_rate or Decimal(0)
        per_year = calendar.periods_per_year(self.period)
        periods = self.settings.fixed_periods or lifetime_years * per_year
        return (
            discounted_periods(lifetime_years, rate, Decimal(1)),
            discounted_periods(periods, rate, per_year),
        )


def resolve(run: Run) -> Basis:
    """Return what ``run`` stands on; without a day of its own, the last day with a valid order."""
    shop = Shop.load()
    today = timezone.now().astimezone(ZoneInfo(shop.time_zone)).date()
    as_of = min(run.as_of or find_last_day(today) or today, today)
    placed = Order.objects.filter(status=Order.Status.PLACED, ordered_on__lte=as_of)
    first_day = placed.order_by("ordered_on").values_list("ordered_on", flat=True).first() or as_of
    return Basis(
        run_id=run.pk,
        as_of=as_of,
        first_day=first_day,
        complete_from=shop.data_complete_from or first_day,
        settings=run.settings,
        history_complete=shop.history_complete,
    )


def find_last_day(today: date) -> date | None:
    """Return the last day up to ``today`` with an order that is worth something after its refunds."""
    return _list_valid(today).order_by("-ordered_on").values_list("ordered_on", flat=True).first()


def _list_valid(today: date) -> "QuerySet[Order]":
    of_order = Refund.objects.filter(order=OuterRef("pk"), refunded_on__lte=today).order_by()
    in_rows = Subquery(of_order.values("order").annotate(total=Sum("amount")).values("total"))
    known = Q(refunded_on__lte=today) | Q(refunded_on__isnull=True)
    on_order = Case(When(known, then=Coalesce(F("refunded_amount"), _NOTHING)), default=_NOTHING)
    return Order.objects.filter(status=Order.Status.PLACED, ordered_on__lte=today).filter(
        net_revenue__gt=Greatest(Coalesce(in_rows, _NOTHING), on_order)
    )


def number_months(months: Sequence[date]) -> dict[date, int]:
    """Return the place of each month in a sequence."""
    return {month: number for number, month in enumerate(months)}
