"""The register of KPIs. Pages, charts, help and exports read label, unit and definition from here.

A KPI is kept as numerator and denominator (``KpiValue``); one without a denominator is its numerator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Unit = Literal["money", "count", "percent", "ratio"]
Direction = Literal["up", "down", "none"]


@dataclass(frozen=True)
class Kpi:
    """One KPI: ``direction`` says which way is better; ``percent`` is kept as a fraction."""

    key: str
    label: str | Promise
    unit: Unit
    direction: Direction
    definition: str | Promise


_ALL = (
    Kpi(
        "revenue", _("Revenue"), "money", "up",
        _("Every order that is neither cancelled nor a test, in full on its day, minus every refund on its own day."),
    ),
    Kpi(
        "orders", _("Orders"), "count", "up",
        _("Valid orders: not cancelled, not a test, and worth something after their own refunds."),
    ),
    Kpi("customers", _("Customers"), "count", "up", _("Customers with a valid order in the period.")),
    Kpi(
        "new_customers", _("New customers"), "count", "up",
        _("Customers whose first valid order ever falls in the period."),
    ),
    Kpi(
        "aov", _("Average order value"), "money", "up",
        _("Revenue of valid orders, less their own refunds, divided by valid orders; anonymous orders included."),
    ),
    Kpi(
        "frequency", _("Order frequency"), "ratio", "up",
        _("Valid orders with a customer divided by customers with a valid order."),
    ),
    Kpi(
        "gross_margin", _("Gross margin"), "percent", "up",
        _("Revenue less cost of goods, divided by revenue; over valid orders whose cost of goods is known."),
    ),
    Kpi(
        "contribution", _("Contribution"), "money", "up",
        _("Revenue of valid orders less cost of goods, transaction cost and refunds without an order."),
    ),
    Kpi(
        "retention_rate", _("Retention rate"), "percent", "up",
        _("Of the customers who bought in the 12 months before, the share that bought again in these 12 months."),
    ),
    Kpi(
        "churn_rate", _("Churn rate"), "percent", "down",
        _("Of the customers who bought in the 12 months before, the share that did not buy again within 12 months."),
    ),
    Kpi(
        "repeat_rate", _("Repeat rate"), "percent", "up",
        _("Of the customers whose 365th day falls in the period, the share that bought again by then."),
    ),
    Kpi(
        "acquisition_rate", _("Acquisition rate"), "percent", "up",
        _("New customers divided by customers who bought in the 12 months before the period."),
    ),
    Kpi(
        "acquisition_cost", _("Acquisition cost"), "money", "none",
        _("Money spent to win customers, by the days it was spent for."),
    ),
    Kpi(
        "retention_cost", _("Retention cost"), "money", "none",
        _("Money spent to keep customers, by the days it was spent for."),
    ),
    Kpi(
        "unallocated_cost", _("Unallocated cost"), "money", "down",
        _("Acquisition and retention cost of months in which nobody was there to share it."),
    ),
    Kpi(
        "paid_cac", _("CAC of the channel"), "money", "down",
        _("Acquisition cost of a channel divided by its new customers."),
    ),
    Kpi(
        "full_cac", _("CAC"), "money", "down",
        _("All acquisition cost of the period, unallocated included, divided by all new customers."),
    ),
    Kpi(
        "average", _("Average value"), "money", "up",
        _("Revenue divided by customers with a valid order, up to the day of the calculation."),
    ),
    Kpi(
        "realised_mean", _("Mean realised value"), "money", "up",
        _("Mean over customers with a valid order of contribution less acquisition and retention cost."),
    ),
    Kpi(
        "value_to_cost", _("Value to cost"), "ratio", "up",
        _("Revenue of valid orders divided by acquisition and retention cost."),
    ),
    Kpi(
        "top_share", _("Share of the top 10%"), "percent", "none",
        _("Share of the sum of positive realised value that the best tenth of customers brings."),
    ),
    Kpi(
        "lifetime_group", _("Lifetime value of the shop"), "money", "up",
        _("Revenue per customer per year × lifetime in years × margin, over all customers with a valid order."),
    ),
)  # fmt: skip

KPIS: Mapping[str, Kpi] = {kpi.key: kpi for kpi in _ALL}
