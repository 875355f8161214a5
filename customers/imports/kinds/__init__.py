"""What a file can hold: a register of kinds, and one module for each family of them."""

from customers.imports.kinds.costs import ACQUISITION_COSTS, PROGRAMME_MEMBERSHIPS, RETENTION_COSTS
from customers.imports.kinds.customers import CUSTOMERS
from customers.imports.kinds.orders import ORDER_LINES, ORDERS, REFUNDS
from customers.imports.kinds.register import (
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
    ACQUISITION_COSTS,
    RETENTION_COSTS,
    PROGRAMME_MEMBERSHIPS,
):
    register(_kind)

__all__ = [
    "ACQUISITION_COSTS",
    "CUSTOMERS",
    "KINDS",
    "ORDERS",
    "ORDER_LINES",
    "PROGRAMME_MEMBERSHIPS",
    "REFUNDS",
    "RETENTION_COSTS",
    "Column",
    "Kind",
    "find_earlier_kinds",
    "known_headers",
    "loading_order",
    "register",
]
