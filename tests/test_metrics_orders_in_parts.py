"""Orders are added up in ranges of customers where there are many; the rows are as without."""

from itertools import pairwise

import pytest
from django.db import transaction

from customers.models import Customer
from metrics import calculation
from metrics.basis import resolve
from metrics.models import CalculationSettings, Run
from metrics.queries import rollup
from metrics.queries.facts import FACTS
from metrics.workspace import PostgresWorkspace
from tests.builders import make_customer, make_refund
from tests.two_engines import DuckWorkspace
from tests.worked_example_shop import AS_OF, import_worked_example


def sum_up(work):
    run = Run(settings=CalculationSettings.current(), as_of=AS_OF)
    rows = work.read(calculation.sum_up_customers(work, resolve(run)).customers)
    return sorted(rows, key=lambda row: row["customer_id"])


def keep_months(work, run):
    basis = resolve(run)
    found = calculation.sum_up_customers(work, basis)
    allocation = calculation.allocate_costs(work, found, basis)
    calculation.find_peers(work, found.customers, basis)
    calculation.value_customers(work, run, basis)
    rows = work.read(calculation.keep_months(work, found, allocation, basis))
    return sorted(rows, key=lambda row: (row["customer_id"], row["month"]))


@pytest.mark.django_db(transaction=True)
def test_customers_summed_up_in_ranges_are_the_same_on_both_engines(tmp_path, monkeypatch):
    import_worked_example(tmp_path)
    duck = DuckWorkspace()
    duck.copy_facts()
    with transaction.atomic():
        work = PostgresWorkspace()
        at_once = sum_up(work)
        work.clear()
        monkeypatch.setattr(rollup, "LEAST_CUT", 1)
        in_ranges = sum_up(work)
        work.clear()

    assert len(at_once) == Customer.objects.count()
    assert in_ranges == at_once
    assert sum_up(duck) == at_once


@pytest.mark.django_db(transaction=True)
def test_months_summed_up_in_ranges_are_the_same(tmp_path, monkeypatch):
    import_worked_example(tmp_path)
    without_orders = make_customer("Z-1")
    make_refund(f"{AS_OF}", "5", customer=without_orders, external_id="Z-R1")
    run = Run(settings=CalculationSettings.current(), as_of=AS_OF)
    with transaction.atomic():
        work = PostgresWorkspace()
        at_once = keep_months(work, run)
        work.clear()
        monkeypatch.setattr(rollup, "LEAST_CUT", 1)
        in_ranges = keep_months(work, run)
        work.clear()

    assert without_orders.pk in {row["customer_id"] for row in at_once}
    assert in_ranges == at_once


def test_ranges_hold_every_customer_once():
    ranges = rollup.cut_span(7, 300_000)

    assert [number for low, high in ranges for number in (low, high)][:: 2 * len(ranges) - 1] == [7, 300_000]
    assert all(after == high + 1 for (_low, high), (after, _high) in pairwise(ranges))


def test_few_customers_are_not_cut():
    assert rollup.cut_span(1, 5_000) == rollup.cut_span(None, None) == []


@pytest.mark.django_db
def test_a_shop_without_orders_spans_nobody():
    [span] = PostgresWorkspace().read(rollup.span_customers(FACTS))

    assert span == {"low": None, "high": None}
