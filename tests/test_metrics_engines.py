"""The same Ibis expressions on another engine: DuckDB gives what PostgreSQL gives, row by row."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from customers.models import Customer, Order
from metrics import calculation, cohort_cells, valuation
from metrics.basis import resolve
from metrics.models import CalculationSettings, OwnSegment, Run
from metrics.queries import (
    cohorts,
    cost_allocation,
    facts,
    feedback,
    kpis,
    months,
    orders,
    potential,
    profiles,
)
from metrics.queries.peer_groups import sum_peers
from metrics.workspace import PostgresWorkspace
from tests.builders import make_line, make_retention_cost
from tests.worked_example_shop import AS_OF, import_worked_example

duckdb = pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")
pytestmark = pytest.mark.django_db(transaction=True)


LATEST = [("ads", 0, 12), ("organic", 3, 10)]  # cohorts by place in the months from January 2024 on


class DuckWorkspace:
    """Keeps the steps' tables in DuckDB."""

    def __init__(self) -> None:
        self.engine = ibis.duckdb.connect()
        self.engine.raw_sql("CREATE MACRO date_mi(later, earlier) AS later - earlier")

    def keep(self, name, expression):
        self.engine.create_table(f"calculation_{name}", expression)
        return ibis.table(expression.schema(), name=f"calculation_{name}")

    def load(self, name, schema, rows):
        self.engine.create_table(f"calculation_{name}", schema=ibis.schema(schema))
        for row in rows:
            marks = ", ".join("?" for _cell in row)
            self.engine.con.execute(f"INSERT INTO calculation_{name} VALUES ({marks})", list(row))
        return ibis.table(ibis.schema(schema), name=f"calculation_{name}")

    def read(self, expression):
        return self.engine.to_pyarrow(expression).to_pylist()

    def copy_facts(self):
        """Copy every table of facts out of PostgreSQL."""
        for table in vars(facts.FACTS).values():
            columns = ", ".join(table.columns)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {columns} FROM {table.get_name()}")
                rows = cursor.fetchall()
            self.engine.create_table(table.get_name(), schema=table.schema())
            marks = ", ".join("?" for _column in table.columns)
            for row in rows:
                self.engine.con.execute(f"INSERT INTO {table.get_name()} VALUES ({marks})", list(row))


def list_questions(work, basis):
    """Every step that is asked in Ibis, up to the sums that rates and KPIs are made of."""
    found = calculation.sum_up_customers(work, basis)
    allocation = calculation.allocate_costs(work, found, basis)
    shared = {"customer_id": "int64", "cost": facts.MONEY, "window_cost": facts.MONEY}
    owned = orders.value_owned_orders(facts.FACTS, found.refunded, basis)
    anonymous = orders.value_anonymous_orders(facts.FACTS, found.refunded, basis)
    everyone = ibis.table(
        {**dict.fromkeys(("active_0",), "int64"), "cost": facts.MONEY, "window_cost": facts.MONEY},
        name="calculation_everyones_shares",
    )
    year_before = replace(basis, as_of=basis.as_of - timedelta(days=365))
    of_year = potential.list_year_orders(facts.FACTS, found.refunded, basis)
    year_orders = work.keep("year_orders", potential.number_year_orders(of_year, -1))
    latest = work.load("latest_cohorts", {"channel": "string", "first": "int64", "last": "int64"}, LATEST)
    values = found.customers.select("customer_id", realised=found.customers.revenue)
    owners = found.customers.mutate(acquisition_cost=ibis.literal("12.3456").cast(facts.MONEY))
    given_back = orders.list_given_back(facts.FACTS, found.refund_rows, found.refunded, basis)
    own_costs = cost_allocation.split_own_costs(facts.FACTS, allocation.cost_months)
    movements = months.add_up_movements(given_back, found.loose, own_costs, owners, basis)
    table = work.keep("months", months.sum_months(owned, owners, movements, basis))
    places = found.customers.select("customer_id", profile=found.customers.orders.cast("int64"))
    worth = found.customers.select(
        "customer_id", "orders", "age", "revenue", contribution=found.customers.goods,
        acquisition_cost=found.customers.goods, retention_cost=found.customers.window_transaction,
        realised=found.customers.goods, total=found.customers.revenue,
    )  # fmt: skip
    years = [(age, years) for age, years, _periods in valuation.list_ages(basis)]
    ages = work.load("ages", {"age": "int32", "years": "decimal(38, 10)"}, years)
    return {
        "orders of the last year": of_year,
        "the last year in numbers": year_orders,
        "refunds of the last year": potential.number_year_refunds(found.loose, basis),
        "lines of the last year": potential.number_year_lines(facts.FACTS, year_orders, 2),
        "what the last year came to": potential.number_worth(year_orders, 2),
        "refund rows a year before": potential.look_back(facts.FACTS, found.refund_rows, year_before),
        "members of markets": potential.find_market_members(
            found.customers, facts.FACTS, ["country = NL", "Größe's = 5"]
        ),
        "customers": found.customers,
        "months": table,
        "loose refunds": found.loose,
        "peers": sum_peers(found.customers, basis),
        "shares of everyone": everyone,
        "shares of programmes and segments": ibis.table(shared, name="calculation_programme_costs"),
        "months by profile": profiles.sum_profiles(table, places),
        "people": profiles.list_people(found.customers, places),
        "values by profile": profiles.sum_values(worth, ages, places),
        "shares by profile": profiles.sum_shares(own_costs, places),
        "anonymous orders by month": kpis.sum_anonymous_orders(anonymous, basis),
        "refunds of nobody by month": kpis.sum_of_nobody(given_back),
        "cohorts by month": cohorts.add_up_cohorts(
            cohort_cells.keep_cohort_months(work, table, found.customers, basis).sums
        ),
        "first years": cohorts.list_first_years(table, found.customers, latest),
        "answers": feedback.count_answers(
            facts.FACTS, feedback.list_channels(facts.FACTS, found.customers), basis
        ),
        "referred": feedback.sum_referred(facts.FACTS, values, basis),
    }


def read_sorted(work, table):
    rows = [{name: plain(cell) for name, cell in row.items()} for row in work.read(table)]
    return sorted(rows, key=lambda row: repr(sorted(row.items())))


def plain(cell):
    """Engines differ in how they hand over what is equal: 3 and Decimal(3), a day and its midnight."""
    if isinstance(cell, datetime):
        return cell.date()
    return (
        Decimal(cell).normalize() if isinstance(cell, int | Decimal) and not isinstance(cell, bool) else cell
    )


def test_duckdb_and_postgres_give_the_same_rows(tmp_path):
    import_worked_example(tmp_path)
    Customer.objects.filter(external_id__in="ABC").update(attributes={"Größe's": "5"}, city="Gent")
    for segment in (
        "country = NL", "city = Gent", "channel = ads", "Größe's = 5", "lifecycle = active",
        "rfm = promising", "segment = eigen",
    ):  # fmt: skip
        make_retention_cost("2024-01-01", "2026-01-31", "99.99", segment=segment, external_id=segment)
    for number, order in enumerate(Order.objects.order_by("external_id")):
        make_line(order, "lamp", "1", "12.3456", category="Wonen")
        make_line(order, "pan", "2", "30", category=("Keuken", "")[number % 2])
        make_line(order, "korting", "1", "-5", category="Wonen")
    OwnSegment.objects.create(
        name="Eigen", slug="eigen", criteria={"channel": "ads", "first_from": "2024-01-01", "rfm": "new"}
    )
    settings = CalculationSettings.current()
    basis = resolve(Run(pk=1, settings=settings, as_of=AS_OF))
    duck = DuckWorkspace()
    duck.copy_facts()
    in_duck = {name: read_sorted(duck, table) for name, table in list_questions(duck, basis).items()}

    with transaction.atomic():
        work = PostgresWorkspace()
        in_postgres = {name: read_sorted(work, table) for name, table in list_questions(work, basis).items()}
        work.clear()

    assert in_duck == in_postgres
    anna = next(row for row in in_duck["customers"] if row["external_id"] == "A")
    assert (anna["revenue"], anna["first_order"]) == (Decimal(550).normalize(), date(2024, 1, 10))
