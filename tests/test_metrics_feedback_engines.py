"""Answers, referrals, programmes and histories on another engine: DuckDB gives what PostgreSQL gives."""

import ast
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from customers.models import Customer, Referral, SurveyAnswer, Upload
from metrics import calculation
from metrics.basis import resolve
from metrics.core.segments import SCHEMES
from metrics.models import CalculationSettings, Run
from metrics.queries import (
    cost_allocation,
    facts,
    feedback,
    histories,
    satisfaction,
    segment_members,
    segments,
)
from metrics.queries.orders import value_owned_orders
from metrics.valuation import UNKNOWN
from tests.builders import make_membership
from tests.test_metrics_segments_oracle import THRESHOLDS
from tests.two_engines import ask_both
from tests.worked_example_shop import AS_OF, import_worked_example

pytest.importorskip("duckdb")
ibis = pytest.importorskip("ibis")
pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[1]
THRESHOLD = ibis.literal("100").cast(facts.MONEY)


def list_questions(work, basis):
    """Every question about what customers said, joined, brought in, and did before and after."""
    found = calculation.sum_up_customers(work, basis)
    worth = found.customers.revenue
    values = found.customers.select(
        "customer_id", "orders", "revenue", "channel", "country", "first_category",
        objects_to_profiling=found.customers.external_id == "D",
        realised=worth, total=ibis.ifelse(found.customers.external_id == "C", None, worth).cast(facts.MONEY),
        **{scheme: ibis.literal("loyal") for scheme in SCHEMES},
    )  # fmt: skip
    answers = work.keep(
        "last_answers", satisfaction.find_last_answers(facts.FACTS, date(2024, 12, 1), basis.as_of)
    )
    buyers = satisfaction.select_buyers(values, "total")
    judged = {
        family: work.keep(f"judged_{family}", satisfaction.judge_buyers(buyers, answers, family))
        for family in (satisfaction.NPS, satisfaction.CSAT)
    }
    owners = feedback.list_channels(facts.FACTS, found.customers)
    profiles = found.customers.select("customer_id", profile=found.customers.orders.cast("int64"))
    counted = work.keep(
        "counted", feedback.count_answers(facts.FACTS, profiles.rename(member="profile"), basis)
    )
    entitled = found.customers.select("customer_id", programme=ibis.literal("club"), month=ibis.literal(3))
    shares = entitled.select("programme", "month", cost=THRESHOLD).distinct()
    named = ["country = NL", "channel = ads"]
    members = cost_allocation.find_members(found.customers, facts.FACTS, named)
    dated = found.customers.select("customer_id", "orders", "revenue", "first_order", "last_order")
    work.keep(
        "valued",
        dated.mutate(
            run_id=ibis.literal(1),
            objects_to_profiling=ibis.literal(False),
            realised=dated.revenue,
            orders=dated.orders.cast("int32"),
        ),
    )
    return {
        "last answers": answers,
        "boxes": satisfaction.count_boxes(judged[satisfaction.NPS], THRESHOLD),
        "boxes of CSAT": satisfaction.count_boxes(judged[satisfaction.CSAT], THRESHOLD),
        "standings": satisfaction.count_standings(judged[satisfaction.NPS], "channel"),
        "dissatisfied": satisfaction.list_dissatisfied(buyers, answers, THRESHOLD, 10),
        "answers in numbers": satisfaction.number_answers(answers, satisfaction.NPS),
        "answers by month": feedback.count_answers(facts.FACTS, owners, basis),
        "answers by month in numbers": feedback.number_scales(counted, list(SurveyAnswer.Scale)),
        "earliest referrals": feedback.find_earliest_referrals(facts.FACTS, basis),
        "members of segments by profile": cost_allocation.count_member_profiles(members, profiles, named),
        "segments at once": segments.count_places("calculation_valued", 1, basis.as_of, THRESHOLDS),
        "shares of a programme": cost_allocation.list_programme_shares(entitled, shares),
        **list_questions_on_histories(work, found, basis),
        **list_questions_on_segments(work, found, basis),
    }


def list_questions_on_histories(work, found, basis):
    """What models read of everybody, and who joined a programme beside what was bought before and after."""
    followed = work.keep("followed", satisfaction.choose_followed(facts.FACTS, 2))
    return {
        "memberships": satisfaction.number_memberships(facts.FACTS, basis.as_of, "club"),
        "followed": followed,
        "followed orders": satisfaction.list_followed_orders(
            facts.FACTS, found.refunded, followed, basis, UNKNOWN
        ),
        "orders of histories": histories.list_orders(facts.FACTS, basis),
        "refunds on orders": histories.list_refunds_on_orders(facts.FACTS, basis),
        "refund rows": histories.list_refund_rows(found.refund_rows),
        "objecting": histories.list_objecting(facts.FACTS),
    }


def list_questions_on_segments(work, found, basis):
    """Who was in which segment at the end of a year, and who shares a cost that was made for one."""
    orders = value_owned_orders(facts.FACTS, found.refunded, basis)
    states = work.keep("states", segment_members.follow_orders(orders, found.loose, basis))
    ends = [(11, date(2024, 12, 31)), (23, basis.as_of)]
    months = work.load("segment_ends", {"month": "int64", "last_day": "date"}, ends)
    placed = segment_members.place_active(states, months, found.customers, THRESHOLDS, ends[0][1])
    placed = work.keep("placed", placed)
    filters = {"first": {"lifecycle": "active"}, "second": {"country": "NL", "value_min": "100"}}
    costs = [("first", 11), ("second", 11), ("second", 23)]
    cost_months = work.load("segment_months", {"programme": "string", "month": "int64"}, costs)
    return {
        "what orders had come to": states,
        "active and placed": placed,
        "entitled": segment_members.list_entitled(placed, filters, cost_months),
    }


def make_more():
    """Answers of one day, on every scale; programmes left and joined again; referrals without a day."""
    upload = Upload.objects.first()
    anna, bram, carla = (Customer.objects.get(external_id=name) for name in "ABC")
    Customer.objects.filter(external_id="D").update(objects_to_profiling=True)
    for number, (customer, scale, score) in enumerate(
        [(anna, "nps", 0), (anna, "nps", 10), (bram, "nps", 7), (carla, "nps", 3), (bram, "csat_5", 2),
         (bram, "csat_10", 8), (carla, "csat_5", 3), (anna, "csat_10", 5)]
    ):  # fmt: skip
        SurveyAnswer.objects.create(
            external_id=f"Q{number}", customer=customer, answered_on="2025-12-20", scale=scale, score=score,
            upload=upload,
        )  # fmt: skip
    make_membership(bram, "club", "2024-06-01", "2024-09-30")
    make_membership(bram, "club", "2025-06-01")
    for referrer, referred, day in (
        (anna, bram, None),
        (carla, bram, "2025-11-01"),
        (bram, anna, "2026-02-01"),
    ):
        Referral.objects.create(referrer=referrer, referred=referred, referred_on=day, upload=upload)


def test_duckdb_and_postgres_hear_the_same_answers(tmp_path):
    import_worked_example(tmp_path)
    make_more()
    basis = resolve(Run(pk=1, settings=CalculationSettings.current(), as_of=AS_OF))
    in_duck, in_postgres = ask_both(list_questions, basis)

    assert in_duck == in_postgres
    asked_nothing_of_these = {name for name, rows in in_duck.items() if not rows}
    assert asked_nothing_of_these <= {"refunds on orders"}
    [low] = in_duck["dissatisfied"]
    # Anna's last answer on a CSAT scale is 5 of 10; of Carla it is not known what she is worth.
    assert (low["family"], low["score"], low["value"]) == ("csat", Decimal(5), Decimal(550).normalize())


def test_every_query_is_put_to_both_engines():
    """A query counts as asked where a test on two engines, or what such a test calls, names it."""
    tests = sorted((ROOT / "tests").glob("test_metrics*engines.py"))
    tests += [ROOT / "tests/test_metrics_segments_oracle.py"]
    called = [ROOT / "metrics/calculation.py", ROOT / "metrics/cohort_cells.py"]
    queries = sorted((ROOT / "metrics/queries").glob("*.py"))
    names = {node.id for path in (*tests, *called) for node in list_nodes(path, ast.Name)}
    names |= {node.attr for path in (*tests, *called) for node in list_nodes(path, ast.Attribute)}
    missing = {
        f"{path.stem}.{node.name}"
        for path in queries
        for node in list_nodes(path, ast.FunctionDef)
        if returns_table(node) and not node.name.startswith("_") and node.name not in names | used(queries)
    }
    assert missing == set()


def list_nodes(path, kind):
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kind)]


def returns_table(node):
    return node.returns is not None and ast.unparse(node.returns) == "Table"


def used(queries):
    """Names that queries call of each other: what they make is asked with them."""
    calls = [node.func for path in queries for node in list_nodes(path, ast.Call)]
    return {call.id for call in calls if isinstance(call, ast.Name)}
