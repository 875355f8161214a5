"""What the cells of the table can show: each a count, a share, or an amount per customer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from metrics.core.arithmetic import divide
from metrics.pages.cohorts.totals import Total

RETENTION: Final = "retention"
PAYBACK: Final = "payback"


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a cell: its unit, what it says, and how it follows from the sums of its customers.

    ``starts_full``: in the first month it is everyone by definition, which is worth no colour.
    """

    key: str
    label: str | Promise
    unit: str
    explanation: str | Promise
    compute: Callable[[Total], Decimal | None]
    starts_full: bool = False


_ALL = (
    Measure(
        "customers", _("Customers"), "count",
        _("How many of the new customers bought in the month."),
        lambda total: Decimal(total.active),
        starts_full=True,
    ),
    Measure(
        RETENTION, _("Retention"), "percent",
        _("Of the new customers, the share that bought in the month. Who skips a month and comes back later "
          "counts again in that later month."),
        lambda total: divide(total.active, total.customers),
        starts_full=True,
    ),
    Measure(
        "repurchase", _("Repurchase so far"), "percent",
        _("Of the new customers, the share that had bought on a second day by the end of the month. It can "
          "only rise."),
        lambda total: divide(total.repurchased, total.customers),
    ),
    Measure(
        "revenue", _("Revenue per customer"), "money",
        _("Revenue of valid orders in the month, less refunds, divided by all customers of the row: also by "
          "those who bought nothing in it."),
        lambda total: divide(total.revenue, total.customers),
    ),
    Measure(
        "contribution", _("Contribution per customer"), "money",
        _("Revenue less cost of goods and transaction cost in the month, divided by all customers of the "
          "row."),
        lambda total: divide(total.contribution, total.customers),
    ),
    Measure(
        PAYBACK, _("Contribution so far against CAC"), "money",
        _("Contribution added up from the first month on, divided by all customers of the row. The month in "
          "which it reaches what winning a customer cost (CAC) is marked with a tick and a frame."),
        lambda total: divide(total.so_far, total.customers),
    ),
)  # fmt: skip

MEASURES: Final[Mapping[str, Measure]] = {measure.key: measure for measure in _ALL}
