"""Checks of customers: what is not known of them, and what contradicts their orders."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from customers.quality.checks import EVERY_FILE, FILE_COLUMNS, FILE_FIELDS, Check, Field

#: The channel of a customer: the acquisition channel, else the sales channel of the first valid order.
FIRST_ORDERS: Final = """
    SELECT DISTINCT ON (o.customer_id) o.customer_id, o.ordered_on, o.sales_channel
    FROM {all_orders} o
    LEFT JOIN (SELECT order_id, sum(amount) AS in_rows FROM {all_refunds} GROUP BY order_id) given
        ON given.order_id = o.id
    WHERE o.customer_id IS NOT NULL AND o.status = 'placed' AND o.ordered_on <= %(today)s
      AND o.net_revenue > greatest(coalesce(o.refunded_amount, 0), coalesce(given.in_rows, 0))
    ORDER BY o.customer_id, o.ordered_on, o.ordered_at, o.external_id"""
#: Normalised e-mail address; a guest's may be the customer number.
EMAIL: Final = """lower(btrim(CASE WHEN c.email <> '' THEN c.email
    WHEN position('@' in c.external_id) > 1 THEN c.external_id ELSE '' END))"""

_NUMBER: Final = (
    Field("number", _("customer number"), link="customer:customer_id"),
    Field("customer_id", unit="hidden"),
)
_FIELDS: Final = (
    *_NUMBER,
    Field("country", _("country"), facet=True),
    Field("channel", _("acquisition channel"), facet=True),
    Field("acquired_on", _("customer since"), "date"),
    *FILE_FIELDS,
)


def _check(
    key: str, severity: str, where: str, *texts: Any, join: str = "", more: str = "",
    fields: tuple[Field, ...] = _FIELDS, **extra: Any,
) -> Check:  # fmt: skip
    """Return a check of customers ``c`` for which ``where`` holds."""
    title, why, advice = texts
    extra.setdefault("of_file", EVERY_FILE)
    return Check(
        key=key,
        group="customers",
        severity=severity,
        title=title,
        why=why,
        advice=advice,
        rows=f"""
    SELECT c.external_id AS number, c.id AS customer_id, c.country, c.acquisition_channel AS channel,
           c.acquired_on, {FILE_COLUMNS} {more}
    FROM {{customers}} c LEFT JOIN {{uploads}} u ON u.id = c.upload_id {join}
    WHERE {where}""",
        fields=fields,
        order="number",
        subject="customers",
        **extra,
    )


_SAME_EMAIL: Final = f"""
    SELECT shared.email, shared.customers, string_agg(c.external_id, ', ' ORDER BY c.external_id) AS numbers,
           coalesce(sum(o.orders), 0) AS orders, coalesce(sum(o.revenue), 0) AS amount,
           string_agg(c.id::text, ',' ORDER BY c.external_id) AS customer_ids
    FROM (SELECT {EMAIL} AS email, count(*) AS customers, array_agg(c.id) AS ids
          FROM {{customers}} c GROUP BY 1 HAVING count(*) > 1) shared
    CROSS JOIN LATERAL unnest(shared.ids) one(id)
    JOIN {{all_customers}} c ON c.id = one.id
    LEFT JOIN LATERAL (SELECT count(*) AS orders, sum(x.net_revenue) AS revenue FROM {{all_orders}} x
          WHERE x.customer_id = c.id AND x.status = 'placed') o ON true
    WHERE shared.email <> ''
    GROUP BY shared.email, shared.customers
    HAVING NOT EXISTS (
        SELECT FROM customers_persondecision d
        WHERE d.withdrawn_at IS NULL AND d.verdict = 'different' AND d.email = shared.email
          AND d.numbers @> jsonb_agg(c.external_id))"""

CUSTOMER_CHECKS: Final = (
    Check(
        key="same_email",
        group="customers",
        severity="warning",
        title=_("E-mail addresses that several customers share"),
        why=_(
            "One person with two customer numbers counts as two customers: retention is too low, new "
            "customers and CAC are wrong, and neither number shows what the person is worth."
        ),
        advice=_("Look at each suggestion and say whether it is one person. Nothing is joined by itself."),
        rows=_SAME_EMAIL,
        fields=(
            Field("email", _("e-mail address")),
            Field("customers", _("customers"), "count"),
            Field("numbers", _("customer numbers")),
            Field("orders", _("orders"), "count"),
            Field("amount", _("net revenue"), "money"),
            Field("customer_ids", unit="hidden"),
        ),
        order="amount DESC, email",
        amount="amount",
        amount_label=_("net revenue"),
        action=("persons", _("Decide who is one person")),
    ),
    _check(
        "customers_without_channel", "warning",
        "c.acquisition_channel = '' AND coalesce(f.sales_channel, '') = ''",
        _("Customers without a channel"),
        _(
            "They are in the row “unknown”: the CAC, LTV:CAC and payback of every channel miss them, and "
            "acquisition cost finds fewer customers to land on."
        ),
        _("Export the customers with their acquisition channel, or the orders with a sales channel."),
        join=f"LEFT JOIN ({FIRST_ORDERS}) f ON f.customer_id = c.id",
    ),
    _check(
        "customers_without_country", "info", "c.country = ''",
        _("Customers without a country"),
        _("Filters, segments and market figures by country leave them out."),
        _("Export the customers or the orders with the country."),
    ),
    _check(
        "customers_without_email", "info", "c.email = ''",
        _("Customers without an e-mail address"),
        _("Two customer numbers of one person cannot be recognised, and exports for a campaign miss them."),
        _("Export the customers with their e-mail address, if you may use it."),
    ),
    _check(
        "customers_without_orders", "info",
        "NOT EXISTS (SELECT FROM {all_orders} o WHERE o.customer_id = c.id)",
        _("Customers without any order"),
        _("They count in no average and are nobody's new customer. Accounts without a purchase are usual."),
        _("If they did buy, the orders of an earlier period are missing, or name another customer number."),
        of_file=frozenset({"customers"}),
    ),
    _check(
        "customers_since_after_order", "warning", "c.acquired_on > f.ordered_on",
        _("Customers since a day after their first order"),
        _(
            "The first order counts as the start of a customer. The other date often is when an account was "
            "made, or when data moved to another shop system."
        ),
        _("Nothing is needed if that is so. Else look whether day and month were swapped."),
        join=f"JOIN ({FIRST_ORDERS}) f ON f.customer_id = c.id",
        more=", f.ordered_on",
        fields=(*_FIELDS, Field("ordered_on", _("first order"), "date")),
        of_file=frozenset({"customers"}),
    ),
    _check(
        "customers_since_future", "error", "c.acquired_on > %(today)s",
        _("Customers since a day in the future"),
        _("The date is not used until that day has come."),
        _("Look whether day and month were swapped: undo the import, and choose the other order of dates."),
        of_file=frozenset({"customers"}),
    ),
    Check(
        key="referral_cycles",
        group="customers",
        severity="warning",
        title=_("Customers who referred each other in a circle"),
        why=_("A circle has no first customer. Extra value counts one level only: nothing counts twice."),
        advice=_("Find out who came first, and correct that row in the file of referrals."),
        rows=f"""
    WITH RECURSIVE earliest AS (
        SELECT DISTINCT ON (referred_id) referred_id, referrer_id, referred_on, upload_id FROM {{referrals}}
        ORDER BY referred_id, referred_on NULLS LAST, id),
    walk AS (
        SELECT referred_id AS start, referrer_id AS at, 1 AS steps FROM earliest
        UNION ALL
        SELECT w.start, e.referrer_id, w.steps + 1 FROM walk w JOIN earliest e ON e.referred_id = w.at
        WHERE w.at <> w.start AND w.steps < 20)
    SELECT c.external_id AS number, c.id AS customer_id, r.external_id AS referrer, r.id AS referrer_id,
           e.referred_on AS day, {FILE_COLUMNS}
    FROM walk w JOIN earliest e ON e.referred_id = w.start
    JOIN {{all_customers}} c ON c.id = w.start JOIN {{all_customers}} r ON r.id = e.referrer_id
    LEFT JOIN {{uploads}} u ON u.id = e.upload_id
    WHERE w.at = w.start""",
        fields=(
            *_NUMBER,
            Field("referrer", _("referred by"), link="customer:referrer_id"),
            Field("referrer_id", unit="hidden"),
            Field("day", _("day"), "date"),
            *FILE_FIELDS,
        ),
        order="number",
        subject="referrals",
    ),
)  # fmt: skip
