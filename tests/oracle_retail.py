"""Online Retail by the definitions, in plain SQL over the facts as they are stored: orders, people, months.

Written apart from the queries of the product. Tables are temporary, their names start with ``oracle_``. Left
out is what no file of this shop has: refunded amounts on orders, days of orders after the calculation.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

#: Every order that is neither cancelled nor a test, net of its own refunds.
ORDERS = """
CREATE TEMP TABLE oracle_orders AS
WITH noted AS (
    SELECT order_id, sum(amount) AS amount, max(refunded_on) AS last_day FROM customers_refund
    WHERE order_id IS NOT NULL AND refunded_on <= %(as_of)s GROUP BY 1
), lined AS (
    SELECT order_id, sum(quantity * unit_cost) AS cost FROM customers_orderline
    GROUP BY 1 HAVING bool_and(unit_cost IS NOT NULL)
), told AS (
    SELECT o.id, o.external_id, o.customer_id, o.ordered_at, o.ordered_on AS day, o.net_revenue AS gross,
        o.sales_channel, coalesce(o.transaction_cost, 0) AS transaction_cost,
        o.net_revenue - coalesce(noted.amount, 0) AS worth,
        greatest(o.ordered_on, noted.last_day) AS last_day,
        coalesce(o.cost_of_goods, lined.cost) AS known_cost
    FROM customers_order AS o
    LEFT JOIN noted ON noted.order_id = o.id LEFT JOIN lined ON lined.order_id = o.id
    WHERE o.status = 'placed' AND o.ordered_on <= %(as_of)s
)
SELECT *, worth > 0 AS valid,
    CASE WHEN worth > 0 THEN coalesce(known_cost, round((1 - %(margin)s) * gross, 4))
        WHEN gross = 0 AND worth = 0 THEN coalesce(known_cost, 0) ELSE 0 END AS goods
FROM told
"""

#: By period: orders in full on their day, refunds on theirs. ``loose``: what lowers a customer and no order.
MOVEMENTS = """
CREATE TEMP TABLE oracle_moves AS
WITH refunds AS (
    SELECT coalesce(o.customer_id, r.customer_id) AS customer_id, r.refunded_on AS day, r.amount,
        r.order_id IS NULL AS apart
    FROM customers_refund AS r LEFT JOIN customers_order AS o ON o.id = r.order_id
    WHERE r.refunded_on <= %(as_of)s AND (o.id IS NULL OR o.status = 'placed')
)
SELECT customer_id, day, gross AS amount, 0::numeric AS loose FROM oracle_orders
UNION ALL SELECT customer_id, day, -amount, CASE WHEN apart THEN amount ELSE 0 END FROM refunds
UNION ALL SELECT customer_id, last_day, 0, -worth FROM oracle_orders WHERE worth < 0
"""

#: Everybody who bought, gave something back or had a cost of its own; ``new_day`` is empty for who came
#: before the data begin.
PEOPLE = """
CREATE TEMP TABLE oracle_people AS
WITH firsts AS (
    SELECT DISTINCT ON (customer_id) customer_id, id, day AS first_day, sales_channel
    FROM oracle_orders WHERE valid AND customer_id IS NOT NULL
    ORDER BY customer_id, day, ordered_at, external_id COLLATE "C"
), categories AS (
    SELECT DISTINCT ON (firsts.customer_id) firsts.customer_id, line.category
    FROM firsts JOIN (
        SELECT order_id, category, sum(net_amount) AS amount FROM customers_orderline
        WHERE category <> '' GROUP BY 1, 2
    ) AS line ON line.order_id = firsts.id
    ORDER BY firsts.customer_id, line.amount DESC, line.category COLLATE "C"
), lasts AS (
    SELECT customer_id, max(day) AS last_day, count(*) AS orders, sum(worth) AS worth
    FROM oracle_orders WHERE valid GROUP BY 1
), loose AS (
    SELECT customer_id, sum(loose) AS loose FROM oracle_moves GROUP BY 1
)
SELECT c.id AS customer_id, c.external_id, c.country, c.campaign, c.objects_to_profiling AS objects,
    coalesce(nullif(c.acquisition_channel, ''), firsts.sales_channel, '') AS channel,
    coalesce(categories.category, '') AS first_category,
    coalesce(c.attributes ->> %(attribute)s, '') AS attribute,
    firsts.first_day, lasts.last_day, coalesce(lasts.orders, 0) AS orders,
    coalesce(lasts.worth, 0) - coalesce(loose.loose, 0) AS revenue,
    CASE WHEN c.acquired_on < %(complete_from)s THEN NULL ELSE firsts.first_day END AS new_day
FROM customers_customer AS c
LEFT JOIN firsts ON firsts.customer_id = c.id LEFT JOIN categories ON categories.customer_id = c.id
LEFT JOIN lasts ON lasts.customer_id = c.id LEFT JOIN loose ON loose.customer_id = c.id
WHERE c.id IN (SELECT customer_id FROM oracle_moves)
    OR c.id IN (SELECT customer_id FROM customers_retentioncost WHERE first_day <= %(as_of)s)
"""

#: What each customer (NULL: nobody) did in each month.
MONTHS = """
CREATE TEMP TABLE oracle_months AS
SELECT customer_id, date_trunc('month', day)::date AS month,
    sum(gross) AS gross, sum(orders) AS orders, sum(worth) AS worth, sum(goods) AS goods,
    sum(other_goods) AS other_goods, sum(transaction_cost) AS transaction_cost, sum(loose) AS loose
FROM (
    SELECT customer_id, day, 0::numeric AS gross, valid::int AS orders,
        CASE WHEN valid THEN worth ELSE 0 END AS worth, CASE WHEN valid THEN goods ELSE 0 END AS goods,
        CASE WHEN valid THEN 0 ELSE goods END AS other_goods, transaction_cost, 0::numeric AS loose
    FROM oracle_orders
    UNION ALL SELECT customer_id, day, amount, 0, 0, 0, 0, 0, loose FROM oracle_moves
) AS done GROUP BY 1, 2
"""

#: Days on which somebody bought, with that of the purchase before.
DAYS = """
CREATE TEMP TABLE oracle_days AS
SELECT customer_id, day, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS before
FROM (SELECT DISTINCT customer_id, day FROM oracle_orders WHERE valid AND customer_id IS NOT NULL) AS days
"""

#: Every month from where the data begin, alone and as the end of 12.
WINDOWS = """
CREATE TEMP TABLE oracle_windows AS
SELECT kind, month::date AS month, (month - (size - 1) * interval '1 month')::date AS first,
    (month + interval '1 month')::date - 1 AS last
FROM generate_series(%(complete_from)s::date, %(as_of)s::date, interval '1 month') AS month,
    (VALUES ('month', 1), ('12m', 12)) AS kinds (kind, size)
"""

SEGMENTS = """
CREATE TEMP TABLE oracle_segments AS
SELECT customer_id,
    CASE
        WHEN orders = 0 THEN 'no_order'
        WHEN silent <= 90 AND orders >= 5 AND revenue >= 2000 THEN 'champions'
        WHEN silent <= 180 AND orders >= 5 THEN 'loyal'
        WHEN silent <= 90 AND (orders >= 2 OR revenue >= 2000) THEN 'promising'
        WHEN silent <= 90 THEN 'new'
        WHEN silent <= 180 THEN 'attention'
        WHEN orders >= 5 AND revenue >= 2000 THEN 'precious'
        WHEN silent <= 365 AND orders >= 2 THEN 'slipping'
        WHEN silent <= 365 THEN 'sleeping'
        ELSE 'silent'
    END AS rfm,
    CASE
        WHEN orders = 0 THEN 'no_order' WHEN realised >= 1500 THEN 'top' WHEN realised >= 500 THEN 'high'
        WHEN realised >= 100 THEN 'middle' WHEN realised < 0 THEN 'negative' ELSE 'low'
    END AS tier,
    CASE
        WHEN orders = 0 THEN 'no_order' WHEN since <= 90 THEN 'new'
        WHEN silent <= 180 AND orders >= 4 THEN 'loyal' WHEN silent <= 180 THEN 'active'
        WHEN silent <= 365 THEN 'cooling' ELSE 'silent'
    END AS lifecycle
FROM (
    SELECT *, %(as_of)s - last_day AS silent, %(as_of)s - first_day AS since FROM oracle_worth
) AS known WHERE NOT objects
"""

#: Who is one of whom: the shop, and the members of every dimension. NULL is who orders without a name. Who
#: never bought may have answered all the same, and is of the shop and of the channel that was uploaded.
MEMBERS = """
CREATE TEMP TABLE oracle_members AS
SELECT NULL::bigint AS customer_id, '' AS dimension, '' AS member
UNION ALL SELECT NULL, 'anonymous', ''
UNION ALL SELECT customer_id, '', '' FROM oracle_people
UNION ALL SELECT customer_id, 'channel', channel FROM oracle_people
UNION ALL SELECT customer_id, 'country', country FROM oracle_people
UNION ALL SELECT customer_id, 'first_category', first_category FROM oracle_people
UNION ALL SELECT customer_id, 'attribute:' || %(attribute)s, attribute FROM oracle_people
UNION ALL SELECT customer_id, 'rfm', rfm FROM oracle_segments
UNION ALL SELECT customer_id, 'tier', tier FROM oracle_segments
UNION ALL SELECT customer_id, 'lifecycle', lifecycle FROM oracle_segments
UNION ALL SELECT customer_id, 'segment', 'duitsland' FROM oracle_people
    WHERE country = 'Germany' AND NOT objects
UNION ALL SELECT id, told.dimension, told.member FROM customers_customer CROSS JOIN LATERAL (VALUES
    ('', ''), ('channel', acquisition_channel)) AS told (dimension, member)
    WHERE id NOT IN (SELECT customer_id FROM oracle_people)
"""

#: What every customer has brought in and cost so far.
WORTH = """
CREATE TEMP TABLE oracle_worth AS
WITH own AS (
    SELECT customer_id, sum(worth - goods - other_goods - transaction_cost - loose) AS contribution
    FROM oracle_months GROUP BY 1
), cost AS (
    SELECT customer_id, sum(amount) FILTER (WHERE kind = 'acquisition') AS acquisition,
        sum(amount) FILTER (WHERE kind = 'retention') AS retention
    FROM oracle_shares GROUP BY 1
)
SELECT people.*, coalesce(own.contribution, 0) AS contribution,
    coalesce(cost.acquisition, 0) AS acquisition_cost, coalesce(cost.retention, 0) AS retention_cost,
    coalesce(own.contribution, 0) - coalesce(cost.acquisition, 0) - coalesce(cost.retention, 0) AS realised
FROM oracle_people AS people LEFT JOIN own USING (customer_id) LEFT JOIN cost USING (customer_id)
"""


def ask(sql: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives, nothing for one that makes a table."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def build(as_of: date, complete_from: date, margin: Decimal, attribute: str) -> None:
    """Make the tables, for a shop whose margin is known by default."""
    from tests.oracle_retail_costs import SHARES  # costs go by the tables of this module

    given = {"as_of": as_of, "complete_from": complete_from, "margin": margin, "attribute": attribute}
    for statement in (ORDERS, MOVEMENTS, PEOPLE, MONTHS, DAYS, WINDOWS, *SHARES, WORTH, SEGMENTS, MEMBERS):
        ask(statement, given)
    for table in ("orders", "moves", "people", "months", "days", "shares", "worth", "members"):
        if table != "shares":
            ask(f"CREATE INDEX ON oracle_{table} (customer_id)")
        ask(f"ANALYZE oracle_{table}")


def drop() -> None:
    """Remove the tables."""
    names = ask("SELECT relname FROM pg_class WHERE relname LIKE 'oracle_%' AND relkind = 'r'")
    for (name,) in names:
        ask(f"DROP TABLE {name}")
