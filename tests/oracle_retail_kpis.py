"""Every KPI of Online Retail by the definitions, in plain SQL: per window and member of every dimension.

Each statement gives KPI, window, month, dimension, member, numerator and denominator (NULL: not a ratio).
"""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.oracle_retail import ask

Figure = tuple[Decimal | None, Decimal | None]
Key = tuple[str, str, date, str, str]  # KPI, window, first day of the (last) month, dimension, member

SALES = """
    WITH done AS (
        SELECT m.dimension, m.member, month, sum(gross) AS gross, sum(orders) AS orders, sum(worth) AS worth,
            sum(goods) AS goods,
            sum(worth - goods - other_goods - transaction_cost - loose) AS contribution,
            coalesce(sum(orders) FILTER (WHERE done.customer_id IS NOT NULL), 0) AS owned
        FROM oracle_months AS done
        JOIN oracle_members AS m ON coalesce(m.customer_id, 0) = coalesce(done.customer_id, 0)
        GROUP BY 1, 2, 3
    ), summed AS (
        SELECT kind, w.month, dimension, member, sum(gross) AS gross, sum(orders) AS orders,
            sum(worth) AS worth, sum(goods) AS goods, sum(contribution) AS contribution, sum(owned) AS owned
        FROM done JOIN oracle_windows AS w ON done.month BETWEEN w.first AND w.last GROUP BY 1, 2, 3, 4
    ), bought AS (
        SELECT DISTINCT kind, w.month, customer_id
        FROM oracle_days JOIN oracle_windows AS w ON day BETWEEN w.first AND w.last
    ), counted AS (
        SELECT kind, month, dimension, member, count(*) AS customers
        FROM bought JOIN oracle_members USING (customer_id) GROUP BY 1, 2, 3, 4
    )
    SELECT told.kpi, kind, month, dimension, member, told.above, told.below
    FROM summed LEFT JOIN counted USING (kind, month, dimension, member)
    CROSS JOIN LATERAL (VALUES
        ('revenue', gross, NULL), ('orders', orders, NULL), ('aov', worth, orders),
        ('gross_margin', worth - goods, worth), ('contribution', contribution, NULL),
        ('customers', coalesce(customers, 0), NULL), ('frequency', owned, coalesce(customers, 0))
    ) AS told (kpi, above, below)
    WHERE dimension <> 'anonymous' OR told.kpi NOT IN ('customers', 'frequency')
"""
NEW = """
    SELECT 'new_customers', w.kind, w.month, m.dimension, m.member, count(*), NULL
    FROM oracle_people AS people JOIN oracle_members AS m USING (customer_id)
    JOIN oracle_windows AS w ON people.new_day BETWEEN w.first AND w.last GROUP BY 2, 3, 4, 5
"""
#: Who bought in the 12 months before a window, and of a window of 12 months who of them came back.
BEFORE = """
    WITH bought AS (
        SELECT w.kind, w.month, days.customer_id, bool_or(days.day >= w.first) AS back,
            w.first - interval '12 months' >= %(complete_from)s AND w.last <= %(as_of)s AS known
        FROM oracle_days AS days JOIN oracle_windows AS w
            ON days.day >= w.first - interval '12 months' AND days.day <= w.last
        GROUP BY 1, 2, 3, w.first, w.last HAVING bool_or(days.day < w.first)
    ), counted AS (
        SELECT kind, month, dimension, member, known, count(*) AS before, count(*) FILTER (WHERE back) AS back
        FROM bought JOIN oracle_members USING (customer_id) GROUP BY 1, 2, 3, 4, 5
    )
    SELECT told.kpi, kind, month, dimension, member, told.above, told.below
    FROM counted CROSS JOIN LATERAL (VALUES
        ('before', before, NULL),
        ('retention_rate', CASE WHEN known THEN back END, CASE WHEN known THEN before END),
        ('churn_rate', CASE WHEN known THEN before - back END, CASE WHEN known THEN before END)
    ) AS told (kpi, above, below)
    WHERE told.kpi = 'before' OR kind = '12m'
"""
REPEAT = """
    SELECT 'repeat_rate', w.kind, w.month, m.dimension, m.member, count(*) FILTER (WHERE due.again), count(*)
    FROM (
        SELECT customer_id, first_day + 365 AS day, EXISTS (
            SELECT FROM oracle_days AS days WHERE days.customer_id = people.customer_id
                AND days.day BETWEEN people.first_day + 1 AND people.first_day + 365
        ) AS again FROM oracle_people AS people WHERE first_day + 365 <= %(as_of)s
    ) AS due JOIN oracle_members AS m USING (customer_id)
    JOIN oracle_windows AS w ON due.day BETWEEN w.first AND w.last GROUP BY 2, 3, 4, 5
"""
GAPS = """
    SELECT 'days_between_orders', w.kind, w.month, m.dimension, m.member,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY days.day - days.before)::numeric, NULL
    FROM oracle_days AS days JOIN oracle_members AS m USING (customer_id)
    JOIN oracle_windows AS w ON days.day BETWEEN w.first AND w.last
    WHERE days.before IS NOT NULL GROUP BY 2, 3, 4, 5
"""
#: What was spent on a channel (and on the shop) is all that was uploaded for it; others have what their
#: customers bore. Retention cost that nobody bore is the shop's alone.
COSTS = """
    WITH spent AS (
        SELECT kind AS cost, month, '' AS dimension, '' AS member, customer_id IS NULL AS nobodys,
            sum(amount) AS amount FROM oracle_shares GROUP BY 1, 2, 5
        UNION ALL SELECT kind, month, 'channel', channel, customer_id IS NULL, sum(amount)
        FROM oracle_shares WHERE kind = 'acquisition' GROUP BY 1, 2, 4, 5
        UNION ALL SELECT s.kind, s.month, m.dimension, m.member, false, sum(s.amount)
        FROM oracle_shares AS s JOIN oracle_members AS m USING (customer_id)
        WHERE m.dimension <> '' AND (s.kind = 'retention' OR m.dimension <> 'channel') GROUP BY 1, 2, 3, 4
    ), summed AS (
        SELECT w.kind, w.month, dimension, member,
            coalesce(sum(amount) FILTER (WHERE cost = 'acquisition'), 0) AS acquisition,
            coalesce(sum(amount) FILTER (WHERE cost = 'retention'), 0) AS retention,
            coalesce(sum(amount) FILTER (WHERE nobodys), 0) AS nobodys
        FROM spent JOIN oracle_windows AS w ON spent.month BETWEEN w.first AND w.last
        GROUP BY 1, 2, 3, 4
    )
    SELECT told.kpi, kind, month, dimension, member, told.amount, NULL::numeric
    FROM summed CROSS JOIN LATERAL (VALUES
        ('acquisition_cost', acquisition), ('retention_cost', retention), ('unallocated_cost', nobodys)
    ) AS told (kpi, amount)
    WHERE told.kpi <> 'unallocated_cost' OR dimension IN ('', 'channel')
"""
#: The last answer of each customer on each scale in a window.
ANSWERS = """
    WITH last AS (
        SELECT DISTINCT ON (w.kind, w.month, told.customer_id, told.scale) w.kind, w.month,
            told.customer_id, told.scale, told.score
        FROM customers_surveyanswer AS told
        JOIN oracle_windows AS w ON told.answered_on BETWEEN w.first AND least(w.last, %(as_of)s)
        ORDER BY w.kind, w.month, told.customer_id, told.scale, told.answered_on DESC,
            told.external_id COLLATE "C" DESC
    )
    SELECT CASE WHEN scale = 'nps' THEN 'nps' ELSE 'csat' END, kind, month, dimension, member,
        round(sum(CASE scale
            WHEN 'nps' THEN CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END
            WHEN 'csat_5' THEN (score - 1) / 4::numeric ELSE (score - 1) / 9::numeric END), 4),
        count(*)
    FROM last JOIN oracle_members USING (customer_id) GROUP BY 1, 2, 3, 4, 5
"""
#: Over customers with a valid order, as things stand.
SNAPSHOT = """
    SELECT told.kpi, 'as_of', date_trunc('month', %(as_of)s::date)::date, dimension, member, told.above,
        told.below
    FROM (
        SELECT dimension, member, count(*) AS n, sum(revenue) AS revenue, sum(realised) AS realised
        FROM oracle_members JOIN oracle_worth USING (customer_id) WHERE orders > 0 GROUP BY 1, 2
    ) AS summed CROSS JOIN LATERAL (VALUES ('average', revenue, n), ('realised_mean', realised, n))
        AS told (kpi, above, below)
"""
TOP = """
    SELECT 'top_share', 'as_of', date_trunc('month', %(as_of)s::date)::date, '', '',
        sum(worth) FILTER (WHERE place <= ceil(n / 10.0)), sum(worth)
    FROM (
        SELECT greatest(realised, 0) AS worth, row_number() OVER (ORDER BY realised DESC) AS place,
            count(*) OVER () AS n
        FROM oracle_worth WHERE NOT objects
    ) AS ranked
"""
STATEMENTS = (SALES, NEW, BEFORE, REPEAT, GAPS, COSTS, ANSWERS, SNAPSHOT, TOP)


def compute_figures(as_of: date, complete_from: date) -> dict[Key, Figure]:
    """Return every KPI that sums and counts tell; cohorts' KPIs have functions of their own."""
    given: dict[str, Any] = {"as_of": as_of, "complete_from": complete_from}
    found = {
        tuple(key): (above, below) for statement in STATEMENTS for *key, above, below in ask(statement, given)
    }
    return found | _divide(found)


def _divide(found: dict[Key, Figure]) -> dict[Key, Figure]:
    """Rates whose parts are KPIs of their own."""
    made: dict[Key, Figure] = {}

    def take(kpi: str, place: tuple[Any, ...]) -> Decimal:
        return found.get((kpi, *place), (None, None))[0] or Decimal(0)

    for place in {tuple(rest) for _kpi, *rest in found if rest[0] != "as_of" and rest[2] != "anonymous"}:
        spent, new = take("acquisition_cost", place), take("new_customers", place)
        bought = found.get(("aov", *place), (None, None))[0] or Decimal(0)
        made["acquisition_rate", *place] = new, take("before", place)
        made["value_to_cost", *place] = bought, spent + take("retention_cost", place)
        if place[2] in ("", "channel"):
            made["paid_cac" if place[2] else "full_cac", *place] = spent, new
    return made
