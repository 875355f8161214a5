"""Checks of orders: what they lack, and what about them cannot be right."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import CUSTOMER_FIELDS, FILE_COLUMNS, FILE_FIELDS, ORDER_FILES, Check, Field

#: An order is an outlier from so many times the median order.
OUTLIER: Final = 100

_SELECT: Final = f"""
    SELECT o.external_id AS number, o.ordered_on AS day, date_trunc('month', o.ordered_on)::date AS month,
           c.external_id AS customer, o.customer_id, o.net_revenue AS amount, o.sales_channel,
           {FILE_COLUMNS} {{more}}
    FROM {{{{orders}}}} o
    LEFT JOIN {{{{all_customers}}}} c ON c.id = o.customer_id
    LEFT JOIN {{{{uploads}}}} u ON u.id = o.upload_id
    WHERE """
_FIELDS: Final = (
    Field("number", _("order number")),
    Field("day", _("order date"), "date"),
    Field("month", _("month"), "month", facet=True),
    *CUSTOMER_FIELDS,
    Field("sales_channel", _("sales channel"), facet=True),
    Field("amount", _("net revenue"), "money"),
)
#: What is left of order − lines when shipping and discount are no lines, whichever explains most.
_UNEXPLAINED: Final = """least(
    abs(o.net_revenue - o.line_total), abs(o.net_revenue - o.line_total - coalesce(o.shipping, 0)),
    abs(o.net_revenue - o.line_total + coalesce(o.discount, 0)),
    abs(o.net_revenue - o.line_total - coalesce(o.shipping, 0) + coalesce(o.discount, 0)))"""


def _check(
    key: str,
    severity: str,
    where: str,
    *texts: Any,
    more: tuple[Field, ...] = (),
    sql: str = "",
    **extra: Any,
) -> Check:
    """Return a check of orders ``o`` for which ``where`` holds; ``sql`` selects the fields ``more``."""
    title, why, advice = texts
    extra.setdefault("amount", "amount")
    extra.setdefault("amount_label", _("net revenue"))
    extra.setdefault("order", "day DESC, number")
    extra.setdefault("of_file", ORDER_FILES)
    return Check(
        key=key,
        group="orders",
        severity=severity,
        title=title,
        why=why,
        advice=advice,
        rows=_SELECT.format(more=sql) + where,
        fields=(*extra.pop("fields", _FIELDS), *more, *FILE_FIELDS),
        subject="orders",
        **extra,
    )


ORDER_CHECKS: Final = (
    _check(
        "orders_without_customer", "warning",
        "o.status = 'placed' AND o.customer_id IS NULL",
        _("Orders without a customer"),
        _(
            "They count in revenue, orders and average order value, and in nobody's customer value: "
            "retention, cohorts and LTV:CAC are told about the other orders only."
        ),
        _(
            "Export the orders with the customer number or the e-mail address of the buyer and import them "
            "again: the same orders are then completed, not doubled."
        ),
        fields=tuple(field for field in _FIELDS if field not in CUSTOMER_FIELDS),
    ),
    _check(
        "orders_without_cost", "warning",
        "o.status = 'placed' AND o.net_revenue > 0 AND o.cost_of_goods IS NULL AND o.line_cost IS NULL",
        _("Orders without a cost of goods"),
        _(
            "Without it margin, contribution and customer value of an order are not known, and neither are "
            "those of its customer, unless a default margin is set."
        ),
        _(
            "Export with the cost of goods of the order or the cost per unit of each line, import the order "
            "lines, or have a default margin set in the settings."
        ),
    ),
    _check(
        "orders_without_revenue", "error",
        "o.status = 'placed' AND o.net_from_lines AND o.line_total IS NULL",
        _("Orders without revenue and without lines"),
        _("They are worth 0 until their lines are there: revenue and average order value are too low."),
        _("Import the file with their order lines, or export the orders with their net revenue."),
        amount="",
    ),
    _check(
        "orders_differ_from_lines", "warning",
        f"""o.status = 'placed' AND NOT o.net_from_lines AND o.line_total IS NOT NULL
           AND {_UNEXPLAINED} >= 0.005""",
        _("Orders that differ from the sum of their lines"),
        _(
            "Shipping and discount do not explain the difference. The order's own figure counts; often one "
            "of the two holds VAT, or lines are missing."
        ),
        _("Look at the largest differences in your shop, and whether both files are without VAT."),
        sql=f", o.line_total, {_UNEXPLAINED} AS difference",
        more=(
            Field("line_total", _("sum of the lines"), "money"),
            Field("difference", _("difference"), "money"),
        ),
        amount="difference", amount_label=_("difference"), order="difference DESC, number",
    ),
    _check(
        "orders_below_zero", "info",
        "o.status = 'placed' AND o.net_revenue < 0",
        _("Orders worth less than 0"),
        _("They count as refunds without an order on their own day, not as purchases."),
        _("Right for credit notes. If your shop exports refunds separately as well, they count twice."),
    ),
    _check(
        "orders_outliers", "warning",
        f"""o.status = 'placed' AND o.net_revenue >= {OUTLIER} * (
            SELECT nullif(percentile_disc(0.5) WITHIN GROUP (ORDER BY net_revenue), 0)
            FROM {{all_orders}} WHERE status = 'placed' AND net_revenue > 0)""",
        _("Orders of a hundred times the usual amount or more"),
        _(
            "One such order moves averages, the ranking and predictions. Often a decimal mark was lost "
            "(1.234 for 1,234), or it is a test or a wholesale order."
        ),
        _(
            "Open them in your shop. Correct the amount and import again, or give a test order the status "
            "“test”."
        ),
        order="amount DESC, number",
    ),
    _check(
        "orders_in_future", "error",
        "o.ordered_on > %(today)s",
        _("Orders dated in the future"),
        _("They are kept and do not count until their day has come."),
        _("Look whether day and month were swapped: undo the import, and choose the other order of dates."),
    ),
    _check(
        "orders_without_category", "info",
        "o.status = 'placed' AND o.line_total IS NOT NULL AND o.main_category = ''",
        _("Orders whose lines have no category"),
        _(
            "First category, comparison with similar customers and the potential of the assortment leave "
            "them out."
        ),
        _("Export the order lines with the category or product group."),
    ),
    _check(
        "orders_without_transaction_cost", "info",
        "o.status = 'placed' AND o.net_revenue > 0 AND o.transaction_cost IS NULL",
        _("Orders without a transaction cost"),
        _("Payment, shipping and packing count as 0 for them: contribution is somewhat too high."),
        _("Export the orders with what the payment provider and the carrier charge."),
    ),
)  # fmt: skip
