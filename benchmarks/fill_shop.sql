-- A shop of :customers customers, three years and about six orders each, oldest order first as a shop's export
-- has them; all of the one upload there is. Fast on purpose: the shape of the data matters here (skew, refunds,
-- blank costs), not its beauty.
INSERT INTO customers_customer (external_id, email, name, country, city, acquired_on, acquisition_channel, campaign,
    objects_to_profiling, attributes, upload_id)
SELECT 'K' || lpad((i * 7919 % 10000019)::text, 8, '0'), 'k' || i || '@example.org', 'Klant ' || i,
    (ARRAY['NL','NL','NL','NL','BE','DE'])[1 + i % 6], 'Utrecht', NULL,
    CASE WHEN i % 7 = 0 THEN '' ELSE (ARRAY['ads','seo','email','social','affiliate','shop'])[1 + i % 6] END, '',
    i % 500 = 0, '{}', (SELECT max(id) FROM customers_upload)
FROM generate_series(1::bigint, :customers) AS i;

INSERT INTO customers_order (external_id, customer_id, ordered_at, ordered_on, net_revenue, net_from_lines, discount,
    shipping, refunded_amount, refunded_on, cost_of_goods, transaction_cost, status, sales_channel, line_cost,
    line_total, main_category, upload_id)
SELECT 'O' || row_number() OVER (ORDER BY ordered_at), customer_id, ordered_at,
    (ordered_at AT TIME ZONE 'Europe/Amsterdam')::date, net, false, NULL, NULL, NULL, NULL,
    CASE WHEN n % 10 < 8 THEN round(net * 0.6, 4) END, 4.5000, CASE WHEN (customer_id + n) % 97 = 0 THEN 'cancelled' ELSE 'placed' END,
    (ARRAY['ads','seo','email','social'])[1 + n % 4], NULL, NULL,
    (ARRAY['Wonen','Keuken','Tuin','Bad','Kind','Boek','Sport','Hobby'])[1 + (customer_id + n) % 8],
    (SELECT max(id) FROM customers_upload)
FROM (
    SELECT c.id AS customer_id, n, round((20 + random() ^ 3 * 300)::numeric, 2) AS net,
        timestamptz '2023-01-01 09:00+01' + first_day * interval '1 day'
        + (n - 1) * (1085 - first_day) / greatest(orders, 1) * (0.4 + random()) * 0.7 * interval '1 day' AS ordered_at
    FROM (
        SELECT id, floor(random() * 1000) AS first_day,
            CASE WHEN random() < 0.55 THEN 1 ELSE 2 + floor(-ln(1 - random()) * 10) END::int AS orders
        FROM customers_customer
    ) AS c, generate_series(1, c.orders) AS n
) AS drawn
ORDER BY ordered_at;

INSERT INTO customers_order (external_id, customer_id, ordered_at, ordered_on, net_revenue, net_from_lines, status,
    sales_channel, main_category, upload_id)
SELECT 'A' || i, NULL, moment, (moment AT TIME ZONE 'Europe/Amsterdam')::date, 30, false, 'placed', '', '',
    (SELECT max(id) FROM customers_upload)
FROM (SELECT i, timestamptz '2023-01-05 12:00+01' + i % 1050 * interval '1 day' AS moment
    FROM generate_series(1::bigint, :customers / 10) AS i) AS anonymous;

INSERT INTO customers_refund (external_id, refunded_at, refunded_on, amount, order_reference, order_id, customer_id,
    reason, upload_id)
SELECT 'R' || id, ordered_at + interval '9 days', ordered_on + 9,
    CASE WHEN id % 60 = 0 THEN net_revenue ELSE round(net_revenue * 0.4, 4) END, external_id, id, NULL, '', upload_id
FROM customers_order WHERE id % 20 = 0;

INSERT INTO customers_refund (external_id, refunded_at, refunded_on, amount, order_reference, order_id, customer_id,
    reason, upload_id)
SELECT 'L' || id, timestamptz '2024-06-01 12:00+02', date '2024-06-01', 5, '', NULL, id, '', upload_id
FROM customers_customer WHERE id % 50 = 0;

INSERT INTO customers_acquisitioncost (external_id, channel, campaign, first_day, last_day, amount, upload_id)
SELECT channel || month, channel, '', month::date, (month + interval '1 month - 1 day')::date,
    10000 + :customers / 50, (SELECT max(id) FROM customers_upload)
FROM unnest(ARRAY['ads','seo','email','social','affiliate','shop']) AS channel,
    generate_series(timestamp '2023-01-01', timestamp '2025-11-01', interval '1 month') AS month;

INSERT INTO customers_retentioncost (external_id, customer_id, programme, description, first_day, last_day, amount,
    upload_id)
SELECT 'service' || month, NULL, '', 'service', month::date, (month + interval '1 month - 1 day')::date,
    5000 + :customers / 100, (SELECT max(id) FROM customers_upload)
FROM generate_series(timestamp '2023-01-01', timestamp '2025-11-01', interval '1 month') AS month;

INSERT INTO customers_retentioncost (external_id, customer_id, programme, description, first_day, last_day, amount,
    upload_id)
SELECT 'gift' || id, id, '', 'gift', date '2025-01-01' + (id % 200)::int, date '2025-01-01' + (id % 200)::int, 7.5,
    upload_id
FROM customers_customer WHERE id % 40 = 0;
