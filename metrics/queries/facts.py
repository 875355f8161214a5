"""The facts as tables of which only the columns and types are known, so that any engine can hold them."""

from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import Table

MONEY = "decimal(19, 4)"


@dataclass(frozen=True)
class Facts:
    """One table per kind of fact, named as in the database."""

    customers: Table
    orders: Table
    refunds: Table
    retention_costs: Table
    memberships: Table
    order_lines: Table
    survey_answers: Table
    referrals: Table


FACTS = Facts(
    customers=ibis.table(
        {
            "id": "int64",
            "external_id": "string",
            "country": "string",
            "city": "string",
            "attributes": dt.JSON(binary=True),
            "acquired_on": "date",
            "acquisition_channel": "string",
            "campaign": "string",
            "objects_to_profiling": "boolean",
        },
        name="customers_customer",
    ),
    orders=ibis.table(
        {
            "id": "int64",
            "external_id": "string",
            "customer_id": "int64",
            "ordered_at": "timestamp('UTC')",
            "ordered_on": "date",
            "net_revenue": MONEY,
            "refunded_amount": MONEY,
            "refunded_on": "date",
            "cost_of_goods": MONEY,
            "transaction_cost": MONEY,
            "status": "string",
            "sales_channel": "string",
            "line_cost": MONEY,
            "main_category": "string",
        },
        name="customers_order",
    ),
    refunds=ibis.table(
        {
            "id": "int64",
            "refunded_on": "date",
            "amount": MONEY,
            "order_id": "int64",
            "customer_id": "int64",
        },
        name="customers_refund",
    ),
    retention_costs=ibis.table(
        {
            "id": "int64",
            "customer_id": "int64",
            "programme": "string",
            "first_day": "date",
            "last_day": "date",
            "amount": MONEY,
        },
        name="customers_retentioncost",
    ),
    memberships=ibis.table(
        {"customer_id": "int64", "programme": "string", "first_day": "date", "last_day": "date"},
        name="customers_programmemembership",
    ),
    order_lines=ibis.table(
        {"order_id": "int64", "category": "string", "net_amount": MONEY}, name="customers_orderline"
    ),
    survey_answers=ibis.table(
        {
            "external_id": "string",
            "customer_id": "int64",
            "answered_on": "date",
            "scale": "string",
            "score": "int16",
        },
        name="customers_surveyanswer",
    ),
    referrals=ibis.table(
        {"id": "int64", "referrer_id": "int64", "referred_id": "int64", "referred_on": "date"},
        name="customers_referral",
    ),
)
