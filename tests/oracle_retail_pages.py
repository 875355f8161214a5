"""What the pages of Online Retail come to beside KPIs, in plain SQL: segments, answers, programmes, groups.

Where a page stands on the prediction, which no SQL can make, its sums are those of the customers' own rows.
"""

from datetime import date
from typing import Any

from tests.oracle_retail import ask

#: Who is in each segment now, and what they have realised.
SEGMENTS = """
    SELECT dimension, member, count(*), sum(realised)
    FROM oracle_members JOIN oracle_worth AS worth USING (customer_id)
    WHERE dimension IN ('rfm', 'tier', 'lifecycle', 'segment') AND NOT objects GROUP BY 1, 2
"""
#: What those who bought by the end of a month, and do not object, brought in over its 12 months.
YEARS = """
    SELECT w.month, count(DISTINCT who.customer_id), sum(done.worth - done.loose) FILTER (WHERE during),
        sum(done.worth - done.goods - done.other_goods - done.transaction_cost - done.loose)
            FILTER (WHERE during)
    FROM oracle_windows AS w
    JOIN oracle_people AS who ON who.first_day <= least(w.last, %(as_of)s) AND NOT who.objects
    JOIN (SELECT * FROM oracle_months) AS done ON done.customer_id = who.customer_id
    CROSS JOIN LATERAL (SELECT done.month BETWEEN w.first AND w.last AS during) AS told
    WHERE w.kind = '12m' GROUP BY 1
"""
#: Buyers who do not object, with the last answer on a family of scales in the 12 months.
_ANSWERED = """
    WITH buyers AS (
        SELECT who.*, valued.total FROM oracle_people AS who
        JOIN metrics_customervalue AS valued
            ON valued.customer_id = who.customer_id AND valued.run_id = %(run)s
        WHERE who.orders > 0 AND NOT who.objects
    ), last AS (
        SELECT DISTINCT ON (customer_id) customer_id, scale, score FROM customers_surveyanswer
        WHERE answered_on BETWEEN %(first)s AND %(as_of)s AND (scale = 'nps') = (%(family)s = 'nps')
        ORDER BY customer_id, answered_on DESC, external_id COLLATE "C" DESC
    ), judged AS (
        SELECT buyers.*, total >= (
            SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY total) FROM buyers
        ) AND total > 0 AS valuable, score, CASE
            WHEN score IS NULL THEN ''
            WHEN (scale, score) IN (('nps', 9), ('nps', 10), ('csat_5', 4), ('csat_5', 5), ('csat_10', 8),
                ('csat_10', 9), ('csat_10', 10)) THEN 'high'
            WHEN (scale, score) IN (('nps', 7), ('nps', 8), ('csat_5', 3), ('csat_10', 6), ('csat_10', 7))
                THEN 'middle'
            ELSE 'low' END AS standing,
            CASE scale WHEN 'nps' THEN CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END
                WHEN 'csat_5' THEN (score - 1) / 4.0 WHEN 'csat_10' THEN (score - 1) / 9.0 END AS points
        FROM buyers LEFT JOIN last USING (customer_id)
    )
"""
BOXES = f"{_ANSWERED} SELECT standing, valuable, count(*), sum(total) FROM judged GROUP BY 1, 2"
OPINIONS = f"""{_ANSWERED}
    SELECT dimension, member, count(*), count(score), sum(points),
        count(*) FILTER (WHERE standing = 'low'), count(*) FILTER (WHERE standing = 'middle'),
        count(*) FILTER (WHERE standing = 'high')
    FROM judged JOIN oracle_members USING (customer_id) WHERE dimension <> '' GROUP BY 1, 2
"""
DISSATISFIED = f"""{_ANSWERED}
    SELECT external_id, total FROM judged WHERE standing = 'low' AND valuable
"""
#: Whom each referrer brought in: the earliest counts, one without a day last.
REFERRED = """
    WITH earliest AS (
        SELECT DISTINCT ON (referred_id) referrer_id, referred_id FROM customers_referral
        WHERE referred_on IS NULL OR referred_on <= %(as_of)s
        ORDER BY referred_id, referred_on NULLS LAST, id
    )
    SELECT c.external_id, count(*), sum(coalesce(realised, 0)), bool_or(c.objects_to_profiling)
    FROM earliest JOIN customers_customer AS c ON c.id = referrer_id
    LEFT JOIN oracle_worth AS worth ON worth.customer_id = referred_id GROUP BY 1
"""
PROGRAMMES = """
    SELECT programme, count(DISTINCT customer_id) FILTER (WHERE last_day IS NULL OR last_day >= %(as_of)s),
        count(DISTINCT customer_id), (
            SELECT sum(units) / 10000
            FROM oracle_retention_due JOIN customers_retentioncost AS cost USING (id)
            WHERE cost.programme = joined.programme
        ), (
            SELECT sum(units) / 10000
            FROM oracle_retention_due JOIN customers_retentioncost AS cost USING (id)
            WHERE cost.programme = joined.programme AND month >= %(first)s
        )
    FROM customers_programmemembership AS joined WHERE first_day <= %(as_of)s GROUP BY 1
"""
#: The last 365 days of everybody who may be scored.
LAST_YEAR = """
    SELECT who.customer_id, coalesce((
        SELECT sum(CASE WHEN valid THEN worth ELSE 0 END - goods - transaction_cost) FROM oracle_orders AS o
        WHERE o.customer_id = who.customer_id AND o.day > %(as_of)s - 365
    ), 0) - coalesce((
        SELECT sum(loose) FROM oracle_moves AS back
        WHERE back.customer_id = who.customer_id AND back.day > %(as_of)s - 365
    ), 0) FROM oracle_people AS who WHERE orders > 0 AND NOT objects
"""
#: Quarters of value × potential, from the customers' own rows: value is what is predicted, else the last
#: year.
QUARTERS = """
    SELECT quarter, count(*), sum(coalesce(predicted_12, year_contribution)), sum(potential), sum(gap)
    FROM metrics_customervalue WHERE run_id = %(run)s AND quarter <> '' GROUP BY 1
"""
AT_RISK = """
    SELECT channel, count(*), sum(at_risk) FROM metrics_customervalue JOIN oracle_people AS who
        USING (customer_id, channel)
    WHERE run_id = %(run)s AND at_risk > 0 GROUP BY 1
"""
FORESEEN = """
    SELECT sum(predicted_12), sum(predicted_24), sum(predicted_36), count(predicted_12)
    FROM metrics_customervalue WHERE run_id = %(run)s
"""
#: What a what-if starts from: n, orders, revenue, years of being a customer (each at least one), margin's
#: parts, and costs.
GROUPS = """
    SELECT dimension, member, count(*), sum(orders), sum(revenue),
        sum(greatest(1, round((%(as_of)s - first_day) / 365.25, 10))), sum(contribution),
        sum(acquisition_cost), sum(retention_cost)
    FROM oracle_members JOIN oracle_worth USING (customer_id) WHERE orders > 0 GROUP BY 1, 2
"""
#: The shop's peer group: margin, and who came back, of those who do not object.
PEERS = """
    SELECT sum(contribution), sum(revenue), count(*) FILTER (WHERE before),
        count(*) FILTER (WHERE before AND after)
    FROM oracle_worth AS worth CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(day < %(middle)s AND day >= %(middle)s - interval '1 year'), false) AS before,
            coalesce(bool_or(day >= %(middle)s AND day < %(middle)s + interval '1 year'), false) AS after
        FROM oracle_days AS days WHERE days.customer_id = worth.customer_id
    ) AS bought WHERE orders > 0 AND NOT objects
"""
TOTAL_VALUE = """
    SELECT dimension, member, sum(worth.realised + valued.predicted_12), count(valued.predicted_12)
    FROM oracle_members JOIN oracle_worth AS worth USING (customer_id)
    JOIN metrics_customervalue AS valued USING (customer_id)
    WHERE valued.run_id = %(run)s AND worth.orders > 0 GROUP BY 1, 2
"""


#: Of each new customer of a channel and month: what the first 365 days brought in.
FIRST_YEARS_OF = """
    SELECT (
        SELECT coalesce(sum(CASE WHEN valid THEN worth ELSE 0 END - goods - transaction_cost), 0)
        FROM oracle_orders AS o WHERE o.customer_id = who.customer_id
            AND o.day BETWEEN who.new_day AND who.new_day + 364
    ) - (
        SELECT coalesce(sum(loose), 0) FROM oracle_moves AS back
        WHERE back.customer_id = who.customer_id AND back.day BETWEEN who.new_day AND who.new_day + 364
    ) FROM oracle_people AS who WHERE channel = %(channel)s AND date_trunc('month', new_day) = %(month)s
"""


def read(sql: str, as_of: date, run: int, **more: Any) -> list[tuple[Any, ...]]:
    """Return the rows of one of the questions above."""
    return ask(sql, {"as_of": as_of, "run": run, **more})
