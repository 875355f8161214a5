"""Segments at a month end, written apart from the calculation: plain SQL over the facts as they are stored.

Thresholds are those a shop starts with. For shops without orders below zero, refunds above their order, and
refunds of an order that is not known yet.
"""

from datetime import date
from typing import Any

from django.db import connection

SIZES = """
WITH refunded AS (
    SELECT order_id, sum(amount) AS amount FROM customers_refund
    WHERE refunded_on <= %(as_of)s AND order_id IS NOT NULL GROUP BY order_id
), bought AS (
    SELECT placed.customer_id, placed.ordered_on,
        placed.net_revenue - greatest(
            coalesce(refunded.amount, 0),
            CASE WHEN coalesce(placed.refunded_on, placed.ordered_on) <= %(as_of)s
                THEN coalesce(placed.refunded_amount, 0) ELSE 0 END
        ) AS net
    FROM customers_order AS placed
    JOIN customers_customer AS customer ON customer.id = placed.customer_id
    LEFT JOIN refunded ON refunded.order_id = placed.id
    WHERE placed.status = 'placed' AND placed.ordered_on <= %(as_of)s AND NOT customer.objects_to_profiling
), valid AS (
    SELECT * FROM bought WHERE net > 0
), loose AS (
    SELECT customer_id, sum(amount) AS amount FROM customers_refund
    WHERE order_id IS NULL AND refunded_on <= %(day)s GROUP BY customer_id
), known AS (
    SELECT customer_id, count(*) AS orders, sum(net) AS revenue, min(ordered_on) AS first,
        %(day)s - max(ordered_on) AS silent, %(day)s - min(ordered_on) AS since
    FROM valid WHERE ordered_on <= %(day)s GROUP BY customer_id
)
SELECT CASE
        WHEN silent <= 90 AND orders >= 5 AND revenue - coalesce(amount, 0) >= %(high)s THEN 'champions'
        WHEN silent <= 180 AND orders >= 5 THEN 'loyal'
        WHEN silent <= 90 AND (orders >= 2 OR revenue - coalesce(amount, 0) >= %(high)s) THEN 'promising'
        WHEN silent <= 90 THEN 'new'
        WHEN silent <= 180 THEN 'attention'
        WHEN orders >= 5 AND revenue - coalesce(amount, 0) >= %(high)s THEN 'precious'
        WHEN silent <= 365 AND orders >= 2 THEN 'slipping'
        WHEN silent <= 365 THEN 'sleeping'
        ELSE 'silent'
    END AS rfm,
    CASE
        WHEN since <= 90 THEN 'new'
        WHEN silent <= 180 AND orders >= 4 THEN 'loyal'
        WHEN silent <= 180 THEN 'active'
        WHEN silent <= 365 THEN 'cooling'
        ELSE 'silent'
    END AS lifecycle
FROM known LEFT JOIN loose USING (customer_id)
"""


def count_segments(day: date, as_of: date, high: str) -> dict[str, dict[str, int]]:
    """Return the sizes of RFM and lifecycle segments at the end of a day, by what is known on ``as_of``."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, {"day": day, "as_of": as_of, "high": high})
        rows: list[Any] = cursor.fetchall()
    sizes: dict[str, dict[str, int]] = {"rfm": {}, "lifecycle": {}}
    for rfm, lifecycle in rows:
        sizes["rfm"][rfm] = sizes["rfm"].get(rfm, 0) + 1
        sizes["lifecycle"][lifecycle] = sizes["lifecycle"].get(lifecycle, 0) + 1
    return sizes
