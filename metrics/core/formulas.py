"""The standard methods of customer value, and the one door to everything about formulas.

A method is a formula as text over `vocabulary.VOCABULARY`, read once. Publishing compiles it to SQL
(`to_sql`), a page explains it for one customer (`explain`), help pages render it (`formula_text`): three
uses of one object.

Examples
--------
>>> from decimal import Decimal
>>> values = {"revenue": Decimal(500), "periods": 1, "future_periods": 2, "acquisition_cost": Decimal(200)}
>>> evaluate(periodic(frozenset({"acquisition_cost"})).expression, values)
Decimal('800.0000')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from metrics.core.arithmetic import amount_sql, divide, quotient_sql, round_amount, round_half_up
from metrics.core.execution import Values, evaluate, to_sql
from metrics.core.explanation import Explanation, Gap, Line, Step, explain
from metrics.core.expressions import Expression
from metrics.core.parsing import MESSAGES, FormulaError, parse
from metrics.core.rendering import Token, formula_text, join_tokens
from metrics.core.texts import gettext_noop as _
from metrics.core.vocabulary import OWN_FORMULA_NAMES, VOCABULARY, Unit, Variable

__all__ = [
    "MESSAGES",
    "METHODS",
    "OWN_FORMULA_NAMES",
    "PERIODIC_COSTS",
    "VOCABULARY",
    "Explanation",
    "Expression",
    "FormulaError",
    "Gap",
    "Line",
    "Method",
    "Step",
    "Token",
    "Unit",
    "Values",
    "Variable",
    "amount_sql",
    "divide",
    "evaluate",
    "explain",
    "formula_text",
    "join_tokens",
    "name_method",
    "parse",
    "periodic",
    "quotient_sql",
    "round_amount",
    "round_half_up",
    "to_sql",
    "total",
]

# Taken once a period, hence multiplied by the periods to come; acquisition is paid once.
_COSTS_PER_PERIOD = ("cost_of_goods", "transaction_cost", "retention_cost")
PERIODIC_COSTS: frozenset[str] = frozenset({*_COSTS_PER_PERIOD, "acquisition_cost"})


@dataclass(frozen=True, slots=True)
class Method:
    """A way to value a customer or a group.

    Attributes
    ----------
    key : identifier in code and exports.
    label : English source string.
    unit : unit of the value.
    level : "customer", or "group" for a formula over sums of customers.
    expression : the formula.
    """

    key: str
    label: str
    unit: Unit
    level: Literal["customer", "group"]
    expression: Expression

    @property
    def needs(self) -> frozenset[str]:
        """The words of the vocabulary that must be given, None where not available."""
        return self.expression.names


@cache
def periodic(costs: frozenset[str] = PERIODIC_COSTS) -> Method:
    """Return the method (average spend per period × periods to come) − costs.

    The costs that recur are taken off the spend before it is averaged, so that the value is rounded as
    rarely as possible: (revenue − recurring costs) ÷ periods × periods to come − acquisition cost.

    Parameters
    ----------
    costs : which costs to take, out of `PERIODIC_COSTS`.
    """
    unknown = costs - PERIODIC_COSTS
    if unknown:
        raise ValueError(f"costs must be among {sorted(PERIODIC_COSTS)}, got {sorted(unknown)}.")
    spend = " - ".join(["revenue", *(cost for cost in _COSTS_PER_PERIOD if cost in costs)])
    text = f"({spend}) / periods * future_periods"
    if "acquisition_cost" in costs:
        text += " - acquisition_cost"
    return Method("periodic", _("Value per period"), "money", "customer", parse(text))


@cache
def total(months: Literal[12, 24, 36] = 12) -> Method:
    """Return the method realised + predicted over a horizon; n.a. without a prediction."""
    return _method("total", _("Total value"), f"realised + predicted_{months}")


def name_method(key: str) -> str:
    """Return the English label of a method, or of a forecast that the vocabulary has."""
    if key in METHODS:
        return METHODS[key].label
    return total().label if key == "total" else VOCABULARY[key].label


def _method(
    key: str, label: str, text: str, unit: Unit = "money", level: Literal["customer", "group"] = "customer"
) -> Method:
    return Method(key, label, unit, level, parse(text))


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.key: method
        for method in (
            _method("contribution", _("Contribution"), "revenue - cost_of_goods - transaction_cost"),
            _method("realised", _("Realised value"), "contribution - acquisition_cost - retention_cost"),
            periodic(),
            _method("lifetime", _("Lifetime value"), "revenue / max(1, years) * future_years * margin"),
            # No purchase in the window is a value of 0, not an unknown one.
            _method(
                "loyalty",
                _("Loyalty value"),
                "if(window_orders > 0, window_revenue / window_orders * window_orders * repeat_rate, 0)",
            ),
            _method("value_density", _("Value density"), "window_revenue / window_orders"),
            _method("average", _("Average value"), "revenue / customers", level="group"),
            _method(
                "lifetime_group",
                _("Lifetime value of a group"),
                "revenue / customer_years * future_years * margin",
                level="group",
            ),
        )
    }
)
