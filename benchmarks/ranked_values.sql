-- Customers and the values of one published run, as a shop of :customers would have them: names that repeat, a few
-- large channels and countries and some very small ones, values with a long tail, many ties at 0, 1% who object.
-- The rows only have to be as wide, as many and as unevenly spread as real ones; no order stands behind them.
INSERT INTO customers_customer (external_id, email, name, country, city, acquired_on, acquisition_channel, campaign,
    objects_to_profiling, attributes, upload_id)
SELECT 'K-' || lpad((i * 7919 % 10000019)::text, 8, '0'), lower(given) || '.' || i || '@example.org',
    given || ' ' || family || CASE WHEN i % 3 = 0 THEN '-' || chr(65 + (i / 26 % 26)::int) || substr(md5(i::text), 1, 5)
        ELSE '' END,
    CASE WHEN i % 1000 = 0 THEN 'LU' WHEN i % 12 = 0 THEN 'BE' ELSE 'NL' END, city, NULL,
    (ARRAY['ads','ads','seo','email','social','affiliate','shop'])[1 + i % 7], '', i % 97 = 0, '{}',
    (SELECT max(id) FROM customers_upload)
FROM (
    SELECT i, (ARRAY['Anna','Bram','Carla','Daan','Eva','Femke','Gijs','Hanna','Iris','Jan','Kees','Lotte','Maria','Noor',
            'Olaf','Piet','Quinten','Roos','Sem','Tess'])[1 + (i * 31 % 20)] AS given,
        (ARRAY['de Vries','Jansen','van den Berg','Bakker','van Dijk','Visser','Smit','Meijer','de Boer','Mulder','de Groot',
            'Bos','Vos','Peters','Hendriks','van Leeuwen','Dekker','Brouwer','de Wit','Dijkstra'])[1 + (i * 17 / 20 % 20)]
            AS family,
        (ARRAY['Utrecht','Amsterdam','Rotterdam','Zwolle','Breda','Groningen','Arnhem'])[1 + (i * 13 % 7)] AS city
    FROM generate_series(1::bigint, :customers) AS i
) AS people;

INSERT INTO :partition (run_id, customer_id, peer_group_id, external_id, channel, country, first_category,
    objects_to_profiling, orders, occasions, first_order, last_order, recency, age, revenue, cost_of_goods,
    transaction_cost, acquisition_cost, retention_cost, contribution, window_revenue, window_orders,
    window_cost_to_serve, margin, margin_own, realised, periodic, lifetime, loyalty, value_density, rfm, tier, lifecycle,
    rank_realised, rank_periodic, rank_lifetime, rank_loyalty)
SELECT v.*,
    CASE WHEN NOT objects THEN row_number() OVER (PARTITION BY objects ORDER BY realised DESC NULLS LAST, external_id) END,
    CASE WHEN NOT objects THEN row_number() OVER (PARTITION BY objects ORDER BY periodic DESC NULLS LAST, external_id) END,
    CASE WHEN NOT objects THEN row_number() OVER (PARTITION BY objects ORDER BY lifetime DESC NULLS LAST, external_id) END,
    CASE WHEN NOT objects THEN row_number() OVER (PARTITION BY objects ORDER BY loyalty DESC NULLS LAST, external_id) END
FROM (
    SELECT :run, id, NULL::bigint, external_id, acquisition_channel, country, 'Wonen', objects_to_profiling AS objects,
        orders, orders, first_order, least(first_order + (orders - 1) * 20, date '2025-12-31'), (orders - 1) * 20,
        date '2025-12-31' - first_order, revenue, revenue * 0.6, orders * 4.5, 20.0, 5.5, revenue * 0.4 - orders * 4.5,
        revenue * 0.3, orders / 3, orders * 1.5, 0.4, orders > 2, (revenue * 0.4 - orders * 4.5 - 25.5)::numeric(19, 4) AS realised,
        CASE WHEN id % 200 > 0 THEN (revenue * 0.9 - 30)::numeric(19, 4) END AS periodic,
        CASE WHEN id % 200 > 0 THEN (revenue * 1.2)::numeric(19, 4) END AS lifetime,
        (CASE WHEN orders > 2 THEN revenue * 0.3 ELSE 0 END)::numeric(19, 4) AS loyalty, (revenue / orders)::numeric(19, 4),
        CASE WHEN orders > 8 THEN 'champions' WHEN orders > 4 THEN 'loyal' WHEN orders > 1 THEN 'slipping' ELSE 'silent' END,
        CASE WHEN revenue > 2000 THEN 'top' WHEN revenue > 300 THEN 'high' ELSE 'low' END,
        CASE WHEN first_order > date '2025-10-01' THEN 'new' WHEN orders > 3 THEN 'active' ELSE 'silent' END
    FROM (
        SELECT *, (orders * (20 + random() ^ 3 * 300))::numeric(19, 4) AS revenue,
            date '2025-12-31' - (random() * 1090)::int AS first_order
        FROM (
            SELECT *, CASE WHEN random() < 0.55 THEN 1 ELSE 2 + floor(-ln(1 - random()) * 6) END::int AS orders
            FROM customers_customer
        ) AS with_orders
    ) AS with_revenue
) AS v;
