"""Segments against plain SQL written apart from them, on the demo's shop; and on two engines alike."""

from datetime import date

import ibis
import numpy as np
import pytest
from django.db import transaction

from customers.demo.plan import Plan
from customers.demo.shop import FILES, generate_shop
from customers.imports.pipeline import import_file
from metrics import calculation
from metrics.basis import resolve
from metrics.core.calendar import last_day_of_month
from metrics.core.segments import SCHEMES
from metrics.models import CalculationSettings, Run, SegmentMonth, SegmentMoves, SegmentRun, SegmentSum
from metrics.queries import segments as queries
from metrics.queries.facts import MONEY
from metrics.queries.segment_members import describe
from metrics.workspace import PostgresWorkspace
from tests.oracle_segments import count_segments
from tests.two_engines import ask_both
from tests.worked_example_shop import AS_OF, calculate, import_worked_example

pytestmark = pytest.mark.django_db(transaction=True)

THRESHOLDS = {
    "rfm_recent_days": 90, "rfm_quiet_days": 180, "rfm_silent_days": 365, "rfm_repeat_orders": 2,
    "rfm_many_orders": 4, "rfm_high_revenue": 200_0000, "tier_top": 500_0000, "tier_high": 100_0000,
    "tier_middle": None, "lifecycle_new_days": 90, "lifecycle_cooling_days": 180,
    "lifecycle_silent_days": 365, "lifecycle_loyal_orders": 4,
}  # fmt: skip


def test_month_ends_are_those_of_plain_sql_and_moves_add_up_to_them(tmp_path):
    shop = generate_shop(Plan(customers=300), tmp_path)
    for kind in FILES:
        import_file(shop.path(kind), kind=kind)

    run = calculate(as_of=None)

    kept = SegmentRun.objects.get(run=run)
    months = [date.fromisoformat(month) for month in kept.months]
    assert len(months) == 24
    for month in months:
        day = min(last_day_of_month(month), run.as_of)
        found = count_segments(day, run.as_of, kept.thresholds["rfm_high_revenue"])
        for scheme, expected in found.items():
            rows = SegmentMonth.objects.filter(run=run, scheme=scheme, month=month, customers__gt=0)
            assert dict(rows.values_list("segment", "customers")) == expected, (scheme, month)
    for scheme in ("rfm", "tier", "lifecycle"):
        check_moves(run, scheme)


def check_moves(run, scheme):
    """What went away and what came adds up to the sizes; the last month end is the day of the run."""
    shown = SCHEMES[scheme].shown
    sizes = {}
    for row in SegmentMonth.objects.filter(run=run, scheme=scheme):
        sizes[row.month, row.segment] = row.customers
    for moves in SegmentMoves.objects.filter(run=run, scheme=scheme):
        for place, segment in enumerate(shown):
            assert sum(moves.counts[place]) == sizes.get((moves.before, segment), 0)
            assert sum(row[place] for row in moves.counts) == sizes.get((moves.after, segment), 0)
    last = max(month for month, _segment in sizes)
    now = SegmentSum.objects.filter(run=run, scheme=scheme).exclude(segment="no_order")
    at_the_end = {segment: n for (month, segment), n in sizes.items() if month == last and n}
    assert at_the_end == dict(now.values_list("segment", "customers"))


def list_questions(work, basis):
    found = calculation.sum_up_customers(work, basis)
    unknown = ibis.ifelse(found.customers.external_id == "C", None, found.customers.revenue).cast(MONEY)
    own = [{"channel": "ads"}, {"country": "-", "first_from": "2024-02-01"}, {"rfm": "new"}]
    values = found.customers.mutate(
        realised=unknown,
        retention_cost=found.customers.transaction_cost,
        described=describe(found.customers, own),
    )
    nothing = ibis.literal("1.5").cast(MONEY)
    months = found.customers.filter(found.customers.orders > 0).select(
        "customer_id", "revenue", month=ibis.literal(3, type="int64"), orders="orders", loose=nothing,
        last_day="last_order", contribution=unknown, acquisition_cost=nothing, own_retention_cost=nothing,
    )  # fmt: skip
    programmes = months.select("customer_id", "month", cost=nothing)
    return {
        "places": queries.place_customers(values, THRESHOLDS, basis.as_of),
        "buyers": queries.list_buyers(months, programmes, values),
        "months": queries.list_months(months, programmes),
        "active": queries.count_active(found.customers, [0, 5, 23]),
    }


def test_duckdb_and_postgres_place_everyone_alike(tmp_path):
    import_worked_example(tmp_path)
    basis = resolve(Run(pk=1, settings=CalculationSettings.current(), as_of=AS_OF))
    in_duck, in_postgres = ask_both(list_questions, basis)

    assert in_duck == in_postgres
    assert len(in_duck["places"]) == 5
    assert len(in_duck["buyers"]) == 4
    assert len(in_duck["months"]) == 8
    counts = np.array([int(row["counts"]) for row in in_duck["months"]])
    month, last_day, orders = queries.unpack_counts(counts)
    assert set(month) == {3}
    assert list(zip(last_day, orders, strict=True)).count((0, 0)) == 4  # what programmes cost


def test_counts_of_a_month_travel_as_one_number_and_come_back():
    told = {"month": -3, "day": 20_439, "orders": 5_000}
    work = PostgresWorkspace()
    with transaction.atomic():
        rows = work.load("told", dict.fromkeys(told, "int64"), [tuple(told.values())])
        [packed] = work.read(rows.select(counts=queries.pack_counts(rows.month, rows.day, rows.orders)))
        work.clear()

    assert queries.unpack_counts(np.array([packed["counts"]])) == tuple(told.values())
