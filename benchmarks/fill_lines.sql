-- Lines for every order of a shop that fill_shop.sql filled: one or two each, twelve categories, so that what
-- customers bought of what can be compared. What they come to is the order's own amount.
INSERT INTO customers_orderline (order_id, ordinal, external_id, product, category, quantity, net_amount, unit_cost,
    upload_id)
SELECT o.id, line, '', 'P' || (o.id * 7 + line * 13) % 4000,
    (ARRAY['Wonen','Keuken','Tuin','Bad','Kind','Boek','Sport','Hobby','Dier','Mode','Licht','Opslag'])
        [1 + (o.customer_id * 5 + o.id * line) % 12],
    1, CASE WHEN o.id % 2 = 0 THEN o.net_revenue WHEN line = 1 THEN round(o.net_revenue * 0.7, 4)
        ELSE o.net_revenue - round(o.net_revenue * 0.7, 4) END, NULL, o.upload_id
FROM customers_order AS o, generate_series(1, 1 + o.id % 2) AS line
WHERE o.customer_id IS NOT NULL;
