"""What a file can hold: a register of kinds, and one module for each family of them."""

from customers.imports.kinds.costs import ACQUISITION_COSTS, PROGRAMME_MEMBERSHIPS, RETENTION_COSTS
from customers.imports.kinds.customers import CUSTOMERS
from customers.imports.kinds.feedback import MARKET_FIGURES, REFERRALS, SURVEY_ANSWERS
from customers.imports.kinds.orders import ORDER_LINES, ORDERS, REFUNDS
from customers.imports.kinds.payments import PAYMENTS
from customers.imports.kinds.register import (
    ATTRIBUTE,
    KINDS,
    Column,
    Kind,
    find_earlier_kinds,
    known_headers,
    loading_order,
    register,
)

for _kind in (
    CUSTOMERS,
    ORDERS,
    ORDER_LINES,
    REFUNDS,
    PAYMENTS,
    ACQUISITION_COSTS,
    RETENTION_COSTS,
    PROGRAMME_MEMBERSHIPS,
    SURVEY_ANSWERS,
    REFERRALS,
    MARKET_FIGURES,
):
    register(_kind)

__all__ = [
    "ACQUISITION_COSTS",
    "ATTRIBUTE",
    "CUSTOMERS",
    "KINDS",
    "MARKET_FIGURES",
    "ORDERS",
    "ORDER_LINES",
    "PAYMENTS",
    "PROGRAMME_MEMBERSHIPS",
    "REFERRALS",
    "REFUNDS",
    "RETENTION_COSTS",
    "SURVEY_ANSWERS",
    "Column",
    "Kind",
    "find_earlier_kinds",
    "known_headers",
    "loading_order",
    "register",
]
