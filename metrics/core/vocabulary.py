"""The words a formula may use, each with its unit and its meaning.

Labels and meanings are English source strings; the pages translate them. The words marked `internal`
are needed by the standard methods only and are not offered to people who write their own formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

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
    Variable("revenue", "Revenue", "money", "Net revenue of valid orders, less refunds without an order"),
    Variable("orders", "Orders", "count", "Number of valid orders"),
    Variable("occasions", "Purchase occasions", "count", "Number of days with at least one valid order"),
    Variable("aov", "Average order value", "money", "Revenue by order divided by valid orders"),
    Variable("cost_of_goods", "Cost of goods", "money", "What the goods sold cost the shop"),
    Variable("transaction_cost", "Transaction cost", "money", "Payment, shipping and packing"),
    Variable("acquisition_cost", "Acquisition cost", "money", "Share of what was spent to win customers"),
    Variable("retention_cost", "Retention cost", "money", "Share of what was spent to keep customers"),
    Variable("contribution", "Contribution", "money", "Revenue less cost of goods and transaction cost"),
    Variable("realised", "Realised value", "money", "Contribution less acquisition and retention cost"),
    Variable("predicted_12", "Predicted, 12 months", "money", "Expected value of the coming 12 months"),
    Variable("predicted_24", "Predicted, 24 months", "money", "Expected value of the coming 24 months"),
    Variable("predicted_36", "Predicted, 36 months", "money", "Expected value of the coming 36 months"),
    Variable("p_active", "Chance of being active", "ratio", "Chance that the customer still buys"),
    Variable("years", "Years as a customer", "years", "Days since the first order divided by 365.25"),
    Variable("periods", "Periods so far", "periods", "Periods since the first order, at least one"),
    Variable("lifetime_years", "Customer lifetime", "years", "One divided by the churn rate of the peers"),
    Variable("margin", "Margin", "ratio", "Contribution divided by revenue, own or of the peers"),
    Variable("repeat_rate", "Repeat rate", "ratio", "Share of the peers who bought again within a year"),
    Variable("referral_value", "Extra value", "money", "Share of the realised value of referred customers"),
    Variable("nps", "NPS score", "points", "Last answer on the scale of 0 to 10"),
    Variable("interest", "Interest", "ratio", "Interest a year"),
    Variable("inflation", "Inflation", "ratio", "Inflation a year"),
    Variable("future_periods", "Periods to come", "periods", "Periods to come, discounted", internal=True),
    Variable("future_years", "Years to come", "years", "Lifetime in years, discounted", internal=True),
    Variable("window_revenue", "Revenue in the window", "money", "Revenue in the window", internal=True),
    Variable("window_orders", "Orders in the window", "count", "Valid orders in the window", internal=True),
    Variable("customers", "Customers", "count", "Customers with a valid order", internal=True),
    Variable(
        "customer_years",
        "Customer years",
        "years",
        "Years as a customer, at least one each, added up over a group",
        internal=True,
    ),
)

VOCABULARY: Mapping[str, Variable] = MappingProxyType({item.key: item for item in _VARIABLES})
OWN_FORMULA_NAMES: frozenset[str] = frozenset(item.key for item in _VARIABLES if not item.internal)


def label_names(names: Iterable[str], labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a label per name: the one given in `labels`, else the English source string."""
    given = labels or {}
    return {name: given.get(name, VOCABULARY[name].label) for name in names}
