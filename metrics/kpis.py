"""The register of KPIs. Pages, charts, help and exports read label, unit and definition from here.

A KPI is kept as numerator and denominator (``KpiValue``); one without a denominator is its numerator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Unit = Literal["money", "count", "percent", "ratio", "points", "days", "months"]
Direction = Literal["up", "down", "none"]


@dataclass(frozen=True)
class Part:
    """What stands above or below the line of a ratio, so that a figure can be shown as its own sum."""

    label: str | Promise
    unit: Literal["money", "count"]


@dataclass(frozen=True)
class Kpi:
    """One KPI: ``direction`` says which way is better; ``percent`` is kept as a fraction.

    ``above`` and ``below`` name its numerator and denominator; both None for what is no ratio.
    """

    key: str
    label: str | Promise
    unit: Unit
    direction: Direction
    definition: str | Promise
    above: Part | None = None
    below: Part | None = None


_REVENUE = Part(_("revenue of valid orders"), "money")
_BUYERS = Part(_("customers with a valid order"), "count")
_BUYERS_BEFORE = Part(_("customers who bought in the 12 months before"), "count")
_NEW = Part(_("new customers"), "count")
_ACQUISITION = Part(_("acquisition cost"), "money")


_ALL = (
    Kpi(
        "revenue", _("Revenue"), "money", "up",
        _("Every order that is neither cancelled nor a test, in full on its day, minus every refund "
          "on its own day."),
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
        _("Revenue of valid orders, less their own refunds, divided by valid orders; anonymous "
          "orders included."),
        _REVENUE,
        Part(_("valid orders"), "count"),
    ),
    Kpi(
        "frequency", _("Order frequency"), "ratio", "up",
        _("Valid orders with a customer divided by customers with a valid order."),
        Part(_("valid orders with a customer"), "count"),
        _BUYERS,
    ),
    Kpi(
        "gross_margin", _("Gross margin"), "percent", "up",
        _("Revenue less cost of goods, divided by revenue; over valid orders whose cost of goods is known."),
        Part(_("revenue less cost of goods"), "money"),
        Part(_("revenue with a known cost of goods"), "money"),
    ),
    Kpi(
        "contribution", _("Contribution"), "money", "up",
        _("Revenue of valid orders less cost of goods, transaction cost and refunds without an order."),
    ),
    Kpi(
        "retention_rate", _("Retention rate"), "percent", "up",
        _("Of the customers who bought in the 12 months before, the share that bought again in these "
          "12 months."),
        Part(_("bought again"), "count"),
        _BUYERS_BEFORE,
    ),
    Kpi(
        "churn_rate", _("Churn rate"), "percent", "down",
        _("Of the customers who bought in the 12 months before, the share that did not buy again "
          "within 12 months."),
        Part(_("did not buy again"), "count"),
        _BUYERS_BEFORE,
    ),
    Kpi(
        "repeat_rate", _("Repeat rate"), "percent", "up",
        _("Of the customers whose 365th day falls in the period, the share that bought again by then."),
        Part(_("bought again within 365 days"), "count"),
        Part(_("customers whose 365th day falls in the period"), "count"),
    ),
    Kpi(
        "acquisition_rate", _("Acquisition rate"), "percent", "up",
        _("New customers divided by customers who bought in the 12 months before the period."),
        _NEW,
        _BUYERS_BEFORE,
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
        _ACQUISITION,
        _NEW,
    ),
    Kpi(
        "full_cac", _("CAC"), "money", "down",
        _("All acquisition cost of the period, unallocated included, divided by all new customers."),
        _ACQUISITION,
        _NEW,
    ),
    Kpi(
        "ltv_cac", _("LTV:CAC"), "ratio", "up",
        _("Contribution of new customers in their first 365 days, divided by what was spent to win them: the "
          "customers won 12 months before, so that each has had a whole year. All cost for the shop, a "
          "channel's own for a channel, unallocated cost included."),
        Part(_("contribution of the first 365 days"), "money"),
        _ACQUISITION,
    ),
    Kpi(
        "payback", _("Payback time"), "months", "down",
        _("The calendar month, that of the first order being 1, by the end of which the new customers of a "
          "month had brought in what winning them cost."),
    ),
    Kpi(
        "maximum_cac", _("Maximum CAC"), "money", "up",
        _("What a new customer of a channel may cost at most to be paid back within a year: lower end of the "
          "80% interval of mean contribution in the first 365 days, over the channel's latest months with a "
          "whole year behind them and at least 30 customers. A break-even price, not a bid."),
    ),
    Kpi(
        "days_between_orders", _("Days between orders"), "days", "down",
        _("Median of the days between two purchases of a customer; a wait counts in the period in which it "
          "ends, and orders of one day are one purchase."),
    ),
    Kpi(
        "nps", _("NPS"), "points", "up",
        _("Share of promoters (9 or 10) less share of detractors (0 to 6), in points, over the last answer "
          "of each customer in the period."),
        Part(_("promoters less detractors, × 100"), "count"),
        Part(_("respondents"), "count"),
    ),
    Kpi(
        "csat", _("CSAT"), "percent", "up",
        _("Mean of (score − lowest) ÷ (highest − lowest) over the last answer of each customer, per scale, "
          "in the period."),
        Part(_("sum of the shares of the highest score"), "count"),
        Part(_("answers"), "count"),
    ),
    Kpi(
        "average", _("Average value"), "money", "up",
        _("Revenue divided by customers with a valid order, up to the day of the calculation."),
        Part(_("revenue of these customers"), "money"),
        _BUYERS,
    ),
    Kpi(
        "realised_mean", _("Mean realised value"), "money", "up",
        _("Mean over customers with a valid order of contribution less acquisition and retention cost."),
        Part(_("realised value"), "money"),
        Part(_("customers whose value is known"), "count"),
    ),
    Kpi(
        "clv", _("Mean total value"), "money", "up",
        _("Mean over customers with a valid order of what they have brought in so far and are expected to "
          "bring in: realised value plus the prediction over the horizon of the settings."),
        Part(_("total value"), "money"),
        Part(_("customers with a prediction"), "count"),
    ),
    Kpi(
        "value_to_cost", _("Value to cost"), "ratio", "up",
        _("Revenue of valid orders divided by acquisition and retention cost."),
        _REVENUE,
        Part(_("acquisition and retention cost"), "money"),
    ),
    Kpi(
        "top_share", _("Share of the top 10%"), "percent", "none",
        _("Share of the sum of positive realised value that the best tenth of customers brings."),
        Part(_("positive value of the best tenth"), "money"),
        Part(_("all positive value"), "money"),
    ),
    Kpi(
        "lifetime_group", _("Lifetime value of the shop"), "money", "up",
        _("Revenue per customer per year × lifetime in years × margin, over all customers with a "
          "valid order."),
    ),
)  # fmt: skip

KPIS: Mapping[str, Kpi] = {kpi.key: kpi for kpi in _ALL}
