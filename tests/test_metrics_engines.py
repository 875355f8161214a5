"""The same Ibis expressions on another engine: DuckDB gives what PostgreSQL gives, row by row."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

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
from tests.builders import make_line, make_retention_cost
from tests.two_engines import ask_both
from tests.worked_example_shop import AS_OF, import_worked_example

duckdb = pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")
pytestmark = pytest.mark.django_db(transaction=True)


LATEST = [("ads", 0, 12), ("organic", 3, 10)]  # cohorts by place in the months from January 2024 on


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
    latest = work.load("latest_cohorts", {"channel": "string", "first": "int64", "last": "int64"}, LATEST)
    values = found.customers.select("customer_id", realised=found.customers.revenue)
    owners = found.customers.mutate(acquisition_cost=ibis.literal("12.3456").cast(facts.MONEY))
    given_back = orders.list_given_back(facts.FACTS, found.refund_rows, found.refunded, basis)
    own_costs = cost_allocation.split_own_costs(facts.FACTS, allocation.cost_months)
    movements = months.add_up_movements(given_back, found.loose, own_costs, owners, basis)
    table = work.keep("months", months.sum_months(owned, owners, movements, basis))
    one_by_one = [(pk, pk) for pk in Customer.objects.order_by("pk").values_list("pk", flat=True)]
    places = found.customers.select("customer_id", profile=found.customers.orders.cast("int64"))
    worth = found.customers.select(
        "customer_id", "orders", "age", "revenue", contribution=found.customers.goods,
        acquisition_cost=found.customers.goods, retention_cost=found.customers.window_transaction,
        realised=found.customers.goods, total=found.customers.revenue,
    )  # fmt: skip
    years = [(age, years) for age, years, _periods in valuation.list_ages(basis)]
    ages = work.load("ages", {"age": "int32", "years": "decimal(38, 10)"}, years)
    return {
        "customers": found.customers,
        "months": table,
        "months of one customer after the other": months.sum_months_in_parts(
            facts.FACTS, found.refunded, owners, movements, basis, one_by_one
        ),
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
        **list_questions_on_potential(work, found, basis),
    }


def list_questions_on_potential(work, found, basis):
    """What the last year brought in, by order and line; whom figures of the market describe."""
    year_before = replace(basis, as_of=basis.as_of - timedelta(days=365))
    of_year = potential.list_year_orders(facts.FACTS, found.refunded, basis)
    year_orders = work.keep("year_orders", potential.number_year_orders(of_year, -1))
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
    }


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
    in_duck, in_postgres = ask_both(list_questions, basis)

    assert in_duck == in_postgres
    assert in_duck["months of one customer after the other"] == in_duck["months"] != []
    anna = next(row for row in in_duck["customers"] if row["external_id"] == "A")
    assert (anna["revenue"], anna["first_order"]) == (Decimal(550).normalize(), date(2024, 1, 10))
