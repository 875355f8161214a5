"""Online Retail (UCI, CC BY 4.0): the cohorts of real orders and credit notes, against SQL written apart."""

import gzip
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from customers.imports import pipeline as imports
from metrics.models import CohortCell, KpiValue
from tests.builders import make_shop
from tests.worked_example_shop import calculate

DATA = Path(__file__).parents[2] / "shared/data/online_retail/online_retail.csv.gz"
pytestmark = [
    pytest.mark.skipif(not DATA.exists(), reason="the Online Retail file is not beside the repository"),
    pytest.mark.django_db(transaction=True),
]

#: Valid orders net of their own credit notes; the other credit notes of the file lower no order.
ORACLE = """
    WITH noted AS (
        SELECT order_id, sum(amount) AS amount FROM customers_refund WHERE order_id IS NOT NULL GROUP BY 1
    ), worth AS (
        SELECT o.customer_id, o.ordered_on AS day, o.net_revenue - coalesce(n.amount, 0) AS net
        FROM customers_order o LEFT JOIN noted n ON n.order_id = o.id
        WHERE o.customer_id IS NOT NULL AND o.status = 'placed'
    ), days AS (
        SELECT DISTINCT customer_id, day FROM worth WHERE net > 0
    ), firsts AS (
        SELECT customer_id, date_trunc('month', min(day))::date AS cohort,
               (array_agg(day ORDER BY day))[2] AS second
        FROM days GROUP BY 1
    ), bought AS (
        SELECT f.cohort, date_trunc('month', d.day)::date AS month, count(DISTINCT d.customer_id) AS active
        FROM days d JOIN firsts f USING (customer_id) GROUP BY 1, 2
    ), again AS (
        SELECT cohort, date_trunc('month', second)::date AS month, count(*) AS n
        FROM firsts WHERE second IS NOT NULL GROUP BY 1, 2
    ), sizes AS (
        SELECT cohort, count(*) AS n FROM firsts GROUP BY 1
    )
    SELECT cohort, month, sizes.n, coalesce(bought.active, 0), coalesce(again.n, 0)
    FROM bought FULL JOIN again USING (cohort, month) JOIN sizes USING (cohort)
    ORDER BY 1, 2
"""


def test_the_cohorts_are_what_plain_sql_finds_in_the_orders(tmp_path):
    file = tmp_path / "online_retail.csv"
    file.write_bytes(gzip.decompress(DATA.read_bytes()))
    make_shop(currency="GBP", time_zone="Europe/London")
    upload = imports.import_file(file)
    assert upload.state == "done", upload.error
    run = calculate(None)

    with connection.cursor() as cursor:
        cursor.execute(ORACLE)
        expected = cursor.fetchall()
    cells = CohortCell.objects.filter(run=run, dimension="").order_by("cohort", "age")
    found = [
        (cell.cohort, month_of(cell), cell.customers, cell.active, cell.repurchased)
        for cell in cells
        if cell.active or cell.repurchased
    ]

    assert found == expected
    assert sum(row[2] for row in {(cell.cohort, 0, cell.customers) for cell in cells}) == 4_338
    add_up_to_the_run(run, cells)


def month_of(cell):
    months = cell.cohort.year * 12 + cell.cohort.month - 1 + cell.age
    return cell.cohort.replace(year=months // 12, month=months % 12 + 1)


def add_up_to_the_run(run, cells):
    """All cells together are the revenue of everyone who ever had a valid order."""
    revenue = sum((cell.revenue for cell in cells), Decimal(0))
    assert revenue == Decimal(run.totals["buyers"]["revenue"])
    new = KpiValue.objects.filter(run=run, kpi="new_customers", window="month", dimension="")
    assert {row.period: row.numerator for row in new if row.numerator} == {
        cell.cohort: cell.customers for cell in cells if cell.age == 0
    }
    for dimension in ("channel", "first_category"):
        parts = CohortCell.objects.filter(run=run, dimension=dimension)
        assert sum(cell.active for cell in parts) == sum(cell.active for cell in cells)
        assert sum((cell.revenue for cell in parts), Decimal(0)) == revenue
