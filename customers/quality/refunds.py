"""Checks of refunds, as rows of their own and as amounts on orders."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import CUSTOMER_FIELDS, FILE_COLUMNS, FILE_FIELDS, Check, Field

_REFUND_FIELDS: Final = (
    Field("number", _("credit note")),
    Field("day", _("refunded on"), "date"),
    Field("month", _("month"), "month", facet=True),
    Field("order_number", _("order number")),
    *CUSTOMER_FIELDS,
    Field("amount", _("amount"), "money"),
)
_REFUNDS: Final = f"""
    SELECT r.external_id AS number, r.refunded_on AS day, date_trunc('month', r.refunded_on)::date AS month,
           r.order_reference AS order_number, c.external_id AS customer, c.id AS customer_id, r.amount,
           o.ordered_on, {FILE_COLUMNS}
    FROM {{refunds}} r LEFT JOIN {{all_orders}} o ON o.id = r.order_id
    LEFT JOIN {{all_customers}} c ON c.id = coalesce(o.customer_id, r.customer_id)
    LEFT JOIN {{uploads}} u ON u.id = r.upload_id
    WHERE """
#: Orders with what their refund rows come to.
_GIVEN_BACK: Final = f"""
    SELECT o.external_id AS number, o.ordered_on AS day, date_trunc('month', o.ordered_on)::date AS month,
           c.external_id AS customer, o.customer_id, o.net_revenue, o.refunded_amount, given.in_rows,
           {{amount}} AS amount, {FILE_COLUMNS}
    FROM {{{{all_orders}}}} o
    {{join}} JOIN (SELECT order_id, sum(amount) AS in_rows FROM {{{{all_refunds}}}} WHERE order_id IS NOT NULL
          GROUP BY order_id) given ON given.order_id = o.id
    LEFT JOIN {{{{all_customers}}}} c ON c.id = o.customer_id
    LEFT JOIN {{{{uploads}}}} u ON u.id = o.upload_id
    WHERE o.status = 'placed' AND """
_GIVEN_BACK_FIELDS: Final = (
    Field("number", _("order number")),
    Field("day", _("order date"), "date"),
    Field("month", _("month"), "month", facet=True),
    *CUSTOMER_FIELDS,
    Field("net_revenue", _("net revenue"), "money"),
    Field("refunded_amount", _("refunded according to the order"), "money"),
    Field("in_rows", _("refunded according to refunds"), "money"),
    Field("amount", _("difference"), "money"),
)


def _check(key: str, severity: str, where: str, *texts: Any, **extra: Any) -> Check:
    """Return a check of refund rows ``r`` for which ``where`` holds."""
    title, why, advice = texts
    return Check(
        key=key,
        group="refunds",
        severity=severity,
        title=title,
        why=why,
        advice=advice,
        rows=_REFUNDS + where,
        fields=(*_REFUND_FIELDS, *extra.pop("more", ()), *FILE_FIELDS),
        order="day DESC, number",
        subject="refunds",
        amount="amount",
        amount_label=_("refunded"),
        of_file=frozenset({"refunds"}),
        **extra,
    )


def _orders_check(key: str, join: str, amount: str, where: str, *texts: Any) -> Check:
    """Return a check of orders ``o`` with the sum of their refund rows ``given``."""
    title, why, advice = texts
    return Check(
        key=key,
        group="refunds",
        severity="warning",
        title=title,
        why=why,
        advice=advice,
        rows=_GIVEN_BACK.format(join=join, amount=amount) + where,
        fields=(*_GIVEN_BACK_FIELDS, *FILE_FIELDS),
        order="amount DESC, number",
        amount="amount",
        amount_label=_("difference"),
    )


REFUND_CHECKS: Final = (
    _check(
        "refunds_of_unknown_orders", "warning",
        "r.order_reference <> '' AND r.order_id IS NULL",
        _("Refunds of orders that are not known"),
        _(
            "They lower revenue on their own day, and of the customer only if the refund names one; the "
            "order they belong to is missing or bears another number."
        ),
        _("Import the orders of that period: the refunds find them by themselves."),
        action=("uploads", _("Import orders")),
    ),
    _check(
        "refunds_of_nobody", "info",
        "r.order_reference = '' AND r.customer_id IS NULL",
        _("Refunds without an order and without a customer"),
        _("They lower the shop's revenue and nobody's customer value, which is too high somewhere."),
        _("Export refunds with the number of their order."),
    ),
    _check(
        "refunds_before_order", "warning",
        "r.refunded_on < o.ordered_on",
        _("Refunds dated before their order"),
        _("They count on their own day: a month may show a refund of what was sold later."),
        _("Look whether day and month were swapped in one of the two files."),
        more=(Field("ordered_on", _("order date"), "date"),),
    ),
    _check(
        "refunds_in_future", "error",
        "r.refunded_on > %(today)s",
        _("Refunds dated in the future"),
        _("They are kept and do not count until their day has come."),
        _("Look whether day and month were swapped: undo the import, and choose the other order of dates."),
    ),
    _check(
        "refunds_to_another_customer", "info",
        "r.customer_id <> o.customer_id",
        _("Refunds that name another customer than their order does"),
        _("What is given back for an order counts with the customer of that order."),
        _("Look whether the two are one person with two customer numbers."),
        action=("persons", _("Show suggested duplicates")),
    ),
    _orders_check(
        "refunds_above_order", "LEFT",
        "greatest(coalesce(o.refunded_amount, 0), coalesce(given.in_rows, 0)) - greatest(o.net_revenue, 0)",
        """greatest(coalesce(o.refunded_amount, 0), coalesce(given.in_rows, 0)) > greatest(o.net_revenue, 0)
           AND greatest(coalesce(o.refunded_amount, 0), coalesce(given.in_rows, 0)) > 0""",
        _("Orders of which more was given back than they were worth"),
        _(
            "What is above the order counts as a refund without an order; often refunds hold VAT and orders "
            "do not."
        ),
        _("Look whether the amounts of refunds are without VAT, and whether a refund came in twice."),
    ),
    _orders_check(
        "refunds_differ", "", "abs(coalesce(o.refunded_amount, 0) - given.in_rows)",
        "o.refunded_amount IS NOT NULL AND abs(o.refunded_amount - given.in_rows) >= 0.005",
        _("Orders whose refunded amount differs from their refunds"),
        _("Both are the same money; the larger of the two counts."),
        _("Look which of the two files is up to date, and import that one again."),
    ),
)  # fmt: skip
