"""The words a formula may use, each with its unit and its meaning.

Labels and meanings are English source strings; the pages translate them. The words marked `internal`
are needed by the standard methods only and are not offered to people who write their own formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from metrics.core.texts import gettext_noop as _

Unit = Literal["money", "count", "ratio", "periods", "years", "points"]


@dataclass(frozen=True, slots=True)
class Variable:
    """One word of the vocabulary.

    Attributes
    ----------
    key : the name in formulas, exports and code.
    label : English source string of the name shown to people.
    unit : what the number counts; pages choose the format by it.
    meaning : English source string, one sentence.
    internal : used by standard methods, not offered for own formulas.
    """

    key: str
    label: str
    unit: Unit
    meaning: str
    internal: bool = False


_VARIABLES = (
    Variable(
        "revenue", _("Revenue"), "money", _("Net revenue of valid orders, less refunds without an order")
    ),
    Variable("orders", _("Orders"), "count", _("Number of valid orders")),
    Variable(
        "occasions", _("Purchase occasions"), "count", _("Number of days with at least one valid order")
    ),
    Variable("aov", _("Average order value"), "money", _("Revenue by order divided by valid orders")),
    Variable("cost_of_goods", _("Cost of goods"), "money", _("What the goods sold cost the shop")),
    Variable("transaction_cost", _("Transaction cost"), "money", _("Payment, shipping and packing")),
    Variable(
        "acquisition_cost", _("Acquisition cost"), "money", _("Share of what was spent to win customers")
    ),
    Variable("retention_cost", _("Retention cost"), "money", _("Share of what was spent to keep customers")),
    Variable(
        "contribution", _("Contribution"), "money", _("Revenue less cost of goods and transaction cost")
    ),
    Variable("realised", _("Realised value"), "money", _("Contribution less acquisition and retention cost")),
    Variable("predicted_12", _("Predicted, 12 months"), "money", _("Expected value of the coming 12 months")),
    Variable("predicted_24", _("Predicted, 24 months"), "money", _("Expected value of the coming 24 months")),
    Variable("predicted_36", _("Predicted, 36 months"), "money", _("Expected value of the coming 36 months")),
    Variable("p_active", _("Chance of being active"), "ratio", _("Chance that the customer still buys")),
    Variable("years", _("Years as a customer"), "years", _("Days since the first order divided by 365.25")),
    Variable("periods", _("Periods so far"), "periods", _("Periods since the first order, at least one")),
    Variable(
        "lifetime_years", _("Customer lifetime"), "years", _("One divided by the churn rate of the peers")
    ),
    Variable("margin", _("Margin"), "ratio", _("Contribution divided by revenue, own or of the peers")),
    Variable(
        "repeat_rate", _("Repeat rate"), "ratio", _("Share of the peers who bought again within a year")
    ),
    Variable(
        "referral_value", _("Extra value"), "money", _("Share of the realised value of referred customers")
    ),
    Variable("nps", _("NPS score"), "points", _("Last answer on the scale of 0 to 10")),
    Variable("interest", _("Interest"), "ratio", _("Interest a year")),
    Variable("inflation", _("Inflation"), "ratio", _("Inflation a year")),
    Variable(
        "future_periods", _("Periods to come"), "periods", _("Periods to come, discounted"), internal=True
    ),
    Variable("future_years", _("Years to come"), "years", _("Lifetime in years, discounted"), internal=True),
    Variable(
        "window_revenue", _("Revenue in the window"), "money", _("Revenue in the window"), internal=True
    ),
    Variable(
        "window_orders", _("Orders in the window"), "count", _("Valid orders in the window"), internal=True
    ),
    Variable("customers", _("Customers"), "count", _("Customers with a valid order"), internal=True),
    Variable(
        "customer_years",
        _("Customer years"),
        "years",
        _("Years as a customer, at least one each, added up over a group"),
        internal=True,
    ),
    Variable(
        "frequency_factor", _("Change of frequency"), "ratio", _("Orders of a what-if ÷ those of now"),
        internal=True,
    ),
    Variable(
        "order_value_factor", _("Change of order value"), "ratio",
        _("Revenue per order of a what-if ÷ that of now"), internal=True,
    ),
    Variable(
        "yearly_retention_cost", _("Retention cost a year"), "money",
        _("What keeping one customer costs a year"), internal=True,
    ),
)  # fmt: skip

VOCABULARY: Mapping[str, Variable] = MappingProxyType({item.key: item for item in _VARIABLES})
OWN_FORMULA_NAMES: frozenset[str] = frozenset(item.key for item in _VARIABLES if not item.internal)
