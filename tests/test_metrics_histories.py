"""Histories read from the database against whole calculations: on the last day, and on earlier ones."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import transaction

from metrics import fitting, pipeline
from metrics.basis import resolve
from metrics.core.histories import Histories
from metrics.models import CustomerValue, Run
from metrics.queries.facts import FACTS
from metrics.queries.orders import list_refund_rows
from metrics.queries.rollup import Ranges
from metrics.workspace import PostgresWorkspace
from tests.hostile_shops import HostileShop
from tests.oracle_storage import store
from tests.worked_example_shop import AS_OF, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = date(1970, 1, 1)


def read_histories(run: Run, ranges: Ranges = ()) -> Histories:
    with transaction.atomic():
        work, basis = PostgresWorkspace(), resolve(run)
        rows = list_refund_rows(FACTS, basis)
        return fitting.read_histories(work, basis, rows, ranges).leave_out(fitting.read_objecting(work))


def summarise_run(run: Run) -> dict[int, tuple[int, int, int]]:
    values = CustomerValue.objects.filter(run=run, objects_to_profiling=False, orders__gt=0)
    return {one.customer_id: (one.occasions - 1, one.recency, one.age) for one in values}


def summarise_histories(histories: Histories, day: date) -> dict[int, tuple[int, int, int]]:
    found = histories.summarise((day - FIRST).days)
    numbers = histories.customers[found.place].tolist()
    columns = (found.frequency.tolist(), found.recency.tolist(), found.age.tolist())
    return dict(zip(numbers, zip(*columns, strict=True), strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_the_past_looks_as_a_calculation_on_that_day_says(seed):
    shop = HostileShop(seed)
    store(shop.facts)
    last = pipeline.recalculate(pipeline.start_run("last", shop.as_of).pk)
    histories = read_histories(last)
    assert summarise_histories(histories, last.as_of) == summarise_run(last)
    for earlier in (60, 300):
        run = pipeline.recalculate(pipeline.start_run("earlier", last.as_of - timedelta(days=earlier)).pk)
        assert summarise_histories(histories, run.as_of) == summarise_run(run)


def test_histories_read_in_ranges_of_customers_are_the_same(tmp_path):
    import_worked_example(tmp_path)
    run = pipeline.start_run("in ranges", AS_OF)
    at_once = read_histories(run)
    assert len(at_once.customers) > 2
    middle, last = int(at_once.customers[1]), int(at_once.customers[-1])
    in_ranges = read_histories(run, [(0, middle), (middle + 1, last)])

    assert np.array_equal(in_ranges.customers, at_once.customers)
    day = (AS_OF - FIRST).days
    for found, expected in zip(in_ranges.find_occasions(day), at_once.find_occasions(day), strict=True):
        assert np.array_equal(found, expected)
