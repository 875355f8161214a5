"""The costs of Online Retail by the definitions, in plain SQL: spread over days, shared in whole 1/10,000."""

#: The part of each cost in each month up to the day of the calculation, in 1/10,000. What is spread up to a
#: day is the whole number so far; a month gets the difference.
_DUE = """
CREATE TEMP TABLE oracle_{kind}_due AS
SELECT id, month, div(units * until, days) - div(units * before, days) AS units
FROM (
    SELECT cost.id, month::date AS month, (amount * 10000) AS units, last_day - first_day + 1 AS days,
        greatest(month::date - first_day, 0) AS before,
        least((month + interval '1 month')::date - 1, last_day, %(as_of)s) - first_day + 1 AS until
    FROM customers_{kind}cost AS cost,
        generate_series(date_trunc('month', first_day), least(last_day, %(as_of)s), interval '1 month')
            AS month
) AS parts
"""

#: Of a campaign with new customers of its own that month these bear it, else those of the channel.
_ACQUISITION = """
CREATE TEMP TABLE oracle_acquisition AS
WITH new AS (
    SELECT customer_id, external_id, channel, campaign, date_trunc('month', new_day)::date AS month
    FROM oracle_people WHERE new_day IS NOT NULL
), spent AS (
    SELECT cost.channel, due.month, sum(due.units) AS units,
        CASE WHEN EXISTS (SELECT FROM new WHERE new.channel = cost.channel AND new.month = due.month
            AND new.campaign = cost.campaign) THEN cost.campaign ELSE '' END AS campaign
    FROM oracle_acquisition_due AS due JOIN customers_acquisitioncost AS cost USING (id)
    GROUP BY 1, 2, 4
)
SELECT spent.channel, spent.month, new.customer_id, 'acquisition' AS kind,
    (CASE WHEN new.customer_id IS NULL THEN units ELSE div(units, count(*) OVER pool) END
    + CASE WHEN new.external_id = first_value(new.external_id) OVER (
        PARTITION BY spent.channel, spent.campaign, spent.month ORDER BY new.external_id COLLATE "C"
    ) THEN mod(units, count(*) OVER pool) ELSE 0 END) / 10000 AS amount
FROM spent LEFT JOIN new ON new.channel = spent.channel AND new.month = spent.month
    AND (spent.campaign = '' OR new.campaign = spent.campaign)
WINDOW pool AS (PARTITION BY spent.channel, spent.campaign, spent.month)
"""

#: One customer's cost is that customer's. The rest is shared by those it names who bought in the 365 days
#: that end with the month (or on the day of the calculation).
_RETENTION = """
CREATE TEMP TABLE oracle_retention AS
WITH ends AS (
    SELECT month, least((month + interval '1 month')::date - 1, %(as_of)s) AS last
    FROM (SELECT DISTINCT month FROM oracle_retention_due) AS months
), active AS (
    SELECT DISTINCT ends.month, people.*
    FROM ends JOIN oracle_days AS days ON days.day BETWEEN ends.last - 364 AND ends.last
    JOIN oracle_people AS people USING (customer_id)
), spent AS (
    SELECT cost.programme, cost.segment, due.month, sum(due.units) AS units
    FROM oracle_retention_due AS due JOIN customers_retentioncost AS cost USING (id)
    WHERE cost.customer_id IS NULL GROUP BY 1, 2, 3
), bearers AS (
    SELECT spent.*, active.customer_id, active.external_id
    FROM spent LEFT JOIN active ON active.month = spent.month AND (
        spent.programme = '' OR EXISTS (
            SELECT FROM customers_programmemembership AS joined JOIN ends ON ends.month = spent.month
            WHERE joined.customer_id = active.customer_id AND joined.programme = spent.programme
                AND joined.first_day <= ends.last
                AND (joined.last_day IS NULL OR joined.last_day >= spent.month)
        )
    ) AND (
        spent.segment = '' OR spent.segment = 'country = ' || active.country
        OR spent.segment = 'channel = ' || active.channel
        OR spent.segment = %(attribute)s || ' = ' || active.attribute
    )
)
SELECT '' AS channel, month, customer_id, 'retention' AS kind,
    (CASE WHEN customer_id IS NULL THEN units ELSE div(units, count(*) OVER pool) END
    + CASE WHEN external_id = first_value(external_id) OVER (
        PARTITION BY programme, segment, month ORDER BY external_id COLLATE "C"
    ) THEN mod(units, count(*) OVER pool) ELSE 0 END) / 10000 AS amount
FROM bearers WINDOW pool AS (PARTITION BY programme, segment, month)
UNION ALL
SELECT '', due.month, cost.customer_id, 'retention', due.units / 10000
FROM oracle_retention_due AS due JOIN customers_retentioncost AS cost USING (id)
WHERE cost.customer_id IS NOT NULL
"""

_ALL = """
CREATE TEMP TABLE oracle_shares AS SELECT * FROM oracle_acquisition UNION ALL SELECT * FROM oracle_retention
"""

SHARES = (_DUE.format(kind="acquisition"), _DUE.format(kind="retention"), _ACQUISITION, _RETENTION, _ALL)

#: What a campaign itself cost, whoever bore it.
CAMPAIGN_COSTS = """
    SELECT cost.channel, cost.campaign, due.month, sum(due.units) / 10000 AS amount
    FROM oracle_acquisition_due AS due JOIN customers_acquisitioncost AS cost USING (id)
    WHERE cost.campaign <> '' GROUP BY 1, 2, 3
"""
