"""Cohorts and campaigns on another engine: DuckDB gives what PostgreSQL gives, cell by cell."""

from decimal import Decimal

import pytest
from django.db import transaction

from customers.models import Order
from metrics import calculation, cohort_cells
from metrics.basis import resolve
from metrics.models import CalculationSettings, Run
from metrics.queries import campaigns, cost_allocation, facts, months, orders
from metrics.queries import cohort_cells as queries
from metrics.workspace import PostgresWorkspace
from tests.builders import make_line
from tests.two_engines import DuckWorkspace, read_sorted
from tests.worked_example_shop import AS_OF, import_worked_example

pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")
pytestmark = pytest.mark.django_db(transaction=True)


def list_answers(work, basis):
    """The cells, and every query behind them."""
    found = calculation.sum_up_customers(work, basis)
    allocation = calculation.allocate_costs(work, found, basis)
    owners = found.customers.mutate(acquisition_cost=ibis.literal("12.3456").cast(facts.MONEY))
    given_back = orders.list_given_back(facts.FACTS, found.refund_rows, found.refunded, basis)
    own_costs = cost_allocation.split_own_costs(facts.FACTS, allocation.cost_months)
    movements = months.add_up_movements(given_back, found.loose, own_costs, owners, basis)
    owned = orders.value_owned_orders(facts.FACTS, found.refunded, basis)
    by_month = work.keep("months", months.sum_months(owned, owners, movements, basis))
    members = work.load("kept", {"member": "string"}, [("ads",), ("Wonen",)])
    kept = {"channel": members, "first_category": members}
    cohort_months = queries.sum_cohort_months(by_month, found.customers, kept, 1, "other")
    sums = work.keep("sums", queries.sum_ages(work.keep("finer", cohort_months), kept, 1, "other"))
    sizes = work.keep("sizes", queries.count_cohorts(found.customers, kept, 1, "other", basis))
    answers = {
        "members": queries.count_members(found.customers, "first_category", 1),
        "sums": sums,
        "sizes": sizes,
        "sums of the shop": queries.add_up(sums, ""),
        "sizes by channel": queries.add_up(sizes, "channel"),
        "campaigns": campaigns.sum_first_years(by_month, found.customers),
    }
    finer = cohort_cells.keep_cohort_months(work, by_month, found.customers, basis)
    cells = cohort_cells.list_cells(work, finer, found.customers, basis)
    return {name: read_sorted(work, table) for name, table in answers.items()}, describe(cells)


def describe(cells):
    return sorted(
        (cell.dimension, cell.member, cell.cohort, cell.age, cell.customers, cell.active, cell.repurchased,
         Decimal(cell.revenue), cell.contribution, cell.complete)
        for cell in cells
    )  # fmt: skip


def test_duckdb_and_postgres_give_the_same_cohorts(tmp_path):
    import_worked_example(tmp_path)
    for number, order in enumerate(Order.objects.order_by("external_id")):
        make_line(order, "lamp", "1", "12.3456", category=("Wonen", "Keuken")[number % 2])
    basis = resolve(Run(pk=1, settings=CalculationSettings.current(), as_of=AS_OF))
    duck = DuckWorkspace()
    duck.copy_facts()
    in_duck = list_answers(duck, basis)
    with transaction.atomic():
        work = PostgresWorkspace()
        in_postgres = list_answers(work, basis)
        work.clear()

    assert in_duck == in_postgres
    assert [row["n"] for row in in_duck[0]["members"]]
    assert len(in_duck[1]) > 3 * 60
